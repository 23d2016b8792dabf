package routing

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/internal/testwait"
	"github.com/callfloor/callfloor/state"
)

// Redis is killed and comes back empty. Two nodes put everything there again that they know: who talks with whom, who
// waits in which order, who does after-call work. What rang is offered anew, and is no miss.
func TestARedisThatForgetsEverything(t *testing.T) {
	server := testredis.New(t)
	change := func(f *Floor) {
		f.Queues[0].AfterWork = AfterWork{Kind: "indefinite"}
		f.Agents = append(f.Agents, Agent{ID: "eve", Name: "Eve", Queues: []string{"sales"}})
	}
	here := tell(t, open(t, server.Address), change)
	there := &story{T: t, Router: New(open(t, server.Address), "n-2", slog.New(slog.DiscardHandler)), tickets: map[string]*Ticket{}}
	there.open(change)
	there.begins()

	there.available("sam")
	there.calls("zoe", "sales")
	wrapsUp := there.talks("zoe", "sam")
	there.must(there.Finish(t.Context(), wrapsUp, "normal"))
	here.available("maria")
	here.calls("ann", "sales")
	talk := here.talks("ann", "maria")
	there.available("eve")
	here.waits("dot", 5, 40*time.Second)
	rings := here.news("dot", Offered)
	here.waits("bob", 5, 30*time.Second)
	there.waits("cid", 5, 20*time.Second)
	here.waits("dan", 1, 10*time.Second)
	eventually(t, "both nodes know their agents", func() bool {
		mine, theirs := here.remembers(), there.remembers()
		return strings.Contains(mine, `"calls":"1"`) && strings.Contains(theirs, wrapsUp) && strings.Contains(theirs, `"id":"eve"`)
	})

	server.Kill()
	server.Start()
	eventually(t, "every node has told its truth", func() bool {
		ctx := context.Background()
		n, err := here.state.Redis().HLen(ctx, here.state.Key("sweeps")).Result()
		held, err2 := here.state.Redis().Exists(ctx, here.state.Key("hold")).Result()
		return err == nil && err2 == nil && n == 2 && held == 0
	})
	if u := here.news("dot", Withdrawn); u.Lease != rings.Lease {
		t.Errorf("withdrawn is %s, not %s", u.Lease, rings.Lease)
	}
	if u := here.news("dan", Offered); u.Agent != "eve" { // who comes before dot
		t.Errorf("dan is offered to %s", u.Agent)
	}
	for n, id := range []string{"dan", "dot", "bob", "cid"} {
		if place, all, err := here.Position(t.Context(), id); place != n+1 || all != 4 || err != nil {
			t.Errorf("%s is at place %d of %d, %v, want %d of 4", id, place, all, err, n+1)
		}
	}
	l, err := here.Lease(t.Context(), talk)
	here.must(err)
	if l.Kind != "work" || l.Agent != "maria" || l.Interaction != "ann" {
		t.Errorf("the talk is %+v", l)
	}
	for agent, why := range map[string]string{"maria": "busy", "sam": "busy", "eve": "busy"} {
		here.why(agent, why)
	}
	there.must(there.heartbeat(t.Context(), "sam", "s-sam")) // the page has noticed nothing
	there.must(there.Submit(t.Context(), wrapsUp, "s-sam", Outcome{Code: "sold"}))
	if u := here.news("dot", Offered); u.Agent != "sam" {
		t.Errorf("dot is offered to %s", u.Agent)
	}
	here.must(here.Finish(t.Context(), talk, "normal"))
}

// talks: the customer is offered to the agent, who takes it.
func (s *story) talks(customer, agent string) (lease string) {
	s.Helper()
	u := s.news(customer, Offered)
	if u.Agent != agent {
		s.Fatalf("%s is offered to %s", customer, u.Agent)
	}
	s.must(s.Accept(s.Context(), u.Lease, "s-"+agent))
	s.news(customer, Accepted)
	s.must(s.Connected(s.Context(), u.Lease))
	return u.Lease
}

