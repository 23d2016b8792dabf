package routing

import (
	"slices"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// What an agent has in hand is told by channel, other channels than calls from the first of theirs that reaches one of the agent's queues
// on. Busy is who has no slot free at all.
func TestLoads(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Agents[1].Queues = []string{"support"} })
		is := func(agent string, busy bool, want ...Load) {
			t.Helper()
			a, err := d.Agent(t.Context(), agent)
			d.ok(err)
			if a.Busy != busy || !slices.Equal(a.Loads, want) {
				t.Errorf("%s has %+v, busy is %v; want %+v, %v", agent, a.Loads, a.Busy, want, busy)
			}
		}
		d.comes("maria", "sam")
		is("maria", false, Load{"voice", 0, 1, 1})
		d.calls("ann", "sales")
		call := d.talks("ann", "maria")
		is("maria", true, Load{"voice", 1, 1, 1})
		d.comesBy("chat", "bob", "sales")
		is("maria", true, Load{"voice", 1, 1, 1}, Load{"chat", 0, 2, 3}) // a call in hand keeps chats away
		is("sam", false, Load{"voice", 0, 1, 1})                         // no chat has ever been in support
		d.ok(d.Finish(t.Context(), call, "normal"))
		d.ok(d.Accept(t.Context(), d.offered("bob", "maria"), "s-maria"))
		is("maria", false, Load{"voice", 0, 1, 1}, Load{"chat", 1, 2, 3})
		d.has("maria", "chat", "cid")
		is("maria", true, Load{"voice", 0, 1, 1}, Load{"chat", 2, 2, 3}) // and chats keep a call away
		d.comesBy("chat", "dan", "sales")
		d.next("maria", "", "dan")
		is("maria", true, Load{"voice", 0, 1, 1}, Load{"chat", 3, 2, 3})
		d.comesBy("email", "post", "sales")
		is("maria", false, Load{"voice", 0, 1, 1}, Load{"chat", 3, 2, 3}, Load{"email", 1, 5, 10})

		// Peace after a decline is no slot in use.
		d.comesBy("voice", "eva", "support")
		d.ok(d.Decline(t.Context(), d.offered("eva", "sam"), "s-sam"))
		is("sam", false, Load{"voice", 0, 1, 1})
		d.later(15 * time.Second)
	})
}
