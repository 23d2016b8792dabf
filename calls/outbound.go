package calls

import (
	"context"
	"errors"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// An agent calls somebody: the customer's leg is one that we have dialled. The agent's device is called beside it, and hears what the far
// end plays, or ringing, until the customer answers. From then on it is a talk like any other; only that there is no queue to which the
// customer would go back.

// Outgoing is a call that an agent makes, whose slot they have already.
type Outgoing struct {
	Agent, Lease string
	Ticket       Ticket
}

// rings is how long somebody who is called may take to answer; what of it the far end's trunks need counts, too.
const rings = 45 * time.Second

// Dialled opens a call around the leg of a customer who is being called for an agent. Its script is to call Reach.
func Dialled(ctx context.Context, s Setup, o Outgoing) *Call {
	c := open(ctx, s)
	c.customer = c.add(s.Customer, Dialling)
	v := &visit{c: c, ticket: o.Ticket, since: time.Now()}
	v.offer = &offer{lease: o.Lease, agent: o.Agent, over: make(chan struct{})}
	c.talk = talk{state: Connecting, agent: o.Agent, lease: o.Lease, since: v.since, part: part{over: v.offer.over}}
	c.stay = &stay{ticket: o.Ticket, since: v.since}
	c.standing, c.dialled = v, true
	go c.run()
	return c
}

// Reach waits until the customer of an agent's call answers, and stays until the talk is over, or the last one where agents transfer them;
// in another life it goes on with the talk. Moved: the customer stands in a queue (Stands). Record keeps what is said. Who is not reached
// ends the call with the cause of that, and leaves no after-call work.
func (c *Call) Reach(ctx context.Context, record bool) (Outcome, error) {
	v := c.standing
	if v == nil || v.offer == nil { // of a former life, which had not reached anybody
		return "", Vanished
	}
	c.standing, v.w.Record = nil, record
	if !c.revived {
		if err := v.reach(ctx); err != nil {
			v.unreached(ctx, err)
			v.leave()
			return "", err
		}
	}
	out, err := v.wait(ctx)
	if out == Moved {
		c.standing = v
	} else {
		v.leave()
	}
	return out, err
}

// reach calls the agent's device, and begins the talk when both are there. Its error is the cause that ends the call.
func (v *visit) reach(ctx context.Context) error {
	c, o := v.c, v.offer
	v.call(ctx, o, func() { c.agent = o.leg; c.replan() })
	if v.offer == nil {
		return Unreachable
	}
	late := time.NewTimer(rings)
	defer late.Stop()
	for !is(c.customer.answered) || !is(o.leg.audio) {
		select {
		case <-o.over:
			return Cancelled
		case <-o.leg.gone:
			return Cancelled
		case <-o.leg.lost:
			if !v.regain(ctx) {
				return Vanished
			}
		case agent := <-c.back: // their page was reloaded
			if agent == o.agent && !v.regain(ctx) {
				return Vanished
			}
		case u := <-v.ticket.Updates():
			if u.Kind == routing.Left || v.recalled(u) {
				return Recalled
			}
		case <-late.C:
			return NoAnswer
		case <-c.stirs: // one of the two has come further
		case <-ctx.Done():
			return causeOf(ctx)
		}
	}
	if err := v.begin(ctx); err != nil {
		return Recalled
	}
	return nil
}

// unreached gives the agent's slot back at once, and tells why nobody was reached.
func (v *visit) unreached(ctx context.Context, why error) {
	c := v.c
	cause := Failed
	errors.As(why, &cause)
	agent, lease := c.talk.agent, c.talk.lease // they change no more: there is no other offer
	_ = c.do(func() {
		c.missed = cause
		c.fact("call.unreached", map[string]string{"agent": agent, "lease": lease, "number": c.Customer.Party().Address, "cause": cause.Word})
	})
	c.Log.Info("not reached", "agent", agent, "cause", cause.Word)
	if c.forsaken() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := c.Router.Leave(ctx, c.ID, cause.Word); err != nil && !routing.IsConflict(err, "gone") {
		c.Log.Error("end of a call that reached nobody is not told", "err", err)
	}
	if v.offer != nil {
		v.drop(v.offer, cause)
	}
}
