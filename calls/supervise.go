package calls

import (
	"context"
)

// A supervisor is a guest who comes unasked: their device is called, and answered it hears everybody. Only who is among everybody, or
// takes the customer over, has work in routing's eyes.

// Supervise lets a supervisor listen to a talk, whisper to its agent, or be among everybody; one who does one of these already does
// the other from now on. NotNow while nobody talks, ErrCrowded, ErrNotYours for an agent who is on the call as something else, and
// routing's conflicts.
func (c *Call) Supervise(supervisor string, as Place) error {
	return c.ask(Join, func(ctx context.Context, v *visit) error {
		o, err := v.supervisor(supervisor)
		switch {
		case err != nil:
			return err
		case o != nil && o.guest.place == as:
			return nil
		case as == Among && v.crowded():
			return ErrCrowded
		case as == Among:
			lease, err := v.c.Router.Join(ctx, supervisor, "", v.c.ID, "barge")
			if err != nil {
				return err
			}
			return v.supervises(ctx, o, supervisor, as, lease)
		case as != Among && o != nil && o.lease != "":
			if err := v.c.Router.EndConsult(ctx, o.lease, as.String()); err != nil {
				return err
			}
		}
		return v.supervises(ctx, o, supervisor, as, "")
	})
}

// supervisor finds what they are on the call already; nil is nothing.
func (v *visit) supervisor(agent string) (*offer, error) {
	if v.offer.agent == agent || v.toward != nil && v.toward.agent == agent {
		return nil, ErrNotYours
	}
	for _, o := range v.guests {
		if o.agent == agent {
			if o.guest.party.Role != Supervisor {
				return nil, ErrNotYours
			}
			return o, nil
		}
	}
	return nil, nil
}

// supervises puts a supervisor in their place, and calls their device first where that is not yet done.
func (v *visit) supervises(ctx context.Context, o *offer, agent string, as Place, lease string) error {
	c := v.c
	if o != nil {
		o.lease = lease
		_ = c.do(func() {
			o.guest.place, o.guest.lease = as, lease
			c.replan()
			c.guestFact("call.party_moved", o.guest)
		})
		return nil
	}
	o = &offer{agent: agent, lease: lease, over: make(chan struct{})}
	rung, err := c.Dialer.Dial(ctx, Ring{Agent: agent, Lease: lease, From: c.Customer.Party()})
	if err == nil {
		o.byAnswer = rung.AnswerAccepts
		err = c.do(func() { o.leg = c.add(rung.Leg, Dialling) })
	}
	if err != nil {
		if lease != "" {
			_ = c.Router.EndConsult(ctx, lease, Unreachable.Word)
		}
		return err
	}
	v.sits(o, as)
	_ = c.do(func() {
		o.guest.party.Role = Supervisor
		c.guestFact("call.party_called", o.guest)
	})
	c.Log.Info("supervised", "by", agent, "as", as, "agent", v.offer.agent)
	return nil
}

// TakeOver makes a supervisor the one who has the customer: the agent's part is over as soon as the supervisor is heard.
func (c *Call) TakeOver(supervisor string) error {
	if err := c.Supervise(supervisor, Among); err != nil {
		return err
	}
	return c.ask(Join, func(ctx context.Context, v *visit) error {
		o, err := v.supervisor(supervisor)
		switch {
		case err != nil:
			return err
		case o == nil:
			return ErrNotYours
		case o.heard:
			return v.handTo(ctx, o)
		}
		o.takes = true
		return nil
	})
}

// takes: the supervisor who wants the customer is heard.
func (v *visit) takes(ctx context.Context, o *offer) {
	o.takes = false
	if err := v.handTo(ctx, o); err != nil {
		v.c.Log.Warn("not taken over", "by", o.agent, "err", err)
	}
}
