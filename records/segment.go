package records

import (
	"slices"
	"time"

	"github.com/callfloor/callfloor/state"
)

// last is the segment that began last, nil when there is none.
func (i *Interaction) last() *Segment {
	if len(i.Segments) == 0 {
		return nil
	}
	return &i.Segments[len(i.Segments)-1]
}

func (i *Interaction) begin(s Segment) *Segment {
	i.Segments = append(i.Segments, s)
	return i.last()
}

// leased is the segment of the event's lease: known already, or the one that waits for an agent, or a new one in
// which a wait goes on that a declined offer did not end.
func (i *Interaction) leased(e state.Event) *Segment {
	lease, queue, agent := name(e, "lease"), name(e, "queue"), name(e, "agent")
	if n := slices.IndexFunc(i.Segments, func(s Segment) bool { return lease != "" && s.Lease == lease }); n >= 0 {
		return &i.Segments[n]
	}
	s := i.last()
	if s == nil || !s.open() || s.Lease != "" {
		s = i.begin(Segment{Queued: i.waitsSince(), Queue: queue})
	}
	s.Lease, s.Agent = lease, agent
	if queue != "" {
		s.Queue = queue
	}
	return s
}

// waitsSince is when the customer's present wait went on after an offer that came to nothing.
func (i *Interaction) waitsSince() time.Time {
	if s := i.last(); s != nil && s.unserved() {
		return s.Released
	}
	return time.Time{}
}

// unserved says whether the segment is over and its customer still waits.
func (s *Segment) unserved() bool {
	switch s.Outcome {
	case "declined", "missed", "withdrawn", "device_failed":
		return s.Connected.IsZero() && !s.aside()
	}
	return false
}

// queued begins a segment; who was put into the same queue twice waits on.
func queued(i *Interaction, e state.Event) {
	if i.Node == "" {
		i.Node = name(e, "node")
	}
	queue := name(e, "queue")
	if s := i.last(); s != nil && s.open() && s.Lease == "" {
		if s.Queue == queue {
			return
		}
		s.Released, s.Outcome = at(e), "moved"
	}
	i.begin(Segment{Queue: queue, Queued: at(e)})
}

// restored is told of a wait that Redis had forgotten, and with it, perhaps, the event that began it.
func restored(i *Interaction, e state.Event) {
	if s := i.last(); s == nil || !s.open() && !s.unserved() {
		queued(i, e)
	}
}

// left closes the wait with its reason. Whoever leaves the queue because an agent took over is not gone.
func left(i *Interaction, e state.Event) {
	reason := name(e, "reason")
	s := i.last()
	switch {
	case s == nil || taken(reason):
		return
	case s.unserved():
		s = i.begin(Segment{Queue: s.Queue, Queued: s.Released})
	case !s.Accepted.IsZero(), !s.Connected.IsZero(), s.Outcome != "" && s.Outcome != "customer_gone":
		return
	}
	if s.Released.IsZero() {
		s.Released = at(e)
	}
	s.Outcome = reason
}

// taken says whether a reason to leave the queue means an agent and not the customer's end.
func taken(reason string) bool {
	switch reason {
	case "accepted", "connected", "served", "answered":
		return true
	}
	return false
}

func offerMade(i *Interaction, e state.Event) { i.leased(e).Offered = at(e) }

func offerAccepted(i *Interaction, e state.Event) { i.leased(e).Accepted = at(e) }

// offerConnected is routing's word for what the call itself says more exactly. To be consulted is no talk with the customer.
func offerConnected(i *Interaction, e state.Event) {
	if e.Get("purpose") == "consult" {
		return
	}
	if s := i.leased(e); s.Connected.IsZero() {
		s.Connected = at(e)
	}
}

func callConnected(i *Interaction, e state.Event) { i.leased(e).Connected = at(e) }

// offerEnded closes a segment that came to no talk; the event's last word is the outcome.
func offerEnded(i *Interaction, e state.Event) {
	s := i.leased(e)
	if s.Released.IsZero() {
		s.Released = at(e)
	}
	if s.Outcome == "" {
		s.Outcome = e.What[len("offer."):]
	}
}

// offerOrphaned: the agent who offered their customer to another one is gone, and so the customer waits from now on.
func offerOrphaned(i *Interaction, e state.Event) { i.leased(e).Queued = at(e) }

// consultEnded: the agent who was consulted has left, and another one has the customer as before.
func consultEnded(i *Interaction, e state.Event) {
	if s := i.leased(e); s.Released.IsZero() {
		s.Released, s.Outcome = at(e), Consulted
	}
}

// joinEnded: a supervisor takes part no more.
func joinEnded(i *Interaction, e state.Event) {
	if s := i.leased(e); s.Released.IsZero() {
		s.Released, s.Outcome = at(e), Joined
	}
}

// outside is the segment of somebody outside; nil where the event is an agent's, whose lease tells of them.
func (i *Interaction) outside(e state.Event) *Segment {
	id := name(e, "party")
	if e.Get("agent") != "" || e.Get("number") == "" {
		return nil
	}
	if n := slices.IndexFunc(i.Segments, func(s Segment) bool { return s.Lease == id }); n >= 0 {
		return &i.Segments[n]
	}
	return i.begin(Segment{Lease: id, Party: name(e, "number"), Queue: name(e, "queue")})
}

func partyCalled(i *Interaction, e state.Event) {
	if s := i.outside(e); s != nil {
		s.Offered = at(e)
	}
}

func partyJoined(i *Interaction, e state.Event) {
	if s := i.outside(e); s != nil {
		s.Accepted = at(e)
	}
}

// partyLeft: somebody outside has taken part, or was not reached.
func partyLeft(i *Interaction, e state.Event) {
	s := i.outside(e)
	if s == nil || !s.Released.IsZero() {
		return
	}
	s.Released, s.Outcome = at(e), Outside
	if e.What == "call.party_failed" {
		s.Outcome = name(e, "cause")
	}
}

// aside says whether the segment is an agent's offer to another one that came to nothing, a consult, or somebody outside: the talk went on
// meanwhile.
func (s *Segment) aside() bool { return s.Queued.IsZero() && s.Connected.IsZero() && s.Outcome != "" }

// callReleased is the call's own account of the agent's part.
func callReleased(i *Interaction, e state.Event) {
	s := i.leased(e)
	s.Released, s.Talked, s.Held = at(e), length(e, "talked"), length(e, "held")
	s.Outcome = Served
	if cause := name(e, "cause"); cause == "lost" || s.Connected.IsZero() && cause != "" {
		s.Outcome = cause
	}
}

// workEnded says what after-call work follows; it also ends a talk of which the call could not tell.
func workEnded(i *Interaction, e state.Event) {
	s := i.leased(e)
	if s.Wrapup = name(e, "kind"); !s.wraps() && s.WrapupEnded.IsZero() {
		s.WrapupEnded = at(e)
	}
	if s.Released.IsZero() {
		s.Released = at(e)
		s.Talked = between(s.Connected, s.Released)
	}
	if s.Outcome == "" {
		s.Outcome = Served
	}
}

func wrapupEnded(i *Interaction, e state.Event) { i.leased(e).WrapupEnded = at(e) }

// dispositionSet takes the agent's word; a late one amends the earlier.
func dispositionSet(i *Interaction, e state.Event) {
	s := i.leased(e)
	s.Disposition, s.Note = name(e, "code"), clean(e.Get("note"), maxNote)
}
