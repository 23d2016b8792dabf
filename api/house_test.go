package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callfloor/callfloor/recordings"
	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// house is what stands behind the ports: agents, queues and calls as a test has put them. What the faces ask of it is
// kept in order.
type house struct {
	explained map[string]routing.Explanation
	waiting   []routing.Waiting
	rolls     int // how often all agents were asked for
	mu        sync.Mutex
	people    map[string]Person
	queues    map[string]Queue
	reasons   []Choice
	busy      []Choice
	ended     string             // a session that routing has ended
	endedBy   string             // the supervisor who wanted it
	stands    routing.AgentState // how every agent stands beside that
	online    map[string]string  // agent to the session that owns them
	pages     map[string]string  // agent to the page of it
	device    map[string]string  // agent to what is wrong with the device, "" when it works
	calls     map[string]CallView
	leases    map[string]routing.Lease
	rows      []records.Interaction
	files     map[string]string // call to recording
	asked     []string
	refuses   error // what every command fails with
	kept      map[string]string
	away      bool // the place where sessions are kept does not answer
	news      chan []state.Event
}

// cheap is the argon2id hash of "demo" at the lowest cost.
var cheap = cheapHash("demo")

func newHouse() *house {
	sales := []Choice{{"sold", "Sold"}, {"no_interest", "No interest"}}
	return &house{
		people: map[string]Person{
			"maria": {ID: "maria", Name: "Maria Lopez", Hash: cheap, Queues: []string{"sales", "support"}, Device: "browser"},
			"sam":   {ID: "sam", Name: "Sam Taylor", Hash: cheap, Queues: []string{"support"}, Role: Supervisor},
			"bot":   {ID: "bot", Name: "May not log in"},
		},
		queues: map[string]Queue{
			"sales":   {Name: "sales", Label: "Sales", Dispositions: sales, Required: true},
			"support": {Name: "support", Label: "Support"},
		},
		reasons: []Choice{{"lunch", "Lunch"}}, busy: []Choice{{"paperwork", "Paperwork"}},
		online: map[string]string{}, pages: map[string]string{}, device: map[string]string{}, calls: map[string]CallView{},
		leases: map[string]routing.Lease{}, files: map[string]string{}, kept: map[string]string{},
		news: make(chan []state.Event, 16),
	}
}

// with lets a test look or change something.
func (h *house) with(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
}

func (h *house) did() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.asked, ", ")
}

// ask notes a command and answers it.
func (h *house) ask(words ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, strings.Join(words, " "))
	return h.refuses
}

// owned notes a command of a session that has to own its agent.
func (h *house) owned(verb, agent, session string, more ...string) error {
	h.mu.Lock()
	owner, ended := h.online[agent], h.ended
	h.mu.Unlock()
	if session == ended {
		return &routing.Conflict{Code: "fenced"}
	}
	if owner != session {
		return &routing.Conflict{Code: "viewer"}
	}
	return h.ask(append([]string{verb, agent}, more...)...)
}

// Presence.

func (h *house) Login(_ context.Context, agent, session string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if session == h.ended {
		return false, &routing.Conflict{Code: "fenced"}
	}
	if owner := h.online[agent]; owner != "" && owner != session {
		return true, nil
	}
	h.online[agent] = session
	return false, nil
}

// Sit: the seat is of the page that came first, or took it. The page's name stands behind the session's.
func (h *house) Sit(ctx context.Context, agent, session, page string, take bool) (bool, error) {
	h.mu.Lock()
	owner, at := h.online[agent], h.pages[agent]
	if take && owner != "" && session != h.ended {
		h.online[agent], h.pages[agent] = session, page
		h.mu.Unlock()
		h.happens("agent.moved", "agent", agent, "session", session, "page", page)
		return false, nil
	}
	h.mu.Unlock()
	if owner == session && at != "" && at != page {
		return true, nil
	}
	viewer, err := h.Login(ctx, agent, session)
	if !viewer && err == nil {
		h.with(func() { h.pages[agent] = page })
	}
	return viewer, err
}

func (h *house) Rise(ctx context.Context, agent, session, page string) error {
	h.mu.Lock()
	at := h.pages[agent]
	h.mu.Unlock()
	if at != page {
		return nil
	}
	return h.Disconnect(ctx, agent, session)
}

func (h *house) Heartbeats(_ context.Context, sessions map[string]string) (map[string]*routing.Conflict, error) {
	refused := map[string]*routing.Conflict{}
	for agent, session := range sessions {
		if err := h.owned("heartbeat", agent, session); err != nil {
			refused[agent] = &routing.Conflict{Code: "viewer"}
		}
	}
	return refused, nil
}

