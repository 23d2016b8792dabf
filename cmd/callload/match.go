package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// matching measures how fast routing decides, on a real redis-server that nobody else uses: 200 queues, agents in five
// of them each, 2,000 who wait.
type matching struct {
	Redis   string `arg:"" help:"Address of a redis-server whose contents may be lost."`
	Rounds  int    `default:"1000" help:"Decisions of each kind."`
	Waiting int    `default:"2000" help:"Who waits."`
	Queues  int    `default:"200" help:"Queues."`
	Only    string `help:"Measure only decisions whose line, strategy and agents included, matches this regular expression."`
}

// Run prints one line for each measurement.
func (m matching) Run(ctx context.Context) error {
	s, err := state.Open(ctx, state.Config{Address: m.Redis}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	only, err := regexp.Compile(m.Only)
	if err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	fmt.Println("| decision | strategy | agents | median | p99 | a second on one core of Redis | commands of Redis |\n|---|---|---|---|---|---|---|")
	for _, strategy := range []string{"skills", "longest_idle", "round_robin", "fewest_calls", "linear"} {
		for _, agents := range []int{100, 300, 1000} {
			if strategy != "skills" && agents != 1000 {
				continue
			}
			f := &bench{matching: m, s: s, only: only, strategy: strategy, agents: agents}
			if err := f.all(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// bench is one floor being measured.
type bench struct {
	matching
	s        *state.State
	r        *routing.Router
	only     *regexp.Regexp
	strategy string
	agents   int
	came     atomic.Int64
}

func (b *bench) all(ctx context.Context) error {
	for _, c := range []struct {
		name    string
		queues  int
		measure func(context.Context) (times []time.Duration, used effort, err error)
	}{
		{"a caller finds one of few", b.Queues, b.callers},
		{"a caller finds the best of all agents, who are free in one queue", 1, b.callers},
		{"a free agent finds a caller", b.Queues, b.free},
		{"a free agent finds nobody who fits", b.Queues, b.nobody},
		{"a free agent finds nobody who fits, all wait in one queue", 1, b.nobody},
		{"whole calls, sixteen at once", b.Queues, b.whole},
	} {
		line := fmt.Sprintf("| %s | %s | %d |", c.name, b.strategy, b.agents)
		if !b.only.MatchString(line) {
			continue
		}
		if err := b.open(ctx, c.queues); err != nil {
			return err
		}
		times, used, err := c.measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		slices.Sort(times)
		n := float64(len(times))
		fmt.Printf("%s %.2f ms | %.2f ms | %.0f | %.1f |\n", line,
			ms(times[len(times)/2]), ms(times[len(times)*99/100]), n/used.cpu.Seconds(), float64(used.commands)/n)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (b *bench) queue(n int) string { return fmt.Sprintf("q%d", n) }
func (b *bench) agent(n int) string { return fmt.Sprintf("a%d", n) }

// open sets the floor up: everybody is there and free, nobody waits.
func (b *bench) open(ctx context.Context, queues int) error {
	b.Queues = queues
	b.came.Store(0)
	if err := b.s.Redis().FlushAll(ctx).Err(); err != nil {
		return err
	}
	b.r = routing.New(b.s, "bench", slog.New(slog.DiscardHandler))
	f := routing.Floor{Limits: routing.DefaultLimits()}
	f.Limits.Heartbeat = 24 * time.Hour
	for n := range queues {
		q := routing.DefaultQueue()
		q.Name, q.Strategy, q.Cooldown = b.queue(n), b.strategy, 0
		f.Queues = append(f.Queues, q)
	}
	for n := range b.agents {
		a := routing.Agent{ID: b.agent(n), Name: b.agent(n), Skills: map[string]int{"billing": n % 100, "refunds": n % 70}, Languages: []string{"en", "fr"}}
		for k := range min(5, queues) {
			a.Queues = append(a.Queues, b.queue((n*5+k)%queues))
		}
		f.Agents = append(f.Agents, a)
	}
	if err := b.r.Configure(ctx, f); err != nil {
		return err
	}
	for n := range b.agents {
		if _, err := b.r.Login(ctx, b.agent(n), b.agent(n)); err != nil {
			return err
		}
		if err := errors.Join(b.r.Device(ctx, b.agent(n), "voice", true, ""), b.choose(ctx, n, "available")); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) choose(ctx context.Context, n int, what string) error {
	return b.r.Choose(ctx, b.agent(n), b.agent(n), routing.Choice{State: what})
}

func (b *bench) call(ctx context.Context, w routing.Wants) (id string, err error) {
	n := b.came.Add(1)
	id = fmt.Sprintf("c%d", n)
	t, err := b.r.Enqueue(ctx, routing.Interaction{ID: id, Channel: "voice", Queue: b.queue(int(n) % b.Queues), Wants: w})
	if err == nil {
		t.Close()
	}
	return id, err
}

var asked = routing.Wants{Skills: map[string]int{"billing": 10}, Language: "fr"}

// timed adds up what Redis and the clock say of each round's decision; what comes around it is not counted.
func (b *bench) timed(ctx context.Context, rounds int, before, decide, after func(n int) error) (times []time.Duration, used effort, err error) {
	for n := range rounds {
		if err := before(n); err != nil {
			return nil, used, err
		}
		from, err := b.effort(ctx)
		if err != nil {
			return nil, used, err
		}
		began := time.Now()
		if err := decide(n); err != nil {
			return nil, used, err
		}
		times = append(times, time.Since(began))
		to, err := b.effort(ctx)
		if err != nil {
			return nil, used, err
		}
		used = used.plus(to.since(from))
		if err := after(n); err != nil {
			return nil, used, err
		}
	}
	return times, used, nil
}

func nothing(int) error { return nil }

func (b *bench) callers(ctx context.Context) ([]time.Duration, effort, error) {
	var id string
	return b.timed(ctx, b.Rounds, nothing, func(int) (err error) {
		id, err = b.call(ctx, asked)
		return err
	}, func(int) error { return b.r.Leave(ctx, id, "abandoned") })
}

// free: everybody talks, and the queues are full; one comes free.
func (b *bench) free(ctx context.Context) ([]time.Duration, effort, error) {
	if err := b.crowd(ctx); err != nil {
		return nil, effort{}, err
	}
	var lease string
	var at int
	return b.timed(ctx, b.Rounds, func(int) error {
		for range b.agents { // the next who was offered something
			at++
			a, err := b.r.Agent(ctx, b.agent(at%b.agents))
			if err != nil {
				return err
			}
			if len(a.Leases) > 0 {
				lease = a.Leases[0].ID
				return errors.Join(b.r.Accept(ctx, lease, ""), b.r.Connected(ctx, lease))
			}
		}
		return errors.New("nobody was offered anything")
	}, func(int) error { return b.r.Finish(ctx, lease, "normal") }, func(int) error {
		_, err := b.call(ctx, asked)
		return err
	})
}

// nobody: all who wait need more than anybody has.
func (b *bench) nobody(ctx context.Context) ([]time.Duration, effort, error) {
	for range b.Waiting {
		if _, err := b.call(ctx, routing.Wants{Skills: map[string]int{"billing": 100}}); err != nil {
			return nil, effort{}, err
		}
	}
	return b.timed(ctx, b.Rounds, func(n int) error { return b.choose(ctx, n%b.agents, "away") },
		func(n int) error { return b.choose(ctx, n%b.agents, "available") }, nothing)
}
