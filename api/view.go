package api

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// State is what is true for an agent now. Lengths are milliseconds up to the moment of sending, so that the clocks of
// page and server need not agree.
type State struct {
	Agent  AgentView   `json:"agent"`
	Offer  *OfferView  `json:"offer"`
	Call   *TalkView   `json:"call"`
	Wrapup *WrapupView `json:"wrapup"`
	// Unreached is the number that the agent called last, if nobody was reached; null otherwise.
	Unreached *Unreached  `json:"unreached"`
	Drain     *DrainView  `json:"drain"` // null: no server is to stop
	Queues    []QueueView `json:"queues"`
	// Work is everything in hand: what a logout is refused for, and what rings.
	Work []WorkView `json:"work"`
	// Reasons are the choices for being away and for being busy, as they are now.
	Reasons     []Choice `json:"reasons"`
	BusyReasons []Choice `json:"busyReasons"`
	Node        string   `json:"node"`
	Now         int64    `json:"now"`
}

// AgentView is how the agent stands.
type AgentView struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Session  string     `json:"session"`
	Viewer   bool       `json:"viewer"` // this page does not own the agent's seat
	Chosen   string     `json:"chosen"`
	Reason   string     `json:"reason"`
	By       string     `json:"by"` // the supervisor who chose it, "" for the agent
	System   string     `json:"system"`
	Next     string     `json:"next"`
	Busy     bool       `json:"busy"` // no slot is free, on any channel
	Routable bool       `json:"routable"`
	Why      string     `json:"why"` // the first reason against being offered a call, in words
	Since    int64      `json:"since"`
	Device   DeviceView `json:"device"`
	// Loads are calls, and other channels of which something has ever waited in the agent's queues.
	Loads []LoadView `json:"loads"`
	// PrepMs is what is left to get ready in after the login; null to everybody else.
	PrepMs *int64 `json:"prepMs"`
	// SignOutMs is when the clock signs the agent out, unless they do something; null is never.
	SignOutMs *int64 `json:"signOutMs"`
}

// LoadView is how much of a channel the agent has in hand, is offered at once, and may have with Next.
type LoadView struct {
	Channel  string `json:"channel"`
	Load     int    `json:"load"`
	Standard int    `json:"standard"`
	Max      int    `json:"max"`
}

