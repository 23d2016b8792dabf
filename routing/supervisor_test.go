package routing

import (
	"slices"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// What supervisors do to agents.

func TestASupervisorForcesLogout(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Limits.Capacity.Voice = new(3)
			f.Queues[0].AfterWork = AfterWork{Kind: "indefinite"}
		})
		d.comes("maria")
		d.calls("ann", "sales")
		d.ok(d.Finish(t.Context(), d.talks("ann", "maria"), "normal")) // after-call work without an end
		d.calls("bob", "support")
		lease := d.talks("bob", "maria")
		d.calls("cid", "sales")
		d.offered("cid", "maria")
		d.events()

		d.ok(d.SignOut(t.Context(), "maria", "sam"))
		if got := slices.Sorted(slices.Values(d.events())); !slices.Equal(got, []string{"acw.ended", "agent.offline", "offer.withdrawn", "work.recalled"}) {
			t.Errorf("happened: %v", got)
		}
		d.waits("cid", 1)
		if m := d.world().hashes["agent:maria"]; m["misses"] != "0" || m["cooldown"] > "0" {
			t.Errorf("maria pays for it: %v", m)
		}
		d.ok(d.SignOut(t.Context(), "maria", "sam")) // told again
		d.happened()
		d.refused(d.SignOut(t.Context(), "maria", "eve"), "not_online")

		// The old tab can do nothing any more, whatever it tries.
		d.refused(d.heartbeat(t.Context(), "maria", "s-maria"), "fenced")
		d.refused(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}), "fenced")
		d.refused(d.Submit(t.Context(), lease, "s-maria", Outcome{}), "fenced")
		d.refused(d.Logout(t.Context(), "maria", "s-maria"), "fenced")
		_, err := d.Login(t.Context(), "maria", "s-maria")
		d.refused(err, "fenced")
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))

		// The call gives its customer back, to the head; until then the slot is in use, even if maria comes back.
		_, err = d.Login(t.Context(), "maria", "s-new")
		d.ok(err)
		if a, err := d.Agent(t.Context(), "maria"); err != nil || len(a.Leases) != 1 || a.EndedBy != "sam" {
			t.Errorf("maria has %+v, %v", a, err)
		}
		d.ok(d.Requeue(t.Context(), lease, true, "recalled"))
		d.waits("bob", 1)
		d.stands("maria", "away")
	})
}

// Digital work waits again at its age: before what came while it was in hand.
func TestASupervisorsLogoutRequeuesDigitalWork(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.has("maria", "chat", "ann", "bob")
		d.has("maria", "email", "post")
		d.comesBy("chat", "cid", "sales")
		d.ok(d.SignOut(t.Context(), "maria", "sam"))
		for place, who := range []string{"ann", "bob", "post", "cid"} {
			d.waits(who, place+1)
		}
		if a, err := d.Agent(t.Context(), "maria"); err != nil || len(a.Leases) > 0 {
			t.Errorf("maria keeps %+v, %v", a.Leases, err)
		}
		d.comes("sam")
		d.offered("ann", "sam")
	})
}

// A lost session can be ended, too, and does not come back within its grace.
func TestASupervisorForcesTheLogoutOfALostAgent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.ok(d.SignOut(t.Context(), "maria", "sam"))
		_, err := d.Login(t.Context(), "maria", "s-maria")
		d.refused(err, "fenced")
		d.stands("maria", "not logged in")
		d.refused(d.SignOut(t.Context(), "nobody", "sam"), "unknown_agent")
	})
}

func TestASupervisorChoosesForAnAgent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		away := Choice{State: "away", Reason: "training"}
		d.refused(d.ChooseFor(t.Context(), "maria", "sam", away), "not_online")
		d.comes("maria")
		d.calls("ann", "sales")
		d.offered("ann", "maria")
		d.ok(d.ChooseFor(t.Context(), "maria", "sam", away))
		d.stands("maria", "away: training")
		d.waits("ann", 1)
		by := func(want string) {
			t.Helper()
			if a, err := d.Agent(t.Context(), "maria"); err != nil || a.By != want {
				t.Errorf("chosen by %q, want %q (%v)", a.By, want, err)
			}
		}
		by("sam")
		d.later(15 * time.Second) // the peace after the offer
		d.ok(d.ChooseFor(t.Context(), "maria", "sam", Choice{State: "available"}))
		lease := d.talks("ann", "maria")
		d.ok(d.ChooseFor(t.Context(), "maria", "sam", Choice{State: "away", AfterThis: true}))
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.stands("maria", "away")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
		by("")
	})
}
