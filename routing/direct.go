package routing

import (
	"context"
	"slices"

	"github.com/callfloor/callfloor/state"
)

// Purposes of a directed offer.
const (
	ToTransfer = "transfer" // whoever accepts has the customer, and the giver's part is over
	toJoin     = "join"     // of a lease alone: a supervisor is in the call, too
	ToConsult  = "consult"  // whoever accepts is asked, and the giver has the customer as before
)

// Directed is an offer to one agent, by the one who has an interaction in hand.
type Directed struct {
	Agent, Purpose string
	Note           string // for that agent
}

// Direct offers what an agent has in hand to another one, beside what the queue would do. Until it is accepted the giver has it;
// the ticket tells what comes of it, with the purpose. Whoever is to be consulted must have nothing in hand, on no channel, and gets
// nothing else until it is over. Conflicts: not_available (the other cannot be offered one now), not_idle, full (six are consulted),
// unknown_agent, offering (there is such an offer already), gone.
func (r *Router) Direct(ctx context.Context, lease, giver string, d Directed) error {
	return r.do(ctx, "direct", lease, giver, d.Agent, d.Purpose, d.Note, r.name())
}

// TakeBack ends the directed offer that the agent of a lease makes. Conflict: gone, when it has ended by itself, perhaps
// because it was accepted.
func (r *Router) TakeBack(ctx context.Context, lease string) error {
	return r.do(ctx, "takeback", lease)
}

// Part ends the part of an agent who makes a directed offer: it goes on as one of the queue, where the customer stands at their age.
// Conflicts: not_offered (there is no such offer any more, or to consult), closed (the queue is no more: the work is ended), gone (it is not
// theirs any more: the offer was accepted, or the customer has left).
func (r *Router) Part(ctx context.Context, lease, cause string) error {
	err := r.do(ctx, "part", lease, cause)
	if err == nil {
		r.know(lease, func(x *truth) { x.without(lease, false) })
	}
	return err
}

// directed follows what becomes of a directed offer; one that is not toward is old news.
func (x *truth) directed(kind Kind, one claim, e state.Event) {
	switch {
	case kind == Offered:
		one.Note = e.Get("note")
		x.Toward = &one
	case kind == Joined:
		one.Note = e.Get("note")
		x.Guests = append(slices.Clone(x.Guests), one)
	case kind == HandedOver:
		x.handedOver(one.ID, one.Agent, e.Get("data"), e.Get("connected") == "1")
	case x.Toward == nil || x.Toward.ID != one.ID:
		x.noGuest(one.ID)
	case kind == Accepted && one.Purpose == ToConsult:
		x.Guests, x.Toward = append(slices.Clone(x.Guests), *x.Toward), nil
	case kind == Accepted:
		x.accepted(one, e)
		x.Toward, x.Data = nil, e.Get("data")
	default:
		x.Toward = nil
	}
}