// waits: a customer has been in sales for a time, with a priority.
func (s *story) waits(id string, priority int, age time.Duration) {
	s.Helper()
	t, err := s.Enqueue(s.Context(), Interaction{ID: id, Channel: "voice", Queue: "sales", Priority: priority, Since: time.Now().Add(-age)})
	s.must(err)
	s.tickets[id] = t
}

func (s *story) remembers() string {
	var all strings.Builder
	for _, m := range s.memory.all() {
		all.Write(m)
	}
	return all.String()
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	testwait.Until(t, 20*time.Second, what, done)
}

// While nobody knows whether the ledger is true, nobody is offered anything, no deadline passes and no page loses its
// seat. A node that never tells its truth is not waited for longer than five seconds.
func TestAHold(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.ok(d.rememberOnce(t.Context(), true))
		d.sweeps = sweeps{"7", "n-1,n-2"} // as another Redis has counted
		ticket, err := d.Enqueue(t.Context(), Interaction{ID: "ann", Channel: "voice", Queue: "sales"})
		d.ok(err)
		defer ticket.Close()
		d.ok(d.Leave(t.Context(), "ann", "abandoned"))
		d.events()

		_, err = d.sweepOnce(t.Context())
		d.ok(err)
		if !d.world().held {
			t.Fatal("n-2 has told nothing, and offers are made")
		}
		d.calls("bob", "sales")
		d.waits("bob", 1)
		d.pass(4 * time.Second)
		if refused, err := d.Heartbeats(t.Context(), map[string]Sitter{"maria": {Session: "another"}}); len(refused) > 0 || err != nil {
			t.Errorf("refused while nobody can know: %v, %v", refused, err)
		}
		d.sweep()
		d.waits("bob", 1)
		d.pass(time.Second)
		d.sweep()
		d.offered("bob", "maria")
	})
}

// Random days, in each of which Redis goes back in time: to an earlier moment, as a replica that was behind, or
// to nothing. Afterwards the floor is as it must be, every call stands where its node knows it to be, and what no call
// stands for is let go.
func TestRedisGoesBackInTime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		n := uint64(serverHistories / 10)
		if s.Embedded() {
			n = embeddedHistories / 20
		}
		for seed := range n {
			if t.Run(fmt.Sprint(seed), func(t *testing.T) { backInTime(t, s, seed) }); t.Failed() {
				return
			}
		}
	})
}

func backInTime(t *testing.T, s *state.State, seed uint64) {
	if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	h := &history{clock: &clock{t: t, s: s}, rng: rand.New(rand.NewPCG(seed, 1)), last: "0-0", ledger: newLedger(), keeps: true}
	h.set(time.UnixMilli(1_800_000_000_000))
	h.nodes = []*Router{routerOn(h.clock, "n-1"), routerOn(h.clock, "n-2")}
	defer func() {
		if t.Failed() {
			t.Logf("history %d:\n  %s", seed, strings.Join(h.steps, "\n  "))
		}
	}()
	h.do(step{1, "configure", func(h *history) (string, error) { return "", h.everybody() }})
	for _, a := range agents {
		h.lives(step{1, "arrives", func(h *history) (string, error) { return h.arrives(a) }})
	}
	for range 12 {
		h.lives(h.any())
	}
	early := saved{}
	if h.rng.IntN(2) == 0 {
		early = save(t, s)
	}
	for range 10 {
		h.lives(h.any())
	}
	early.again(t, s)
	h.steps = append(h.steps, fmt.Sprintf("redis goes back, to %d keys", len(early)))
	h.reconciles()
}

// everybody works on both queues.
func (h *history) everybody() error {
	f := Floor{Limits: DefaultLimits()}
	for _, name := range queues {
		q := DefaultQueue()
		q.Name, q.AfterWork = name, AfterWork{Kind: "timed", For: 30 * time.Second}
		f.Queues = append(f.Queues, q)
	}
	for _, id := range agents {
		f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: queues})
	}
	for _, r := range h.nodes {
		if err := r.Configure(h.ctx(), f); err != nil {
			return err
		}
	}
	return nil
}

