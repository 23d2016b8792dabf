package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
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
	turn      int64              // of the seats that are given
	meanwhile func()             // happens between a seat that is given and the answer that says so
	device    map[string]string  // agent to what is wrong with the device, "" when it works
	calls     map[string]CallView
	unreached Unreached
	leases    map[string]routing.Lease
	rows      []records.Interaction
	missing   int               // parts of every recording
	files     map[string]string // call to recording
	asked     []string
	told      []state.Event // by the faces
	deeds     []records.Deed
	day       records.Day
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
			"sales":   {Name: "sales", Label: "Sales", Dispositions: sales, Required: true, ServiceLevel: 20 * time.Second},
			"support": {Name: "support", Label: "Support", ServiceLevel: 20 * time.Second},
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

func (h *house) Today(_ context.Context, since time.Time, prompt func(string) time.Duration) (records.Day, error) {
	return h.day, h.ask("today", since.Format(time.DateTime), prompt("sales").String())
}

func (h *house) Deeds(_ context.Context, f records.DeedFilter) ([]records.Deed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, fmt.Sprintf("deeds of %s to %s read by %s of %v", f.By, f.Agent, f.Reader.Agent, f.Reader.Queues))
	return h.deeds, nil
}

func (h *house) Open(_ context.Context, call string) (*Recorded, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	path, ok := h.files[call]
	if !ok {
		return nil, recordings.ErrNone
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := f.Stat()
	return &Recorded{ReadSeekCloser: f, Written: s.ModTime(), Missing: h.missing}, err
}

func (h *house) There(_ string, p records.Part) bool { return p.Node != "gone" }

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

func (h *house) Append(e state.Event) { h.with(func() { h.told = append(h.told, e) }) }

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

func (h *house) Dial(_ context.Context, agent, _, number, callerID string) (string, error) {
	return "c-9", h.ask("dial", agent, number, callerID)
}

func (h *house) Unreached(string) Unreached { return h.unreached }

func (h *house) CallerIDs(string) []CallerID { return []CallerID{{Number: "+442", Label: "Sales"}} }
