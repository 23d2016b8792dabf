package api

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// listenRoutes are for supervisors and the talks of their queues. They leave by end, as every guest does.
func (a *API) listenRoutes(rest huma.API) {
	for _, v := range []struct{ path, verb, as, summary string }{
		{"listen", "supervise", "listening", "Hear everybody in a call"},
		{"whisper", "supervise", "whispering", "Hear everybody, and be heard by the agent alone"},
		{"barge", "supervise", "among", "Take part in a call"},
		{"take-over", "takeover", "", "Be the one whose call it is; the agent's part ends"},
	} {
		command(a, rest, "/api/calls/{id}/"+v.path, v.path, v.summary+"; for supervisors of its queue", func(ctx context.Context, s seat, in *idInput) error {
			return a.supervise(ctx, s, in.ID, Command{Verb: v.verb, As: v.as})
		})
	}
}

func (a *API) supervise(ctx context.Context, s seat, call string, c Command) error {
	who, err := a.supervisor(ctx)
	if err != nil {
		return err
	}
	if v, ok := a.Calls.Call(ctx, s.Agent); ok && v.ID != call {
		return Conflict("in_call")
	}
	e, err := a.Work.Explain(ctx, call)
	if err != nil {
		return err
	}
	if e.State != "owned" || !slices.Contains(who.Queues, e.Queue) {
		return notFound()
	}
	c.Agent, c.Call, c.Of = s.Agent, call, e.With
	err = a.Calls.Do(ctx, c)
	a.Log.InfoContext(ctx, "supervises", "call", call, "agent", e.With, "by", who.ID, "verb", c.Verb, "as", c.As, "err", err)
	a.hub.touch(e.With)
	return err
}
