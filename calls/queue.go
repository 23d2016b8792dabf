package calls

import (
	"context"
	"errors"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// Want is what a customer waits for, and what they hear meanwhile.
type Want struct {
	Queue    string
	Priority int               // 0 is the queue's own
	Data     map[string]string // shown with the offer
	Music    *media.Sound      // nil is silence
	Welcome  []*media.Sound    // said once, at the start
	// Announce gives the words for a place in the queue (1 is next); nil says nothing. Every is the pause between.
	Announce  func(ctx context.Context, place, waiting int) []*media.Sound
	Every     time.Duration
	Sorry     []*media.Sound // said when the agent was lost for good, and the customer waits again
	MaxWait   time.Duration  // 0 is for ever
	Record    bool
	Wants     routing.Wants // asked of agents beside what the queue asks
	Agents    []string      // who alone may have it until AgentsFor is over (0: for ever)
	AgentsFor time.Duration
	Closed    bool // the queue's hours are over
}

// Outcome is how a visit to a queue ended.
type Outcome string

// The outcomes.
const (
	Served   Outcome = "served"
	Full     Outcome = "full"
	Closed   Outcome = "closed" // there is no such queue, or no more
	NoAgents Outcome = "no_agents"
	TimedOut Outcome = "timeout"
	LeftOff  Outcome = "caller_gone"
	Moved    Outcome = "transferred" // the customer stands in another queue (Stands): the script goes there
)

// visit is one stay of a customer in a queue, with all offers and talks that come of it. It runs on the script's
// goroutine; what belongs to the call it changes through do.
type visit struct {
	c        *Call
	w        Want
	ticket   Ticket
	rings    []*offer        // whose devices are being called; of several the first who accepts has the customer
	offer    *offer          // the one that was accepted
	place    int             // the last place announced: it never gets worse
	said     *media.Playback // the announcement that is playing
	announce <-chan time.Time
	overdue  bool // max_wait passed while an offer was live
	closed   bool // the queue is no more
	deserted bool // its agents are gone for longer than it lets anybody wait
	since    time.Time
	toward   *offer // made by the agent who talks, not accepted yet
	guests   []*offer
	handed   bool // it was accepted: the customer is the next agent's
	alone    bool // the customer is with somebody outside, and no agent has them
	moved    bool // by its agent, from another queue: nothing was said of this one
}

// offer is one agent whose device is being called for this customer.
type offer struct {
	lease, agent string
	leg          *member       // nil until the device is called
	byAnswer     bool          // lifting the phone accepts
	seen         bool          // its answer was taken
	over         chan struct{} // closed when the agent ends the talk

	purpose  string    // of one that an agent makes
	outside  *Outside  // of one that is made to nobody of the house
	accepted bool      // by a guest
	guest    *guest    // who is then one
	heard    bool      // there was sound
	until    time.Time // their lost device is waited for; zero while it is there
	takes    bool      // a supervisor wants to have the customer
}

// Queue puts the customer into a queue and stays until they are served or leave it. Whoever stands in this queue already (Stands)
// keeps their place, or their talk.
func (c *Call) Queue(ctx context.Context, w Want) (Outcome, error) {
	v, err := c.enter(ctx, w)
	for _, refused := range []Outcome{Full, Closed, NoAgents} {
		if routing.IsConflict(err, string(refused)) {
			return refused, nil
		}
	}
	switch {
	case errors.Is(err, errWaited):
		return TimedOut, nil
	case err != nil:
		return "", err
	}
	out, err := v.stay(ctx)
	if out == Moved {
		c.standing = v
	} else {
		v.leave()
	}
	return out, err
}

// stay is the visit from its first moment, or from a transfer or a former life on.
func (v *visit) stay(ctx context.Context) (Outcome, error) {
	if w := v.w; w.Every > 0 && w.Announce != nil {
		t := time.NewTicker(w.Every)
		defer t.Stop()
		v.announce = t.C
	}
	return v.wait(ctx)
}

// Stands is the queue in which the customer stands before the script has come to it: by a transfer, or since a former
// life; "" when it is none. It belongs to the script, as Queue does.
func (c *Call) Stands() string {
	if c.standing == nil {
		return ""
	}
	return c.standing.w.Queue
}

// arrived begins the wait of a customer who was transferred, as for everybody in that queue.
func (v *visit) arrived() {
	v.moved = false
	until := v.longest()
	_ = v.c.do(func() { v.c.stay.until, v.c.stay.moved, v.c.changed = until, false, true })
	v.c.Log.Info("waiting", "queue", v.w.Queue)
	v.say(v.w.Welcome)
}

// longest is when a wait that begins now has lasted long enough; zero is never.
func (v *visit) longest() time.Time {
	if v.w.MaxWait == 0 {
		return time.Time{}
	}
	return time.Now().Add(v.w.MaxWait)
}

// leave ends the stay.
func (v *visit) leave() {
	v.noGuests(Normal)
	if v.ticket != nil {
		v.ticket.Close()
	}
	_ = v.c.do(func() { v.c.stay, v.c.changed = nil, true })
}

// wait is the visit's loop while nobody talks with the customer.
func (v *visit) wait(ctx context.Context) (Outcome, error) {
	var until time.Time
	_ = v.c.do(func() { until = v.c.stay.until })
	deadline := time.NewTimer(time.Until(until))
	defer deadline.Stop()
	if until.IsZero() {
		deadline.Stop()
	}
	if v.alone { // with somebody outside, since a former life
		_, err := v.outside(ctx)
		return v.ended(), err
	}
	if v.offer != nil { // the talk of a former life goes on
		if again, err := v.talking(ctx); !again {
			return v.ended(), err
		}
		v.again(deadline)
	} else if v.said == nil {
		v.music()
	}
	for {
		if out, over := v.over(); over {
			if out == TimedOut {
				err := v.c.Router.Leave(ctx, v.c.ID, string(TimedOut))
				if errors.Is(err, routing.ErrAway) { // and lets go by itself of whom no call stands for
					err = nil
				}
				return out, err
			}
			return out, nil
		}
		select {
		case u := <-v.ticket.Updates():
			v.update(ctx, u)
		case <-v.c.stirs:
			v.look(ctx)
		case <-v.audible():
			if again, err := v.talk(ctx); !again {
				return v.ended(), err
			}
			v.again(deadline)
		case <-v.saidAll():
			v.music()
		case <-v.announce:
			v.announcePlace(ctx)
		case <-deadline.C:
			v.overdue = true
		case <-ctx.Done():
			v.abandon(ctx)
			return LeftOff, context.Cause(ctx)
		}
	}
}

// ended is what came of a talk that is over.
func (v *visit) ended() Outcome {
	if v.moved {
		return Moved
	}
	return Served
}

// over tells whether the wait has ended without anybody, and how.
func (v *visit) over() (Outcome, bool) {
	switch {
	case v.moved:
		return Moved, true
	case v.offered():
	case v.closed:
		return Closed, true
	case v.deserted:
		return NoAgents, true
	case v.overdue:
		return TimedOut, true
	}
	return "", false
}

// again: the agent is lost for good, and the customer waits once more. The talk was no waiting.
func (v *visit) again(deadline *time.Timer) {
	if v.closed || v.offer != nil { // the next agent has them already
		return
	}
	v.c.Log.Info("waiting again", "queue", v.w.Queue)
	if v.w.MaxWait > 0 {
		v.overdue = false
		deadline.Reset(v.w.MaxWait)
		until := v.longest()
		_ = v.c.do(func() { v.c.stay.until = until })
	}
	if v.offered() { // it rings for somebody whom the agent had chosen
		v.music()
		return
	}
	v.say(v.w.Sorry)
}
