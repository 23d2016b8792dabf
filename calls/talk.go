package calls

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// talk is the state of an agent's talk with the customer, owned by run.
type talk struct {
	state        Talk
	agent, lease string
	queue        string
	byAnswer     bool // a desk phone's
	part
	since        time.Time // of the present state
	talked, held time.Duration
	recording    bool
	toward       toward // whom the agent wants to have in the call, or to give it to; the last one
	resumes      bool   // when that comes to nothing the two talk again, as before
	guests       []*guest
	stepped      bool // the agent is aside while others are with the customer
}

// part is what everybody on the call has, but for the customer.
type part struct {
	muted bool
	over  chan struct{} // closed when their part is ended
	why   Cause         // by somebody else
}

// offered begins a talk; guests of the one before stay.
func (t *talk) offered(agent, lease, queue string, over chan struct{}) {
	*t = talk{state: Offered, agent: agent, lease: lease, queue: queue, since: time.Now(), part: part{over: over}, guests: t.guests, recording: t.recording && t.meets()}
}

// reset ends a talk. Who is with the customer stays there, and is recorded as before.
func (t *talk) reset() { *t = talk{guests: t.guests, recording: t.recording && t.meets()} }

// tally adds the time of the present state to what it counts as.
func (t *talk) tally(now time.Time) {
	switch t.state {
	case Talking:
		t.talked += now.Sub(t.since)
	case OnHold, Lost, LostOnHold:
		t.held += now.Sub(t.since)
	case Alone, Offered, Connecting:
	}
	t.since = now
}

// turn moves the talk and the plan with it.
func (c *Call) turn(turn Turn) error {
	next, ok := c.talk.state.Next(turn)
	if !ok {
		return &NotNow{Want: turn, State: c.talk.state}
	}
	c.talk.tally(time.Now())
	c.talk.state = next
	c.replan()
	if word := turnFacts[turn]; word != "" {
		c.fact("call."+word, map[string]string{"agent": c.talk.agent, "queue": c.talk.queue, "lease": c.talk.lease})
		c.Log.Info(word, "agent", c.talk.agent, "queue", c.talk.queue)
	}
	return nil
}

// turnFacts names the event of a turn.
var turnFacts = map[Turn]string{Connect: "connected", Hold: "held", Resume: "resumed", Lose: "lost", Regain: "regained"}

// NotNow is returned by a command that the talk's state does not allow.
type NotNow struct {
	Want  Turn
	State Talk
}

// Error says what was wanted and why it cannot be.
func (e *NotNow) Error() string { return fmt.Sprintf("cannot %s a call that is %s", e.Want, e.State) }

// talk stays while the agent and the customer talk. again is true when the customer waits once more.
func (v *visit) talk(ctx context.Context) (again bool, err error) {
	if err := v.begin(ctx); err != nil {
		return true, err
	}
	return v.talking(ctx)
}

// talking is a talk that has begun, by begin or in a former life.
func (v *visit) talking(ctx context.Context) (again bool, err error) {
	if is(v.offer.over) {
		v.release(ctx, Normal)
		return false, nil
	}
	for _, o := range slices.Clone(v.guests) {
		if o.leg == nil {
			v.recall(ctx, o)
		}
	}
	if v.offer.leg == nil && !v.await(ctx) {
		return v.giveBack(ctx, Vanished)
	}
	for !v.handed && !v.alone {
		leg := v.offer.leg
		select {
		case <-leg.gone:
			return v.part(ctx, leg.cause)
		case <-v.offer.over:
			return v.part(ctx, Normal)
		case w := <-v.c.wishes:
			if w.answer <- w.grant(ctx, v); v.moved {
				return false, nil
			}
		case <-v.c.stirs:
			v.lookAround(ctx)
		case <-leg.lost:
			if !v.regain(ctx) {
				return v.giveBack(ctx, Vanished)
			}
		case agent := <-v.c.back:
			// The browser is there anew while its old leg still seems to live: the page was reloaded. A desk phone that
			// registers anew talks on.
			if agent == v.offer.agent && !v.offer.byAnswer && !v.regain(ctx) {
				return v.giveBack(ctx, Vanished)
			}
			v.returned(ctx, agent)
		case u := <-v.ticket.Updates():
			if v.recalled(u) {
				return v.giveBack(ctx, Recalled)
			}
			if u.Kind == routing.Moved { // its answer was lost
				v.moves(u.Queue)
				return false, nil
			}
			v.directed(ctx, u)
		case <-ctx.Done():
			v.release(ctx, causeOf(ctx))
			return false, nil
		}
	}
	return v.passed(ctx)
}

// begin opens the talk: audio stands both ways, the agent's slot is theirs, the recording runs.
func (v *visit) begin(ctx context.Context) error {
	c, o := v.c, v.offer
	v.join()
	c.forgetReturns()
	if err := c.Router.Connected(ctx, o.lease); errors.Is(err, routing.ErrAway) {
		c.Log.Warn("the talk begins without routing's knowledge", "agent", o.agent, "err", err)
	} else if err != nil {
		v.drop(o, Cancelled)
		return fmt.Errorf("connecting %s: %w", o.agent, err)
	}
	tap, err := v.record()
	if err != nil {
		c.Log.Error("not recorded", "err", err) // the talk matters more
	}
	v.said = nil
	return c.do(func() {
		if tap != nil {
			c.tap = tap
		}
		c.talk.recording = v.w.Record && c.tap != nil
		_ = c.turn(Connect)
		if o.leg.state == Held { // the phone's own button was quicker
			_ = c.turn(Hold)
		}
	})
}

