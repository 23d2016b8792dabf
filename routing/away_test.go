package routing

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

// Redis, or the way to it, is away for a while: nobody is late by it, and whoever waits waits on.

// stays: a caller whose call goes on.
func (d *day) stays(customer string) *Ticket {
	d.t.Helper()
	ticket, err := d.Enqueue(d.t.Context(), Interaction{ID: customer, Channel: "voice", Queue: "sales"})
	d.ok(err)
	d.t.Cleanup(ticket.Close)
	d.pass(time.Millisecond)
	return ticket
}

// gone: nobody reaches Redis for a time.
func (d *day) gone(by time.Duration) {
	d.away = true
	d.pass(by)
	d.away = false
}

// back: the node sweeps, and tells what it is asked for.
func (d *day) back() {
	d.t.Helper()
	for range 2 {
		_, err := d.sweepOnce(d.t.Context())
		d.ok(err)
	}
	if d.world().held {
		d.t.Fatal("the node has told what its calls are, and no offers are made")
	}
}

// Maria's phone has rung for 5 s of 20 when Redis goes; a minute later she has 15 s left, is still there, and lifts it. Sam's
// after-call work goes on for as long as it had to.
func TestWhileRedisIsAwayNobodyIsLate(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second} })
		d.comes("sam")
		d.stays("zoe")
		wrapsUp := d.talks("zoe", "sam")
		d.ok(d.Finish(t.Context(), wrapsUp, "normal"))
		d.comes("maria")
		d.stays("ann")
		rings := d.offered("ann", "maria")
		d.back() // the node is known to Redis
		d.later(5 * time.Second)
		before := d.world().hashes["lease:"+rings]["deadline"]

		d.gone(time.Minute)
		d.back()
		if l := d.world().hashes["lease:"+d.offered("ann", "maria")]; number(l["deadline"]) != number(before)+60_000 {
			t.Errorf("rings until %s, and before until %s", l["deadline"], before)
		}
		d.stands("maria", "busy")
		d.stands("sam", "busy")
		d.pass(9 * time.Second)
		d.back()
		d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
		d.talks("ann", "maria")
		d.later(10 * time.Second)
		d.stands("sam", "busy")
		d.later(6 * time.Second)
		d.stands("sam", "")
	})
}

// An accept that was on its way when Redis went is the first thing it hears when it is back: it was in time.
func TestAnAcceptThatRedisHearsLate(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.stays("ann")
		d.back()
		d.gone(time.Minute)
		d.talks("ann", "maria")
		d.back()
		d.later(19 * time.Second)
		d.state("ann", "owned", "maria")
	})
}

// Time that passes with Redis there is nobody's excuse.
func TestAMissIsAMissAgainAfterwards(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.stays("ann")
		d.back()
		d.gone(10 * time.Second)
		d.back()
		d.later(19 * time.Second)
		d.offered("ann", "maria")
		d.later(2 * time.Second)
		d.stands("maria", "missed an offer")
	})
}

// One node alone does not reach Redis: what runs out meanwhile for an agent who is there, or for its own caller, is no miss.
func TestANodeThatDoesNotReachRedis(t *testing.T) {
	for _, c := range []struct{ name, calls, agents string }{{"the agent's", "n-1", "n-2"}, {"the caller's", "n-2", "n-1"}} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d := dawn(t, s, nil)
				nodes := map[string]*Router{"n-1": d.Router, "n-2": routerOn(d.clock, "n-2")}
				for _, r := range nodes {
					d.ok(sweepNow(t.Context(), r))
				}
				_, err := nodes[c.agents].Login(t.Context(), "maria", "s-maria")
				d.ok(err)
				d.ok(d.Device(t.Context(), "maria", "voice", true, ""))
				d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
				ticket, err := nodes[c.calls].Enqueue(t.Context(), Interaction{ID: "ann", Channel: "voice", Queue: "sales"})
				d.ok(err)
				defer ticket.Close()
				first := d.offered("ann", "maria")

				d.away = true
				for range 14 { // n-1 sweeps on
					d.pass(1500 * time.Millisecond)
					d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
					d.ok(sweepNow(t.Context(), d.Router))
				}
				if again := d.offered("ann", "maria"); again == first {
					t.Errorf("it rings for longer than it may: %s", again)
				}
				if happened := d.events(); slices.Contains(happened, "offer.missed") || !slices.Contains(happened, "offer.withdrawn") {
					t.Errorf("happened %v", happened)
				}
			})
		})
	}
}

