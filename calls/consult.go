package calls

import (
	"context"
	"errors"
	"slices"

	"github.com/callfloor/callfloor/routing"
)

// A consult is an agent's offer to another one (direct.go), or a call to somebody outside (outside.go), that takes no customer from anybody:
// accepted it makes a guest, aside with the agent who has the customer. That one swaps between the two as often as they want, merges
// them, hands the customer over, or ends it; whoever is consulted may leave.

// Errors of commands that a talk with guests does not allow, or wants.
var (
	ErrNoConsult  = errors.New("nobody is consulted")
	ErrConsulting = errors.New("somebody is consulted")
	ErrConsulted  = errors.New("the customer is another agent's") // whose guest this one is
	ErrNoParty    = errors.New("nobody of that name takes part")
	ErrCrowded    = errors.New("nobody else can take part")
)

// toward is whom an agent wants to have in the call, or to give it to, as run knows it.
type toward struct {
	Toward
	leg *member // of somebody outside
}

// Swap lets the agent talk with the customer, and all who are with them, instead of whom they consult, or the other way round. ErrNoConsult.
func (c *Call) Swap(agent string) error {
	return c.command(agent, func() error {
		t := &c.talk
		switch {
		case t.aside() == nil:
			return ErrNoConsult
		case t.meets():
			t.stepped = !t.stepped
			c.replan()
			c.fact("call.stepped", map[string]string{"agent": agent, "place": map[bool]Place{true: Aside, false: Among}[t.stepped].String()})
			return nil
		case t.state == OnHold || t.state == LostOnHold:
			return c.turn(Resume)
		}
		return c.turn(Hold)
	})
}

// Complete gives the customer to a guest, and ends the agent's part; party "" is whom they consult. A customer who is somebody's outside
// comes back to the flow when that one hangs up. ErrNoConsult, ErrNoParty, and routing's conflicts.
func (c *Call) Complete(agent, party string) error {
	return c.wish(agent, Hand, func(ctx context.Context, v *visit) error {
		for _, o := range v.guests {
			if party == "" && o.guest.place == Aside || party != "" && o.guest.id == party {
				return v.handTo(ctx, o)
			}
		}
		if party == "" {
			return ErrNoConsult
		}
		return ErrNoParty
	})
}

// handTo gives the customer to a guest, once there is sound.
func (v *visit) handTo(ctx context.Context, o *offer) error {
	if !o.heard || !o.until.IsZero() || o.guest.place > Among {
		return ErrNoConsult
	}
	if o.agent == "" {
		v.handOut(ctx, o)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := v.c.Router.Handover(ctx, v.offer.lease, o.lease); err != nil {
		v.c.Log.Info("not handed over", "agent", v.offer.agent, "to", o.agent, "err", err)
		return err
	}
	v.handOver(o)
	return nil
}

// consulted is the offer of whom the agent consults; nil is none.
func (v *visit) consulted() *offer {
	for _, o := range v.guests {
		if o.guest.place == Aside {
			return o
		}
	}
	return nil
}

// find among the guests the one of a lease.
func (v *visit) guestOf(lease string) *offer {
	if n := slices.IndexFunc(v.guests, func(o *offer) bool { return lease != "" && o.lease == lease }); n >= 0 {
		return v.guests[n]
	}
	return nil
}

// guestUpdate takes what routing says of a guest.
func (v *visit) guestUpdate(o *offer, u routing.Update) {
	switch u.Kind {
	case routing.HandedOver: // its answer was lost
		v.handOver(o)
	case routing.Accepted, routing.Joined:
	case routing.ConsultEnded, routing.JoinEnded:
		v.rise(o, guestGone)
	default:
		v.rise(o, Cause{string(u.Kind), Cancelled.Code})
	}
}

// passOn ends the agent's part while others take part in such a place: the customer is theirs. An agent comes before somebody outside, and
// whoever is there for longest first. False when there is nobody.
func (v *visit) passOn(ctx context.Context, places ...Place) bool {
	for _, place := range places {
		for _, agents := range []bool{true, false} {
			for _, o := range slices.Clone(v.guests) {
				if o.guest.place == place && (o.agent != "") == agents && v.handTo(ctx, o) == nil {
					return true
				}
			}
		}
	}
	return false
}
