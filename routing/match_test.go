package routing

import (
	flags "flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callfloor/callfloor/state"
)

// Random histories of matching against a model that knows nothing of indexes: it looks at everybody and everything, and
// says who must be offered what. It follows the events alone, and judges each offer when it is made.
func TestWhoIsOfferedWhatIsWhatTheModelSays(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		checks(t, map[bool]int{true: modelsEmbedded, false: modelsServer}[s.Embedded()])
		rapid.Check(t, func(rt *rapid.T) {
			if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
				rt.Fatal(err)
			}
			m := newModel(rt, &clock{t: t, s: s})
			for n := rapid.IntRange(1, 30).Draw(rt, "steps"); n > 0; n-- {
				m.step()
			}
		})
	})
}

// checks sets how many histories are played in this test.
func checks(t *testing.T, n int) {
	t.Helper()
	f := flags.Lookup("rapid.checks")
	before := f.Value.String()
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

// model is the floor as it follows from the configuration and the events.
type model struct {
	*rapid.T
	*clock
	r      *Router
	floor  Floor
	agents map[string]*person
	wait   map[string]*customer // all who are not gone
	leases map[string]string    // live, to the agent
	serial int                  // of offers
	last   string
	came   int
}

type person struct {
	Agent
	place     int // in the list
	here      bool
	available bool
	idle      int64
	calls     int
	turns     map[string]int // by queue: the last offer's serial
}

type customer struct {
	Interaction
	waiting bool
	taken   bool
	rung    map[string]string // whom it rings for, to the lease
	entered int64
	tried   map[string]bool
	round   int64 // when tried is forgotten; 0 is not set
	needs   map[string]int
	only    []string
}

const (
	ringing  = 17_003 * time.Millisecond // no two timers ever end in the same millisecond
	modelDay = 1_800_000_000_000
)

func newModel(rt *rapid.T, c *clock) *model {
	m := &model{T: rt, clock: c, agents: map[string]*person{}, wait: map[string]*customer{}, leases: map[string]string{}, last: "0-0"}
	m.set(time.UnixMilli(modelDay))
	m.r = routerOn(c, "n-1")
	m.floor.Limits = DefaultLimits()
	m.floor.Limits.Capacity.Voice, m.floor.Limits.Misses, m.floor.Limits.Heartbeat = new(rapid.IntRange(1, 2).Draw(rt, "voice")), 1000, 24*time.Hour
	for _, name := range []string{"sales", "support"} {
		q := DefaultQueue()
		q.Name, q.Cooldown, q.Ring = name, 0, ringing
		q.Strategy = rapid.SampledFrom(strategies).Draw(rt, "strategy")
		if rapid.IntRange(0, 3).Draw(rt, "asks") == 0 {
			q.Wants = m.wants()
		}
		m.floor.Queues = append(m.floor.Queues, q)
	}
	for n, id := range []string{"dora", "carl", "bert", "anna"} {
		a := Agent{ID: id, Name: id, Skills: m.levels("has"), Queues: rapid.SampledFrom([][]string{
			{"sales", "support"}, {"support"}, {"sales"}, {"support", "sales"},
		}).Draw(rt, "queues")}
		if rapid.Bool().Draw(rt, "french") {
			a.Languages = []string{"fr"}
		}
		m.floor.Agents = append(m.floor.Agents, a)
		m.agents[id] = &person{Agent: a, place: n + 1, turns: map[string]int{}}
	}
	m.must(m.r.Configure(c.t.Context(), m.floor))
	for id := range m.agents {
		m.must(m.r.Device(c.t.Context(), id, "voice", true, ""))
	}
	m.look()
	return m
}

func (m *model) must(err error) {
	if err != nil {
		m.Fatal(err)
	}
}

func (m *model) levels(label string) map[string]int {
	all := map[string]int{}
	for _, skill := range []string{"x", "y"} {
		if n := rapid.SampledFrom([]int{-1, -1, 0, 40, 70, 100}).Draw(m.T, label+" "+skill); n >= 0 {
			all[skill] = n
		}
	}
	return all
}

func (m *model) wants() Wants {
	w := Wants{Skills: m.levels("needs"), Language: rapid.SampledFrom([]string{"", "", "fr"}).Draw(m.T, "language")}
	for n := rapid.IntRange(0, 2).Draw(m.T, "stages"); n > 0; n-- {
		w.Relax = append(w.Relax, Relax{
			After: time.Duration(rapid.SampledFrom([]int{7001, 14009, 31013}).Draw(m.T, "after")) * time.Millisecond,
			Drop:  rapid.SampledFrom([][]string{nil, {"x"}, {"y"}, {"language"}, {"x", "language"}}).Draw(m.T, "drop"),
			Lower: map[string]int{"x": rapid.SampledFrom([]int{0, 30}).Draw(m.T, "lower")},
		})
	}
	slices.SortStableFunc(w.Relax, func(a, b Relax) int { return int(a.After - b.After) })
	if rapid.IntRange(0, 3).Draw(m.T, "prefers") == 0 {
		w.Prefer = Prefer{Agents: m.some(), For: 11_003 * time.Millisecond}
	}
	return w
}

func (m *model) some() []string {
	return rapid.SampledFrom([][]string{{"anna"}, {"bert", "carl"}, {"dora"}}).Draw(m.T, "some")
}

// step is one thing that happens, a millisecond after the last.
func (m *model) step() {
	m.time(time.Millisecond)
	ctx := m.t.Context()
	who := rapid.SampledFrom(slices.Sorted(maps.Keys(m.agents))).Draw(m.T, "agent")
	p, session := m.agents[who], "s-"+who
	lease := m.some1(slices.Sorted(maps.Keys(m.leases)))
	switch what := rapid.SampledFrom([]string{"come", "come", "away", "call", "call", "call", "call", "accept", "accept", "finish", "finish", "decline", "leave", "time"}).Draw(m.T, "what"); what {
	case "come":
		if !p.here {
			_, err := m.r.Login(ctx, who, session)
			m.must(err)
		}
		m.must(m.r.Choose(ctx, who, session, Choice{State: "available"}))
	case "away":
		if p.here {
			m.must(m.r.Choose(ctx, who, session, Choice{State: "away"}))
		}
	case "call":
		m.call()
	case "accept":
		if err := m.r.Accept(ctx, lease, ""); err == nil {
			m.must(m.r.Connected(ctx, lease))
		}
	case "finish":
		_ = m.r.Finish(ctx, lease, "normal")
	case "decline":
		_ = m.r.Decline(ctx, lease, "")
	case "leave":
		m.must(m.r.Leave(ctx, m.some1(slices.Sorted(maps.Keys(m.wait))), "abandoned"))
	case "time":
		m.time(rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, 30 * time.Second, 90 * time.Second}).Draw(m.T, "passes"))
	}
	m.look()
	m.nobodyForgotten()
}

