package routing

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// The rows of the presence's table.

func TestHeartbeatsStop(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria") // her last heartbeat was her login, 1 ms ago
		d.calls("ann", "sales")
		d.events()
		d.set(time.UnixMilli(1_800_000_000_000 + 14_999))
		d.sweep()
		d.happened()
		d.pass(time.Millisecond)
		d.sweep()
		d.happened("agent.lost", "offer.withdrawn") // no miss
		d.waits("ann", 1)
		d.stands("maria", "connection lost")
		if m := d.world().hashes["agent:maria"]["misses"]; m != "0" {
			t.Fatalf("%s misses", m)
		}
	})
}

// A call goes on while its agent's tab is dead: back after 18 s it is the same call, after 25 s the old tab only watches.
func TestTheSameSessionComesBackWithinTheGrace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		for _, away := range []time.Duration{18 * time.Second, 25 * time.Second} {
			if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			d := dawn(t, s, nil)
			d.comes("maria")
			d.calls("ann", "sales")
			lease := d.talks("ann", "maria")
			d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
			d.later(away)
			if away < 20*time.Second {
				d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
				d.stands("maria", "busy")
				d.ok(d.Finish(t.Context(), lease, "normal"))
				d.stands("maria", "")
				continue
			}
			d.refused(d.heartbeat(t.Context(), "maria", "s-maria"), "viewer")
			d.refused(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}), "viewer")
			d.ok(d.Requeue(t.Context(), lease, true, "lost")) // by the call, which knows of the audio
			d.waits("ann", 1)
			d.stands("maria", "not logged in")
		}
	})
}

func TestAnotherTabTakesOverOnlyWhatIsLost(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		viewer, err := d.Login(t.Context(), "maria", "s-second")
		d.ok(err)
		if !viewer {
			t.Fatal("the second tab may write")
		}
		d.ok(d.Disconnect(t.Context(), "maria", "s-second")) // a viewer's end is nobody's loss
		d.stands("maria", "")
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		viewer, err = d.Login(t.Context(), "maria", "s-second")
		d.ok(err)
		if viewer {
			t.Fatal("nobody may write")
		}
		d.stands("maria", "") // as before: still available
		d.refused(d.heartbeat(t.Context(), "maria", "s-maria"), "viewer")
		d.refused(d.Logout(t.Context(), "maria", "s-maria"), "viewer")
	})
}

// The agent works on in another tab, or in another browser, or at another node: everything goes on there, and the first
// one watches. Two pages of one login are two: only one of them has the seat.
func TestASecondTabTakesOver(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-2")
		sits := func(r *Router, session, page string, take, viewer bool) {
			t.Helper()
			got, err := r.Sit(t.Context(), "maria", session, page, take)
			d.ok(err)
			if got.Viewer != viewer {
				t.Fatalf("%s of %s: %+v", page, session, got)
			}
		}
		d.comes("maria") // without a page yet
		sits(d.Router, "s-maria", "t1", false, false)
		sits(d.Router, "s-maria", "t1", false, false) // reloaded
		sits(other, "s-maria", "t2", false, true)     // the same login
		sits(other, "s-home", "t3", false, true)      // another one
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		d.events()

		sits(other, "s-maria", "t2", true, false)
		d.happened("agent.moved")
		d.stands("maria", "busy")
		sits(d.Router, "s-maria", "t1", false, true)
		refused, err := d.Heartbeats(t.Context(), map[string]Sitter{"maria": {"s-maria", "t1"}})
		d.ok(err)
		if c := refused["maria"]; c == nil || c.Code != "viewer" {
			t.Fatalf("the page that watches keeps maria online: %v", c)
		}
		refused, err = other.Heartbeats(t.Context(), map[string]Sitter{"maria": {"s-maria", "t2"}})
		if d.ok(err); len(refused) > 0 {
			t.Fatalf("the page that works does not: %v", refused["maria"])
		}
		d.ok(d.Rise(t.Context(), "maria", "s-maria", "t1")) // no loss: it is not the one
		d.happened()

		sits(d.Router, "s-home", "t3", true, false)
		d.happened("agent.moved")
		d.refused(d.heartbeat(t.Context(), "maria", "s-maria"), "viewer")
		d.refused(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away"}), "viewer")
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.ok(d.Choose(t.Context(), "maria", "s-home", Choice{State: "available"}))
		d.ok(d.Rise(t.Context(), "maria", "s-home", "t3"))
		d.stands("maria", "connection lost")
		sits(other, "s-maria", "t2", false, false) // who watches follows
		d.stands("maria", "")
	})
}

