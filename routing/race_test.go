package routing

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// wish is one of two things that are wanted at the same moment.
type wish func(ctx context.Context, d *day, lease string) error

// Two wishes about one offer commit at once. The first wins; the other one's answer says so, by its code.
func TestTheFirstCommitWins(t *testing.T) {
	const none = "no conflict"
	accept := func(session string) wish {
		return func(ctx context.Context, d *day, lease string) error { return d.Accept(ctx, lease, session) }
	}
	decline := func(ctx context.Context, d *day, lease string) error { return d.Decline(ctx, lease, "s-maria") }
	deadline := func(ctx context.Context, d *day, _ string) error { return sweepNow(ctx, d.Router) }
	hangup := func(ctx context.Context, d *day, _ string) error { return d.Leave(ctx, "ann", "abandoned") }
	away := func(ctx context.Context, d *day, _ string) error {
		return d.Choose(ctx, "maria", "s-maria", Choice{State: "away"})
	}
	lost := func(ctx context.Context, d *day, _ string) error { return d.Disconnect(ctx, "maria", "s-maria") }
	withdraw := func(ctx context.Context, d *day, lease string) error { return d.Withdraw(ctx, lease, "moved") }
	for _, race := range []struct {
		name        string
		one, two    wish
		first, then string    // what two hears when one was first, and one when two was
		kinds       [2]string // what became of the lease when one was first, and when two was
	}{
		{"accept, deadline", accept("s-maria"), deadline, none, "gone", [2]string{"work", "done"}},
		{"accept, decline", accept("s-maria"), decline, "gone", "gone", [2]string{"work", "done"}},
		{"accept, hang-up", accept("s-maria"), hangup, none, "gone", [2]string{"done", "done"}},
		{"accept, away", accept("s-maria"), away, none, "gone", [2]string{"work", "done"}},
		{"accept, session lost", accept("s-maria"), lost, none, "gone", [2]string{"work", "done"}},
		{"accept, withdrawn", accept("s-maria"), withdraw, none, "gone", [2]string{"done", "done"}},
		{"two devices accept", accept("s-maria"), accept(""), "taken", "taken", [2]string{"work", "work"}},
		{"decline, hang-up", decline, hangup, none, "gone", [2]string{"done", "done"}},
		{"decline, deadline", decline, deadline, none, "gone", [2]string{"done", "done"}},
	} {
		t.Run(race.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				for range rounds {
					d := offerAtItsDeadline(t, s)
					lease := d.offered("ann", "maria")
					one, two := atOnce(t, d, lease, race.one, race.two)
					kind := d.world().hashes["lease:"+lease]["kind"]
					switch got := [3]string{one, two, kind}; got {
					case [3]string{none, race.first, race.kinds[0]}, [3]string{race.then, none, race.kinds[1]}:
					default:
						t.Fatalf("the first heard %q, the second %q, the lease is %q", one, two, kind)
					}
				}
			})
		})
	}
}

// offerAtItsDeadline is a floor in the one millisecond in which an offer may be accepted and may be missed.
func offerAtItsDeadline(t *testing.T, s *state.State) *day {
	t.Helper()
	if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	d := dawn(t, s, func(f *Floor) { f.Queues[0].Ring = time.Second })
	d.comes("maria")
	d.calls("ann", "sales")
	d.pass(999 * time.Millisecond)
	return d
}

// atOnce grants two wishes at the same moment and tells the conflicts they ended in.
func atOnce(t *testing.T, d *day, lease string, wishes ...wish) (one, two string) {
	t.Helper()
	answers := make([]string, len(wishes))
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i, w := range wishes {
		wait.Go(func() {
			<-start
			answers[i] = answer(w(t.Context(), d, lease))
		})
	}
	close(start)
	wait.Wait()
	return answers[0], answers[1]
}

func answer(err error) string {
	switch e := err.(type) { //nolint:errorlint // a conflict is never wrapped, and what is wrapped must not look like one
	case nil:
		return "no conflict"
	case *Conflict:
		return e.Code
	}
	return err.Error()
}

const everybody = 40

// Many customers and agents on two nodes act at once: whatever the order, the floor is right afterwards and everybody
// who called is served.
func TestEverybodyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].Cooldown = 0 })
		other := routerOn(d.clock, "n-2")
		var wait sync.WaitGroup
		for i := range everybody {
			wait.Go(func() {
				ticket, err := []*Router{d.Router, other}[i%2].Enqueue(t.Context(), Interaction{ID: fmt.Sprint("c", i), Channel: "voice", Queue: "sales"})
				if err != nil {
					t.Error(err)
					return
				}
				ticket.Close()
			})
		}
		served := make(chan string, 2*everybody)
		for _, a := range []string{"maria", "sam"} {
			d.comes(a)
			wait.Go(func() { work(t, other, a, served) })
		}
		wait.Wait()
		close(served)
		seen := map[string]bool{}
		for c := range served {
			if seen[c] {
				t.Errorf("%s was served twice", c)
			}
			seen[c] = true
		}
		if len(seen) != everybody || len(d.world().of("int:")) > 0 {
			t.Fatalf("%d of %d served, %v left", len(seen), everybody, d.world().of("int:"))
		}
	})
}

// work is an agent who declines every third offer and serves the rest, until everybody was served.
func work(t *testing.T, r *Router, id string, served chan<- string) {
	t.Helper()
	ctx := t.Context()
	for n := 0; ; {
		a, err := r.Agent(ctx, id)
		if err != nil {
			t.Error(err)
			return
		}
		switch {
		case len(a.Leases) > 1:
			t.Errorf("%s is offered %v", id, a.Leases)
			return
		case len(a.Leases) == 0:
			if len(served) == everybody || t.Failed() {
				return
			}
		default:
			l := a.Leases[0]
			if n++; n%3 == 0 {
				if err := r.Decline(ctx, l.ID, "s-"+id); err != nil {
					t.Error(err)
				}
				continue
			}
			for _, err := range []error{r.Accept(ctx, l.ID, "s-"+id), r.Connected(ctx, l.ID), r.Finish(ctx, l.ID, "normal")} {
				if err != nil {
					t.Error(err)
				}
			}
			served <- l.Interaction
		}
	}
}
