package calls

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/callfloor/callfloor/media"
)

// ErrOver is returned by every verb once the call has ended.
var ErrOver = errors.New("the call is over")

// Setup is what a call is made of.
type Setup struct {
	ID       string
	Customer Leg
	Facts    map[string]string // told with call.started: from, to, name, entry, flow, direction, source, node
	Room     Room
	Dialer   Dialer
	Router   Router
	Recorder Recorder
	Journal  Journal
	Keeper   Keeper // nil: the call ends with the process
	Script   Script
	// Whom finds who is meant by what an agent dialled on their desk phone to transfer; nil: phones transfer nobody.
	Whom func(user string) (Whom, bool)

	HoldMusic *media.Sound // nil is silence
	Ringing   *media.Sound // what an agent hears while somebody outside is called; nil is silence
	// ShowListeners lets the agents of a talk see who listens to it.
	ShowListeners bool
	Grace         time.Duration // how long an agent's lost audio is waited for
	Log           *slog.Logger
}

// Call is one customer's contact, from the first ring to the last goodbye.
// One goroutine, run, owns everything below the line; every verb posts to it.
type Call struct {
	Setup
	ctx    context.Context
	cancel context.CancelCauseFunc
	inbox  chan func()
	heard  chan report
	back   chan string   // the agent whose device is there again
	keys   chan string   // the customer's keys, in order
	wishes chan wish     // holds one: the agent wants to transfer
	stirs  chan struct{} // holds a word when a leg has reported something
	done   chan struct{}
	wait   sync.WaitGroup

	began   time.Time
	revived bool      // it began in a former life
	dialled bool      // an agent makes it
	missed  Cause     // and nobody was reached
	taped   bool      // which recorded it
	dead    time.Time // and was another node's, whose last sign of life that was

	// owned by the script
	typed    []string // keys that interrupted a prompt
	standing *visit   // a former life's, or in the queue of a transfer: until the script comes to it

	// owned by run
	customer *member
	agent    *member
	members  []*member
	sound    *media.Playback
	tap      *media.Tap
	talk     talk
	talked   time.Duration // over all talks
	stay     *stay         // in a queue
	place    []byte        // where the script is
	referral *Referral     // of the agent's phone, not answered yet
	changed  bool          // since the call was kept
}

// Start opens a call around its customer's leg and returns it running.
// It ends with the customer's leg, when its script returns, by End, or with ctx.
func Start(ctx context.Context, s Setup) *Call {
	c := open(ctx, s)
	c.customer = c.add(s.Customer, Ringing)
	go c.run()
	return c
}

func open(ctx context.Context, s Setup) *Call {
	c := &Call{
		Setup:  s,
		began:  time.Now(),
		inbox:  make(chan func()),
		heard:  make(chan report),
		back:   make(chan string, 4),
		keys:   make(chan string, 64),
		wishes: make(chan wish, 1),
		stirs:  make(chan struct{}, 1),
		done:   make(chan struct{}),
	}
	c.Log = c.Log.With("call", s.ID)
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	return c
}

// End finishes the call and waits until every leg is told.
func (c *Call) End(why Cause) {
	c.cancel(why)
	<-c.done
}

// Forsake lets go of a call that another node has taken over, without a word to the far ends, to routing and to the journal.
func (c *Call) Forsake() {
	_ = c.do(func() { // before anything else is told to a leg
		c.cancel(Forsaken)
		for _, m := range c.members {
			m.leg.Hangup(Forsaken)
		}
	})
}

func (c *Call) forsaken() bool { return c.ctx.Err() != nil && causeOf(c.ctx) == Forsaken }

// Unreached is why nobody was reached by a call that an agent has made, once it is over; the zero Cause when somebody was.
func (c *Call) Unreached() Cause {
	<-c.done
	return c.missed
}

// Done is closed when the call is over.
func (c *Call) Done() <-chan struct{} { return c.done }

