package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Choice is what an agent wants to do next.
type Choice struct {
	State     string // available, away, busy, or offline, which always waits for the work in hand
	Reason    string // of away and busy
	AfterThis bool   // when the work in hand is done
}

// Login brings an agent's session online, or back. viewer is true when another session of the agent is online: this
// one may watch, but not write. A session that ended for good is a conflict: fenced.
func (r *Router) Login(ctx context.Context, agent, session string) (viewer bool, err error) {
	s, err := r.Sit(ctx, agent, session, "", false)
	return s.Viewer, err
}

// Seat is what came of a wish to work as an agent.
type Seat struct {
	Viewer bool // another page has the seat
	// Turn is when the seat came to whoever has it: the one with the later turn is right. The events agent.online,
	// agent.regained and agent.moved tell the same.
	Turn int64
}

// Sit is the login of one page of a session. Another page of it is a viewer, too, wherever the two are; unless it
// takes the agent's seat, from a page of any session, which is the viewer then. How the agent stands does not change.
func (r *Router) Sit(ctx context.Context, agent, session, page string, take bool) (Seat, error) {
	out, err := r.run(ctx, "login", agent, session, r.node, page, flag(take))
	if err != nil {
		return Seat{}, err
	}
	turn, _ := strconv.ParseInt(out[1], 10, 64)
	return Seat{Viewer: out[0] == "viewer", Turn: turn}, nil
}

// Sitter is a page, "" in particular none, that works for an agent in a session.
type Sitter struct{ Session, Page string }

// Heartbeats keeps agents online, by who sits there; a lost one comes back if its grace is not over. Refused are the
// agents whose seat it is no longer, each with the conflict viewer, fenced or not_online.
func (r *Router) Heartbeats(ctx context.Context, sitters map[string]Sitter) (refused map[string]*Conflict, err error) {
	args := make([]any, 0, 3*len(sitters))
	for agent, s := range sitters {
		args = append(args, agent, s.Session, s.Page)
	}
	out, err := r.run(ctx, "heartbeat", args...)
	if err != nil {
		return nil, err
	}
	refused = map[string]*Conflict{}
	for i := 0; i+1 < len(out); i += 2 {
		refused[out[i]] = &Conflict{Code: out[i+1]}
	}
	return refused, nil
}

// Disconnect says that the session's socket closed: it is lost at once.
func (r *Router) Disconnect(ctx context.Context, agent, session string) error {
	return r.Rise(ctx, agent, session, "")
}

// Rise says that the socket of one page closed at this node; if another one has the seat by now, or the same page has it
// at another node, nobody is lost.
func (r *Router) Rise(ctx context.Context, agent, session, page string) error {
	return r.do(ctx, "disconnect", agent, session, page, r.node)
}

// Logout ends a session, or returns *OpenWork.
func (r *Router) Logout(ctx context.Context, agent, session string) error {
	return r.do(ctx, "logout", agent, session)
}

// Choose sets what the agent wants.
func (r *Router) Choose(ctx context.Context, agent, session string, c Choice) error {
	return r.do(ctx, "choose", agent, session, c.State, c.Reason, flag(c.AfterThis), "")
}

// ChooseFor is a supervisor's choice for an agent, who must be online; by is on record. Conflicts: not_online.
func (r *Router) ChooseFor(ctx context.Context, agent, by string, c Choice) error {
	return r.do(ctx, "choose", agent, "", c.State, c.Reason, flag(c.AfterThis), by)
}

// SignOut is a supervisor's end of an agent's session, whatever is in hand: what rings is withdrawn, digital work waits
// again at its age, after-call work is over, and a call gives its customer back to the head of the queue. The old
// session cannot come back or write: it gets the conflict fenced. by is on record. Conflicts: not_online.
func (r *Router) SignOut(ctx context.Context, agent, by string) error {
	return r.do(ctx, "signout", agent, by)
}

// Stay takes back what was to come after the work in hand, and the sign-out by the clock that is less than a minute
// away; how the agent stands does not change.
func (r *Router) Stay(ctx context.Context, agent, session string) error {
	return r.do(ctx, "stay", agent, session)
}

// Back is the agent's "I'm back" after missed offers.
func (r *Router) Back(ctx context.Context, agent, session string) error {
	return r.do(ctx, "back", agent, session)
}