// A caller hangs up while Redis is away: when it is back the agent who comes free is not rung for them.
func TestWhoHungUpWhileRedisWasAwayIsOfferedToNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		ann := d.stays("ann")
		d.stays("bob")
		d.back()
		err := ann.ends(t.Context(), func(context.Context) error { return ErrAway }) // as Leave does, which Redis does not hear
		if !errors.Is(err, ErrAway) {
			t.Fatal(err)
		}
		ann.Close()
		d.gone(10 * time.Second)
		d.events()
		d.comes("maria") // is told to Redis before the node's sweep
		d.waits("ann", 1)
		d.back()
		d.offered("bob", "maria")
		if _, there := d.world().hashes["int:ann"]; there {
			t.Error("ann waits, and no call stands for her")
		}
	})
}

// Two could hear each other while Redis was away: they talk, and no time runs out over it.
func TestATalkThatBeganWhileRedisWasAway(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		ann := d.stays("ann")
		lease := d.offered("ann", "maria")
		d.ok(d.Accept(t.Context(), lease, "s-maria"))
		d.back()
		ann.truth.Leases = []claim{{ID: lease, Agent: "maria"}}
		d.know(lease, func(x *truth) { x.Talks = true }) // as Connected does
		d.gone(time.Minute)
		d.back()
		d.later(10 * time.Second)
		d.state("ann", "owned", "maria")
		if l := d.world().hashes["lease:"+lease]; l["connected"] == "" {
			t.Errorf("they talk, and the ledger says %v", l)
		}
	})
}

// Somebody comes while Redis is away, and another while it hangs: both wait until it is back, in the order in which they came
// and for as long as they did.
func TestWhoComesWhileRedisIsAwayWaits(t *testing.T) {
	server := testredis.New(t, testredis.Keeping()...)
	s := tell(t, open(t, server.Address), nil)
	enqueue := func(id string) <-chan error {
		done := make(chan error, 1)
		go func() {
			t, err := s.Enqueue(s.Context(), Interaction{ID: id, Channel: "voice", Queue: "sales"})
			if err == nil {
				s.Cleanup(t.Close)
			}
			done <- err
		}()
		return done
	}
	s.calls("zoe", "sales")
	server.Kill()
	ann := enqueue("ann")
	eventually(t, "ann insists", func() bool { return s.enqueues() == 1 })
	select {
	case err := <-ann:
		t.Fatalf("ann does not wait: %v", err)
	case <-time.After(4 * time.Second): // by then a client has given up twice
	}
	bob := enqueue("bob")
	server.Start()
	s.must(<-ann)
	s.must(<-bob)
	for n, id := range []string{"zoe", "ann", "bob"} {
		place, _, err := s.Position(context.Background(), id)
		s.must(err)
		if place != n+1 {
			t.Errorf("%s is at place %d, want %d", id, place, n+1)
		}
	}
	server.Signal(syscall.SIGSTOP)
	cid := enqueue("cid")
	time.AfterFunc(time.Second, func() { server.Signal(syscall.SIGCONT) })
	s.must(<-cid)
}

// An agent declines, or their device breaks, while Redis is away: it hears that as soon as it is back, and nothing is missed.
func TestADeclineWhileRedisIsAway(t *testing.T) {
	for kind, say := range map[Kind]func(s *story, lease string) error{
		Declined:     func(s *story, lease string) error { return s.Decline(s.Context(), lease, "s-maria") },
		DeviceFailed: func(s *story, lease string) error { return s.DeviceFailed(s.Context(), lease, "ice") },
	} {
		t.Run(string(kind), func(t *testing.T) {
			server := testredis.New(t, testredis.Keeping()...)
			s := tell(t, open(t, server.Address), nil)
			s.available("maria")
			s.calls("ann", "sales")
			lease := s.news("ann", Offered).Lease
			server.Kill()
			said := make(chan error, 1)
			go func() { said <- say(s, lease) }()
			select {
			case err := <-said:
				t.Fatalf("nobody insists: %v", err)
			case <-time.After(4 * time.Second): // by then a client has given up twice
			}
			server.Start()
			s.must(<-said)
			s.news("ann", kind)
		})
	}
}

// enqueues are the interactions on their way into a queue.
func (s *story) enqueues() (n int) {
	for _, x := range s.truths() {
		if x.Begin == "" {
			n++
		}
	}
	return n
}

// Ann hangs up while Redis, which has forgotten her, is being told that she waits: nobody is rung for her.
func TestAnEndThatCameWhileTheTruthWasOnItsWay(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		ann := d.stays("ann")
		d.back()
		d.ok(s.Redis().FlushDB(t.Context()).Err())
		d.set(d.now)
		d.Observe(func(verb string, _ time.Duration) {
			if verb == "reconcile" { // Redis had heard her leave before, and knew nothing of her
				said := false
				d.ok(ann.ends(t.Context(), func(ctx context.Context) error {
					if !said {
						said = true
						return nil
					}
					return d.do(ctx, "leave", "ann", "abandoned")
				}))
			}
		})
		d.back()
		if i, there := d.world().hashes["int:ann"]; there {
			t.Errorf("ann has hung up, and is %v", i)
		}
	})
}
