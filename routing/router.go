package routing

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callfloor/callfloor/state"
)

//go:embed scripts
var sources embed.FS

// script is one verb between what all begin with and how all end.
const script = `%s
local function verb()
%s
end
make_up()
local answer = verb()
settle()
return answer
end)()`

// Router finds agents. Several nodes share one floor through Redis.
type Router struct {
	state   *state.State
	node    string
	log     *slog.Logger
	scripts map[string]*redis.Script
	mu      sync.Mutex
	tickets map[string]*Ticket
	observe func(verb string, took time.Duration)
	from    string // where Run begins to read: before the first offer there can be
	floor   string // as configured last
	memory  memory
	sweeps  sweeps
}

// Conflict is a race that somebody else won, or a wish that cannot be met: expired, taken, gone, not_online, viewer,
// full, closed, no_agents, unknown_agent, fenced (the session was ended for good), at_max, nothing_waits,
// not_available, not_idle, in_call, talking, offering (to somebody already), not_offered (to anybody). A verb that is repeated because its answer was lost is answered as the first time.
type Conflict struct{ Code string }

// Error names the conflict.
func (c *Conflict) Error() string { return "conflict: " + c.Code }

// OpenWork refuses a logout and lists the leases that are still open.
type OpenWork struct{ Leases []string }

// Error says how many are open.
func (o *OpenWork) Error() string { return fmt.Sprintf("%d contacts are still open", len(o.Leases)) }

// New returns a router for this node. Run makes it work.
func New(s *state.State, node string, log *slog.Logger) *Router {
	return &Router{
		state: s, node: node, log: log, scripts: compile(head()), tickets: map[string]*Ticket{},
		observe: func(string, time.Duration) {}, memory: newMemory(), sweeps: sweeps{count: "0"},
	}
}

// Observe lets f know how long each verb took, Redis and the way there included. It is called before anything else.
func (r *Router) Observe(f func(verb string, took time.Duration)) { r.observe = f }

// head is what every verb begins with: the library's files in their order, those from "4" on in a function of their own.
// For each name that a function takes from around it, Lua looks through all such names that are open, one by one; with
// the library in one piece this would be most of what a cheap verb costs.
func head() string {
	var b strings.Builder
	files, _ := fs.Glob(sources, "scripts/lib/*.lua")
	for n, f := range files {
		if n > 0 && path.Base(files[n-1]) < "4" && path.Base(f) >= "4" {
			b.WriteString("return (function()\n")
		}
		part, _ := sources.ReadFile(f)
		b.Write(part)
	}
	return b.String()
}

// compile makes the verbs that begin with a head.
func compile(head string) map[string]*redis.Script {
	scripts := map[string]*redis.Script{}
	files, _ := fs.Glob(sources, "scripts/*.lua")
	for _, f := range files {
		body, _ := sources.ReadFile(f)
		scripts[strings.TrimSuffix(path.Base(f), ".lua")] = redis.NewScript(fmt.Sprintf(script, head, body))
	}
	return scripts
}

// run executes one verb.
func (r *Router) run(ctx context.Context, verb string, args ...any) ([]string, error) {
	argv := append([]any{r.state.Key("")}, args...)
	began := time.Now()
	out, err := r.scripts[verb].Run(ctx, r.state.Redis(), []string{r.state.Key("events")}, argv...).StringSlice()
	if state.Away(err) {
		return nil, fmt.Errorf("routing: %s: %w: %w", verb, ErrAway, err)
	}
	if err != nil {
		return nil, fmt.Errorf("routing: %s: %w", verb, err)
	}
	r.observe(verb, time.Since(began))
	switch out[0] {
	case "conflict":
		return nil, &Conflict{Code: out[1]}
	case "open":
		return nil, &OpenWork{Leases: out[1:]}
	}
	return out[1:], nil
}

// do executes a verb whose answer does not matter.
func (r *Router) do(ctx context.Context, verb string, args ...any) error {
	_, err := r.run(ctx, verb, args...)
	return err
}

// Configure writes the floor; it may be called again at any time and takes work from nobody.
func (r *Router) Configure(ctx context.Context, f Floor) error {
	script, err := f.script()
	if err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	r.floor = script
	r.mu.Unlock()
	return r.do(ctx, "configure", script)
}

// begin remembers where the journal ended before anybody could be offered anything.
func (r *Router) begin(ctx context.Context) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.from == "" {
		r.from, err = r.state.Journal().Last(ctx)
	}
	return err
}

// Run carries out what is due and tells tickets their news from the first Configure on, until ctx ends.
func (r *Router) Run(ctx context.Context) error {
	r.mu.Lock()
	from := r.from
	r.mu.Unlock()
	var wait sync.WaitGroup
	wait.Go(func() { r.sweep(ctx) })
	wait.Go(func() { r.reap(ctx) })
	defer wait.Wait()
	return r.state.Journal().Read(ctx, from, func(events []state.Event) error {
		for _, e := range events {
			r.dispatch(e)
			r.memory.changed(e.Get("agent"))
		}
		return nil
	})
}

// sweep carries out deadlines: at the next due time, and at least four times a second.
func (r *Router) sweep(ctx context.Context) {
	const often = 250 * time.Millisecond
	t := time.NewTimer(0)
	defer t.Stop()
	away := false
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		next := often
		due, err := r.sweepOnce(ctx)
		switch {
		case err == nil:
			next, away = min(next, due), false
			r.remember(ctx)
		case ctx.Err() == nil && !away:
			away = true
			r.log.Error("deadlines are not carried out until this is over", "err", err)
		}
		t.Reset(next)
	}
}

// reapEvery is how often what no call stands for any more is looked for; it is let go when it is found twice.
const reapEvery = 5 * time.Second

// reap makes good what could not be told while Redis was away: an interaction without a ticket is nobody's.
func (r *Router) reap(ctx context.Context) {
	t := time.NewTicker(reapEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if err := r.reapOnce(ctx); err != nil && ctx.Err() == nil {
				r.log.Warn("left-overs not looked for", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (r *Router) reapOnce(ctx context.Context) error {
	live := []string{}
	r.mu.Lock()
	for id, t := range r.tickets {
		if !t.isOver() {
			live = append(live, id)
		}
	}
	r.mu.Unlock()
	list, err := json.Marshal(live)
	if err != nil {
		return err
	}
	return r.do(ctx, "reap", r.node, string(list))
}

// IsConflict tells whether err is the conflict of that code.
func IsConflict(err error, code string) bool {
	c, ok := errors.AsType[*Conflict](err)
	return ok && c.Code == code
}