// Device says whether the agent's device for a channel works; reason says why not.
func (r *Router) Device(ctx context.Context, agent, channel string, ok bool, reason string) error {
	return r.do(ctx, "device", agent, channel, flag(ok), reason)
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// AgentState is an agent as the floor sees them.
type AgentState struct {
	ID, Name           string
	Session, SessionID string // offline, online, lost
	Chosen, Reason     string
	By                 string // the supervisor who chose it, "" for the agent
	EndedBy            string // the supervisor who ended the last session that may not come back, "" when it ended by itself
	System             string // none, away_idle
	Next, NextReason   string
	Device             bool
	DeviceReason       string
	At                 string // the node that has the device the agent works with, "" when none has
	Since              time.Time
	Prep               time.Duration // what is left to get ready after the login, 0 of everybody else
	SignsOut           bool          // by the clock, unless they do something,
	SignOutIn          time.Duration // after this time
	Queues             []string
	Leases             []Lease
	Loads              []Load // of calls, and of each other channel that their queues have seen
	Busy               bool   // no slot is free on any of these
	Routable           bool
	Why                string // the first reason against an offer, in words
}

// Load is how much of a channel an agent has in hand, is offered at once, and may have at all.
type Load struct {
	Channel  string `json:"channel"`
	Load     int    `json:"load"`
	Standard int    `json:"standard"`
	Max      int    `json:"max"`
}

// Lease is a slot in use.
type Lease struct {
	ID, Agent, Interaction, Queue, Channel string
	Kind                                   string        // offer, work, consult, join, acw, done
	Left                                   time.Duration // until the deadline of an offer or of timed after-call work
	Timed                                  bool          // it has a deadline
	Rings                                  time.Duration // an offer: from its beginning to its deadline
	Waited                                 time.Duration // the customer's, when the offer was made
	Data                                   map[string]string
	Purpose                                string    // of a directed offer: transfer or consult; of a consult, or join, too
	Giver, Note                            string    // who makes it, and what they say
	Since                                  time.Time // offered, accepted (talking, as soon as there is sound), or in after-call work since
}

// Agent tells how an agent stands; a *Conflict of unknown_agent when there is none.
func (r *Router) Agent(ctx context.Context, id string) (AgentState, error) {
	all, err := r.agents(ctx, id)
	if err != nil {
		return AgentState{}, err
	}
	if len(all) == 0 {
		return AgentState{}, &Conflict{Code: "unknown_agent"}
	}
	return all[0], nil
}

// Agents tells how every agent stands.
func (r *Router) Agents(ctx context.Context) ([]AgentState, error) { return r.agents(ctx, "") }

func (r *Router) agents(ctx context.Context, id string) ([]AgentState, error) {
	out, err := r.run(ctx, "agents", id)
	if err != nil {
		return nil, err
	}
	all := make([]AgentState, 0, len(out))
	for _, text := range out {
		a, err := agentOf(text)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func agentOf(text string) (AgentState, error) {
	var in struct {
		Facts  map[string]string   `json:"facts"`
		Leases []map[string]string `json:"leases"`
		Loads  []Load              `json:"loads"`
		Busy   bool                `json:"busy"`
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return AgentState{}, fmt.Errorf("routing: an agent's facts: %w", err)
	}
	f := in.Facts
	since, _ := strconv.ParseInt(f["since"], 10, 64)
	a := AgentState{
		ID: f["id"], Name: f["name"], Session: f["session"], SessionID: f["session_id"], Chosen: f["chosen"], Reason: f["reason"],
		By: f["chosen_by"], EndedBy: f["ended_by"], System: f["system"], Next: f["next"], NextReason: f["next_reason"], Device: f["device"] == "1", DeviceReason: f["device_reason"], At: f["at"],
		Since: time.UnixMilli(since), Prep: millis(f["prep_left"]), Why: f["why"], Routable: f["why"] == "",
	}
	if left, ok := f["logout_left"]; ok {
		a.SignsOut, a.SignOutIn = true, millis(left)
	}
	a.Loads, a.Busy = in.Loads, in.Busy
	if f["queues"] != "" {
		a.Queues = strings.Split(f["queues"], ",")
	}
	for _, l := range in.Leases {
		a.Leases = append(a.Leases, leaseOf(l))
	}
	return a, nil
}

func leaseOf(f map[string]string) Lease {
	l := Lease{
		ID: f["id"], Agent: f["agent"], Interaction: f["interaction"], Queue: f["queue"], Channel: f["channel"], Kind: f["kind"],
		Purpose: f["purpose"], Giver: f["giver"], Note: f["note"],
		Left: millis(f["left"]), Waited: millis(f["waited"]), Timed: f["deadline"] != "" && f["deadline"] != "0",
	}
	l.Since = time.UnixMilli(millis(cmp.Or(f["ended"], f["connected"], f["accepted"], f["made"], "0")).Milliseconds())
	if l.Kind == "offer" {
		l.Rings = millis(f["deadline"]) - millis(f["made"])
	}
	_ = json.Unmarshal([]byte(f["data"]), &l.Data) // none is none
	return l
}

func millis(text string) time.Duration {
	ms, _ := strconv.ParseInt(text, 10, 64)
	return time.Duration(ms) * time.Millisecond
}
