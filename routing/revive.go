package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// What outlives a node's process: its calls' places, and what its agents were. A Redis of its own may have died with it.

// ErrSaved is returned for a saved ticket that cannot be read.
var ErrSaved = errors.New("the saved place in a queue is of no use")

// Save is all that another life of this node needs to keep the interaction's place, as JSON; nil when it has none.
func (t *Ticket) Save() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.truth.Begin == "" || t.truth.over {
		return nil
	}
	b, err := json.Marshal(t.truth)
	if err != nil {
		return nil
	}
	return b
}

// How says how an interaction stands that comes back.
type How uint8

// An interaction that talks keeps its lease; whoever was about to talk is first in line.
const (
	Waits How = iota
	First
	Talks
)

// Restore takes a place back that a former life of this node saved. It is done before Recover, which lets go what was not
// restored. Errors wrap ErrSaved, or are the conflict of taken.
func (r *Router) Restore(saved []byte, how How) (*Ticket, error) {
	var x truth
	if err := json.Unmarshal(saved, &x); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	if x.ID == "" || x.Queue == "" && !x.Dialed || x.Channel == "" || x.Begin == "" || how == Talks && len(x.Leases) != 1 {
		return nil, fmt.Errorf("%w: half a place", ErrSaved)
	}
	if x.Talks = how == Talks; !x.Talks {
		x.Leases, x.Guests, x.Head = nil, nil, x.Head || how == First
	}
	x.Toward = nil // no device rings any more
	t := newTicket(r, x.ID)
	t.truth, t.begin, t.restored = x, x.Begin, true
	if err := r.admit(t); err != nil {
		return nil, err
	}
	go t.deliver()
	return t, nil
}

// Recover makes the floor agree with what this life of the node took back, and ends what other calls a former life left: those
// callers are gone, those agents' slots are given back, and the agents are lost until their pages come back. What is no call
// goes on, and may be restored later, too. agents are
// what Remembered told of them, for a Redis that has never heard of this node.
func (r *Router) Recover(ctx context.Context, agents map[string][]byte) error {
	type back struct {
		ID    string `json:"id"`
		Talks bool   `json:"talks"`
	}
	taken := []back{}
	for _, x := range r.truths() {
		r.mu.Lock()
		restored := r.tickets[x.ID] != nil && r.tickets[x.ID].restored
		r.mu.Unlock()
		if restored {
			taken = append(taken, back{x.ID, x.Talks})
		}
	}
	list, err := json.Marshal(taken)
	if err != nil {
		return err
	}
	out, err := r.run(ctx, "recover", r.node, string(list))
	if err != nil {
		return err
	}
	for _, text := range out[1:] {
		if err := r.goOn(text); err != nil {
			return err
		}
	}
	forgotten := out[0] == "0"
	if forgotten { // else it knows better
		r.memory.learn(agents)
	}
	if len(taken) == 0 && (!forgotten || len(agents) == 0) {
		return nil
	}
	return r.reconcile(ctx, everything, "0")
}

// goOn stands for what is no call in place of whoever did in a former life, until it is over or restored.
func (r *Router) goOn(text string) error {
	f, err := factsOf(text)
	if err != nil {
		return err
	}
	x := truth{
		ID: f["id"], Channel: f["channel"], Queue: f["queue"], Data: f["data"], Wants: f["wants"], Visit: f["visit"], Begin: f["begin"],
		Head: f["head"] != "", Talks: f["state"] == "owned", Snoozed: f["state"] == "snoozed", Owner: f["owner"],
	}
	for field, n := range map[string]*int64{"priority": &x.Priority, "since": &x.Since, "entered": &x.Entered, "till": &x.Till, "reply": &x.Reply} {
		*n, _ = strconv.ParseInt(f[field], 10, 64)
	}
	for l := range strings.SplitSeq(f["leases"], ",") {
		if id, agent, ok := strings.Cut(l, " "); ok {
			x.Leases = append(x.Leases, claim{ID: id, Agent: agent})
		}
	}
	t := newTicket(r, x.ID)
	t.truth, t.begin, t.nobodys = x, x.Begin, true
	if err := r.admit(t); !IsConflict(err, "taken") { // restored already
		return err
	}
	return nil
}

// Remembered lets f know what this node's next life must be told of an agent, whenever that has changed; nil when it is
// nothing. It is called before anything else.
func (r *Router) Remembered(f func(agent string, known []byte)) { r.memory.told = f }

// learn takes what a former life remembered: those agents are lost now. What cannot be read is left out.
func (m *memory) learn(agents map[string][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, text := range agents {
		var known struct {
			Facts  map[string]string   `json:"facts"`
			Leases []map[string]string `json:"leases,omitempty"`
		}
		if json.Unmarshal(text, &known) != nil || known.Facts["id"] != id || known.Facts["since"] == "" {
			continue
		}
		known.Facts["session"], known.Facts["device"], known.Facts["device_reason"] = "lost", "0", "the server was restarted"
		if b, err := json.Marshal(known); err == nil {
			m.known[id] = b
		}
	}
}

// knows keeps what Redis says of agents: pairs of an id and what is known, "" for nothing. The lock is held.
func (m *memory) knows(pairs []string) {
	before := maps.Clone(m.known)
	for n := 0; n+1 < len(pairs); n += 2 {
		id, known := pairs[n], pairs[n+1]
		if delete(m.known, id); known != "" {
			m.known[id] = json.RawMessage(known)
		}
		if string(before[id]) != known {
			m.told(id, m.known[id])
		}
	}
}
