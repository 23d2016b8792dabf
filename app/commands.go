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

// places are what a supervisor can be in a call.
var places = map[string]calls.Place{"listening": calls.Listening, "whispering": calls.Whispering, "among": calls.Among}

// verbs are all that can be done with a call.
var verbs = map[string]func(*calls.Call, api.Command) error{
	"hold":        func(c *calls.Call, m api.Command) error { return c.Hold(m.Agent) },
	"resume":      func(c *calls.Call, m api.Command) error { return c.Resume(m.Agent) },
	"mute":        func(c *calls.Call, m api.Command) error { return c.SetMuted(m.Agent, true) },
	"unmute":      func(c *calls.Call, m api.Command) error { return c.SetMuted(m.Agent, false) },
	"end":         func(c *calls.Call, m api.Command) error { return c.EndTalk(m.Agent) },
	"digits":      func(c *calls.Call, m api.Command) error { return c.Digits(m.Agent, m.Keys) },
	"swap":        func(c *calls.Call, m api.Command) error { return c.Swap(m.Agent) },
	"complete":    func(c *calls.Call, m api.Command) error { return c.Complete(m.Agent, "") },
	"completeto":  func(c *calls.Call, m api.Command) error { return c.Complete(m.Agent, m.Party) },
	"takeback":    func(c *calls.Call, m api.Command) error { return c.TakeBack(m.Agent) },
	"merge":       func(c *calls.Call, m api.Command) error { return c.Merge(m.Agent) },
	"meet":        func(c *calls.Call, m api.Command) error { return c.Meet(m.Agent) },
	"drop":        func(c *calls.Call, m api.Command) error { return c.Drop(m.Agent, m.Party) },
	"muteparty":   func(c *calls.Call, m api.Command) error { return c.SetPartyMuted(m.Agent, m.Party, true) },
	"unmuteparty": func(c *calls.Call, m api.Command) error { return c.SetPartyMuted(m.Agent, m.Party, false) },
	"supervise":   func(c *calls.Call, m api.Command) error { return c.Supervise(m.Agent, places[m.As]) },
	"takeover":    func(c *calls.Call, m api.Command) error { return c.TakeOver(m.Agent) },
	"transfer": func(c *calls.Call, m api.Command) error {
		if m.To == nil {
			return errNobody
		}
		return c.Transfer(m.Agent, *m.To)
	},
	"direct": func(c *calls.Call, m api.Command) error {
		if m.Direct == nil {
			return errNobody
		}
		return c.Direct(m.Agent, *m.Direct)
	},
	"callout": func(c *calls.Call, m api.Command) error {
		return c.CallOut(m.Agent, calls.Outside{Number: m.Number, CallerID: m.CallerID, Agent: m.Agent}, m.Purpose)
	},
	"back": func(c *calls.Call, m api.Command) error {
		c.Back(m.Agent)
		return nil
	},
}

// errNobody is for a command that another node sends without its object.
var errNobody = errors.New("a command without whom it is about")

// asking is how long another node may take for an answer.
const asking = 3 * time.Second

// command carries out a command here, or has it carried out where the call lives.
func (a *App) command(ctx context.Context, m api.Command) error {
	if c, ok := a.meant(m); ok {
		return refusal(verbs[m.Verb](c, m))
	}
	who := m.Agent
	if m.Of != "" { // who commands is not on the call yet, perhaps
		who = m.Of
	}
	at, err := a.whereIs(ctx, who)
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
	if err := a.ask(ctx, address, "/command", m, nil); err != nil {
		return err
	}
	if m.Of != "" {
		a.floor.watches(m.Agent, at)
	}
	return nil
}

// meant is the call of a command when it lives here, and is the agent's, or supervised by them.
func (a *App) meant(m api.Command) (*calls.Call, bool) {
	if m.Of != "" {
		return a.floor.call(m.Call)
	}
	c, _, ok := a.floor.of(m.Agent)
	return c, ok && c.ID == m.Call
}

// local carries out a command of another node's agent.
func (a *App) local(m api.Command) error {
	c, ok := a.meant(m)
	do := verbs[m.Verb]
	switch {
	case do == nil:
		return api.NewProblem(http.StatusNotFound, "unknown", "This server does not know the command.")
	case !ok:
		return refusal(calls.ErrNotYours)
	}
	return refusal(do(c, m))
}

// whereIs is the agent's call, or the one that they supervise, when another node has it; the zero Place when none has.
func (a *App) whereIs(ctx context.Context, agent string) (routing.Place, error) {
	at, err := a.elsewhere(ctx, agent)
	if err == nil && at.Call == "" {
		at = a.floor.watched(agent)
	}
	return at, err
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
	at, err := a.whereIs(ctx, agent)
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
	if a.ask(ctx, address, "/view", api.Command{Agent: agent}, &s) != nil { // ask has told
		return api.CallView{}, false
	}
	if !s.OK {
		a.floor.watches(agent, routing.Place{})
	}
	return s.Call, s.OK
}

func (a *App) localCall(agent string) seen {
	_, v, ok := a.floor.of(agent)
	return seen{a.callView(v), ok}
}

func (a *App) callView(v calls.View) api.CallView {
	view := api.CallView{
		ID: v.ID, Lease: v.Lease, Agent: v.Agent, State: v.State.String(), From: v.From.Address, Name: v.From.Name, Queue: v.Queue,
		Talked: v.Talked, Held: v.Held, Muted: v.Muted, Recording: v.Recording,
		Toward: api.Toward{Agent: v.Toward.Agent, Number: v.Toward.Number, Purpose: v.Toward.Purpose, State: v.Toward.State},
		Place:  v.Place.String(), Owner: v.Owner, Asked: v.Asked, Node: a.node, Dialled: v.Dialled, Far: v.Far.String(),
	}
	for _, m := range v.Members {
		view.Members = append(view.Members, api.Member{
			ID: m.ID, Role: string(m.Party.Role), Agent: m.Party.Agent, Name: m.Party.Name, Number: m.Party.Address,
			Place: m.Place.String(), State: m.State, Muted: m.Muted, Asked: m.Asked, Since: m.Since, Hears: m.Hears,
		})
	}
	return view
}

// back tells the agent's call, wherever it lives, that their device is there again.
func (a *App) back(agent string) {
	if c, _, ok := a.floor.of(agent); ok {
		c.Back(agent)
		return
	}
	at, err := a.whereIs(a.life, agent)
	if err != nil || at.Call == "" {
		return
	}
	if address, err := a.address(at.Node); err == nil {
		_ = a.ask(a.life, address, "/command", api.Command{Verb: "back", Agent: agent, Call: at.Call}, nil) // ask has told
	}
}
