package routing

import (
	"context"
	"slices"
)

// EndConsult ends the part of an agent who is consulted, because they leave or the one who asked them wants it so: their slot is
// given back at once, and there is no after-call work. It may be said twice. Conflict: gone, when it was not accepted yet (Decline and
// TakeBack end it then), or the customer was handed over to them.
func (r *Router) EndConsult(ctx context.Context, lease, reason string) error {
	return r.do(ctx, "endguest", lease, reason)
}

// Join lets a supervisor speak, too, in a call that somebody has (barge, or take over: how is on record): their lease takes the slot of a
// call, though they may be away. session "" is nobody's in particular. EndJoin gives it back, as does the end of the call, or of its
// agent's part without another's; with Handover the call is theirs. Conflicts: gone (there is no such talk), in_call, full,
// not_available (not logged in, or no device), unknown_agent, viewer, fenced.
func (r *Router) Join(ctx context.Context, agent, session, interaction, how string) (lease string, err error) {
	out, err := r.run(ctx, "join", interaction, agent, session, how, r.name())
	if err != nil {
		return "", err
	}
	return out[0], nil
}

// EndJoin ends the part of a supervisor who has joined. It may be said twice. Conflict: gone, when the call was handed over to them.
func (r *Router) EndJoin(ctx context.Context, lease, reason string) error {
	return r.do(ctx, "endguest", lease, reason)
}

// Handover makes the agent who is consulted, or the supervisor who has joined, the one who has the customer: the giver's part is over, with after-call work as the
// queue says, and other guests go on. Conflict: gone, when one of the two leases is no more what it was.
func (r *Router) Handover(ctx context.Context, giver, consult string) error {
	out, err := r.run(ctx, "handover", giver, consult)
	if err != nil {
		return err
	}
	r.know(giver, func(x *truth) {
		if n := x.guest(consult); n >= 0 {
			x.handedOver(consult, x.Guests[n].Agent, out[1], out[0] == "1")
		}
	})
	return nil
}

// guest is where a guest's lease is among the others, -1 when it is not.
func (x *truth) guest(lease string) int {
	return slices.IndexFunc(x.Guests, func(c claim) bool { return c.ID == lease })
}

func (x *truth) noGuest(lease string) {
	if n := x.guest(lease); n >= 0 {
		x.Guests = slices.Delete(slices.Clone(x.Guests), n, n+1)
	}
}

// handedOver: who was a guest has the customer, and talks if there is sound.
func (x *truth) handedOver(lease, agent, data string, talks bool) {
	if x.has(lease) { // told before, and what has happened since is known
		return
	}
	x.noGuest(lease)
	x.Leases, x.Talks, x.Data = []claim{{ID: lease, Agent: agent}}, talks, data
}
