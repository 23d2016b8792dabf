package routing

import (
	"context"
	"encoding/json"
)

// Dial takes an agent's slot for a call that they make, before anybody hears of it; of the interaction count its ID and Data. The call
// never stands in a queue: what ends it, or would put it back, lets it end. The agent may be away. session "" is nobody's in
// particular. Connected says that the customer hears them, for which there is a minute; whoever was not reached (Leave, or Finish)
// leaves no after-call work. Conflicts: in_call (a call is in hand, rings, or is joined), full (no slot is free, as with after-call
// work), not_available (not logged in, or no device), taken, unknown_agent, viewer, fenced. Errors may be ErrAway.
func (r *Router) Dial(ctx context.Context, agent, session string, i Interaction) (t *Ticket, lease string, err error) {
	data, err := json.Marshal(i.Data)
	if err != nil {
		return nil, "", err
	}
	t = newTicket(r, i.ID)
	if err := r.admit(t); err != nil {
		return nil, "", err
	}
	visit := r.name()
	out, err := r.run(ctx, "dial", i.ID, agent, session, r.node, string(data), visit)
	if err != nil {
		t.Close()
		return nil, "", err
	}
	lease = out[0]
	x := truth{ID: i.ID, Channel: "voice", Data: string(data), Visit: visit, Dialed: true}
	t.begins(x, []string{out[1], out[2], "5", out[2]})
	t.stops(func(x *truth) { x.Leases = []claim{{ID: lease, Agent: agent}} })
	go t.deliver()
	return t, lease, nil
}
