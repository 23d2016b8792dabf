package routing

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// story is a floor with a router at work.
type story struct {
	*testing.T
	*Router
	tickets map[string]*Ticket
}

// tell opens a floor with the queues sales and support and the agents maria and sam in both, and sets it to work.
func tell(t *testing.T, st *state.State, change func(*Floor)) *story {
	t.Helper()
	s := &story{T: t, Router: New(st, "n-1", slog.New(slog.DiscardHandler)), tickets: map[string]*Ticket{}}
	s.open(change)
	s.begins()
	return s
}

func (s *story) open(change func(*Floor)) {
	s.Helper()
	q := func(name string) Queue {
		q := DefaultQueue()
		q.Name, q.Cooldown = name, 300*time.Millisecond
		return q
	}
	f := Floor{
		Agents: []Agent{{ID: "maria", Name: "Maria", Queues: []string{"sales", "support"}}, {ID: "sam", Name: "Sam", Queues: []string{"sales", "support"}}},
		Queues: []Queue{q("sales"), q("support")},
		Limits: DefaultLimits(),
	}
	if change != nil {
		change(&f)
	}
	s.must(s.Configure(s.Context(), f))
}

func (s *story) begins() {
	s.Helper()
	done, ctx := make(chan error), s.Context()
	go func() { done <- s.Router.Run(ctx) }()
	s.Cleanup(func() {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			s.Error(err)
		}
		for _, k := range s.tickets {
			k.Close()
		}
	})
}

func (s *story) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *story) conflict(err error, code string) {
	s.Helper()
	if !IsConflict(err, code) {
		s.Fatalf("got %v, want the conflict %s", err, code)
	}
}

// available logs an agent in and makes them available.
func (s *story) available(agents ...string) {
	s.Helper()
	for _, a := range agents {
		_, err := s.Login(s.Context(), a, "s-"+a)
		s.must(err)
		s.must(s.Device(s.Context(), a, "voice", true, ""))
		s.must(s.Choose(s.Context(), a, "s-"+a, Choice{State: "available"}))
	}
}

func (s *story) calls(id, queue string) {
	s.Helper()
	t, err := s.Enqueue(s.Context(), Interaction{ID: id, Channel: "voice", Queue: queue, Data: map[string]string{"from": id}})
	s.must(err)
	s.tickets[id] = t
}

// news is the next update of a caller, which must be of that kind.
func (s *story) news(id string, kind Kind) Update {
	s.Helper()
	select {
	case u := <-s.tickets[id].Updates():
		if u.Kind != kind {
			s.Fatalf("%s: %s (%s), want %s", id, u.Kind, u.Reason, kind)
		}
		return u
	case <-time.After(5 * time.Second):
		s.Fatalf("%s: nothing happened, want %s", id, kind)
	}
	return Update{}
}

func (s *story) why(agent, want string) {
	s.Helper()
	a, err := s.Agent(s.Context(), agent)
	s.must(err)
	if a.Why != want {
		s.Fatalf("%s is not offered calls because %q, want %q", agent, a.Why, want)
	}
}

func TestACallerIsOfferedAcceptedServed(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 300 * time.Millisecond} })
		s.available("maria")
		s.calls("ann", "sales")
		u := s.news("ann", Offered)
		s.conflict(s.Accept(t.Context(), u.Lease, "another tab"), "viewer")
		s.must(s.Accept(t.Context(), u.Lease, "s-maria"))
		s.must(s.Accept(t.Context(), u.Lease, "s-maria")) // told again: the first answer may have been lost
		s.news("ann", Accepted)
		s.must(s.Connected(t.Context(), u.Lease))
		s.why("maria", "busy")

		var open *OpenWork
		if err := s.Logout(t.Context(), "maria", "s-maria"); !errors.As(err, &open) {
			t.Fatalf("logout in a call: %v", err)
		}
		s.must(s.Finish(t.Context(), u.Lease, "normal"))
		s.why("maria", "busy") // after-call work holds the slot
		s.calls("bob", "sales")
		s.news("bob", Offered) // once the timer is over
		s.must(s.Submit(t.Context(), u.Lease, "s-maria", Outcome{Code: "sold"}))
	})
}

func TestTheLongestIdleIsAskedFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("sam")
		time.Sleep(3 * time.Millisecond) // idle times count milliseconds
		s.available("maria")
		s.calls("ann", "sales")
		u := s.news("ann", Offered)
		if u.Agent != "sam" {
			t.Fatalf("offered to %s", u.Agent)
		}
		s.calls("bob", "sales")
		if u := s.news("bob", Offered); u.Agent != "maria" {
			t.Fatalf("offered to %s", u.Agent)
		}
	})
}

// Two agents, three callers: nobody is offered two calls, nobody is lost, and ages are kept over declines.
func TestTwoAgentsThreeCallers(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("maria", "sam")
		for _, c := range []string{"ann", "bob", "cid"} {
			s.calls(c, "sales")
		}
		a, b := s.news("ann", Offered), s.news("bob", Offered)
		if a.Agent == b.Agent {
			t.Fatalf("%s is offered two calls", a.Agent)
		}
		s.must(s.Decline(t.Context(), a.Lease, "s-"+a.Agent))
		s.news("ann", Declined)
		place, waiting, err := s.Position(t.Context(), "ann")
		s.must(err)
		if place != 1 || waiting != 3 {
			t.Fatalf("ann is at %d of %d after a decline, want 1 of 3", place, waiting)
		}
		s.must(s.Accept(t.Context(), b.Lease, "s-"+b.Agent))
		s.news("bob", Accepted)
		s.must(s.Connected(t.Context(), b.Lease))
		s.must(s.Finish(t.Context(), b.Lease, "normal"))
		if u := s.news("ann", Offered); u.Agent != b.Agent {
			t.Fatalf("ann is offered to %s, who declined her", u.Agent)
		}
		if u := s.news("cid", Offered); u.Agent != a.Agent { // after the cooldown
			t.Fatalf("cid is offered to %s", u.Agent)
		}
	})
}

