package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

// A thousand random days on the floor: whatever agents, customers, devices and clocks do in whatever order, what the
// specification says must hold at every moment holds after every step. Each history is a seed; a failure prints it and
// every step, so that it can be played again.
func TestRandomHistories(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		n := uint64(serverHistories)
		if s.Embedded() {
			n = embeddedHistories
		}
		for seed := range n {
			if play(t, s, seed); t.Failed() {
				return
			}
		}
	})
}

// On a Redis Cluster all keys of the floor are at one of the masters, whatever happens: a script that named another's
// would be refused.
func TestRandomHistoriesOnACluster(t *testing.T) {
	s := openAs(t, state.Config{Cluster: testredis.NewCluster(t)})
	for seed := range uint64(serverHistories / 10) {
		if play(t, s, seed); t.Failed() {
			return
		}
	}
	var hold atomic.Int32
	err := s.Redis().(*redis.ClusterClient).ForEachMaster(t.Context(), func(ctx context.Context, c *redis.Client) error {
		n, err := c.DBSize(ctx).Result()
		if n > 0 {
			hold.Add(1)
		}
		return err
	})
	if err != nil || hold.Load() != 1 {
		t.Errorf("%d of three masters hold something, %v", hold.Load(), err)
	}
	// what would happen without the hash tag
	script := "redis.call('SET', 'elsewhere', '1') redis.call('SET', 'and there', '1') redis.call('SET', 'or there', '1')"
	if err := s.Redis().Eval(t.Context(), script, []string{s.Key("events")}).Err(); err == nil {
		t.Error("this cluster lets scripts name the keys of other masters")
	}
}

// history is one random day being played.
type history struct {
	*clock
	rng    *rand.Rand
	nodes  []*Router
	world  world
	ledger *ledger
	last   string   // position of the last event seen
	steps  []string // what was done
	people int      // how many customers came so far
	keeps  bool     // the customers' tickets stay open
}

// step is something that can happen; it says what it did.
type step struct {
	weight int
	name   string
	do     func(h *history) (what string, err error)
}

var (
	agents = []string{"maria", "sam", "eve"}
	queues = []string{"sales", "support"}
)

func play(t *testing.T, s *state.State, seed uint64) {
	t.Helper()
	holds, err := server(t.Context(), s)
	if err == nil {
		err = holds.FlushDB(t.Context()).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	h := &history{clock: &clock{t: t, s: s}, rng: rand.New(rand.NewPCG(seed, 0)), last: "0-0", ledger: newLedger()}
	h.set(time.UnixMilli(1_800_000_000_000))
	h.nodes = []*Router{routerOn(h.clock, "n-1"), routerOn(h.clock, "n-2")}
	defer func() {
		if t.Failed() {
			t.Logf("history %d:\n  %s", seed, strings.Join(h.steps, "\n  "))
		}
	}()
	h.do(step{1, "configure", (*history).configure})
	for _, a := range agents { // begin with a floor at work, or nearly nothing happens in thirty steps
		if h.rng.IntN(4) > 0 {
			h.do(step{1, "arrives", func(h *history) (string, error) { return h.arrives(a) }})
		}
	}
	for range 30 {
		if t.Failed() {
			return
		}
		h.do(h.any())
	}
	h.examine()
}

// examine asks the doctor, who finds nothing but for a late sweep.
func (h *history) examine() {
	h.t.Helper()
	findings, err := h.nodes[0].Doctor(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range findings {
		if !strings.Contains(f, "carries out deadlines") {
			h.t.Errorf("the doctor found: %s", f)
		}
	}
}

// any is a step of the table, the likely ones more often.
func (h *history) any() step {
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	n := h.rng.IntN(total)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			return s
		}
	}
	panic("unreachable")
}

func pick[T any](h *history, from []T) T { return from[h.rng.IntN(len(from))] }