// DeviceView is what the agent talks with.
type DeviceView struct {
	OK     bool   `json:"ok"`
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

// OfferView is a call that rings for the agent.
type OfferView struct {
	ID         string `json:"id"`
	Call       string `json:"call"`
	Queue      string `json:"queue"`
	QueueLabel string `json:"queueLabel"`
	From       string `json:"from"`
	Name       string `json:"name"`
	To         string `json:"to"`
	Entry      string `json:"entry"`
	WaitedMs   int64  `json:"waitedMs"`
	DeadlineMs int64  `json:"deadlineMs"`
	Pressed    []Step `json:"pressed"`
	By         string `json:"by"`      // the agent who transferred it, "" for nobody
	Note       string `json:"note"`    // theirs
	Purpose    string `json:"purpose"` // of an offer by another agent: transfer or consult
}

// TalkView is the call the agent is on.
type TalkView struct {
	Direction  string `json:"direction" enum:"in,out"`
	Far        string `json:"far" doc:"Of a call that the agent makes, while it is connecting: dialling, ringing, early (with sound), up."`
	ID         string `json:"id"`
	Lease      string `json:"lease"`
	State      string `json:"state"`
	From       string `json:"from"`
	Name       string `json:"name"`
	Queue      string `json:"queue"`
	QueueLabel string `json:"queueLabel"`
	TalkedMs   int64  `json:"talkedMs"`
	HeldMs     int64  `json:"heldMs"`
	Muted      bool   `json:"muted"`
	Recording  bool   `json:"recording"`
	By         string `json:"by"`   // the agent who transferred it; "" for nobody
	Note       string `json:"note"` // theirs, or of who consults this agent
	Place      string `json:"place" enum:",aside,among,whispering,listening" doc:"Of one whose call it is not: aside (consulted), among everybody, or supervising."`
	Owner      string `json:"owner" doc:"Then the name of the agent whose call it is."`
	Asked      bool   `json:"asked" doc:"Of one who is aside: to be brought together with the customer; the answer is meet."`
	// Toward is whom the agent wants to give it to, or to consult; nil when there was nobody.
	Toward  *TowardView `json:"toward"`
	Parties []PartyView `json:"parties"`
}

// PartyView is somebody who takes part in a call.
type PartyView struct {
	ID      string   `json:"id"`
	Role    string   `json:"role" enum:"customer,agent,expert,supervisor" doc:"An expert is somebody outside."`
	Name    string   `json:"name"`
	Number  string   `json:"number" doc:"Empty of an agent."`
	Place   string   `json:"place" enum:",aside,among,whispering,listening" doc:"Empty of the customer, and of the agent whose call it is."`
	State   string   `json:"state" enum:"connecting,talking,held,lost"`
	Muted   bool     `json:"muted"`
	Asked   bool     `json:"asked"`
	SinceMs int64    `json:"sinceMs"`
	Me      bool     `json:"me"`
	Hears   []string `json:"hears" doc:"Ids of parties."`
}

// WrapupView is the work after a call.
type WrapupView struct {
	Lease        string   `json:"lease"`
	Call         string   `json:"call"`
	Queue        string   `json:"queue"`
	QueueLabel   string   `json:"queueLabel"`
	LeftMs       *int64   `json:"leftMs"` // null: until submitted
	Dispositions []Choice `json:"dispositions"`
	Required     bool     `json:"required"`
}

// WorkView is one thing in hand.
type WorkView struct {
	Lease      string `json:"lease"`
	Kind       string `json:"kind"` // offer, work, consult, join, acw
	Channel    string `json:"channel"`
	QueueLabel string `json:"queueLabel"`
	From       string `json:"from"` // "" once the customer is gone, as is the name
	Name       string `json:"name"`
	Call       string `json:"call"`
	Since      int64  `json:"since"` // unix ms by the server's clock
}

// QueueView is one of the agent's queues.
type QueueView struct {
	Name      string `json:"name"`
	Label     string `json:"label"`
	Waiting   int    `json:"waiting"`
	OldestMs  int64  `json:"oldestMs"`
	Available int    `json:"available"`
}

// facts are what routing said of an agent, and when.
type facts struct {
	agent routing.AgentState
	at    time.Time
}

// left is what is left now of a time, in ms.
func (f facts) left(then time.Duration) *int64 {
	return new(max(then-time.Since(f.at), 0).Milliseconds())
}

// view finds out what is true for a page's agent. What concerns the floor only needs no new facts of the agent.
func (h *hub) view(ctx context.Context, p *page, full bool) (State, error) {
	if full || p.facts.at.IsZero() {
		agent, err := h.api.Presence.Agent(ctx, p.Agent)
		if err != nil {
			return State{}, err
		}
		p.facts = facts{agent, time.Now()}
	}
	queues, err := h.queues(ctx)
	if err != nil {
		return State{}, err
	}
	s := h.api.state(ctx, p.facts, queues, h.owner(p.desk) != p)
	p.follow(s)
	return s, nil
}

// follow remembers which call the page shows, for events that name no agent.
func (p *page) follow(s State) {
	var id string
	switch {
	case s.Call != nil:
		id = s.Call.ID
	case s.Offer != nil:
		id = s.Offer.Call
	case s.Wrapup != nil:
		id = s.Wrapup.Call
	}
	p.call.Store(&id)
}

// state puts the facts into words for a page.
func (a *API) state(ctx context.Context, f facts, queues []routing.QueueState, viewer bool) State {
	now := time.Now()
	s := State{
		Agent: a.agentView(f, viewer), Queues: a.queueViews(f.agent.ID, queues), Work: a.workViews(f.agent.Leases),
		Reasons: listed(a.People.AwayReasons()), BusyReasons: listed(a.People.BusyReasons()), Node: a.Node, Now: now.UnixMilli(),
	}
	call, _ := a.Calls.Call(ctx, f.agent.ID)
	s.Call = a.talkView(call)
	for _, l := range f.agent.Leases {
		left := max(l.Left-now.Sub(f.at), 0)
		switch l.Kind {
		case "offer":
			s.Offer = a.offerView(l, left)
		case "work":
			if s.Call != nil && s.Call.Lease == l.ID {
				s.Call.By, s.Call.Note = a.named(l.Data["transferred_by"]), l.Data["note"]
			}
		case "consult", "join":
			if s.Call != nil && s.Call.Lease == l.ID {
				s.Call.Note = l.Note
			}
		case "acw":
			s.Wrapup = a.wrapupView(l, left)
		}
	}
	if u := a.Calls.Unreached(f.agent.ID); u.Call != "" {
		s.Unreached = &u
	}
	s.Drain = a.drainView(s, call, f.agent.At)
	return s
}

func (a *API) workViews(leases []routing.Lease) []WorkView {
	views := []WorkView{}
	for _, l := range leases {
		views = append(views, WorkView{l.ID, l.Kind, l.Channel, a.label(l.Queue), l.Data["from"], l.Data["name"], l.Interaction, unix(l.Since)})
	}
	return views
}

func (a *API) agentView(f facts, viewer bool) AgentView {
	r := f.agent
	p, _ := a.People.Person(r.ID)
	v := AgentView{
		ID: r.ID, Name: p.Name, Session: word(r.Session, "offline"), Viewer: viewer, Chosen: word(r.Chosen, "away"), Reason: r.Reason, By: a.named(r.By),
		System: word(r.System, "none"), Next: word(r.Next, "none"), Busy: r.Busy, Routable: r.Routable, Why: r.Why,
		Device: DeviceView{OK: r.Device, Kind: word(p.Device, "browser"), Reason: r.DeviceReason},
	}
	v.Loads = []LoadView{}
	for _, l := range r.Loads {
		v.Loads = append(v.Loads, LoadView(l))
	}
	if r.Next != "" && r.NextReason != "" {
		v.Next += ":" + r.NextReason
	}
	if !r.Since.IsZero() {
		v.Since = r.Since.UnixMilli()
	}
	if r.Chosen == "login_prep" {
		v.PrepMs = f.left(r.Prep)
	}
	if r.SignsOut {
		v.SignOutMs = f.left(r.SignOutIn)
	}
	return v
}

// named is what people call somebody; "" for nobody.
func (a *API) named(id string) string {
	p, _ := a.People.Person(id)
	return word(p.Name, id)
}

// unix is a moment in ms, 0 for none.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func word(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (a *API) queueViews(agent string, states []routing.QueueState) []QueueView {
	p, _ := a.People.Person(agent)
	views := []QueueView{}
	for _, name := range p.Queues {
		for _, q := range states {
			if q.Name == name {
				views = append(views, a.queueView(q))
			}
		}
	}
	return views
}