// forgetReturns drops news of devices from before the talk.
func (c *Call) forgetReturns() {
	for {
		select {
		case <-c.back:
		default:
			return
		}
	}
}

func (v *visit) record() (*media.Tap, error) {
	if !v.w.Record || v.c.tap != nil {
		return nil, nil
	}
	return v.c.Recorder.Start(v.c.ID)
}

// regain plays music to the customer until the agent's device is there again; false when the grace has passed or
// the customer has gone.
func (v *visit) regain(ctx context.Context) bool {
	c, o := v.c, v.offer
	_ = c.do(func() {
		o.leg.leg.Hangup(Vanished)
		if c.agent == o.leg {
			c.agent = nil
		}
		_ = c.turn(Lose)
	})
	return v.await(ctx)
}

// await waits for the lost device.
func (v *visit) await(ctx context.Context) bool {
	c, o := v.c, v.offer
	grace := time.NewTimer(c.Grace)
	defer grace.Stop()
	next := v.redialOwner(ctx) // audio may have stopped while the device is still there
	for {
		var audio, gone <-chan struct{}
		if next != nil {
			audio, gone = next.audio, next.gone
		}
		select {
		case <-audio:
			o.leg = next
			_ = c.do(func() { _ = c.turn(Regain) })
			return true
		case <-gone:
			next = nil
		case agent := <-c.back:
			if agent == o.agent {
				c.hangup(next)
				next = v.redialOwner(ctx)
			}
			v.returned(ctx, agent)
		case <-grace.C:
			c.hangup(next)
			return false
		case <-c.stirs:
			if v.lookAround(ctx); v.handed || v.alone {
				c.hangup(next)
				return true
			}
		case u := <-v.ticket.Updates():
			if v.recalled(u) {
				c.hangup(next)
				return false
			}
			if v.directed(ctx, u); v.handed {
				c.hangup(next)
				return true
			}
		case <-o.over:
			c.hangup(next)
			return false
		case <-ctx.Done():
			c.hangup(next)
			return false
		}
	}
}

// redialOwner calls the device of the agent who has the customer again; nil when it cannot be reached now.
func (v *visit) redialOwner(ctx context.Context) *member {
	m := v.redial(ctx, v.offer)
	if m != nil {
		_ = v.c.do(func() { v.c.agent = m })
	}
	return m
}

// redial calls an agent's device again; nil when it cannot be reached now.
func (v *visit) redial(ctx context.Context, o *offer) *member {
	c := v.c
	rung, err := c.Dialer.Dial(ctx, Ring{Agent: o.agent, Lease: o.lease, From: c.Customer.Party(), Back: true})
	if err != nil {
		return nil
	}
	var m *member
	if err := c.do(func() { m = c.add(rung.Leg, Dialling) }); err != nil {
		rung.Leg.Hangup(Cancelled)
		return nil
	}
	return m
}

func (c *Call) hangup(m *member) {
	if m != nil {
		m.leg.Hangup(Cancelled)
	}
}

// recalled: the agent was signed out, and the customer goes back.
func (v *visit) recalled(u routing.Update) bool {
	return u.Kind == routing.Recalled && v.offer != nil && v.offer.lease == u.Lease
}

// giveBack gives the customer back to the queue's head, or ends the talk when they have gone, too.
func (v *visit) giveBack(ctx context.Context, why Cause) (again bool, err error) {
	select {
	case <-ctx.Done():
		v.release(ctx, causeOf(ctx))
		return false, nil
	case <-v.offer.over:
		v.release(ctx, Normal)
		return false, nil
	default:
	}
	lease := v.offer.lease
	if v.passOn(ctx, Among) {
		return v.passed(ctx)
	}
	if v.toward != nil && v.toward.outside == nil && v.toward.purpose == routing.ToTransfer {
		return v.orphan(ctx, why, func(ctx context.Context, lease string) error { return v.c.Router.Requeue(ctx, lease, true, why.Word) })
	}
	v.dropToward(Cancelled) // of which routing is told by what follows
	v.noGuests(guestEnded)
	v.released(why)
	err = v.c.Router.Requeue(ctx, lease, true, why.Word)
	v.closed = routing.IsConflict(err, string(Closed))
	if err != nil && !v.closed {
		return false, fmt.Errorf("back to the queue: %w", err)
	}
	return true, nil
}

// release ends the agent's part and all that hangs on it; after-call work begins. What routing cannot be told now it finds out by itself.
func (v *visit) release(ctx context.Context, why Cause) {
	v.dropToward(why)
	v.noGuests(why)
	v.finish(ctx, why)
}

// released writes what the talk came to and clears the seat.
func (v *visit) released(why Cause) {
	c, o := v.c, v.offer
	v.offer = nil
	_ = c.do(func() {
		c.talk.tally(time.Now())
		t := c.talk
		c.tellReferrer(partedCode(why)) // before it is hung up
		if o.leg != nil {
			o.leg.leg.Hangup(Normal)
			if c.agent == o.leg {
				c.agent = nil
			}
		}
		c.talked += t.talked
		c.fact("call.released", map[string]string{
			"agent": o.agent, "queue": t.queue, "lease": o.lease, "cause": why.Word,
			"talked": millis(t.talked), "held": millis(t.held),
		})
		c.Log.Info("released", "agent", o.agent, "talked", t.talked.Round(100*time.Millisecond), "cause", why.Word)
		c.talk.reset()
		select {
		case w := <-c.wishes:
			w.answer <- ErrNotYours
		default:
		}
		c.replan()
	})
}
