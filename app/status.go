package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/console"
	"github.com/callfloor/callfloor/sip"
)

// Status is what a running server tells about itself.
type Status struct {
	Node     string           `json:"node"`
	Up       time.Duration    `json:"up"`
	Draining bool             `json:"draining"`
	Left     time.Duration    `json:"left"`  // until the drain ends
	Until    time.Time        `json:"until"` // when that is, by the server's clock
	Legs     int              `json:"legs"`  // of other nodes' calls
	Calls    []CallStatus     `json:"calls"`
	Agents   []AgentStatus    `json:"agents"`
	Queues   []QueueStatus    `json:"queues"`
	Nodes    []api.NodeView   `json:"nodes"`  // of the floor, this one among them
	Trunks   []sip.TrunkState `json:"trunks"` // that send calls, as this node sees them
}

// CallStatus is one live call in a Status.
type CallStatus struct{ ID, From, Queue, Agent, State string }

// AgentStatus is one agent in a Status; Why is the first reason against offering them a call.
type AgentStatus struct{ ID, Session, Chosen, Why string }

// QueueStatus is one queue in a Status.
type QueueStatus struct {
	Name    string
	Waiting int
	Free    int
}

// Status asks every part.
func (a *App) Status(ctx context.Context) (Status, error) {
	s := Status{Node: a.node, Up: time.Since(a.started), Until: a.drain.end(), Legs: a.floor.passing(), Nodes: a.standings(ctx), Trunks: a.sip.Trunks()}
	if s.Draining = !s.Until.IsZero(); s.Draining {
		s.Left = max(time.Until(s.Until), 0)
	}
	for _, c := range a.floor.all() {
		if v, err := c.View(); err == nil {
			s.Calls = append(s.Calls, CallStatus{ID: v.ID, From: v.From.Address, Queue: v.Queue, Agent: v.Agent, State: v.State.String()})
		}
	}
	agents, err := a.router.Agents(ctx)
	if err != nil {
		return s, err
	}
	for _, x := range agents {
		s.Agents = append(s.Agents, AgentStatus{ID: x.ID, Session: x.Session, Chosen: x.Chosen, Why: x.Why})
	}
	queues, err := a.router.Queues(ctx)
	for _, q := range queues {
		s.Queues = append(s.Queues, QueueStatus{Name: q.Name, Waiting: q.Waiting, Free: q.Free})
	}
	return s, err
}

// String is the status as lines for a terminal.
func (s Status) String() string {
	var b strings.Builder
	state := "serving"
	if s.Draining {
		state = fmt.Sprintf("draining until %s (%s left)", s.Until.Local().Format(time.TimeOnly), s.Left.Round(time.Second))
	}
	fmt.Fprintf(&b, "node %s, %s, up %s, %d calls", s.Node, state, s.Up.Round(time.Second), len(s.Calls))
	if s.Legs > 0 {
		fmt.Fprintf(&b, ", %d legs of other nodes' calls", s.Legs)
	}
	b.WriteByte('\n')
	if len(s.Nodes) > 1 {
		for _, n := range s.Nodes {
			b.WriteString(nodeLine(n))
		}
	}
	for _, c := range s.Calls {
		fmt.Fprintf(&b, "  call   %-18s %-12s from %s queue %s agent %s\n", c.ID, c.State, dash(c.From), dash(c.Queue), dash(c.Agent))
	}
	for _, t := range s.Trunks {
		fmt.Fprintf(&b, "  trunk  %-18s %s\n", t.Name, trunkWord(t))
	}
	for _, q := range s.Queues {
		fmt.Fprintf(&b, "  queue  %-18s waiting %d, agents free %d\n", q.Name, q.Waiting, q.Free)
	}
	for _, a := range s.Agents {
		fmt.Fprintf(&b, "  agent  %-18s %s, %s", a.ID, a.Session, a.Chosen)
		if a.Why != "" {
			fmt.Fprintf(&b, " (%s)", a.Why)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func trunkWord(t sip.TrunkState) string {
	switch {
	case !t.Watched:
		return "not watched"
	case t.Up:
		return "up since " + t.Since.Local().Format(time.TimeOnly)
	}
	return "down since " + t.Since.Local().Format(time.TimeOnly)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Addresses are where people and phones reach this node.
type Addresses struct {
	Console, Phone string   // for browsers
	SIP            []string // for phones: sip:NUMBER@… of an open number, or sip:…
}

// Addresses tells where the node is served.
func (a *App) Addresses() Addresses {
	scheme := "http"
	if a.main.HTTP.TLS.Certificate != "" {
		scheme = "https"
	}
	base := scheme + "://" + a.http.Addr().String()
	out := Addresses{Console: base + "/", Phone: base + "/phone"}
	if !console.Built() {
		out.Console += " (not built)"
	}
	number := ""
	if open := (phone{a}).Numbers(); len(open) > 0 {
		number = open[0].Number + "@"
	}
	for _, transport := range []string{"udp", "tcp", "tls"} {
		if at := a.sip.Address(transport); at.IsValid() {
			uri := "sip:" + number + at.String()
			if transport != "udp" {
				uri += ";transport=" + transport
			}
			out.SIP = append(out.SIP, uri)
		}
	}
	return out
}
