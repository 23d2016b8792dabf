package api

import (
	"cmp"
	"slices"

	"github.com/callfloor/callfloor/routing"
)

// FloorCall is a live call as the supervisors of its queue see it.
type FloorCall struct {
	Call       string       `json:"call"`
	Queue      string       `json:"queue"`
	QueueLabel string       `json:"queueLabel"`
	State      string       `json:"state" enum:"ringing,talking,consulting" doc:"consulting: agents ask others, or several talk."`
	From       string       `json:"from"`
	Name       string       `json:"name"`
	To         string       `json:"to" doc:"The number that was dialled."`
	Entry      string       `json:"entry" doc:"Where it came in."`
	Since      int64        `json:"since" doc:"Unix ms by the server's clock: when the agent whose call it is began to talk, or was rung."`
	Parties    []FloorParty `json:"parties" doc:"Agents: whose call it is first."`
}

// FloorParty is an agent on a call.
type FloorParty struct {
	Agent string `json:"agent"`
	Name  string `json:"name"`
	Role  string `json:"role" enum:"agent,transferred,consulted,supervisor" doc:"transferred: is offered it by the agent whose it is."`
	State string `json:"state" enum:"ringing,talking"`
	Since int64  `json:"since"`
}

// floorCalls puts what agents have in hand together to calls, as far as they are of the supervisor's queues.
func (a *API) floorCalls(who Person, agents []routing.AgentState) []FloorCall {
	of := map[string]*FloorCall{}
	for _, r := range agents {
		for _, l := range r.Leases {
			party, ok := a.floorParty(l)
			if !ok || !slices.Contains(who.Queues, l.Queue) {
				continue
			}
			c := of[l.Interaction]
			if c == nil {
				c = &FloorCall{
					Call: l.Interaction, Queue: l.Queue, QueueLabel: a.label(l.Queue), From: l.Data["from"], Name: l.Data["name"], To: l.Data["to"], Entry: l.Data["entry"],
				}
				of[l.Interaction] = c
			}
			c.Parties = append(c.Parties, party)
		}
	}
	calls := make([]FloorCall, 0, len(of))
	for _, c := range of {
		slices.SortFunc(c.Parties, func(x, y FloorParty) int {
			return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.Since, y.Since), cmp.Compare(x.Agent, y.Agent))
		})
		c.State, c.Since = c.Parties[0].State, c.Parties[0].Since
		if len(c.Parties) > 1 && c.State == "talking" {
			c.State = "consulting"
		}
		calls = append(calls, *c)
	}
	slices.SortFunc(calls, func(x, y FloorCall) int { return cmp.Or(cmp.Compare(x.Since, y.Since), cmp.Compare(x.Call, y.Call)) })
	return calls
}

// rank: whose call it is comes first.
func rank(p FloorParty) int {
	return slices.Index([]string{"agent", "transferred", "consulted", "supervisor"}, p.Role)
}

// floorParty is an agent's part in a call; false when what they have is none: after-call work, or no call.
func (a *API) floorParty(l routing.Lease) (FloorParty, bool) {
	p := FloorParty{Agent: l.Agent, Name: a.named(l.Agent), Role: "agent", State: "talking", Since: unix(l.Since)}
	switch {
	case l.Channel != "voice":
		return p, false
	case l.Kind == "offer":
		p.State = "ringing"
	case l.Kind != "work" && l.Kind != "consult" && l.Kind != "join":
		return p, false
	}
	if role, ok := map[string]string{routing.ToTransfer: "transferred", routing.ToConsult: "consulted", "join": "supervisor"}[l.Purpose]; ok {
		p.Role = role
	}
	return p, true
}
