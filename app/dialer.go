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
	d.app.floor.rings(r.Agent, d.call)
	leg, err := d.app.sip.Dial(ctx, d.room, sip.Target{
		Agent:      r.Agent,
		Browser:    browser,
		Party:      calls.Party{Role: calls.Agent, Name: agent.Name, Agent: r.Agent, Address: r.Agent},
		From:       r.From.Address,
		FromName:   r.From.Name,
		AutoAnswer: browser,
		SRTP:       agent.PhoneSRTP,
		Headers:    map[string]string{"X-Callfloor-Call": d.call, "X-Callfloor-Offer": r.Lease},
	})
	if err != nil {
		return calls.Rung{}, fmt.Errorf("calling the device of %s: %w", r.Agent, err)
	}
	return calls.Rung{Leg: leg, AnswerAccepts: !browser}, nil
}
