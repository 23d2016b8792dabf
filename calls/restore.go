package calls

import (
	"context"
	"maps"
	"time"
)

// Restored is what is there again of a kept call.
type Restored struct {
	Agent  Leg       // nil for a browser's, and for one that could not be restored: it is waited for, as after any loss
	Guests []Leg     // the same of each kept guest
	Ticket Ticket    // nil when the call was in no queue
	Over   bool      // the agent has ended their part meanwhile
	Dead   time.Time // when another node that had the call, which is dead, last gave a sign of life; zero: it was this node's own
}

// Restore goes on with a call of a former life: the customer hears at once what they heard before, and whoever talked
// talks on. The setup's customer is the restored leg; its script begins where the former one was, and finds the
// queue as it left it. An offer that had not become a talk is forgotten; routing makes it anew.
func Restore(ctx context.Context, s Setup, k Kept, r Restored) *Call {
	c := open(ctx, s)
	c.began, c.place, c.talked, c.taped, c.revived, c.changed = k.Began, k.Script, k.Talked, k.Taped, true, true
	c.dead = r.Dead
	c.customer = c.upAlready(s.Customer)
	c.dialled = k.Facts["direction"] == "out"
	if k.Stay != nil && (r.Ticket != nil || k.Stay.Alone) {
		c.standing = c.visitAgain(k, r)
	}
	go c.run()
	return c
}

// visitAgain puts the seat of a talk, and the visit to its queue, back as they were.
func (c *Call) visitAgain(k Kept, r Restored) *visit {
	c.stay = &stay{queue: k.Stay.Queue, ticket: r.Ticket, since: k.Stay.Since, until: k.Stay.Until, place: k.Stay.Place, moved: k.Stay.Moved, alone: k.Stay.Alone}
	v := &visit{c: c, w: Want{Queue: k.Stay.Queue}, ticket: r.Ticket, place: k.Stay.Place, since: k.Stay.Since, moved: k.Stay.Moved, alone: k.Stay.Alone}
	if !k.Talks() && !v.alone {
		return v
	}
	for n, g := range k.Guests {
		c.guestAgain(v, g, r.Guests, n)
	}
	if v.alone {
		c.talk.recording = k.Taped
		return v
	}
	t := k.Talk
	v.offer = &offer{lease: t.Lease, agent: t.Agent, byAnswer: t.ByAnswer, seen: true, over: make(chan struct{})}
	c.talk = talk{
		guests: c.talk.guests, stepped: c.talk.stepped, state: t.State, agent: t.Agent, lease: t.Lease, queue: k.Stay.Queue, byAnswer: t.ByAnswer,
		since: t.Since, talked: t.Talked, held: t.Held, recording: t.Recorded, part: part{muted: t.Muted, over: v.offer.over},
	}
	if r.Over {
		close(v.offer.over)
	}
	if r.Agent != nil {
		c.agent = c.upAlready(r.Agent)
		v.offer.leg = c.agent
	} else if next, ok := t.State.Next(Lose); ok {
		c.talk.tally(time.Now())
		c.talk.state = next
	}
	return v
}

// guestAgain puts a guest back in their place. The device of an agent that is missing is waited for, as after any loss; who is gone of the
// others has left.
func (c *Call) guestAgain(v *visit, k KeptGuest, legs []Leg, n int) {
	var leg Leg
	if n < len(legs) {
		leg = legs[n]
	}
	if leg == nil && k.Party.Agent == "" {
		return
	}
	o := &offer{lease: k.Lease, agent: k.Party.Agent, byAnswer: k.ByAnswer, seen: true, accepted: true, heard: true, over: make(chan struct{})}
	g := &guest{
		id: k.Party.Agent, lease: k.Lease, party: k.Party, place: k.Place, state: guestLost, byAnswer: k.ByAnswer, since: k.Since,
		part: part{muted: k.Muted, over: o.over},
	}
	if leg != nil {
		o.leg = c.upAlready(leg)
		g.leg, g.state = o.leg, guestTalking
	}
	if g.id == "" {
		g.id = leg.ID()
	}
	o.guest = g
	v.guests = append(v.guests, o)
	c.talk.guests = append(c.talk.guests, g)
	c.talk.stepped = c.talk.stepped || k.Stepped
}

// upAlready adds a leg that was answered in a former life.
func (c *Call) upAlready(l Leg) *member {
	m := c.add(l, Up)
	close(m.answered)
	return m
}

// beginAgain tells that the call goes on.
func (c *Call) beginAgain() {
	facts := maps.Clone(c.Facts)
	if facts == nil {
		facts = map[string]string{}
	}
	facts["began"] = itoa(int(c.began.UnixMilli()))
	c.fact("call.revived", facts)
	c.Log.Info("call goes on", "from", c.Facts["from"], "queue", c.talk.queue, "agent", c.talk.agent, "talk", c.talk.state)
	c.replan()
}

// tapeAgain goes on with the recording of the former life, or of another node.
func (c *Call) tapeAgain() {
	var running bool
	if err := c.do(func() { running = c.talk.recording && (c.talk.state >= Talking || c.talk.meets()) }); err != nil {
		return
	}
	tap, err := c.Recorder.Resume(c.ID, running, c.dead)
	if err != nil {
		c.Log.Error("recording does not go on", "err", err)
		return
	}
	_ = c.do(func() { c.tap = tap; c.replan() })
}

// enter begins a stay in a queue, or goes on with the former life's.
func (c *Call) enter(ctx context.Context, w Want) (*visit, error) {
	if v := c.standing; v != nil {
		c.standing = nil
		if v.w.Queue == w.Queue {
			if v.w = w; v.moved {
				v.arrived()
			}
			return v, nil
		}
		v.giveUp(ctx)
	}
	v := &visit{c: c, w: w, since: time.Now()}
	return v, v.enqueue(ctx)
}

// giveUp ends a visit that the script did not come back to.
func (v *visit) giveUp(ctx context.Context) {
	if v.offer != nil {
		v.release(ctx, Normal)
	} else {
		v.abandon(ctx)
	}
	v.leave()
}
