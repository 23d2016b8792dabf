package routing

import (
	"context"
	"strconv"
	"time"
)

// silent is for how long a node may say nothing before it counts as dead; the scripts know the same.
const silent = 3 * time.Second

// Node is one of those who share the floor. Times are Redis' own.
type Node struct {
	ID       string
	Address  string // host:port where other nodes reach it; "" when it is alone
	Since    time.Time
	Last     time.Time     // when it last said that it lives
	Silence  time.Duration // since then
	Draining bool
	Left     time.Duration // until its drain ends
}

// Dead tells whether the node has been silent for too long.
func (n Node) Dead() bool { return n.Silence >= silent }

// Alive says that this node lives, since its start, and where other nodes reach it. It is said once a second. fresh is
// true when the floor did not count on the node: what it knows of devices must be told again. Nodes that were silent for
// 3 s lose their devices by it, and those of a day are forgotten. A node that is being drained says how long yet (nil is
// no drain): agents whose device is there are offered nothing while there is another node where it could be.
func (r *Router) Alive(ctx context.Context, address string, up time.Duration, left *time.Duration) (fresh bool, err error) {
	drain := ""
	if left != nil {
		drain = strconv.FormatInt(max(*left, 0).Milliseconds(), 10)
	}
	out, err := r.run(ctx, "alive", r.node, address, up.Milliseconds(), drain)
	return err == nil && out[0] == "new", err
}

// Bye says that this node stops: it is not missed.
func (r *Router) Bye(ctx context.Context) error { return r.do(ctx, "bye", r.node) }

// Nodes lists every node of the floor, also those that were silent for less than a day.
func (r *Router) Nodes(ctx context.Context) ([]Node, error) {
	out, err := r.run(ctx, "nodes")
	if err != nil {
		return nil, err
	}
	var all []Node
	for i := 0; i+5 < len(out); i += 6 {
		all = append(all, Node{
			ID: out[i], Address: out[i+1], Since: time.UnixMilli(0).Add(millis(out[i+2])), Last: time.UnixMilli(0).Add(millis(out[i+3])),
			Draining: out[i+4] != "", Left: millis(out[i+4]), Silence: millis(out[i+5]),
		})
	}
	return all, nil
}

// The facts about an agent's devices, of which any node may know one.
const (
	AtBrowser  = "browser" // the browser's phone is registered at this node
	AtPhone    = "phone"   // the desk phone is
	Microphone = "mic"     // what the page found out
)

// Devices notes a fact about an agent who works with a kind of device (AtBrowser or AtPhone), and weighs it with what
// other nodes know. A device that leaves this node and is at another stays there. what "" looks anew.
func (r *Router) Devices(ctx context.Context, agent, kind, what string, ok bool, reason string) error {
	return r.do(ctx, "devices", agent, r.node, kind, what, flag(ok), reason)
}

// Whereabouts is the node that has an agent's device of a kind registered, "" when none has.
func (r *Router) Whereabouts(ctx context.Context, agent, kind string) (node string, err error) {
	out, err := r.run(ctx, "whereabouts", agent, kind)
	if err != nil {
		return "", err
	}
	return out[0], nil
}

// Place is where a call lives.
type Place struct {
	Call, Node string
	Dead       bool // the node is
}

// Owner is the call that an agent is on or that rings for them; the zero Place when there is none.
func (r *Router) Owner(ctx context.Context, agent string) (Place, error) {
	out, err := r.run(ctx, "owner", agent)
	if err != nil {
		return Place{}, err
	}
	return Place{Call: out[0], Node: out[1], Dead: out[2] == "1"}, nil
}
