package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/callfloor/callfloor/state"
)

// What a node knows without Redis. A Redis that was killed without having saved, or a replica that took over a moment
// late, has forgotten something; its sweeps tell (see swept in scripts/lib). Then no offers are made, every node tells what its calls
// are and what its agents were, reconcile.lua makes the ledger agree, and offers go on.

// truth is what a node knows of an interaction whose ticket it holds. It is the ticket's, behind its lock.
type truth struct {
	ID       string  `json:"id"`
	Channel  string  `json:"channel"`
	Queue    string  `json:"queue"`
	Priority int64   `json:"priority"`
	Since    int64   `json:"since"`   // ms
	Entered  int64   `json:"entered"` // ms
	Data     string  `json:"data"`
	Wants    string  `json:"wants"`
	Visit    string  `json:"visit"`
	Begin    string  `json:"begin"`
	Head     bool    `json:"head"`             // waits before everybody else
	Leases   []claim `json:"leases"`           // who is rung, or the one who accepted
	Toward   *claim  `json:"toward,omitempty"` // whom the one who has it offers it to
	Guests   []claim `json:"guests,omitempty"` // whom the one who talks consults, and supervisors who have joined
	Dialed   bool    `json:"dialed,omitempty"` // by the agent: it never stood in a queue
	Talks    bool    `json:"talks"`            // of what is no call: it is the agent's
	Reply    int64   `json:"reply,omitempty"`  // ms; until then what is no call must have a first reply; 0 is at any time
	Snoozed  bool    `json:"snoozed"`          // by its owner
	Owner    string  `json:"owner"`
	Till     int64   `json:"till"` // ms; 0 is until the customer says something
	over     bool    // its end was said, whether Redis heard it or not
}

// claim is an agent's lease on an interaction: their device rings or talks.
type claim struct {
	ID      string `json:"id"`
	Agent   string `json:"agent"`
	Purpose string `json:"purpose,omitempty"` // of a directed offer
	Note    string `json:"note,omitempty"`    // of its giver
}

// begins is told by the script that put the interaction into its queue.
func (t *Ticket) begins(x truth, out []string) {
	x.Begin = out[0]
	for n, v := range []*int64{&x.Since, &x.Priority, &x.Entered} {
		*v, _ = strconv.ParseInt(out[n+1], 10, 64)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	x.Leases, x.Talks, x.Reply = t.truth.Leases, t.truth.Talks, t.truth.Reply // an offer's news may have been quicker
	t.begin, t.truth = x.Begin, x
}

func (t *Ticket) isOver() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.truth.over
}

// take follows what becomes of the offers.
func (x *truth) take(kind Kind, e state.Event) {
	one := claim{ID: e.Get("lease"), Agent: e.Get("agent"), Purpose: e.Get("purpose")}
	if one.Purpose != "" {
		x.directed(kind, one, e)
		return
	}
	switch kind {
	case Orphaned:
		x.Leases, x.Talks, x.Toward = []claim{one}, false, nil
	case Offered:
		if x.Talks { // and waits again, of which nobody has told yet
			x.Leases, x.Talks = nil, false
		}
		x.Leases = append(slices.Clone(x.Leases), one)
	case Accepted:
		x.accepted(one, e)
	case Replied:
		x.Reply = 0
	case Moved:
		x.moves(e)
	case Left:
		if e.Get("reason") == transferred { // the next event tells where to
			return
		}
		x.Leases, x.Guests, x.Talks = nil, nil, false
		x.over = x.Begin != "" && !state.Before(e.ID, x.Begin) // else it is the end of an earlier wait
	case Given:
		x.Leases, x.Talks, x.Reply, x.Snoozed, x.Head = []claim{one}, true, 0, false, false
	case Snoozed:
		x.Leases, x.Talks, x.Reply, x.Snoozed, x.Owner = []claim{}, false, 0, true, one.Agent
		x.Till, _ = strconv.ParseInt(e.Get("till"), 10, 64)
	case Recalled: // the call is told to give the customer back, and says when it has
	default:
		x.Snoozed = x.Snoozed && kind != Requeued
		x.without(one.ID, e.Get("head") == "1")
	}
}

// accepted: it is this agent's; a call talks when there is sound.
func (x *truth) accepted(one claim, e state.Event) {
	x.Leases, x.Talks = []claim{{ID: one.ID, Agent: one.Agent}}, slotOf(x.Channel) != "voice"
	x.Reply, _ = strconv.ParseInt(e.Get("reply"), 10, 64) // none is none
}

func (x *truth) has(lease string) bool {
	return slices.ContainsFunc(x.Leases, func(c claim) bool { return c.ID == lease })
}

// without: that agent does not ring or talk any more. Where they were the last, the customer waits again.
func (x *truth) without(lease string, head bool) {
	if !x.has(lease) {
		return
	}
	x.Leases = slices.DeleteFunc(slices.Clone(x.Leases), func(c claim) bool { return c.ID == lease })
	x.Talks, x.Reply, x.Head = false, 0, x.Head || head
}

// with shows f the truths, until f has taken one: its ticket is returned, nil when f took none.
func (r *Router) with(f func(*truth) bool) *Ticket {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tickets {
		t.mu.Lock()
		took := f(&t.truth)
		t.mu.Unlock()
		if took {
			return t
		}
	}
	return nil
}

