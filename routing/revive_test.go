package routing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
)

// life is one life of the node n-1, which keeps what it must not forget of its agents.
type life struct {
	*story
	mu     sync.Mutex
	agents map[string][]byte
	end    context.CancelFunc
	done   chan error
}

// born opens the floor; the node does not run yet.
func born(t *testing.T, address string) *life {
	l := &life{
		story:  &story{T: t, Router: New(open(t, address), "n-1", slog.New(slog.DiscardHandler)), tickets: map[string]*Ticket{}},
		agents: map[string][]byte{}, done: make(chan error, 1),
	}
	l.Remembered(func(agent string, known []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.agents[agent] = known; known == nil {
			delete(l.agents, agent)
		}
	})
	l.open(func(f *Floor) {
		f.Queues[0].AfterWork = AfterWork{Kind: "indefinite"}
		for _, id := range []string{"eve", "tom"} {
			f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: []string{"sales"}})
		}
	})
	return l
}

func (l *life) lives() {
	var ctx context.Context
	ctx, l.end = context.WithCancel(l.Context())
	go func() { l.done <- l.Router.Run(ctx) }()
}

func (l *life) dies() {
	l.end()
	if err := <-l.done; !errors.Is(err, context.Canceled) {
		l.Error(err)
	}
	for _, t := range l.tickets {
		t.Close()
	}
}

// known is what is kept of the agents.
func (l *life) known() map[string][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string][]byte{}
	for id, b := range l.agents {
		all[id] = b
	}
	return all
}

// A node dies and comes back: who talks talks on, whoever was about to is first in line, places and ages are as they
// were, and what rang rings no more. It is the same with the ledger it left and with one that knows nothing.
func TestANodeTakesItsCallersBack(t *testing.T) {
	for name, forgotten := range map[string]bool{"the ledger is there": false, "the ledger is gone, too": true} {
		t.Run(name, func(t *testing.T) { takesBack(t, forgotten) })
	}
}

func takesBack(t *testing.T, forgotten bool) {
	first := testredis.New(t)
	old := born(t, first.Address)
	old.lives()
	old.available("sam")
	old.calls("zoe", "sales")
	wrapsUp := old.talks("zoe", "sam")
	old.must(old.Finish(t.Context(), wrapsUp, "normal"))
	old.available("maria")
	old.calls("ann", "sales")
	talk := old.talks("ann", "maria")
	old.waits("dan", 5, 40*time.Second)
	old.waits("bob", 5, 30*time.Second)
	old.available("eve")
	old.news("dan", Offered)
	old.available("tom")
	lease := old.news("bob", Offered).Lease
	old.must(old.Accept(t.Context(), lease, "s-tom"))
	old.news("bob", Accepted)
	old.waits("gus", 5, 20*time.Second) // who has hung up meanwhile
	old.waits("cid", 5, 10*time.Second)
	eventually(t, "the agents are kept", func() bool {
		known := old.known()
		return strings.Contains(string(known["sam"]), wrapsUp) && strings.Contains(string(known["tom"]), `"calls":"1"`) && len(known) == 4
	})
	saved := map[string][]byte{}
	for id, ticket := range old.tickets {
		saved[id] = ticket.Save()
	}
	if saved["zoe"] != nil {
		t.Error("the place of who was served is kept")
	}
	old.dies()

	address := first.Address
	if forgotten {
		address = testredis.New(t).Address
	}
	again := born(t, address)
	for id, how := range map[string]How{"ann": Talks, "dan": Waits, "bob": First, "cid": Waits} {
		ticket, err := again.Restore(saved[id], how)
		again.must(err)
		again.tickets[id] = ticket
	}
	known := old.known()
	if !forgotten { // a ledger that is there knows better than what was kept
		known["sam"] = bytes.ReplaceAll(known["sam"], []byte("available"), []byte("away"))
	}
	again.must(again.Recover(t.Context(), known))
	again.lives()
	defer again.dies()
	for n, id := range []string{"bob", "dan", "cid"} {
		if place, all, err := again.Position(t.Context(), id); place != n+1 || all != 3 || err != nil {
			t.Errorf("%s is at place %d of %d, %v, want %d of 3", id, place, all, err, n+1)
		}
	}
	l, err := again.Lease(t.Context(), talk)
	again.must(err)
	if l.Kind != "work" || l.Agent != "maria" || l.Interaction != "ann" {
		t.Errorf("the talk is %+v", l)
	}
	for _, agent := range []string{"maria", "sam", "eve", "tom"} {
		a, err := again.Agent(t.Context(), agent)
		again.must(err)
		if a.Session != "lost" || a.Chosen != "available" {
			t.Errorf("%s is %s, %s", agent, a.Session, a.Chosen)
		}
	}
	for _, agent := range []string{"eve", "tom", "sam"} { // their pages come back
		_, err := again.Login(t.Context(), agent, "s-"+agent)
		again.must(err)
		again.must(again.Device(t.Context(), agent, "voice", true, ""))
	}
	if !forgotten {
		for _, id := range []string{"bob", "dan"} {
			again.news(id, Withdrawn)
		}
	}
	if u := again.news("bob", Offered); u.Agent != "eve" {
		t.Errorf("bob is offered to %s", u.Agent)
	}
	again.news("dan", Offered)
	again.must(again.Finish(t.Context(), talk, "normal"))
	again.must(again.Submit(t.Context(), wrapsUp, "s-sam", Outcome{Code: "sold"}))
	findings, err := again.Doctor(t.Context())
	again.must(err)
	if len(findings) > 0 {
		t.Errorf("the doctor says %q", findings)
	}
}

