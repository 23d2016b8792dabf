package ivr

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// ErrTimeout is returned by Contact.Keys when nothing more was keyed.
var ErrTimeout = errors.New("nothing was keyed in time")

// Contact is who a flow talks to: a call now, a chat one day.
type Contact interface {
	// Say says the prompt; with bargeIn a key stops it, and stays for Keys.
	Say(ctx context.Context, p Prompt, bargeIn bool) error
	// Keys collects up to limit keys; the key end finishes early and is not among them. The timeout holds for each key.
	// ErrTimeout comes with what was keyed so far.
	Keys(ctx context.Context, limit int, end string, timeout time.Duration) (string, error)
	// Queue waits for an agent and returns when the contact was served, or why it was not; and in which queue that was, for an
	// agent may have transferred it to another.
	Queue(ctx context.Context, w Want) (o Outcome, queue string, err error)
	// Note keeps the way through the flow; a key only where it is no secret.
	Note(flow, step, key string)
	// At is told before each step where the contact is: all that Resume needs.
	At(Place)
}

// Place is where a contact is in its walk. Its variables may hold what the contact keyed in secret.
type Place struct {
	Flow string            `json:"flow"`
	Step string            `json:"step"`
	Vars map[string]string `json:"vars,omitempty"`
}

// Want is what a flow asks of a queue.
type Want struct {
	Queue    string
	Priority int // 0 is the queue's
	// Wants are asked beside what the queue asks; Agents alone may have it until AgentsFor is over (0: for ever).
	Wants     routing.Wants
	Agents    []string
	AgentsFor time.Duration
}

// Outcome is how a queue step ended.
type Outcome string

// The outcomes.
const (
	Served   Outcome = "served"
	Full     Outcome = "full"
	Closed   Outcome = "closed"
	NoAgents Outcome = "no_agents"
	TimedOut Outcome = "timeout"
	Gone     Outcome = "caller_gone"
)

// Hours is what a profile of business hours says of a moment.
type Hours string

// The states of business hours.
const (
	IsOpen    Hours = "open"
	IsClosed  Hours = "closed"
	IsHoliday Hours = "holiday"
)

// World is what flows refer to.
type World struct {
	Flow    func(name string) *Flow
	Hours   func(profile string, at time.Time) (Hours, error)
	Default string // the flow for a contact whose own has failed
	// Overflow names the flow of a queue for an outcome that the step has no way for; nil or "" is none.
	Overflow func(queue string, o Outcome) string
}

// overflow is the queue's flow for an outcome, nil when it has none.
func (w World) overflow(queue string, o Outcome) *Flow {
	if w.Overflow == nil {
		return nil
	}
	name := w.Overflow(queue, o)
	if name == "" {
		return nil
	}
	return w.Flow(name)
}

// Ended is how a flow ends a contact, with a word for the report.
type Ended struct{ Reason string }

// Error makes Ended travel as an error through the runner.
func (e *Ended) Error() string { return "ended: " + e.Reason }

const (
	longestWalk = 50 // steps within a second: more wait for nobody, and lead round and round
	mostFaults  = 5  // in one flow, before the default one takes over
)

var errLoop = fmt.Errorf("more than %d steps within a second: they lead round and round", longestWalk)

// run is one contact's walk.
type run struct {
	ctx     context.Context
	contact Contact
	world   World
	flow    *Flow
	at      string // the step
	vars    map[string]string
	since   time.Time // when steps were counted from
	steps   int
	faults  int
	rescued bool // the default flow was entered already
	resumed bool // the first step was begun in a former life, and noted there
}

// Run walks the flow until it ends. The error is *Ended where a step said so, the context's where the contact left;
// any other is a fault for which no flow had a way, and the contact has not heard of it.
func (f *Flow) Run(ctx context.Context, c Contact, w World) error {
	r := &run{ctx: ctx, contact: c, world: w, flow: f, at: f.Start, vars: map[string]string{}}
	return r.walk()
}

// Resume walks on from a place where a walk was cut off, beginning with the step it was in. A flow that is no more is
// the default one, a step that is no more a fault of the flow.
func Resume(ctx context.Context, c Contact, w World, p Place) error {
	f := w.Flow(p.Flow)
	if f == nil {
		if f = w.Flow(w.Default); f == nil {
			return fmt.Errorf("no flow %q", p.Flow)
		}
		return f.Run(ctx, c, w)
	}
	r := &run{ctx: ctx, contact: c, world: w, flow: f, at: p.Step, vars: maps.Clone(p.Vars), resumed: true}
	if r.vars == nil {
		r.vars = map[string]string{}
	}
	return r.walk()
}

func (r *run) walk() error {
	ctx := r.ctx
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		next, err := r.step()
		var ended *Ended
		switch {
		case errors.As(err, &ended) || err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			if next, err = r.errorWay(err); err != nil {
				return err
			}
		case next == "":
			return nil
		}
		r.at = next
	}
}

func (r *run) step() (next string, err error) {
	s := r.flow.Steps[r.at]
	if s == nil {
		return "", fmt.Errorf("flow %s: no step %q", r.flow.Name, r.at)
	}
	if now := time.Now(); now.Sub(r.since) > time.Second {
		r.since, r.steps = now, 0
	}
	if r.steps++; r.steps > longestWalk {
		return "", fmt.Errorf("flow %s: step %s: %w", r.flow.Name, r.at, errLoop)
	}
	if !r.resumed {
		r.contact.Note(r.flow.Name, r.at, "")
	}
	r.resumed = false
	r.contact.At(Place{r.flow.Name, r.at, maps.Clone(r.vars)})
	v, _ := s.verb()
	next, err = v.run(r, s)
	if err != nil {
		return "", fmt.Errorf("flow %s: step %s: %w", r.flow.Name, r.at, err)
	}
	return next, nil
}

// errorWay finds where a contact goes after a fault: the step's own way, the flow's, the default flow. Nobody is left
// in silence by a mistake in a flow, and nobody goes round in one for ever.
func (r *run) errorWay(err error) (string, error) {
	s, loop := r.flow.Steps[r.at], errors.Is(err, errLoop)
	r.faults++
	if loop {
		r.steps = 0
	}
	switch {
	case r.faults > mostFaults:
	case !loop && s != nil && s.Error != "" && s.Error != r.at:
		return s.Error, nil
	case r.flow.Error != "" && r.flow.Error != r.at:
		return r.flow.Error, nil
	}
	if f := r.world.Flow(r.world.Default); f != nil && !r.rescued && f != r.flow {
		r.rescued, r.flow, r.faults = true, f, 0
		return f.Start, nil
	}
	return "", err
}
