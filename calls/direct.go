package calls

import (
	"context"
	"fmt"
	"slices"

	"github.com/callfloor/callfloor/routing"
)

// Toward is whom an agent wants to consult, or to give their customer to, and what came of the last one.
type Toward struct {
	Agent, Number string // one of the two: a colleague, or somebody outside
	Lease         string // the colleague's
	Purpose       string
	// State is ringing; or how it ended: declined, missed, withdrawn, device_failed, cancelled, of somebody outside a leg's cause, of a
	// guest also ended, left or gone; "" is none.
	State string
}

// Direct offers the customer to another agent, or wants to consult that one. While their device rings the customer hears music unless
// others are with them, and is this agent's. A transfer that is accepted ends this agent's part; a consult begins (consult.go).
// ErrConsulting, ErrCrowded.
func (c *Call) Direct(agent string, d routing.Directed) error {
	return c.wish(agent, Pass, func(ctx context.Context, v *visit) error {
		if err := v.mayAsk(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		return v.c.Router.Direct(ctx, v.offer.lease, v.offer.agent, d) // the ticket tells the rest
	})
}

// mayAsk tells why the agent cannot ask for anybody now.
func (v *visit) mayAsk() error {
	switch {
	case v.consulted() != nil:
		return ErrConsulting
	case v.toward != nil:
		return &routing.Conflict{Code: "offering"}
	case v.crowded():
		return ErrCrowded
	}
	return nil
}

// crowded tells whether nobody else can take part. Who only listens does not count.
func (v *visit) crowded() bool {
	n := 0
	for _, o := range v.guests {
		if o.guest.place <= Among {
			n++
		}
	}
	return n >= most
}

// crowd tells whether anybody takes part beside the customer and the agent, but for who only listens.
func (v *visit) crowd() bool {
	return slices.ContainsFunc(v.guests, func(o *offer) bool { return o.guest.place <= Among })
}

// TakeBack ends what the agent wants of another one, or of somebody outside: the offer, or the consult.
func (c *Call) TakeBack(agent string) error {
	return c.wish(agent, Pass, func(ctx context.Context, v *visit) error {
		switch o := v.consulted(); {
		case v.toward == nil && o != nil:
			v.endGuest(ctx, o, guestEnded)
		case v.toward != nil && v.toward.outside != nil:
			v.callOff(Cancelled)
		default:
			return v.c.Router.TakeBack(ctx, v.offer.lease)
		}
		return nil
	})
}

// directed takes what routing says of the agent's own offer to another one, or of a guest.
func (v *visit) directed(ctx context.Context, u routing.Update) {
	ours := v.toward != nil && v.toward.outside == nil && v.toward.lease == u.Lease
	switch o := v.guestOf(u.Lease); {
	case o != nil:
		v.guestUpdate(o, u)
	case u.Purpose == "":
		v.c.Log.Debug("update during a talk", "kind", u.Kind, "agent", u.Agent)
	case u.Kind == routing.Offered:
		v.ringToward(ctx, u)
	case ours && u.Kind == routing.Accepted && u.Purpose == routing.ToConsult:
		v.comes(ctx)
	case ours && u.Kind == routing.Accepted:
		v.handOver(v.toward)
	case ours:
		v.callOff(Cause{string(u.Kind), Cancelled.Code})
	}
}

// ringToward calls the device of the agent to whom the customer is offered.
func (v *visit) ringToward(ctx context.Context, u routing.Update) {
	for _, g := range slices.Clone(v.guests) { // they only listened
		if g.agent == u.Agent {
			v.endGuest(ctx, g, guestLeft)
		}
	}
	o := &offer{lease: u.Lease, agent: u.Agent, purpose: u.Purpose, over: make(chan struct{})}
	v.asks(o, Toward{Agent: u.Agent, Lease: u.Lease, Purpose: u.Purpose})
	v.c.Log.Info("offered by the agent", "agent", v.offer.agent, "to", u.Agent)
	v.call(ctx, o, func() {})
}

// asks: somebody is called on the agent's behalf. Meanwhile the customer hears music, unless others are with them.
func (v *visit) asks(o *offer, to Toward) {
	c := v.c
	v.toward = o
	to.State = Ringing.String()
	_ = c.do(func() {
		c.talk.toward = toward{Toward: to}
		c.talk.resumes = c.talk.state == Talking && !c.talk.meets()
		if c.talk.resumes {
			_ = c.turn(Hold)
		}
	})
}

// comes: whom the agent wants to consult has accepted, and takes part as soon as there is sound.
func (v *visit) comes(ctx context.Context) {
	o := v.toward
	v.toward = nil
	_ = v.c.do(func() { v.c.talk.toward, v.c.talk.stepped = toward{}, true })
	v.sits(o, Aside)
	v.lookGuest(ctx, o)
}

// lookAround takes what the legs beside the customer's and the agent's have reported.
func (v *visit) lookAround(ctx context.Context) {
	switch {
	case v.toward == nil:
	case v.toward.outside != nil:
		v.lookOutside(ctx)
	default:
		v.lookAt(ctx, v.toward)
	}
	v.lookGuests(ctx)
}

// handOver: the other agent has accepted, or is a guest, and now the customer is theirs. Other guests stay.
func (v *visit) handOver(next *offer) {
	c := v.c
	var muted bool
	if v.toward == next {
		v.toward = nil
	}
	v.dropToward(Cancelled)
	if next.guest != nil {
		_ = c.do(func() { muted = next.guest.muted })
		v.unseat(next, Transferred)
	}
	v.handed = true
	v.released(Transferred)
	next.accepted, next.guest, next.purpose, v.offer = false, nil, "", next
	c.Log.Info("accepted", "agent", next.agent, "queue", v.w.Queue)
	_ = c.do(func() {
		v.shows(next)
		c.talk.muted = muted
	})
	v.join()
}

// unseat makes a guest one no more, and leaves their leg alone.
func (v *visit) unseat(o *offer, why Cause) {
	for n, x := range v.guests {
		if x == o {
			v.guests = append(v.guests[:n:n], v.guests[n+1:]...)
		}
	}
	_ = v.c.do(func() { v.c.noGuest(o.guest, why) })
}

// callOff: what the agent wanted of somebody came to nothing; two who talked before do so again.
func (v *visit) callOff(why Cause) {
	if v.toward == nil {
		return
	}
	v.dropToward(why)
	_ = v.c.do(func() {
		v.c.tellReferrer(calledOffCode(why))
		if v.c.talk.resumes {
			_ = v.c.turn(Resume) // unless the agent has
		}
	})
}

// dropToward ends what the agent wanted of somebody, if there is anything.
func (v *visit) dropToward(why Cause) {
	c, o := v.c, v.toward
	if o == nil {
		return
	}
	v.toward = nil
	_ = c.do(func() {
		last := c.talk.toward.Toward
		last.State = why.Word
		c.talk.toward = toward{Toward: last}
		c.replan()
		if o.leg != nil {
			o.leg.leg.Hangup(why)
		}
	})
	c.Log.Info("offer over", "agent", o.agent, "cause", why.Word)
}

// part ends the agent's part because they want it, or hung up. Who takes part beside them has the customer; somebody whom they called, or
// asked, to give the customer to is waited for, as in the queue; a customer who is on hold for somebody else goes back: nobody had said
// that it was the end.
func (v *visit) part(ctx context.Context, why Cause) (again bool, err error) {
	asked := v.toward != nil && v.toward.purpose == routing.ToConsult
	var waits bool
	_ = v.c.do(func() { waits = asked && v.c.talk.state == OnHold && v.c.talk.resumes })
	switch apart := v.heldAside(); {
	case v.passOn(ctx, Among), apart && v.passOn(ctx, Aside):
		return v.passed(ctx)
	case waits || apart:
		return v.giveBack(ctx, why)
	case v.toward == nil || asked:
		v.release(ctx, why)
		return false, nil
	case v.toward.outside != nil:
		return v.partToOutside(ctx, why)
	case v.c.dialled && v.w.Queue == "": // there is no queue to ring on from
		return v.settle(ctx, why)
	}
	return v.orphan(ctx, why, func(ctx context.Context, lease string) error { return v.c.Router.Part(ctx, lease, why.Word) })
}

// heldAside tells whether the customer is on hold for a consult.
func (v *visit) heldAside() (held bool) {
	_ = v.c.do(func() { held = v.c.talk.apart() && !v.c.talk.meets() })
	return held
}

// passed goes on when somebody else has the customer.
func (v *visit) passed(ctx context.Context) (again bool, err error) {
	if v.handed {
		v.handed = false
		return true, nil
	}
	return v.outside(ctx)
}

// orphan lets the offer to another agent be one of the queue; tell says to routing that the agent who made it is gone.
func (v *visit) orphan(ctx context.Context, why Cause, tell func(ctx context.Context, lease string) error) (again bool, err error) {
	told, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	switch err := tell(told, v.offer.lease); {
	case routing.IsConflict(err, "gone"): // accepted in this moment: the ticket tells
		return v.settle(ctx, why)
	case routing.IsConflict(err, "not_offered"): // it came to nothing in this moment
		v.dropToward(Cancelled)
		v.release(ctx, why)
		return false, nil
	case routing.IsConflict(err, string(Closed)):
		v.closed = true
		v.dropToward(Cancelled)
		v.released(why)
		return true, nil
	case err != nil:
		v.release(ctx, why)
		return false, fmt.Errorf("the agent's part: %w", err)
	}
	v.released(why)
	o := v.toward
	v.rings, v.toward = append(v.rings, o), nil
	_ = v.c.do(func() { v.shows(o) })
	return true, nil
}

// settle waits for what becomes of an offer while the agent who made it is gone: routing has decided, and the journal tells; or it rings.
func (v *visit) settle(ctx context.Context, why Cause) (again bool, err error) {
	for v.toward != nil {
		select {
		case u := <-v.ticket.Updates():
			if v.directed(ctx, u); v.handed {
				v.handed = false
				return true, nil
			}
		case <-v.c.stirs:
			v.lookAround(ctx)
		case <-ctx.Done():
			v.release(ctx, causeOf(ctx))
			return false, nil
		}
	}
	v.release(ctx, why)
	return false, nil
}
