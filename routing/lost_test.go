package routing

import (
	"slices"
	"testing"

	"github.com/callfloor/callfloor/state"
)

// Redis was away when a call ended: nobody told it. What no call stands for is let go when it is missed a second time.
func TestWhatNoCallStandsForIsLetGo(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		d.calls("cid", "sales")
		ticket, err := d.Enqueue(t.Context(), Interaction{ID: "dan", Channel: "voice", Queue: "sales"})
		d.ok(err)
		defer ticket.Close()
		d.talks("ann", "maria")
		d.offered("bob", "sam")
		d.ok(d.reapOnce(t.Context()))
		d.events()
		d.ok(d.reapOnce(t.Context()))
		if got := slices.Sorted(slices.Values(d.events())); !slices.Equal(got, []string{
			"interaction.left", "interaction.left", "interaction.left", "offer.customer_gone", "offer.made", "work.ended",
		}) {
			t.Errorf("happened: %v", got)
		}
		if w := d.world(); len(w.of("int:")) != 1 || w.hashes["int:dan"]["state"] != "offered" {
			t.Errorf("left on the floor: %v", w.of("int:"))
		}
	})
}

// The answer to a verb is lost, so it is said again: it is answered as the first time, and nothing happens twice.
func TestSaidTwiceIsSaidOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		first, err := d.run(t.Context(), "enqueue", "ann", "voice", "sales", 0, 0, "n-1", "{}", "v-1", "", "0")
		d.ok(err)
		lease := d.offered("ann", "maria")
		d.events()
		again, err := d.run(t.Context(), "enqueue", "ann", "voice", "sales", 0, 0, "n-1", "{}", "v-1", "", "0")
		d.ok(err)
		if first[0] != again[0] {
			t.Errorf("the wait began at %s, and at %s", first[0], again[0])
		}
		d.ok(d.Accept(t.Context(), lease, "s-maria"))
		d.ok(d.Accept(t.Context(), lease, "s-maria"))
		d.refused(d.Accept(t.Context(), lease, ""), "taken")
		d.ok(d.Requeue(t.Context(), lease, true, "lost"))
		d.ok(d.Requeue(t.Context(), lease, true, "lost"))
		d.happened("offer.accepted", "interaction.requeued", "offer.made")
	})
}

// The admin takes a queue away: who waits in it is told, a talk goes on and has nowhere to return to.
func TestAQueueThatIsNoMore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		d.calls("cid", "sales")
		lease := d.talks("ann", "maria")
		d.offered("bob", "sam")
		d.events()
		only := DefaultQueue()
		only.Name = "support"
		d.ok(d.Configure(t.Context(), Floor{
			Limits: DefaultLimits(), Queues: []Queue{only},
			Agents: []Agent{{ID: "maria", Queues: []string{"support"}}, {ID: "sam", Queues: []string{"support"}}},
		}))
		if got := slices.Sorted(slices.Values(d.events())); !slices.Equal(got, []string{"interaction.left", "interaction.left", "offer.withdrawn"}) {
			t.Errorf("happened: %v", got)
		}
		d.refused(d.Requeue(t.Context(), lease, true, "lost"), "closed")
		d.happened("work.ended", "interaction.left")
	})
}