func TestClickingAwayDeclinesWhatRings(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].Cooldown = 0 })
		d.comes("maria")
		d.calls("ann", "sales")
		d.events()
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", Reason: "lunch"}))
		d.happened("agent.chosen", "offer.declined")
		d.stands("maria", "away: lunch")
		d.waits("ann", 1)
		if m := d.world().hashes["agent:maria"]["misses"]; m != "0" {
			t.Fatalf("%s misses", m)
		}
	})
}

func TestADeadMicrophoneWithdrawsWhatRings(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.calls("ann", "sales")
		d.events()
		d.ok(d.Device(t.Context(), "maria", "voice", false, "no microphone"))
		d.happened("agent.device", "offer.withdrawn")
		d.stands("maria", "no microphone")
		d.ok(d.Device(t.Context(), "maria", "voice", true, ""))
		d.offered("ann", "maria") // at once: neither cooldown nor miss
	})
}

func TestABreakAfterThis(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second} })
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		after := func(c Choice) {
			t.Helper()
			c.AfterThis = true
			d.ok(d.Choose(t.Context(), "maria", "s-maria", c))
		}
		after(Choice{State: "away", Reason: "lunch"})
		d.stands("maria", "a break after this")
		after(Choice{State: "available"}) // changed their mind
		d.stands("maria", "busy")
		after(Choice{State: "busy", Reason: "paperwork"})
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.stands("maria", "a break after this") // the after-call work comes first
		d.later(30 * time.Second)
		d.stands("maria", "busy: paperwork")
		after(Choice{State: "available"})
		d.stands("maria", "")
	})
}

func TestOfflineEndsEverythingButTheWork(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.calls("ann", "sales")
		d.later(20 * time.Second)
		d.stands("maria", "missed an offer")
		d.ok(d.Logout(t.Context(), "maria", "s-maria"))
		_, err := d.Login(t.Context(), "maria", "s-maria") // a new day: away until they say so
		d.ok(err)
		d.stands("maria", "missed an offer")
		d.ok(d.Back(t.Context(), "maria", "s-maria"))
		d.stands("maria", "away") // until they say so: it is a new day
	})
}

// Maria talks, wants to go home after it, thinks better of it, and thinks again.
func TestTheDayEndsAfterThis(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second} })
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		home := Choice{State: "offline"}
		d.ok(d.Choose(t.Context(), "maria", "s-maria", home))
		d.stands("maria", "signs out after this")
		d.events()
		d.ok(d.Stay(t.Context(), "maria", "s-maria"))
		d.ok(d.Stay(t.Context(), "maria", "s-maria")) // told again
		d.happened("agent.next")
		d.stands("maria", "busy")
		d.refused(d.Stay(t.Context(), "maria", "s-other"), "viewer")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", home))
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.stands("maria", "signs out after this") // the after-call work comes first
		d.later(30 * time.Second)
		d.stands("maria", "not logged in")
		_, err := d.Login(t.Context(), "maria", "s-maria")
		d.refused(err, "fenced") // a page that looks in again does not begin a new day
		_, err = d.Login(t.Context(), "maria", "s-tomorrow")
		d.ok(err)
		d.stands("maria", "away")
		d.ok(d.Choose(t.Context(), "maria", "s-tomorrow", home)) // with nothing in hand: now
		d.stands("maria", "not logged in")
	})
}

// Who takes back a break stays what they are, here: at lunch.
func TestABreakTakenBackChangesNothingElse(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", Reason: "lunch"}))
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "busy", Reason: "paperwork", AfterThis: true}))
		d.ok(d.Stay(t.Context(), "maria", "s-maria"))
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.stands("maria", "away: lunch")
	})
}
