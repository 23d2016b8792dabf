package routing

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// A supervisor moves who waits: at their age, in front of who came later, and whoever their call rang for is free for others.
func TestWhoWaitsIsMoved(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Agents[0].Queues, f.Agents[1].Queues = []string{"sales"}, []string{"support"} })
		d.comes("maria")
		d.calls("ann", "sales") // who is offered
		d.offered("ann", "maria")
		d.later(time.Second)
		d.calls("eve", "sales")
		d.calls("bob", "support")
		d.events()
		d.ok(d.Move(t.Context(), "ann", "support", "boss"))
		d.happened("offer.withdrawn", "interaction.left", "interaction.queued", "offer.made")
		d.offered("eve", "maria") // is free again
		d.waits("ann", 1)
		d.waits("bob", 2)
		d.refused(d.Move(t.Context(), "ann", "support", "boss"), "there_already")
		d.comes("sam")
		d.talks("ann", "sam")
		d.refused(d.Move(t.Context(), "ann", "sales", "boss"), "talking")
		d.refused(d.Move(t.Context(), "nobody", "sales", "boss"), "gone")
	})
}

// What a queue does not take changes nothing.
func TestAMoveThatIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			for _, name := range []string{"none", "full", "empty"} {
				q := DefaultQueue()
				q.Name = name
				q.Transfers, q.JoinEmpty, q.MaxWaiting = name != "none", name != "empty", map[bool]int{true: 1}[name == "full"]
				f.Queues = append(f.Queues, q)
			}
		})
		d.calls("bob", "full")
		d.calls("ann", "sales")
		before := d.world()
		for queue, code := range map[string]string{"none": "no_transfers", "full": "full", "empty": "no_agents", "nowhere": "closed"} {
			d.refused(d.Move(t.Context(), "ann", queue, "boss"), code)
		}
		if err := same("a refused move", before, d.world()); err != nil {
			t.Error(err)
		}
	})
}
