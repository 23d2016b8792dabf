package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/routing"
)

// command is what an agent wants done with the call they are on. It is done by the node where the call lives.
type command struct {
	Verb, Agent, Call string
	Keys              string            `json:",omitempty"`
	To                *routing.Transfer `json:",omitempty"`
	Direct            *routing.Directed `json:",omitempty"`
}

// verbs are all that an agent can do with a call.
var verbs = map[string]func(*calls.Call, command) error{
	"hold":   func(c *calls.Call, m command) error { return c.Hold(m.Agent) },
	"resume": func(c *calls.Call, m command) error { return c.Resume(m.Agent) },
	"mute":   func(c *calls.Call, m command) error { return c.SetMuted(m.Agent, true) },
	"unmute": func(c *calls.Call, m command) error { return c.SetMuted(m.Agent, false) },
	"end":    func(c *calls.Call, m command) error { return c.EndTalk(m.Agent) },
	"digits": func(c *calls.Call, m command) error { return c.Digits(m.Agent, m.Keys) },
	"transfer": func(c *calls.Call, m command) error {
		if m.To == nil {
			return errors.New("a transfer to nowhere")
		}
		return c.Transfer(m.Agent, *m.To)
	},
	"direct": func(c *calls.Call, m command) error {
		if m.Direct == nil {
			return errors.New("an offer to nobody")
		}
		return c.Direct(m.Agent, *m.Direct)
	},
	"swap":     func(c *calls.Call, m command) error { return c.Swap(m.Agent) },
	"complete": func(c *calls.Call, m command) error { return c.Complete(m.Agent) },
	"takeback": func(c *calls.Call, m command) error { return c.TakeBack(m.Agent) },
	"back": func(c *calls.Call, m command) error {
		c.Back(m.Agent)
		return nil
	},
}

// asking is how long another node may take for an answer.
const asking = 3 * time.Second

// command carries out a command here, or has it carried out where the call lives.
func (a *App) command(ctx context.Context, m command) error {
	if c, _, ok := a.floor.of(m.Agent); ok && c.ID == m.Call {
		return refusal(verbs[m.Verb](c, m))
	}
	at, err := a.elsewhere(ctx, m.Agent)
	switch {
	case err != nil:
		return err
	case at.Call != m.Call:
		return refusal(calls.ErrNotYours)
	case at.Dead && m.Verb == "end":
		return a.endCut(ctx, m)
	}
	address, err := a.address(at.Node)
	if err != nil {
		return err
	}
	return a.ask(ctx, address, "/command", m, nil)
}

// local carries out a command of another node's agent.
func (a *App) local(m command) error {
	c, _, ok := a.floor.of(m.Agent)
	do := verbs[m.Verb]
	switch {
	case do == nil:
		return api.NewProblem(http.StatusNotFound, "unknown", "This server does not know the command.")
	case !ok || c.ID != m.Call:
		return refusal(calls.ErrNotYours)
	}
	return refusal(do(c, m))
}

// elsewhere is the agent's call when another node has it; the zero Place when none has.
func (a *App) elsewhere(ctx context.Context, agent string) (routing.Place, error) {
	if a.cluster == nil {
		return routing.Place{}, nil
	}
	at, err := a.router.Owner(ctx, agent)
	if err != nil || at.Node == a.node {
		return routing.Place{}, err
	}
	return at, nil
}

// ask asks another node. Its refusals are the caller's, unchanged.
func (a *App) ask(ctx context.Context, address, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	err := a.cluster.Do(ctx, address, path, in, out)
	no, refused := errors.AsType[*cluster.Refused](err)
	if p := new(api.Problem); refused && json.Unmarshal(no.Body, p) == nil && p.Code != "" {
		return p
	}
	if err != nil {
		a.log.Warn("another node does not answer", "address", address, "what", path, "err", err)
		return api.NewProblem(http.StatusServiceUnavailable, "unavailable", "The server that has the call does not answer.")
	}
	return nil
}

// seen is how an agent's call stands.
type seen struct {
	Call api.CallView
	OK   bool
}

// callOf is the call the agent is on, wherever it lives.
func (a *App) callOf(ctx context.Context, agent string) (api.CallView, bool) {
	if s := a.localCall(agent); s.OK {
		return s.Call, true
	}
	at, err := a.elsewhere(ctx, agent)
	switch {
	case err != nil || at.Call == "":
		return api.CallView{}, false
	case at.Dead:
		return a.cutCall(ctx, agent)
	}
	address, err := a.address(at.Node)
	if err != nil {
		return api.CallView{}, false
	}
	var s seen
	if a.ask(ctx, address, "/view", command{Agent: agent}, &s) != nil { // ask has told
		return api.CallView{}, false
	}
	return s.Call, s.OK
}

func (a *App) localCall(agent string) seen {
	_, v, ok := a.floor.of(agent)
	return seen{api.CallView{
		ID: v.ID, Lease: v.Lease, State: v.State.String(), From: v.From.Address, Name: v.From.Name, Queue: v.Queue,
		Talked: v.Talked, Held: v.Held, Muted: v.Muted, Recording: v.Recording,
		Toward: api.Toward{Agent: v.Toward.Agent, Purpose: v.Toward.Purpose, State: v.Toward.State}, Asks: v.Asks, Node: a.node,
	}, ok}
}

// back tells the agent's call, wherever it lives, that their device is there again.
func (a *App) back(agent string) {
	if c, _, ok := a.floor.of(agent); ok {
		c.Back(agent)
		return
	}
	at, err := a.elsewhere(a.life, agent)
	if err != nil || at.Call == "" {
		return
	}
	if address, err := a.address(at.Node); err == nil {
		_ = a.ask(a.life, address, "/command", command{Verb: "back", Agent: agent, Call: at.Call}, nil) // ask has told
	}
}
