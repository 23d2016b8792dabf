package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
)

// Dial calls a number for an agent who works in the browser. Their slot is taken before anybody hears of it.
func (d desk) Dial(ctx context.Context, agent, session, number, callerID string) (string, error) {
	a := d.app
	who, _ := a.current().Agent(agent)
	switch {
	case a.draining():
		return "", api.NewProblem(http.StatusServiceUnavailable, "draining", "This server is about to stop.")
	case !who.AtBrowser():
		return "", api.NewProblem(http.StatusConflict, "phone", "From here calls are made with the browser. Dial at your desk phone.")
	}
	to := calls.Outside{Number: number, CallerID: callerID, Agent: agent}
	route, err := a.route(to)
	if err != nil {
		return "", refusal(err)
	}
	id := newCallID()
	facts := map[string]string{
		"from": route.CallerID, "to": route.Number, "direction": "out", "agent": agent, "source": "agent " + agent, "node": a.node,
	}
	ticket, lease, err := a.router.Dial(ctx, agent, session, routing.Interaction{ID: id, Data: map[string]string{"from": route.Number, "to": route.Number}})
	if err != nil {
		return "", refusal(err)
	}
	room := a.engine.Room()
	leg, err := a.callsOutside(room, id, to)
	if err != nil {
		a.undial(ctx, id, ticket, room, err)
		return "", refusal(err)
	}
	setup, k := a.setup(a.now.Load(), id, leg, facts)
	setup.Script = k.reach
	a.floor.rings(agent, id)
	a.floor.keep(calls.Dialled(a.life, setup, calls.Outgoing{Agent: agent, Lease: lease, Ticket: ticket}))
	return id, nil
}

// callsOutside begins to call a number; the leg outlives the request that wanted it.
func (a *App) callsOutside(room *media.Room, id string, to calls.Outside) (*sip.Leg, error) {
	leg, err := dialer{a, room, id}.Call(a.life, to)
	if err != nil {
		return nil, err
	}
	ours, ok := leg.(*sip.Leg)
	if !ok {
		return nil, errors.New("a leg that is not ours")
	}
	return ours, nil
}

// undial gives back the slot of a call that does not leave the house.
func (a *App) undial(ctx context.Context, id string, ticket *routing.Ticket, room *media.Room, why error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := a.router.Leave(ctx, id, calls.ReasonOf(why)); err != nil {
		a.log.Error("the slot of a call that was refused is not given back", "call", id, "err", err)
	}
	ticket.Close()
	room.Close()
}

// Unreached is the number that the agent called last, in vain.
func (d desk) Unreached(agent string) api.Unreached { return d.app.floor.unreached(agent) }

// CallerIDs are what the agent may show.
func (d desk) CallerIDs(agent string) []api.CallerID {
	c := d.app.current()
	var all []api.CallerID
	for _, id := range c.Dialing.May(c.Caller(agent)) {
		all = append(all, api.CallerID{Number: id.Number, Label: id.Label})
	}
	return all
}

// reach is the script of a call that an agent makes, in this life of the node and in the next: the talk, and the queues to which agents
// transfer whom they have called.
func (k *contact) reach(ctx context.Context, c *calls.Call) error {
	k.call = c
	if c.Stands() == "" {
		if out, err := c.Reach(ctx, k.config.RecordOutbound); err != nil || out != calls.Moved {
			return err
		}
	}
	return k.walk(ctx, c, func(ctx context.Context) error {
		out, _, err := k.Queue(ctx, ivr.Want{Queue: c.Stands()})
		if err == nil && out != ivr.Served && out != ivr.Gone { // no flow says what comes then
			err = calls.Cause{Word: string(out), Code: calls.Normal.Code}
		}
		return err
	})
}