// A saved place that is damaged, half, or taken is refused, and nobody else is disturbed.
func TestASavedPlaceThatIsOfNoUse(t *testing.T) {
	s := born(t, testredis.New(t).Address)
	whole := `{"id":"ann","channel":"voice","queue":"sales","begin":"1-1","since":1,"entered":1}`
	for _, text := range []string{"", "{", "{}", strings.Replace(whole, "1-1", "", 1), strings.Replace(whole, "sales", "", 1)} {
		if _, err := s.Restore([]byte(text), Waits); !errors.Is(err, ErrSaved) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := s.Restore([]byte(whole), Talks); !errors.Is(err, ErrSaved) {
		t.Errorf("it talks with nobody: %v", err)
	}
	ticket, err := s.Restore([]byte(whole), Waits)
	s.must(err)
	defer ticket.Close()
	_, err = s.Restore([]byte(whole), Waits)
	s.conflict(err, "taken")
}

// A node dies and comes back: what is no call goes on, for no sound is cut, and is the new life's without anybody who restores it:
// it is offered, ends, and is told to a Redis that has forgotten it. Who restores it later has its news.
func TestWhatIsNoCallOutlivesItsNode(t *testing.T) {
	server := testredis.New(t)
	old := born(t, server.Address)
	old.lives()
	old.available("maria")
	comes := func(l *life, customer string) {
		t.Helper()
		ticket, err := l.Enqueue(t.Context(), Interaction{ID: customer, Channel: "chat", Queue: "sales", Data: map[string]string{"from": customer}})
		l.must(err)
		l.tickets[customer] = ticket
	}
	takes := func(l *life, customer string) (lease string) {
		t.Helper()
		comes(l, customer)
		lease = l.news(customer, Offered).Lease
		l.must(l.Accept(t.Context(), lease, "s-maria"))
		l.news(customer, Accepted)
		return lease
	}
	ann, bob := takes(old, "ann"), takes(old, "bob")
	old.must(old.Snooze(t.Context(), bob, "s-maria", 0))
	cid := takes(old, "cid")
	comes(old, "dan") // who waits, for maria has two
	eventually(t, "all news is read", func() bool { return old.truths()[0].Begin != "" && old.truths()[3].Begin != "" })
	saved := old.tickets["cid"].Save()
	old.dies()

	again := born(t, server.Address)
	again.must(again.Recover(t.Context(), old.known()))
	again.lives()
	defer again.dies()
	for range 3 {
		again.must(again.reapOnce(t.Context()))
	}
	if n := len(again.truths()); n != 4 {
		t.Errorf("%d go on: %+v", n, again.truths())
	}
	_, err := again.Login(t.Context(), "maria", "s-maria") // her page is back
	again.must(err)
	ticket, err := again.Restore(saved, Talks)
	again.must(err)
	again.tickets["cid"] = ticket
	_, err = again.Restore(saved, Talks)
	again.conflict(err, "taken")
	again.must(again.rememberOnce(t.Context(), true))
	server.Kill()
	server.Start()
	eventually(t, "the node has told its truth", func() bool {
		l, err := again.Lease(context.Background(), ann)
		held, err2 := again.state.Redis().Exists(context.Background(), again.state.Key("hold")).Result()
		return err == nil && err2 == nil && held == 0 && l.Kind == "work"
	})
	again.must(again.Finish(t.Context(), cid, "closed"))
	again.news("cid", Left)
	if place, _, err := again.Position(t.Context(), "dan"); err != nil {
		t.Errorf("dan is at %d, %v", place, err)
	}
	again.must(again.Wake(t.Context(), "bob"))
	a, err := again.Agent(t.Context(), "maria")
	again.must(err)
	if n := len(a.Leases); n != 3 { // ann, bob, and after-call work of cid: dan waits yet
		t.Errorf("maria has %+v", a.Leases)
	}
	again.must(again.Finish(t.Context(), ann, "closed"))
	eventually(t, "nobody stands for ann any more", func() bool {
		again.Router.mu.Lock()
		defer again.Router.mu.Unlock()
		return again.Router.tickets["ann"] == nil
	})
	if findings, err := again.Doctor(t.Context()); err != nil || len(findings) > 0 {
		t.Errorf("the doctor says %v, %v", findings, err)
	}
}
