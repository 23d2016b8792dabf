package routing

import (
	"context"
	"encoding/json"
	"time"
)

// What another node goes on with when one stays dead. A node keeps in Redis what is needed to go on with its calls; when it
// has been silent for long enough, a living one claims that. Who has a call is decided by one script, and a node that was
// away for so long asks for what is still its own.

// Keep stores what another node would need to go on with things of this one, by their names; nil is nothing any more. taken
// are those that another node has taken over: they are not this node's any more.
func (r *Router) Keep(ctx context.Context, things map[string][]byte) (taken []string, err error) {
	args := []any{r.node}
	for id, text := range things {
		args = append(args, id, text)
	}
	return r.run(ctx, "keep", args...)
}

// Claim makes things of a node this one's when that node has been silent for a time: at most some of them at once, none when
// there is nothing more. Conflict: alive.
func (r *Router) Claim(ctx context.Context, dead string, after time.Duration, most int) (map[string][]byte, error) {
	out, err := r.run(ctx, "claim", r.node, dead, after.Milliseconds(), most)
	if err != nil {
		return nil, err
	}
	things := map[string][]byte{}
	for n := 0; n+1 < len(out); n += 2 {
		things[out[n]] = []byte(out[n+1])
	}
	return things, nil
}

// Moved tells that a living node's thing is this one's now: that node has given it.
func (r *Router) Moved(ctx context.Context, from, thing string) error {
	_, err := r.run(ctx, "moved", r.node, from, thing)
	return err
}

// Mine says that this node lives, so that nobody takes over more of it, and asks which of its things another one has taken.
// anew is true in a new life, which has no other things.
func (r *Router) Mine(ctx context.Context, anew bool, things []string) (taken []string, err error) {
	list, err := json.Marshal(append([]string{}, things...))
	if err != nil {
		return nil, err
	}
	return r.run(ctx, "mine", r.node, flag(anew), string(list))
}

// Stands is how an interaction stands that this node has taken over.
type Stands string

// An interaction talks on, waits, or stands nowhere any more; or the agent's part of a talk was ended meanwhile.
const (
	StandsTalking Stands = "talks"
	StandsWaiting Stands = "waits"
	StandsOver    Stands = "over"
	StandsNowhere Stands = "gone"
)

// Adopt takes the place over that a dead node saved, when its customer hears this node: who waits is offered from now on.
// The ticket is nil for one that stands nowhere. Errors wrap ErrSaved, or are the conflict of taken.
func (r *Router) Adopt(ctx context.Context, saved []byte, how How) (*Ticket, Stands, error) {
	t, err := r.Restore(saved, how) // before the script: an offer must find the ticket
	if err != nil {
		return nil, "", err
	}
	lease := ""
	if how == Talks {
		lease = t.truth.Leases[0].ID
	}
	guests, err := json.Marshal(append([]claim{}, t.truth.Guests...))
	if err != nil {
		t.Close()
		return nil, "", err
	}
	out, err := r.run(ctx, "adopt", r.node, t.id, t.truth.Visit, lease, string(guests))
	if err != nil {
		t.Close()
		return nil, "", err
	}
	stands := Stands(out[0])
	switch stands {
	case StandsNowhere:
		t.Close()
		return nil, stands, nil
	case StandsOver:
		t.stops(func(x *truth) { x.over = true })
	case StandsWaiting:
		t.stops(func(x *truth) { x.Talks, x.Guests = false, nil })
	case StandsTalking:
	}
	return t, stands, nil
}

func (t *Ticket) stops(change func(*truth)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.truth)
}
