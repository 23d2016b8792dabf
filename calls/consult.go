package calls

import (
	"context"
	"errors"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// A consult is an agent's offer to another one (direct.go) that, accepted, takes no customer from anybody. Who has them swaps between
// the two as often as they want, hands the customer over, or ends it; whoever is consulted may leave. However it ends but by a
// handover, the agent and the customer hear each other again.
//
//	         accept              sound             lose
//	ringing ────────▶ connecting ──────▶ talking ◀───────▶ lost
//	   │                  │                 │     regain     │
//	   └──────────────────┴── how it ended ─┴────────────────┘

// The states of a consult that was accepted.
const (
	consultConnecting = "connecting"
	consultTalking    = "talking"
	consultLost       = "lost" // their device is waited for
)

// Errors of commands that a consult does not allow, or wants.
var (
	ErrNoConsult  = errors.New("nobody is consulted")
	ErrConsulting = errors.New("somebody is consulted")
	ErrConsulted  = errors.New("the customer is another agent's") // whom this one is consulted by
)

// How a consult ends, beside the ends of an offer.
var (
	consultEnded = Cause{"ended", Normal.Code}  // by the agent who has the customer
	consultLeft  = Cause{"left", Normal.Code}   // by whom they asked
	consultGone  = Cause{"gone", Vanished.Code} // whose device did not come back, or who was signed out
)

// toward is an agent's offer to another one as run knows it, with the other's part once they are consulted.
type toward struct {
	Toward
	part
	leg      *member // nil while their device is waited for
	byAnswer bool    // a desk phone's
	since    time.Time
}

// consulted tells whether somebody has accepted a consult that goes on.
func (t *toward) consulted() bool {
	return t.State == consultConnecting || t.State == consultTalking || t.State == consultLost
}

// talk is how the consult stands for who is consulted, by how the customer does.
func (t *toward) talk(customer Talk) Talk {
	switch {
	case t.State == consultLost:
		return Lost
	case t.State == consultConnecting:
		return Connecting
	case customer == OnHold:
		return Talking
	}
	return OnHold
}

// Swap lets the agent talk with the customer instead of whom they consult, or the other way round. ErrNoConsult.
func (c *Call) Swap(agent string) error {
	return c.command(agent, func() error {
		if !c.talk.toward.consulted() {
			return ErrNoConsult
		}
		if c.talk.state == OnHold || c.talk.state == LostOnHold {
			return c.turn(Resume)
		}
		return c.turn(Hold)
	})
}

// Complete gives the customer to whom is consulted, and ends the agent's part. ErrNoConsult, and routing's conflicts.
func (c *Call) Complete(agent string) error {
	return c.wish(agent, Hand, func(ctx context.Context, v *visit) error { return v.complete(ctx) })
}

func (v *visit) complete(ctx context.Context) error {
	o := v.toward
	if !o.consults() || !o.heard || o.grace != nil {
		return ErrNoConsult
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := v.c.Router.Handover(ctx, v.offer.lease, o.lease); err != nil {
		v.c.Log.Info("not handed over", "agent", v.offer.agent, "to", o.agent, "err", err)
		return err
	}
	v.handOver()
	return nil
}

// consults tells whether an offer is a consult that was accepted.
func (o *offer) consults() bool { return o != nil && o.accepted }

// left is closed when whom the agent consults ends their part.
func (o *offer) left() <-chan struct{} {
	if !o.consults() {
		return nil
	}
	return o.over
}

// expired is told when the lost device of whom is consulted was waited for long enough.
func (o *offer) expired() <-chan time.Time {
	if !o.consults() {
		return nil
	}
	return o.grace
}

// consulted: the other agent has accepted, and takes part as soon as there is sound.
func (v *visit) consulted(ctx context.Context) {
	o := v.toward
	o.accepted = true
	_ = v.c.do(func() {
		t := &v.c.talk.toward
		t.State, t.leg, t.over, t.byAnswer, t.since = consultConnecting, o.leg, o.over, o.byAnswer, time.Now()
		v.c.replan()
	})
	v.lookConsult(ctx)
}

// lookConsult takes what the leg of whom is consulted has reported.
func (v *visit) lookConsult(ctx context.Context) {
	switch o, leg := v.toward, v.toward.leg; {
	case leg == nil: // it is waited for
	case is(leg.gone) && o.grace != nil: // it was called again, and could not be reached
		v.seat(nil, consultLost)
	case is(leg.gone) && o.heard:
		v.endConsult(ctx, consultLeft)
	case is(leg.gone) || is(leg.lost) && !o.heard:
		v.deviceFailed(ctx, o, leg.cause.Word)
	case is(leg.lost):
		v.recall(ctx)
	case is(leg.audio) && (!o.heard || o.grace != nil):
		v.heard(ctx)
	}
}

// heard: there is sound, for the first time or again.
func (v *visit) heard(ctx context.Context) {
	c, o := v.c, v.toward
	word := "call.consult_regained"
	if !o.heard {
		word = "call.consulted"
		if err := c.Router.Connected(ctx, o.lease); err != nil && !errors.Is(err, routing.ErrAway) {
			c.Log.Warn("the consult is over already", "agent", o.agent, "err", err)
			v.endConsult(ctx, Cancelled)
			return
		}
		c.Log.Info("consulted", "agent", o.agent, "by", v.offer.agent)
	}
	o.heard, o.grace = true, nil
	v.seat(o.leg, consultTalking)
	_ = c.do(func() { c.fact(word, c.consultData()) })
}

// recall calls the device of whom is consulted again, for as long as the grace lasts: it was lost, or is there anew.
func (v *visit) recall(ctx context.Context) {
	o := v.toward
	v.c.hangup(o.leg)
	if o.grace == nil {
		o.grace = time.After(v.c.Grace)
	}
	v.seat(nil, consultLost)
	_ = v.c.do(func() { v.c.fact("call.consult_lost", v.c.consultData()) })
	if leg := v.redial(ctx, o); leg != nil {
		v.seat(leg, consultLost)
	}
}

// seat puts a device in the place of whom is consulted.
func (v *visit) seat(leg *member, state string) {
	v.toward.leg = leg
	_ = v.c.do(func() {
		v.c.talk.toward.leg, v.c.talk.toward.State = leg, state
		v.c.replan()
	})
}

// returned: a device is there anew; the page of whom is consulted was perhaps reloaded.
func (v *visit) returned(ctx context.Context, agent string) {
	if o := v.toward; o.consults() && o.agent == agent && !o.byAnswer {
		v.recall(ctx)
	}
}

// endConsult ends a consult, and the agent and the customer hear each other again.
func (v *visit) endConsult(ctx context.Context, why Cause) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := v.c.Router.EndConsult(ctx, v.toward.lease, why.Word); err != nil {
		v.c.Log.Warn("end of a consult not told", "lease", v.toward.lease, "err", err)
	}
	v.together(why)
}

// together: the consult is over, and the customer is on hold for nobody.
func (v *visit) together(why Cause) {
	v.dropToward(why)
	_ = v.c.do(func() { _ = v.c.turn(Resume) }) // unless the agent has
}

// partFromConsult ends the agent's part while they consult somebody, or want to. A customer who is on hold for it is given to whom is
// consulted, or else goes back: nobody had said that it was the end.
func (v *visit) partFromConsult(ctx context.Context, why Cause) (again bool, err error) {
	var waits bool
	_ = v.c.do(func() { waits = v.c.talk.state == OnHold && (v.c.talk.resumes || v.toward.accepted) })
	if waits && v.complete(ctx) == nil {
		v.handed = false
		return true, nil
	}
	if waits {
		return v.giveBack(ctx, why)
	}
	v.release(ctx, why)
	return false, nil
}

// consultData is told of a consult in the journal.
func (c *Call) consultData() map[string]string {
	t := c.talk
	return map[string]string{"agent": t.toward.Agent, "by": t.agent, "queue": t.queue, "lease": t.toward.Lease}
}

// consultOver tells of the end of a consult, if it was one that somebody took part in.
func (c *Call) consultOver(why Cause) {
	if t := c.talk.toward; t.consulted() {
		data := c.consultData()
		data["cause"], data["lasted"] = why.Word, millis(time.Since(t.since))
		c.fact("call.consult_ended", data)
		c.Log.Info("consult over", "agent", t.Agent, "by", c.talk.agent, "cause", why.Word)
	}
}
