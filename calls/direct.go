package calls

import (
	"context"
	"fmt"

	"github.com/callfloor/callfloor/routing"
)

// Toward is an agent's offer of their customer to another agent, and what came of the last one.
type Toward struct {
	Agent, Lease, Purpose string
	// State is ringing, of a consult then connecting, talking or lost; or how it ended: declined, missed, withdrawn,
	// device_failed, cancelled, of a consult also ended, left or gone; "" is none.
	State string
}

// Direct offers the customer to another agent, or wants to consult that one. While their device rings the customer hears music, and
// is this agent's. A transfer that is accepted ends this agent's part; a consult begins (consult.go). ErrConsulting.
func (c *Call) Direct(agent string, d routing.Directed) error {
	return c.wish(agent, Pass, func(ctx context.Context, v *visit) error {
		if v.toward.consults() {
			return ErrConsulting
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		return v.c.Router.Direct(ctx, v.offer.lease, v.offer.agent, d) // the ticket tells the rest
	})
}

// TakeBack ends the agent's offer to another one, or the consult with that one.
func (c *Call) TakeBack(agent string) error {
	return c.wish(agent, Pass, func(ctx context.Context, v *visit) error {
		if v.toward.consults() {
			v.endConsult(ctx, consultEnded)
			return nil
		}
		return v.c.Router.TakeBack(ctx, v.offer.lease)
	})
}

// directed takes what routing says of the agent's own offer to another one.
func (v *visit) directed(ctx context.Context, u routing.Update) {
	ours := v.toward != nil && v.toward.lease == u.Lease
	switch {
	case u.Purpose == "":
		v.c.Log.Debug("update during a talk", "kind", u.Kind, "agent", u.Agent)
	case u.Kind == routing.Offered:
		v.ringToward(ctx, u)
	case ours && u.Kind == routing.Accepted && u.Purpose == routing.ToConsult:
		v.consulted(ctx)
	case ours && (u.Kind == routing.Accepted || u.Kind == routing.HandedOver):
		v.handOver()
	case ours && u.Kind == routing.ConsultEnded:
		v.together(consultGone)
	case ours && v.toward.accepted:
		v.together(Cause{string(u.Kind), Cancelled.Code})
	case ours:
		v.callOff(Cause{string(u.Kind), Cancelled.Code})
	}
}

// ringToward calls the device of the agent to whom the customer is offered.
func (v *visit) ringToward(ctx context.Context, u routing.Update) {
	c, o := v.c, &offer{lease: u.Lease, agent: u.Agent, purpose: u.Purpose, over: make(chan struct{})}
	v.toward = o
	_ = c.do(func() {
		c.talk.toward = toward{Toward: Toward{Agent: u.Agent, Lease: u.Lease, Purpose: u.Purpose, State: Ringing.String()}}
		c.talk.resumes = c.talk.state == Talking
		if c.talk.resumes {
			_ = c.turn(Hold)
		}
	})
	c.Log.Info("offered by the agent", "agent", v.offer.agent, "to", u.Agent)
	v.call(ctx, o, func() {})
}

// lookToward takes what the leg of the offer to another agent has reported.
func (v *visit) lookToward(ctx context.Context) {
	switch {
	case v.toward == nil:
	case v.toward.accepted:
		v.lookConsult(ctx)
	default:
		v.lookAt(ctx, v.toward)
	}
}

// handOver: the other agent has accepted, or was consulted, and now the customer is theirs.
func (v *visit) handOver() {
	next := v.toward
	v.toward, v.handed = nil, true
	var muted bool
	_ = v.c.do(func() {
		muted = v.c.talk.toward.muted
		v.c.consultOver(Transferred)
	})
	v.released(Transferred)
	next.accepted, next.purpose, v.offer = false, "", next
	v.c.Log.Info("accepted", "agent", next.agent, "queue", v.w.Queue)
	_ = v.c.do(func() {
		v.shows(next)
		v.c.talk.muted = muted
	})
	v.join()
}

// callOff: the offer to another agent came to nothing; two who talked before do so again.
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

// dropToward ends the offer to another agent, if there is one.
func (v *visit) dropToward(why Cause) {
	c, o := v.c, v.toward
	if o == nil {
		return
	}
	v.toward = nil
	_ = c.do(func() {
		c.consultOver(why)
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

// part ends the agent's part because they want it, or hung up. While another agent is rung by their wish the customer waits for
// that one, as in the queue; who is on hold while another one is consulted is that one's.
func (v *visit) part(ctx context.Context, why Cause) (again bool, err error) {
	if v.toward != nil && v.toward.purpose == routing.ToConsult {
		return v.partFromConsult(ctx, why)
	}
	if v.toward == nil {
		v.release(ctx, why)
		return false, nil
	}
	return v.orphan(ctx, why, func(ctx context.Context, lease string) error { return v.c.Router.Part(ctx, lease, why.Word) })
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

// settle waits for the word of the journal about an offer that routing has decided.
func (v *visit) settle(ctx context.Context, why Cause) (again bool, err error) {
	for v.toward != nil {
		select {
		case u := <-v.ticket.Updates():
			if v.directed(ctx, u); v.handed {
				v.handed = false
				return true, nil
			}
		case <-ctx.Done():
			v.release(ctx, causeOf(ctx))
			return false, nil
		}
	}
	v.release(ctx, why)
	return false, nil
}