func (h *house) Disconnect(_ context.Context, agent, session string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.online[agent] != session {
		return &routing.Conflict{Code: "viewer"}
	}
	delete(h.online, agent)
	h.asked = append(h.asked, "disconnect "+agent)
	return nil
}

func (h *house) Logout(_ context.Context, agent, session string) error {
	if err := h.owned("logout", agent, session); err != nil {
		return err
	}
	h.with(func() { delete(h.online, agent) })
	return nil
}

func (h *house) Choose(_ context.Context, agent, session string, c routing.Choice) error {
	return h.owned("choose", agent, session, c.State, c.Reason)
}

func (h *house) ChooseFor(_ context.Context, agent, by string, c routing.Choice) error {
	return h.ask("choose", c.State, c.Reason, "for", agent, "by", by)
}

func (h *house) SignOut(_ context.Context, agent, by string) error {
	return h.ask("sign out", agent, "by", by)
}

func (h *house) Stay(_ context.Context, agent, session string) error {
	return h.owned("stay", agent, session)
}

func (h *house) Back(_ context.Context, agent, session string) error {
	return h.owned("back", agent, session)
}

func (h *house) Device(_ context.Context, agent, _ string, ok bool, reason string) error {
	if ok {
		reason = ""
	}
	h.with(func() { h.device[agent] = reason })
	return h.ask("device", agent, reason)
}

func (h *house) Agent(_ context.Context, id string) (routing.AgentState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.people[id]; !ok {
		return routing.AgentState{}, &routing.Conflict{Code: "unknown_agent"}
	}
	a := h.stands
	a.ID, a.Session, a.Chosen, a.EndedBy = id, "online", cmp.Or(a.Chosen, "available"), h.endedBy
	if id == "bot" {
		a.Why = "on a break"
	}
	for _, l := range h.leases {
		if l.Agent == id {
			a.Leases = append(a.Leases, l)
		}
	}
	return a, nil
}

