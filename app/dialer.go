package app

import (
	"context"
	"fmt"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/sip"
)

// dialer calls agents' devices into one call's room.
type dialer struct {
	app  *App
	room *media.Room
	call string
}

// Dial calls the device the agent works with: every browser page or desk phone registered for them.
func (d dialer) Dial(ctx context.Context, r calls.Ring) (calls.Rung, error) {
	agent, ok := d.app.current().Agent(r.Agent)
	if !ok {
		return calls.Rung{}, fmt.Errorf("agent %s is not configured", r.Agent)
	}
	browser := agent.AtBrowser()
	d.app.floor.unlisten(r.Agent, d.call)
	d.app.floor.rings(r.Agent, d.call)
	leg, err := d.app.dial(ctx, d.room, sip.Target{
		Agent:      r.Agent,
		Browser:    browser,
		Party:      calls.Party{Role: calls.Agent, Name: agent.Name, Agent: r.Agent, Address: r.Agent},
		From:       r.From.Address,
		FromName:   r.From.Name,
		AutoAnswer: browser,
		SRTP:       agent.PhoneSRTP,
		Headers:    map[string]string{sip.CallHeader: d.call, sip.OfferHeader: r.Lease},
	})
	if err != nil {
		return calls.Rung{}, fmt.Errorf("calling the device of %s: %w", r.Agent, err)
	}
	return calls.Rung{Leg: leg, AnswerAccepts: !browser}, nil
}

// dial calls the device where it is: here, or by the node that has it registered.
func (a *App) dial(ctx context.Context, room *media.Room, to sip.Target) (*sip.Leg, error) {
	if a.cluster == nil {
		return a.sip.Dial(ctx, room, to)
	}
	node, err := a.router.Whereabouts(ctx, to.Agent, kindOf(to.Browser))
	if err != nil || node == "" || node == a.node { // while Redis is away, what is here is still reached
		return a.sip.Dial(ctx, room, to)
	}
	address, err := a.address(node)
	if err != nil {
		return nil, err
	}
	return a.sip.DialPeer(ctx, room, address, to)
}