// know changes the truth of the interaction that has a lease.
func (r *Router) know(lease string, change func(*truth)) {
	r.with(func(x *truth) bool {
		if !x.has(lease) {
			return false
		}
		change(x)
		return true
	})
}

// talks is the ticket of the interaction that talks on a lease, nil when there is none.
func (r *Router) talks(lease string) *Ticket {
	return r.with(func(x *truth) bool { return x.Talks && x.has(lease) })
}

// stands are the tickets of all that this node's calls stand for, the oldest first; what is on its way into a queue has no Begin.
func (r *Router) stands() (tickets []*Ticket, truths []truth) {
	r.mu.Lock()
	defer r.mu.Unlock()
	truths = []truth{}
	for _, t := range r.tickets {
		t.mu.Lock()
		if !t.truth.over {
			x := t.truth
			x.ID, x.Leases = t.id, append([]claim{}, x.Leases...) // an empty list, for the scripts
			tickets, truths = append(tickets, t), append(truths, x)
		}
		t.mu.Unlock()
	}
	slices.SortFunc(truths, func(a, b truth) int { return int(a.Since - b.Since) })
	return tickets, truths
}

func (r *Router) truths() []truth {
	_, all := r.stands()
	return all
}

// sweeps is what the scripts and this node count together, and who else did lately.
type sweeps struct{ count, alive string }

// sweepOnce carries out what is due and returns when the next is; a node that is asked for its truth tells it.
func (r *Router) sweepOnce(ctx context.Context) (next time.Duration, err error) {
	out, err := r.run(ctx, "sweep", r.node, r.sweeps.count, r.sweeps.alive)
	if err != nil {
		return 0, err
	}
	r.sweeps = sweeps{out[1], out[2]}
	if out[3] != "" {
		r.log.Warn(asks[out[3]] + ": no offers are made until every node has told what it knows")
		if err := r.reconcile(ctx, out[3], out[4]); err != nil {
			return 0, fmt.Errorf("the ledger is not known to be true: %w", err)
		}
		return 0, nil
	}
	if ms, _ := strconv.Atoi(out[0]); ms >= 0 {
		return time.Duration(ms+1) * time.Millisecond, nil
	}
	return time.Hour, nil
}

// asks are why a node is asked for what it knows.
var asks = map[string]string{everything: "redis has forgotten something", "calls": "redis was away"}

const everything = "all"

// reconcile tells Redis what this node knows: everything, or its calls. since is when Redis asked; whoever waits there for
// longer, and is no call's, is let go.
func (r *Router) reconcile(ctx context.Context, what, since string) error {
	r.mu.Lock()
	floor := r.floor
	r.mu.Unlock()
	if floor != "" && what == everything {
		if err := r.do(ctx, "configure", floor); err != nil {
			return err
		}
	}
	tickets, calls := r.stands()
	list, err := json.Marshal(calls)
	if err != nil {
		return err
	}
	known := []json.RawMessage{}
	if what == everything {
		known = r.memory.all()
	}
	agents, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if err := r.do(ctx, "reconcile", r.node, string(list), what, since, string(agents)); err != nil {
		return err
	}
	for _, t := range tickets {
		if err := t.endAgain(ctx); err != nil {
			return err
		}
	}
	r.log.Info("the ledger agrees with the calls there are", "calls", len(calls))
	return nil
}

// memory is this node's agents as they were when Redis was asked last.
type memory struct {
	mu    sync.Mutex
	dirty map[string]bool
	known map[string]json.RawMessage
	asked time.Time // the sweep's own
	told  func(agent string, known []byte)
}

func newMemory() memory {
	return memory{dirty: map[string]bool{}, known: map[string]json.RawMessage{}, told: func(string, []byte) {}}
}

// changed notes that an agent, if any, is to be asked for.
func (m *memory) changed(agent string) {
	if agent == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dirty[agent] = true
}

func (m *memory) all() []json.RawMessage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.AppendSeq([]json.RawMessage{}, maps.Values(m.known))
}

// rememberEvery is how much of its agents' doings a node may forget with Redis.
const rememberEvery = 500 * time.Millisecond

// remember asks for the agents that have changed, at first for all. It follows a sweep, which has just found Redis true.
func (r *Router) remember(ctx context.Context) {
	m := &r.memory
	if time.Since(m.asked) < rememberEvery {
		return
	}
	if err := r.rememberOnce(ctx, m.asked.IsZero()); err != nil {
		r.log.Debug("agents not remembered", "err", err)
		return
	}
	m.asked = time.Now()
}

// rememberOnce keeps what Redis says of the agents that have changed, or of all.
func (r *Router) rememberOnce(ctx context.Context, all bool) error {
	m := &r.memory
	m.mu.Lock()
	ids := slices.AppendSeq([]string{}, maps.Keys(m.dirty))
	clear(m.dirty)
	m.mu.Unlock()
	if len(ids) == 0 && !all {
		return nil
	}
	if all {
		ids = []string{}
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	out, err := r.run(ctx, "remember", r.node, string(list))
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		for _, id := range ids {
			m.dirty[id] = true
		}
		return err
	}
	m.knows(out)
	return nil
}
