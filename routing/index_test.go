package routing

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/state"
)

// A queue of calls keeps no index of chats, which would be written each time an agent comes free; with its first chat it
// has one, and whoever is free stands in it.
func TestAQueueHasIndexesOfWhatItHasSeen(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam")
		indexes := func(want ...string) {
			t.Helper()
			got := slices.Sorted(maps.Keys(d.world().index("free:")))
			if !slices.Equal(got, want) {
				t.Fatalf("the indexes of the free are %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
			}
		}
		indexes("sales:voice", "support:voice")
		d.calls("ann", "sales")
		d.talks("ann", "maria")
		indexes("sales:voice", "support:voice")
		d.comesBy("chat", "bob", "sales")
		d.offered("bob", "sam") // who stood in no index of chats until then
		indexes("sales:chat", "sales:kept", "support:kept")
		d.ok(d.Finish(t.Context(), d.lease("ann"), "normal"))
		indexes("sales:chat", "sales:kept", "sales:voice", "support:kept", "support:voice")
	})
}
