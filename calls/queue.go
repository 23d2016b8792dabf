package calls

import (
	"context"
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
}

// offer is one agent whose device is being called for this customer.
type offer struct {
	lease, agent string
	leg          *member       // nil until the device is called
	byAnswer     bool          // lifting the phone accepts
	seen         bool          // its answer was taken
	over         chan struct{} // closed when the agent ends the talk
}

// Queue puts the customer into a queue and stays until they are served or leave it.
func (c *Call) Queue(ctx context.Context, w Want) (Outcome, error) {
	ticket, err := c.Router.Enqueue(ctx, routing.Interaction{
		ID: c.ID, Channel: "voice", Queue: w.Queue, Priority: w.Priority, Data: w.Data,
		Wants: w.Wants, Agents: w.Agents, AgentsFor: w.AgentsFor, Closed: w.Closed,
	})
	for _, refused := range []Outcome{Full, Closed, NoAgents} {
		if routing.IsConflict(err, string(refused)) {
			return refused, nil
		}
	}
	if err != nil {
		return "", err
	}
	defer ticket.Close()
	c.Customer.Ring()
	c.Log.Info("waiting", "queue", w.Queue)
	v := &visit{c: c, w: w, ticket: ticket, since: time.Now()}
	if w.Every > 0 && w.Announce != nil {
		t := time.NewTicker(w.Every)
		defer t.Stop()
		v.announce = t.C
	}
	v.say(w.Welcome)
	return v.wait(ctx)
}

// wait is the visit's loop while nobody talks with the customer.
func (v *visit) wait(ctx context.Context) (Outcome, error) {
	deadline := time.NewTimer(v.w.MaxWait)
	defer deadline.Stop()
	if v.w.MaxWait == 0 {
		deadline.Stop()
	}
	for {
		select {
		case u := <-v.ticket.Updates():
			v.update(ctx, u)
		case <-v.c.stirs:
			v.look(ctx)
		case <-v.audible():
			if again, err := v.talk(ctx); !again {
				return Served, err
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
		if v.offered() {
			continue
		}
		switch {
		case v.closed:
			return Closed, nil
		case v.deserted:
			return NoAgents, nil
		case v.overdue:
			return TimedOut, v.c.Router.Leave(ctx, v.c.ID, string(TimedOut))
		}
	}
}

// again: the agent is lost for good, and the customer waits once more. The talk was no waiting.
func (v *visit) again(deadline *time.Timer) {
	if v.closed {
		return
	}
	v.c.Log.Info("waiting again", "queue", v.w.Queue)
	if v.w.MaxWait > 0 {
		v.overdue = false
		deadline.Reset(v.w.MaxWait)
	}
	v.say(v.w.Sorry)
}