// do carries out a step and looks whether everything is as it must be.
func (h *history) do(s step) {
	h.t.Helper()
	what, err := s.do(h)
	h.steps = append(h.steps, fmt.Sprintf("%-10s %s: %v", s.name, what, err))
	var conflict *Conflict
	var open *OpenWork
	if err != nil && !errors.As(err, &conflict) && !errors.As(err, &open) {
		h.t.Error(err)
		return
	}
	accepts := s.name == "accept" || s.name == "asks" // which may come too late
	if err != nil && !accepts || s.name == "time" || s.name == "due" {
		return // nothing may have changed, so that the next look would find what did
	}
	before := h.world
	if h.look(); h.t.Failed() {
		return
	}
	h.steps[len(h.steps)-1] += happened(h.world.events)
	for _, e := range h.world.events {
		if e.What == "agent.away_idle" && s.name != "sweep" && !accepts {
			h.t.Errorf("%s made the agent away_idle: only a deadline may", s.name)
		}
	}
	if s.name == "sweep" {
		h.again(before)
	}
}

func happened(events []state.Event) string {
	var out strings.Builder
	for _, e := range events {
		fmt.Fprintf(&out, "\n      %s %s%s %s", e.What, e.Get("agent"), e.Get("lease"), e.Get("interaction"))
	}
	return out.String()
}

// look reads the world, checks it, and holds the ledger that knows only the events against it.
func (h *history) look() {
	h.t.Helper()
	w, err := worldOf(h.t.Context(), h.s, h.last)
	if err != nil {
		h.t.Fatal(err)
	}
	h.world = w
	for _, e := range w.events {
		h.last = e.ID
		err := h.ledger.read(e)
		if err == nil {
			err = h.ledger.grown(e, w)
		}
		if err != nil {
			h.t.Errorf("event %s %v: %v", e.ID, e.Data, err)
		}
	}
	if err := same("the events' ledger against Redis'", h.ledger, ledgerOf(w)); err != nil {
		h.t.Error(err)
	}
	if err := w.check(); err != nil {
		h.t.Error(err)
	}
}