func (h *house) Agents(ctx context.Context) ([]routing.AgentState, error) {
	h.with(func() { h.rolls++ })
	var all []routing.AgentState
	for _, id := range []string{"bot", "maria", "sam"} {
		a, err := h.Agent(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func (h *house) Explain(_ context.Context, id string) (routing.Explanation, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.explained[id], h.refuses
}

func (h *house) WhyNot(context.Context, string) ([]routing.Waiting, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting, h.refuses
}

func (h *house) Waiting(_ context.Context, queues ...string) ([]routing.Waiting, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []routing.Waiting
	for _, w := range h.waiting {
		if slices.Contains(queues, w.Queue) {
			all = append(all, w)
		}
	}
	return all, h.refuses
}

func (h *house) Queues(context.Context) ([]routing.QueueState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []routing.QueueState
	for _, name := range slices.Sorted(maps.Keys(h.queues)) {
		all = append(all, routing.QueueState{Name: name})
	}
	return all, nil
}

// Work.

func (h *house) Lease(_ context.Context, id string) (routing.Lease, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, ok := h.leases[id]
	if !ok {
		return l, &routing.Conflict{Code: "gone"}
	}
	return l, nil
}

func (h *house) Accept(_ context.Context, lease, _ string) error  { return h.ask("accept", lease) }
func (h *house) Decline(_ context.Context, lease, _ string) error { return h.ask("decline", lease) }

func (h *house) Next(_ context.Context, agent, _, channel string) (lease, interaction string, err error) {
	return "o-next", "c-next", h.ask("next", agent, channel)
}

func (h *house) Assign(_ context.Context, interaction, agent, by string) (string, error) {
	return "w-1", h.ask("assign", interaction, agent, by)
}

func (h *house) Snooze(_ context.Context, lease, _ string, wake time.Duration) error {
	return h.ask("snooze", lease, wake.String())
}

func (h *house) Replied(_ context.Context, lease, _ string) error { return h.ask("replied", lease) }

func (h *house) Submit(_ context.Context, lease, _ string, o routing.Outcome) error {
	return h.ask("submit", lease, o.Code, o.Note)
}

// Calls.

func (h *house) Call(_ context.Context, agent string) (CallView, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.calls[agent]
	return c, ok
}

func (h *house) Hold(_ context.Context, _, call string) error   { return h.ask("hold", call) }
func (h *house) Resume(_ context.Context, _, call string) error { return h.ask("resume", call) }
func (h *house) Mute(_ context.Context, _, call string) error   { return h.ask("mute", call) }
func (h *house) Unmute(_ context.Context, _, call string) error { return h.ask("unmute", call) }
func (h *house) End(_ context.Context, _, call string) error    { return h.ask("end", call) }
func (h *house) Direct(_ context.Context, agent, call string, d routing.Directed) error {
	return h.ask("direct", agent, call, d.Agent, d.Purpose, d.Note)
}

func (h *house) TakeBack(_ context.Context, agent, call string) error {
	return h.ask("take back", agent, call)
}

func (h *house) Digits(_ context.Context, _, call, keys string) error {
	return h.ask("digits", call, keys)
}

func (h *house) Transfer(_ context.Context, agent, call string, to routing.Transfer) error {
	return h.ask("transfer", call, fmt.Sprint(agent, to))
}

func (h *house) Targets() []Target {
	return []Target{{"sales", "Sales", true}, {"support", "Support", false}}
}

func (h *house) Try(agent, offer string) (answer, at string, err error) {
	return "v=0 ours", "127.0.0.1:8089", h.ask("try", agent, offer)
}

// History, recordings.

func (h *house) Interactions(_ context.Context, f records.Filter) ([]records.Interaction, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []records.Interaction
	for _, i := range h.rows {
		if f.Reader.May(i) {
			found = append(found, i)
		}
	}
	return found[:min(len(found), f.Limit)], h.refuses
}

func (h *house) Interaction(_ context.Context, id string) (records.Interaction, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, i := range h.rows {
		if i.ID == id {
			return i, nil
		}
	}
	return records.Interaction{}, records.ErrNotFound
}

func (h *house) Open(_ context.Context, call string) (io.ReadSeekCloser, time.Time, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	path, ok := h.files[call]
	if !ok {
		return nil, time.Time{}, recordings.ErrNone
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	s, err := f.Stat()
	return f, s.ModTime(), err
}

// People, the customers' page.

func (h *house) Person(id string) (Person, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.people[id]
	return p, ok
}

func (h *house) Queue(name string) (Queue, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	q, ok := h.queues[name]
	return q, ok
}

func (h *house) BusyReasons() []Choice {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.busy
}

func (h *house) AwayReasons() []Choice {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reasons
}

func (h *house) Numbers() []Number { return []Number{{"100", "Main line"}} }
func (h *house) Domain() string    { return "callfloor" }

// Journal: what a test tells is news.

func (h *house) Read(ctx context.Context, _ string, fn func([]state.Event) error) error {
	for {
		select {
		case events := <-h.news:
			if err := fn(events); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *house) happens(what string, pairs ...string) {
	e := state.Event{What: what, Data: map[string]string{}}
	for n := 0; n < len(pairs); n += 2 {
		e.Data[pairs[n]] = pairs[n+1]
	}
	h.news <- []state.Event{e}
}

// sessions are kept in the house, which outlasts the faces.
type sessions struct{ h *house }

var errAway = errors.New("the database is away")

func (s sessions) Put(_ context.Context, hash, value string, _ time.Time) error {
	s.h.with(func() { s.h.kept[hash] = value })
	return nil
}

func (s sessions) Extend(_ context.Context, hash, value string, _ time.Time) error {
	s.h.with(func() {
		if _, ok := s.h.kept[hash]; ok {
			s.h.kept[hash] = value
		}
	})
	return nil
}

func (s sessions) Get(_ context.Context, hash string) (string, bool, error) {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if s.h.away {
		return "", false, errAway
	}
	v, ok := s.h.kept[hash]
	return v, ok, nil
}

func (s sessions) Delete(_ context.Context, hash string) error {
	s.h.with(func() { delete(s.h.kept, hash) })
	return nil
}

func (h *house) parts(t *testing.T, c Config) Parts {
	credentials, err := NewSIPCredentials([]byte(strings.Repeat("x", 32)), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return Parts{
		Config: c, Node: "n-1", Version: "test", Presence: h, Work: h, Calls: h, Sound: h, History: h, Recordings: h, People: h, Phone: h,
		Journal: h, Sessions: sessions{h}, Credentials: credentials, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// ends: routing has ended the agent's only session, by itself or for a supervisor.
func (h *house) ends(agent, by string) (session string) {
	h.with(func() {
		for _, value := range h.kept {
			var l login
			if json.Unmarshal([]byte(value), &l) == nil && l.Agent == agent {
				session = l.ID
			}
		}
		h.ended, h.endedBy = session, by
		delete(h.online, agent)
	})
	return session
}
