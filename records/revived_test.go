package records

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

// A recorded call goes on at another node, and again at the first: each tells of its own part when it can, in whatever order,
// twice too, and the row has all of them as they were said.
func TestARecordingInParts(t *testing.T) {
	part := func(what, node string, began int64, more ...string) state.Event {
		file := fmt.Sprintf("c.%d.%s.wav", began, node)
		return told(began, "recording."+what, append([]string{"call", "c", "file", file, "node", node, "began", fmt.Sprint(began)}, more...)...)
	}
	events := []state.Event{
		part("started", "n-1", 1000, "silence", "0"),
		part("started", "n-2", 20_000, "silence", "12000"),
		part("ended", "n-2", 20_000, "seconds", "15.00"),
		part("started", "n-1", 40_000, "silence", "0"),
		part("ended", "n-1", 1000, "seconds", "7.50"),
		part("ended", "n-1", 40_000, "seconds", "2.00"),
	}
	want := Interaction{
		ID: "c", Recording: "c.1000.n-1.wav", Recorded: 24500 * time.Millisecond, Parts: []Part{
			{File: "c.1000.n-1.wav", Node: "n-1", Began: 1000, Length: 7500 * time.Millisecond},
			{File: "c.20000.n-2.wav", Node: "n-2", Began: 20_000, Silence: 12 * time.Second, Length: 15 * time.Second},
			{File: "c.40000.n-1.wav", Node: "n-1", Began: 40_000, Length: 2 * time.Second},
		},
	}
	onBoth(t, func(t *testing.T, open func() *Store) {
		for round := range 50 {
			var got Interaction
			all := append(slices.Clone(events), events[round%len(events)])
			rand.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
			for n, e := range all {
				got = apply(got, e)
				all[n].ID = fmt.Sprintf("%d-0", n+1)
			}
			if round == 0 { // what the function makes of it, the store keeps
				s := open()
				if err := s.write(t.Context(), all); err != nil {
					t.Fatal(err)
				}
				got = mustInteraction(t, s, "c")
			}
			got = Interaction{ID: got.ID, Recording: got.Recording, Recorded: got.Recorded, Parts: got.Parts}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Interaction{})); diff != "" {
				t.Fatalf("told as %v: %s", all, diff)
			}
		}
	})
}
