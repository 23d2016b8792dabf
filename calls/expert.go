package calls

import (
	"context"
	"errors"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// Somebody outside is called on an agent's behalf, to be consulted or to be given the customer. Answered they are a guest, or have the
// customer: then no agent does, and when they hang up the customer is where the flow goes on. Not reached, the agent and the customer talk
// as before; and when the agent has gone meanwhile, the customer waits in the queue again.

// CallOut wants to consult somebody outside, or to give them the customer. ErrConsulting, ErrCrowded, and a Refused.
func (c *Call) CallOut(agent string, to Outside, purpose string) error {
	return c.wish(agent, Pass, func(ctx context.Context, v *visit) error {
		if err := v.mayAsk(); err != nil {
			return err
		}
		to.Role = Expert
		leg, err := v.c.Dialer.Call(ctx, to)
		if err != nil {
			return err
		}
		v.ringOutside(to, purpose, leg)
		return nil
	})
}

func (v *visit) ringOutside(to Outside, purpose string, leg Leg) {
	c, o := v.c, &offer{outside: &to, purpose: purpose, over: make(chan struct{})}
	v.asks(o, Toward{Number: to.Number, Purpose: purpose})
	if err := c.do(func() {
		o.leg = c.add(leg, Dialling)
		c.talk.toward.leg = o.leg
		c.replan()
		c.fact("call.party_called", map[string]string{"by": c.talk.agent, "queue": c.talk.queue, "number": to.Number, "purpose": purpose, "party": leg.ID()})
	}); err != nil {
		leg.Hangup(Cancelled)
	}
	c.Log.Info("called by the agent", "agent", v.offer.agent, "number", to.Number, "purpose", purpose)
}

// lookOutside takes what the leg of somebody outside has reported who is called.
func (v *visit) lookOutside(ctx context.Context) {
	o := v.toward
	switch {
	case o.leg == nil:
	case is(o.leg.gone) && !is(o.leg.answered):
		v.notReached(o.leg.cause)
	case is(o.leg.answered) && o.purpose == routing.ToConsult:
		o.heard = true
		v.comes(ctx)
		v.seat(o, o.leg, guestTalking)
		_ = v.c.do(func() { v.c.guestFact("call.party_joined", o.guest) })
	case is(o.leg.answered):
		v.toward = nil
		_ = v.c.do(func() { v.c.talk.toward = toward{} })
		v.joins(o)
		v.handOut(ctx, o)
	}
}

// joins: somebody outside is with the customer.
func (v *visit) joins(o *offer) {
	o.heard = true
	v.sits(o, Among)
	v.seat(o, o.leg, guestTalking)
	_ = v.c.do(func() { v.c.guestFact("call.party_joined", o.guest) })
}

// notReached: somebody outside does not answer, whatever they say instead.
func (v *visit) notReached(why Cause) {
	v.c.failed(v.toward, why)
	v.callOff(why)
}

// failed tells of somebody outside who was not reached.
func (c *Call) failed(o *offer, why Cause) {
	_ = c.do(func() {
		c.fact("call.party_failed", map[string]string{"by": c.talk.agent, "number": o.outside.Number, "party": o.leg.leg.ID(), "cause": why.Word})
	})
}

// handOut gives the customer to somebody outside, and ends the agent's part.
func (v *visit) handOut(ctx context.Context, o *offer) {
	v.dropToward(Cancelled)
	_ = v.c.do(func() { o.guest.place = Among })
	v.finish(ctx, Transferred)
	v.alone = true
	v.c.Log.Info("given to somebody outside", "party", o.guest.id, "number", o.guest.party.Address)
}

// partToOutside ends the agent's part while somebody outside is called to whom they give the customer: these wait for the answer.
func (v *visit) partToOutside(ctx context.Context, why Cause) (again bool, err error) {
	o := v.toward
	v.toward = nil
	queue := v.w.Queue
	var recorded bool
	_ = v.c.do(func() { recorded = v.c.talk.recording })
	v.finish(ctx, why)
	_ = v.c.Music(v.c.HoldMusic)
	for {
		select {
		case <-v.c.stirs:
			switch {
			case is(o.leg.gone) && !is(o.leg.answered):
				v.c.failed(o, o.leg.cause)
				v.c.Log.Info("not reached, and nobody has the customer", "queue", queue, "cause", o.leg.cause.Word)
				return v.anew(ctx)
			case is(o.leg.answered):
				_ = v.c.do(func() { v.c.talk.recording = recorded })
				v.joins(o)
				return v.outside(ctx)
			}
		case <-v.ticket.Updates(): // of what is over
		case <-ctx.Done():
			o.leg.leg.Hangup(Cancelled)
			return false, nil
		}
	}
}

// anew lets a customer wait again of whom routing knows no more, for as long as they are on the line with their age.
func (v *visit) anew(ctx context.Context) (again bool, err error) {
	v.ticket.Close()
	switch err := v.enqueue(ctx); {
	case routing.IsConflict(err, string(Closed)), routing.IsConflict(err, string(Full)), routing.IsConflict(err, string(NoAgents)):
		v.closed = true
		return true, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// outside stays while the customer is with somebody outside, and no agent has them.
func (v *visit) outside(ctx context.Context) (again bool, err error) {
	v.alone = false
	since := time.Now()
	_ = v.c.do(func() { v.c.stay.alone, v.c.changed = true, true })
	if v.ticket != nil { // routing has nothing more to say
		v.ticket.Close()
		v.ticket = nil
	}
	for v.lookGuests(ctx); len(v.guests) > 0; {
		select {
		case <-v.c.stirs:
			v.lookGuests(ctx)
		case <-ctx.Done():
			v.noGuests(causeOf(ctx))
		}
	}
	_ = v.c.do(func() { v.c.talked += time.Since(since); v.c.talk.reset(); v.c.replan() })
	return false, nil
}

// finish ends the agent's part for routing and for the call; after-call work begins. Who is with the customer stays.
func (v *visit) finish(ctx context.Context, why Cause) {
	lease := v.offer.lease
	v.released(why)
	if v.c.forsaken() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	err := v.c.Router.Finish(ctx, lease, why.Word)
	if routing.IsConflict(err, "gone") { // told before, or transferred, of which the answer was lost
		err = v.c.Router.Leave(ctx, v.c.ID, "abandoned")
	}
	if err != nil && !errors.Is(err, routing.ErrAway) {
		v.c.Log.Error("end of work not told", "lease", lease, "err", err)
	}
}