// Answer takes the customer's call. It returns when audio may flow.
func (c *Call) Answer(ctx context.Context) error {
	if err := c.Customer.Answer(ctx); err != nil {
		return err
	}
	select {
	case <-c.customer.answered:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Call) run() {
	defer close(c.done)
	if c.revived {
		c.beginAgain()
	} else {
		c.fact("call.started", c.Facts)
		c.Log.Info("call started", "from", c.Facts["from"], "to", c.Facts["to"], "flow", c.Facts["flow"])
	}
	keeping := time.NewTicker(keepEvery)
	defer keeping.Stop()
	scriptDone := make(chan struct{})
	c.wait.Go(func() {
		defer close(scriptDone)
		c.runScript()
	})
	for {
		select {
		case f := <-c.inbox: // a verb
			f()
		case r := <-c.heard: // a leg
			c.on(r)
			c.changed = true
		case <-keeping.C:
			c.changed = true
		case <-scriptDone: // the last word: every verb has returned
			c.teardown()
			return
		}
		c.keep()
	}
}

// runScript ends the call with the script's result.
func (c *Call) runScript() {
	if c.taped {
		c.tapeAgain()
	}
	err := c.Script(c.ctx, c)
	if c.standing != nil {
		c.standing.giveUp(c.ctx)
	}
	var cause Cause
	switch {
	case err == nil || errors.Is(err, ErrOver):
		cause = Normal
	case errors.As(err, &cause):
	case c.ctx.Err() != nil:
		cause = Normal // the call ended under the script; its own cause was set before
	default:
		c.Log.Error("flow failed", "err", err)
		cause = Failed
	}
	c.cancel(cause)
}

func (c *Call) teardown() {
	cause := causeOf(c.ctx)
	for _, m := range c.members {
		m.leg.Hangup(cause)
	}
	for len(c.members) > 0 { // BYE goes out before media closes
		c.on(<-c.heard)
	}
	c.tap = nil
	c.Room.Close()
	c.wait.Wait()
	if c.Keeper != nil {
		c.Keeper.Drop(c.ID)
	}
	c.fact("call.ended", map[string]string{"cause": cause.Word, "code": itoa(cause.Code)})
	c.Log.Info("call ended", "cause", cause.Word, "talked", c.talked.Round(100*time.Millisecond))
}

// causeOf names why the call ended.
func causeOf(ctx context.Context) Cause {
	var cause Cause
	if errors.As(context.Cause(ctx), &cause) {
		return cause
	}
	return Draining // the node stops
}

// do runs f on the call's own goroutine.
func (c *Call) do(f func()) error {
	ran := make(chan struct{})
	select {
	case c.inbox <- func() { f(); close(ran) }:
		<-ran
		return nil
	case <-c.done:
		return ErrOver
	}
}

// replan tells the room who hears whom from now on.
func (c *Call) replan() {
	c.changed = true
	if err := c.Room.Set(c.situation().plan()); err != nil {
		c.Log.Error("plan refused", "err", err)
	}
}

// situation is what decides who hears whom now.
func (c *Call) situation() situation {
	t := &c.talk
	s := situation{
		customer: c.customer.line(), owner: seat{line: c.agent.line(), muted: t.muted}, talk: t.state, apart: t.apart(),
		sound: c.sound, tap: c.tap, recorded: t.recording,
	}
	for _, g := range t.guests {
		s.guests = append(s.guests, seat{g.leg.line(), g.muted, g.place})
	}
	if out := t.toward.leg; out != nil {
		if s.early = out.line(); s.early == "" {
			s.rings = c.ringing()
		}
	}
	if c.dialled && t.state == Connecting && s.customer == "" {
		s.rings = c.ringing()
	}
	if c.HoldMusic != nil && (t.state >= OnHold || len(t.guests) > 0) {
		s.hold = media.NewPlayback([]*media.Sound{c.HoldMusic}, true)
	}
	return s
}

func (c *Call) add(l Leg, st State) *member {
	m := &member{
		leg: l, state: st,
		answered: make(chan struct{}), audio: make(chan struct{}), lost: make(chan struct{}), gone: make(chan struct{}),
	}
	c.members = append(c.members, m)
	c.wait.Go(func() { c.listen(m) })
	return m
}

// listen carries a leg's signals to run until the leg is gone.
func (c *Call) listen(m *member) {
	for s := range m.leg.Signals() {
		c.heard <- report{m, s}
	}
	c.heard <- report{m, Signal{}}
}

func (c *Call) remove(m *member) {
	c.members = slices.DeleteFunc(c.members, func(x *member) bool { return x == m })
	if c.agent == m {
		c.agent = nil
	}
}