// again lets every timer that a sweep carried out fire once more: nothing happens.
func (h *history) again(before world) {
	h.t.Helper()
	if len(h.world.events) == 0 {
		return
	}
	for what, at := range before.zsets["due"] {
		if at <= float64(h.now.UnixMilli()) {
			if err := h.s.Redis().Do(h.t.Context(), "ZADD", h.s.Key("due"), "NX", fmt.Sprintf("%.0f", at), what).Err(); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	first := h.world
	if err := sweepNow(h.t.Context(), h.nodes[1]); err != nil {
		h.t.Error(err)
		return
	}
	h.look()
	if len(h.world.events) > 0 {
		h.t.Errorf("timers that fired twice: %s", happened(h.world.events))
	}
	h.world.events, first.events = nil, nil
	if err := same("the floor after timers that fired twice", first, h.world); err != nil {
		h.t.Error(err)
	}
}

// steps are what can happen, from both ends of the line.
var steps = []step{
	{3, "arrives", func(h *history) (string, error) { return h.arrives(pick(h, agents)) }},
	{2, "login", func(h *history) (string, error) {
		a, s := h.somebody()
		viewer, err := h.node().Login(h.ctx(), a, s)
		return fmt.Sprint(a, " ", s, " viewer=", viewer), err
	}},
	{2, "take over", func(h *history) (string, error) {
		a, s := h.somebody()
		page, take := pick(h, []string{"t1", "t2"}), h.rng.IntN(2) == 0
		seat, err := h.node().Sit(h.ctx(), a, s, page, take)
		return fmt.Sprint(a, " ", s, " ", page, " take=", take, " viewer=", seat.Viewer), err
	}},
	{2, "logout", func(h *history) (string, error) { a, s := h.somebody(); return a + s, h.node().Logout(h.ctx(), a, s) }},
	{6, "choose", func(h *history) (string, error) {
		a, s := h.somebody()
		c := Choice{pick(h, []string{"available", "available", "away", "busy", "offline"}), pick(h, []string{"", "lunch"}), h.rng.IntN(2) == 0}
		return fmt.Sprint(a, " ", s, " ", c), h.node().Choose(h.ctx(), a, s, c)
	}},
	{1, "sign out", func(h *history) (string, error) { a := pick(h, agents); return a, h.node().SignOut(h.ctx(), a, "boss") }},
	{1, "choose for", func(h *history) (string, error) {
		a, c := pick(h, agents), Choice{State: pick(h, []string{"available", "away"}), AfterThis: h.rng.IntN(2) == 0}
		return fmt.Sprint(a, " ", c), h.node().ChooseFor(h.ctx(), a, "boss", c)
	}},
	{3, "stay", func(h *history) (string, error) { a, s := h.somebody(); return a + s, h.node().Stay(h.ctx(), a, s) }},
	{3, "back", func(h *history) (string, error) { a, s := h.somebody(); return a + s, h.node().Back(h.ctx(), a, s) }},
	{4, "heartbeat", func(h *history) (string, error) {
		a, s := h.somebody()
		return a + s, h.node().heartbeat(h.ctx(), a, s)
	}},
	{3, "disconnect", func(h *history) (string, error) {
		a, s := h.somebody()
		return a + s, h.node().Disconnect(h.ctx(), a, s)
	}},
	{3, "device", func(h *history) (string, error) {
		a, ok, c := pick(h, agents), h.rng.IntN(3) > 0, pick(h, []string{"voice", "voice", "chat"})
		return fmt.Sprint(a, " ", c, " ", ok), h.node().Device(h.ctx(), a, c, ok, map[bool]string{false: "no microphone"}[ok])
	}},
	{12, "enqueue", (*history).enqueue},
	{4, "leave", func(h *history) (string, error) { c := h.customer(); return c, h.node().Leave(h.ctx(), c, "abandoned") }},
	{14, "accept", func(h *history) (string, error) {
		l, s := h.lease("offer")
		return l + s, h.node().Accept(h.ctx(), l, s)
	}},
	{8, "next", func(h *history) (string, error) {
		a, s := h.somebody()
		c := pick(h, []string{"", "", "voice", "chat", "chat", "email", "voicemail", "callback"})
		lease, _, err := h.node().Next(h.ctx(), a, s, c)
		return fmt.Sprint(a, " ", s, " ", c, " ", lease), err
	}},
	{4, "assign", func(h *history) (string, error) {
		c, a := h.customer(), pick(h, agents)
		lease, err := h.node().Assign(h.ctx(), c, a, "eva")
		return fmt.Sprint(c, " to ", a, " ", lease), err
	}},
	{4, "snooze", func(h *history) (string, error) {
		l, s := h.lease("work")
		return l + s, h.node().Snooze(h.ctx(), l, s, pick(h, []time.Duration{0, 0, 20 * time.Second}))
	}},
	{4, "replied", func(h *history) (string, error) {
		l, s := h.lease("work")
		return l + s, h.node().Replied(h.ctx(), l, s)
	}},
	{4, "said", func(h *history) (string, error) {
		c, n := h.customer(), pick(h, []int64{1, 2, 3})
		return fmt.Sprint(c, " ", n), h.node().Said(h.ctx(), c, n)
	}},
	{3, "close", func(h *history) (string, error) {
		l, _ := h.lease("work")
		n := pick(h, []int64{1, 2, 3})
		return fmt.Sprint(l, " ", n), h.node().Close(h.ctx(), l, "normal", n)
	}},
	{3, "decline", func(h *history) (string, error) {
		l, s := h.lease("offer")
		return l + s, h.node().Decline(h.ctx(), l, s)
	}},
	{8, "connected", func(h *history) (string, error) {
		l, _ := h.lease("work", "consult")
		return l, h.node().Connected(h.ctx(), l)
	}},
	{2, "fail", func(h *history) (string, error) {
		l, _ := h.lease("offer", "work", "consult")
		return l, h.node().DeviceFailed(h.ctx(), l, "ice")
	}},
	{2, "withdraw", func(h *history) (string, error) {
		l, _ := h.lease("offer", "work", "consult")
		return l, h.node().Withdraw(h.ctx(), l, "moved")
	}},
	{6, "finish", func(h *history) (string, error) {
		l, _ := h.lease("work")
		return l, h.node().Finish(h.ctx(), l, "normal")
	}},
	{3, "requeue", func(h *history) (string, error) {
		l, _ := h.lease("work")
		head := h.rng.IntN(2) == 0
		return fmt.Sprint(l, " head=", head), h.node().Requeue(h.ctx(), l, head, "transfer")
	}},
	{4, "transfer", (*history).transfer},
	{3, "move", func(h *history) (string, error) {
		c, q := h.customer(), pick(h, append(queues, "nowhere"))
		return c + " to " + q, h.node().Move(h.ctx(), c, q, "boss")
	}},
	{6, "direct", func(h *history) (string, error) {
		l, _ := h.lease("work")
		giver := h.world.hashes["lease:"+l]["agent"]
		to := pick(h, agents)
		return l + " to " + to, h.node().Direct(h.ctx(), l, giver, Directed{Agent: to, Purpose: ToTransfer, Note: "hello"})
	}},
	{8, "consult", (*history).consult},
	{4, "dial", (*history).dial},
	{6, "asks", (*history).asks},
	{4, "join", func(h *history) (string, error) {
		c, a := h.customer(), pick(h, agents)
		lease, err := h.node().Join(h.ctx(), a, "", c, "barge")
		return fmt.Sprint(a, " in ", c, " ", lease), err
	}},
	{2, "part ways", func(h *history) (string, error) {
		l, _ := h.lease("consult", "join")
		return l, h.node().EndConsult(h.ctx(), l, "left")
	}},
	{3, "hand over", func(h *history) (string, error) {
		l, _ := h.lease("consult", "join")
		giver := h.world.hashes["int:"+h.world.hashes["lease:"+l]["interaction"]]["lease"]
		return giver + " to " + l, h.node().Handover(h.ctx(), giver, l)
	}},
	{2, "take back", func(h *history) (string, error) { l := h.giver(); return l, h.node().TakeBack(h.ctx(), l) }},
	{2, "part", func(h *history) (string, error) { l := h.giver(); return l, h.node().Part(h.ctx(), l, "transferred") }},
	{6, "submit", func(h *history) (string, error) {
		l, s := h.lease("acw", "done", "work")
		return l + s, h.node().Submit(h.ctx(), l, s, Outcome{Code: "sold"})
	}},
	{2, "configure", (*history).configure},
	{3, "reap", func(h *history) (string, error) {
		live, _ := json.Marshal([]string{h.customer(), h.customer(), h.customer()})
		r := h.node()
		return r.node + " " + string(live), r.do(h.ctx(), "reap", r.node, string(live))
	}},
	{1, "recover", func(h *history) (string, error) { r := h.node(); return r.node, r.Recover(h.ctx(), nil) }},
	{5, "alive", func(h *history) (string, error) {
		r := h.node()
		_, err := r.Alive(h.ctx(), "10.0.0.1:7000", time.Minute, nil)
		return r.node, err
	}},
	{4, "silence", (*history).silence},
	{14, "time", func(h *history) (string, error) {
		d := pick(h, []time.Duration{time.Millisecond, 3 * time.Second, 7 * time.Second, 25 * time.Second, 90 * time.Second})
		h.pass(d)
		return d.String(), nil
	}},
	{8, "due", (*history).untilDue},
	{16, "sweep", func(h *history) (string, error) { return "", sweepNow(h.ctx(), h.node()) }},
}
