package records

import (
	"fmt"
	"testing"

	"github.com/callfloor/callfloor/state"
)

// A call outlives its process: its row stays open, goes on as if nothing had happened, and says that it was revived. The
// next life's end closes it, unless the call outlives that, too.
func TestARevivedCallHasOneRow(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		whole, seq := story("talking"), 0
		write := func(events ...state.Event) {
			t.Helper()
			for n := range events {
				seq++
				events[n].ID = fmt.Sprintf("%d-0", seq)
			}
			if err := s.write(t.Context(), events); err != nil {
				t.Fatal(err)
			}
		}
		interrupted := func(at int64, want int, goOn ...string) {
			t.Helper()
			if n, err := s.Interrupted(t.Context(), "n-1", after(at), goOn...); err != nil || n != want {
				t.Fatalf("closed %d, %v; want %d", n, err, want)
			}
		}
		revived := func(at int64, call string) state.Event {
			return told(at, "call.revived", "call", call, "from", "+15550100", "flow", "main", "node", "n-1", "began", fmt.Sprint(noon.UnixMilli()))
		}
		write(whole[:16]...) // on hold
		interrupted(65_000, 0, "talking")
		write(revived(65_100, "talking"))
		if i := mustInteraction(t, s, "talking"); !i.Ended.IsZero() || !i.Revived.Equal(after(65_100)) || i.Segments[1].Outcome != "" {
			t.Errorf("after the restart the row is %+v", i)
		}
		write(whole[16:]...)
		want := remembered("talking")
		want.Revived = after(65_100)
		same(t, mustInteraction(t, s, "talking"), want)

		write(story("twice")[:16]...)
		interrupted(65_000, 0, "twice")
		write(revived(65_100, "twice"))
		interrupted(70_000, 1)
		if i := mustInteraction(t, s, "twice"); i.Cause != Interrupted {
			t.Errorf("it did not outlive the second end, and is %+v", i)
		}

		// An embedded journal died with what nobody had read.
		interrupted(1_000, 0, "unread")
		write(revived(2_000, "unread"))
		if i := mustInteraction(t, s, "unread"); !i.Started.Equal(noon) || i.From != "+15550100" || i.Flow != "main" || !i.Ended.IsZero() {
			t.Errorf("the row of whose beginning nothing is known is %+v", i)
		}
	})
}