func TestAMissedOfferSetsTheAgentIdle(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Queues[0].Ring = 200 * time.Millisecond })
		s.available("maria")
		s.calls("ann", "sales")
		u := s.news("ann", Offered)
		s.news("ann", Missed)
		s.why("maria", "missed an offer")
		s.conflict(s.Accept(t.Context(), u.Lease, "s-maria"), "gone")
		s.must(s.Back(t.Context(), "maria", "s-maria"))
		s.news("ann", Offered)
	})
}

func TestAcceptWithoutAudioGivesTheCallerBackToTheHead(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("maria")
		s.calls("ann", "sales")
		u := s.news("ann", Offered)
		s.calls("bob", "sales")
		s.must(s.Accept(t.Context(), u.Lease, "s-maria"))
		s.news("ann", Accepted)
		s.must(s.DeviceFailed(t.Context(), u.Lease, "ice"))
		s.news("ann", DeviceFailed)
		if place, _, err := s.Position(t.Context(), "ann"); err != nil || place != 1 {
			t.Fatalf("ann is at %d, %v", place, err)
		}
	})
}

func TestALostSessionWithdrawsWithoutAMiss(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Limits.Grace = 3000 * time.Millisecond })
		s.available("maria")
		s.calls("ann", "sales")
		s.news("ann", Offered)
		s.must(s.Disconnect(t.Context(), "maria", "s-maria"))
		s.news("ann", Withdrawn)
		s.why("maria", "connection lost")
		_, err := s.Login(t.Context(), "maria", "s-maria") // back in time: everything as before
		s.must(err)
		s.news("ann", Offered)
		s.must(s.Disconnect(t.Context(), "maria", "s-maria"))
		s.news("ann", Withdrawn)
		for {
			a, err := s.Agent(t.Context(), "maria")
			s.must(err)
			if a.Session == "offline" {
				break
			}
		}
		s.conflict(s.heartbeat(t.Context(), "maria", "s-maria"), "viewer")
	})
}

func TestASecondSessionOnlyWatches(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("maria")
		viewer, err := s.Login(t.Context(), "maria", "s-second")
		s.must(err)
		if !viewer {
			t.Fatal("the second session may write")
		}
		s.conflict(s.Choose(t.Context(), "maria", "s-second", Choice{State: "away"}), "viewer")
	})
}

func TestBreakAfterThis(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("maria")
		s.calls("ann", "sales")
		u := s.news("ann", Offered)
		s.must(s.Accept(t.Context(), u.Lease, ""))
		s.must(s.Connected(t.Context(), u.Lease))
		s.must(s.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", Reason: "lunch", AfterThis: true}))
		s.why("maria", "a break after this")
		s.must(s.Finish(t.Context(), u.Lease, "normal"))
		s.why("maria", "away: lunch")
	})
}

func TestThePriorityThenTheAge(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Queues[1].Priority = 1 })
		s.calls("ann", "sales")
		s.calls("bob", "support")
		s.available("maria")
		u := s.news("bob", Offered)
		s.must(s.Leave(t.Context(), "bob", "abandoned"))
		s.news("ann", Offered)
		s.conflict(s.Accept(t.Context(), u.Lease, "s-maria"), "gone")
	})
}

func TestAFullQueueAndAnUnknownOne(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Queues[0].MaxWaiting = 1 })
		s.calls("ann", "sales")
		_, err := s.Enqueue(t.Context(), Interaction{ID: "bob", Channel: "voice", Queue: "sales"})
		s.conflict(err, "full")
		_, err = s.Enqueue(t.Context(), Interaction{ID: "bob", Channel: "voice", Queue: "nowhere"})
		s.conflict(err, "closed")
	})
}

func TestAQueueThatWantsSomebodyThere(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Queues[0].JoinEmpty = false })
		_, err := s.Enqueue(t.Context(), Interaction{ID: "ann", Channel: "voice", Queue: "sales"})
		s.conflict(err, "no_agents")
		_, err = s.Login(t.Context(), "maria", "s-maria") // away, but there
		s.must(err)
		s.calls("ann", "sales")
	})
}

func TestARestartedNodeGivesEverythingBack(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("maria", "sam")
		s.calls("ann", "sales")
		s.calls("bob", "sales")
		s.calls("cid", "sales")
		u := s.news("ann", Offered)
		s.must(s.Accept(t.Context(), u.Lease, ""))
		s.must(s.Choose(t.Context(), "sam", "s-sam", Choice{State: "away", Reason: "lunch"}))
		s.must(s.Recover(t.Context(), nil))
		s.why("maria", "connection lost")
		for agent, why := range map[string]string{"maria": "", "sam": "away: lunch"} { // their pages come back
			_, err := s.Login(t.Context(), agent, "s-"+agent)
			s.must(err)
			s.must(s.Device(t.Context(), agent, "voice", true, ""))
			s.why(agent, why)
		}
		qs, err := s.Queues(t.Context())
		s.must(err)
		for _, q := range qs {
			if q.Waiting != 0 {
				t.Fatalf("%d still wait in %s", q.Waiting, q.Name)
			}
		}
	})
}