func (m *model) some1(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return rapid.SampledFrom(all).Draw(m.T, "which")
}

func (m *model) call() {
	m.came++
	i := Interaction{
		ID: fmt.Sprintf("c%02d", m.came), Channel: "voice", Queue: rapid.SampledFrom([]string{"sales", "support"}).Draw(m.T, "queue"),
		Priority: rapid.SampledFrom([]int{5, 5, 1}).Draw(m.T, "priority"),
	}
	if rapid.Bool().Draw(m.T, "asks") {
		i.Wants = m.wants()
	}
	if rapid.IntRange(0, 5).Draw(m.T, "named") == 0 {
		i.Agents, i.AgentsFor = m.some(), rapid.SampledFrom([]time.Duration{0, 23_011 * time.Millisecond}).Draw(m.T, "fall back")
	}
	m.wait[i.ID] = &customer{Interaction: i, entered: m.now.UnixMilli(), tried: map[string]bool{}, rung: map[string]string{}}
	ticket, err := m.r.Enqueue(m.t.Context(), i)
	m.must(err)
	ticket.Close()
}

// time passes from timer to timer, so that each is carried out in its own millisecond.
func (m *model) time(d time.Duration) {
	for end := m.now.Add(d); ; {
		next, err := m.s.Redis().ZRangeWithScores(m.t.Context(), m.s.Key("due"), 0, 0).Result()
		m.must(err)
		if len(next) == 0 || int64(next[0].Score) > end.UnixMilli() {
			m.set(end)
			return
		}
		if at := time.UnixMilli(int64(next[0].Score)); at.After(m.now) {
			m.set(at)
		}
		for _, c := range m.wait {
			if c.round > 0 && c.round <= m.now.UnixMilli() {
				c.tried, c.round = map[string]bool{}, 0
			}
		}
		m.must(sweepNow(m.t.Context(), m.r))
		m.look()
	}
}

// look takes in what happened.
func (m *model) look() {
	all, err := m.s.Redis().XRange(m.t.Context(), m.s.Key("events"), "("+m.last, "+").Result()
	m.must(err)
	for _, x := range all {
		m.last = x.ID
		get := func(k string) string { v, _ := x.Values[k].(string); return v }
		m.take(get("what"), get)
	}
}

func (m *model) take(what string, get func(string) string) {
	a, c, now := m.agents[get("agent")], m.wait[get("interaction")], m.now.UnixMilli()
	switch what {
	case "agent.online":
		a.here, a.available, a.idle, a.calls = true, false, now, 0
	case "agent.chosen":
		if get("chosen") == "available" && !a.available {
			a.idle = now
		}
		a.available = get("chosen") == "available"
	case "interaction.queued":
		c.waiting = true
		c.needs, c.only = m.demand(c)
	case "interaction.relaxed":
		c.needs, c.only = m.demand(c)
	case "offer.made":
		m.judge(c, a)
		m.serial++
		c.waiting, c.rung[a.ID] = false, get("lease")
		m.leases[get("lease")] = a.ID
		a.turns[c.Queue] = m.serial
	case "offer.accepted":
		a.calls++
		c.taken = true
	case "offer.declined", "offer.missed", "offer.customer_gone", "offer.withdrawn":
		delete(m.leases, get("lease"))
		if c == nil {
			return
		}
		delete(c.rung, a.ID)
		if what == "offer.withdrawn" {
			if !c.taken || get("reason") != "taken" {
				m.Fatalf("%s was withdrawn from %s, whom nobody took: %s", c.ID, a.ID, get("reason"))
			}
			return
		}
		c.waiting = len(c.rung) == 0
		if c.round == 0 {
			c.round = now + 60_000
		}
		c.tried[a.ID] = true
	case "work.ended":
		delete(m.leases, get("lease"))
		a.idle = now
	case "interaction.left":
		delete(m.wait, get("interaction"))
	}
}
