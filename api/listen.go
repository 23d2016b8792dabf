package api

import (
	"context"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/records"
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
			return a.supervise(ctx, s, strings.ReplaceAll(v.path, "-", "_"), Command{Verb: v.verb, As: v.as, Agent: s.Agent, Call: in.ID})
		})
	}
}

func (a *API) supervise(ctx context.Context, s seat, deed string, c Command) error {
	e, err := a.Work.Explain(ctx, c.Call)
	return a.audited(ctx, records.Deed{Verb: deed, Call: c.Call, Queue: e.Queue, Agent: e.With}, func(by Person) error {
		switch v, talks := a.Calls.Call(ctx, s.Agent); {
		case talks && v.ID != c.Call:
			return Conflict("in_call")
		case err != nil:
			return err
		case e.State != "owned" || !slices.Contains(by.Queues, e.Queue):
			return notTheirs()
		}
		defer a.hub.touch(e.With)
		c.Of = e.With
		return a.Calls.Do(ctx, c)
	})
}
