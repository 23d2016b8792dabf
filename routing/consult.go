package routing

import (
	"context"
	"slices"
)

// EndConsult ends the part of an agent who is consulted, because they leave or the one who asked them wants it so: their slot is
// given back at once, and there is no after-call work. It may be said twice. Conflict: gone, when it was not accepted yet (Decline and
// TakeBack end it then), or the customer was handed over to them.
func (r *Router) EndConsult(ctx context.Context, lease, reason string) error {
	return r.do(ctx, "endconsult", lease, reason)
}

// Handover makes the agent who is consulted the one who has the customer: the giver's part is over, with after-call work as the
// queue says, and others who are consulted go on. Conflict: gone, when one of the two leases is no more what it was.
func (r *Router) Handover(ctx context.Context, giver, consult string) error {
	out, err := r.run(ctx, "handover", giver, consult)
	if err != nil {
		return err
	}
	r.know(giver, func(x *truth) {
		if n := x.consult(consult); n >= 0 {
			x.handedOver(consult, x.Consults[n].Agent, out[1], out[0] == "1")
		}
	})
	return nil
}

// consult is where a consult is among the others, -1 when it is not.
func (x *truth) consult(lease string) int {
	return slices.IndexFunc(x.Consults, func(c claim) bool { return c.ID == lease })
}

func (x *truth) noConsult(lease string) {
	if n := x.consult(lease); n >= 0 {
		x.Consults = slices.Delete(slices.Clone(x.Consults), n, n+1)
	}
}

// handedOver: who was consulted has the customer, and talks if there is sound.
func (x *truth) handedOver(lease, agent, data string, talks bool) {
	if x.has(lease) { // told before, and what has happened since is known
		return
	}
	x.noConsult(lease)
	x.Leases, x.Talks, x.Data = []claim{{ID: lease, Agent: agent}}, talks, data
}