func (a *API) queueView(q routing.QueueState) QueueView {
	return QueueView{Name: q.Name, Label: a.label(q.Name), Waiting: q.Waiting, OldestMs: q.Oldest.Milliseconds(), Available: q.Free}
}

func (a *API) label(queue string) string {
	q, _ := a.People.Queue(queue)
	return word(q.Label, queue)
}

func (a *API) offerView(l routing.Lease, left time.Duration) *OfferView {
	return &OfferView{
		ID: l.ID, Call: l.Interaction, Queue: l.Queue, QueueLabel: a.label(l.Queue), From: l.Data["from"], Name: l.Data["name"],
		To: l.Data["to"], Entry: l.Data["entry"], Pressed: pressed(l.Data["pressed"]), DeadlineMs: left.Milliseconds(),
		By: a.named(cmp.Or(l.Giver, l.Data["transferred_by"])), Note: cmp.Or(l.Note, l.Data["note"]), Purpose: l.Purpose,
		WaitedMs: (l.Waited + max(l.Rings-left, 0)).Milliseconds(),
	}
}

// pressed reads "menu=1 account=42".
func pressed(text string) []Step {
	steps := []Step{}
	for _, f := range strings.Fields(text) {
		step, key, _ := strings.Cut(f, "=")
		steps = append(steps, Step{Step: step, Key: key})
	}
	return steps
}

// talkView is the call the agent is on; one that only rings is an offer.
func (a *API) talkView(c CallView) *TalkView {
	switch c.State {
	case "connecting", "talking", "held", "lost", "cut":
	default:
		return nil
	}
	v := &TalkView{
		ID: c.ID, Lease: c.Lease, State: c.State, From: c.From, Name: c.Name, Queue: c.Queue, QueueLabel: a.label(c.Queue),
		Direction: "in", TalkedMs: c.Talked.Milliseconds(), HeldMs: c.Held.Milliseconds(), Muted: c.Muted, Recording: c.Recording, Toward: a.towardView(c.Toward),
	}
	if c.Dialled {
		v.Direction, v.Far = "out", c.Far
	}
	v.Place, v.Asked = c.Place, c.Asked
	if c.Owner != "" {
		v.Owner = a.named(c.Owner)
	}
	v.Parties = a.partyViews(c)
	return v
}

func (a *API) partyViews(c CallView) []PartyView {
	views := []PartyView{}
	for _, m := range c.Members {
		v := PartyView{
			ID: m.ID, Role: m.Role, Name: m.Name, Number: m.Number, Place: m.Place, State: m.State, Muted: m.Muted, Asked: m.Asked,
			Me: m.Agent != "" && m.Agent == c.Agent, Hears: listed(m.Hears),
		}
		if m.Agent != "" {
			v.Name, v.Number = a.named(m.Agent), ""
		}
		if !m.Since.IsZero() {
			v.SinceMs = time.Since(m.Since).Milliseconds()
		}
		views = append(views, v)
	}
	return views
}

func (a *API) wrapupView(l routing.Lease, left time.Duration) *WrapupView {
	q, _ := a.People.Queue(l.Queue)
	v := &WrapupView{
		Lease: l.ID, Call: l.Interaction, Queue: l.Queue, QueueLabel: a.label(l.Queue),
		Dispositions: listed(q.Dispositions), Required: q.Required,
	}
	if l.Timed {
		ms := left.Milliseconds()
		v.LeftMs = &ms
	}
	return v
}