// lives is a step after which every node knows what has happened, as a node at work does.
func (h *history) lives(s step) {
	h.t.Helper()
	switch s.name {
	case "reap", "recover", "configure": // these say that calls are over that are not
		return
	}
	if h.t.Failed() {
		return
	}
	h.do(s)
	h.look()
	for _, r := range h.nodes {
		if _, err := r.sweepOnce(h.ctx()); err != nil {
			h.t.Fatal(err)
		}
	}
	w, err := worldOf(h.ctx(), h.s, "0-0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.look()
	for _, r := range h.nodes {
		for _, e := range w.events {
			if state.Before(r.from, e.ID) {
				r.from = e.ID
				r.dispatch(e)
				r.memory.changed(e.Get("agent"))
			}
		}
		if err := r.rememberOnce(h.ctx(), false); err != nil {
			h.t.Fatal(err)
		}
	}
}

// reconciles: the nodes find out and tell their truths; then each of them holds.
func (h *history) reconciles() {
	h.t.Helper()
	for range 2 {
		for _, r := range h.nodes {
			if _, err := r.sweepOnce(h.ctx()); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	for range 2 { // two looks
		for _, r := range h.nodes {
			if err := r.reapOnce(h.ctx()); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	w := mustLook(h.t, h.s, h.last)
	if w.held {
		h.t.Error("both nodes have told their truths, and no offers are made")
	}
	calls := map[string]truth{}
	for _, r := range h.nodes {
		for _, c := range r.truths() {
			calls[c.ID] = c
		}
	}
	for id, i := range w.of("int:") {
		c, ok := calls[id]
		if !ok {
			h.t.Errorf("no call stands for %s: %v", id, i)
			continue
		}
		if number(i["since"]) != float64(c.Since) || number(i["priority"]) != float64(c.Priority) || i["queue"] != c.Queue {
			h.t.Errorf("%s is %v, its call says %+v", id, i, c)
		}
		if c.Talks && (i["state"] != "owned" || i["owner"] != c.Leases[0].Agent || i["lease"] != c.Leases[0].ID) {
			h.t.Errorf("%s talks with %v, the ledger says %v", id, c.Leases, i)
		}
	}
	for id, c := range calls {
		var told []string
		for _, k := range c.Guests {
			told = append(told, k.ID)
		}
		if c.Talks && strings.Join(told, ",") != w.hashes["int:"+id]["guests"] {
			h.t.Errorf("%s is told to consult on %v, the ledger says %v", id, told, w.hashes["int:"+id])
		}
		if _, there := w.hashes["int:"+id]; !there {
			h.t.Errorf("forgotten: %+v", c)
		}
	}
}

// saved is all that a Redis holds beside the events and the test's time.
type saved map[string]any

func save(t *testing.T, s *state.State) saved {
	t.Helper()
	w, err := worldOf(t.Context(), s, "0-0")
	if err != nil {
		t.Fatal(err)
	}
	all := saved{}
	for name, v := range w.hashes {
		all[name] = v
	}
	for name, v := range w.sets {
		all[name] = v
	}
	for name, v := range w.zsets {
		all[name] = v
	}
	all["sweeps"] = s.Redis().HGetAll(t.Context(), s.Key("sweeps")).Val()
	all["serial"] = s.Redis().Get(t.Context(), s.Key("serial")).Val()
	return all
}

// again makes Redis hold this and nothing else.
func (all saved) again(t *testing.T, s *state.State) {
	t.Helper()
	keys, err := s.Redis().Keys(t.Context(), s.Key("")+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	keep := []string{s.Key("events"), s.Key(testTime), s.Key("serial")} // a lease's name is never given twice: it has the time in it
	keys = slices.DeleteFunc(keys, func(k string) bool { return slices.Contains(keep, k) })
	pipe := s.Redis().Pipeline()
	pipe.Del(t.Context(), keys...)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch v := all[name].(type) {
		case map[string]string:
			if len(v) > 0 {
				pipe.HSet(t.Context(), s.Key(name), v)
			}
		case []string:
			for _, m := range v {
				pipe.SAdd(t.Context(), s.Key(name), m)
			}
		case map[string]float64:
			for m, at := range v {
				pipe.ZAdd(t.Context(), s.Key(name), redis.Z{Member: m, Score: at})
			}
		}
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}
