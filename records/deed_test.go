package records

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// What supervisors did is kept once, however often it is told, and read by who did it and by the supervisors of its queues.
func TestDeeds(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		did := func(n int, d Deed) state.Event {
			d.At, d.Node = noon.Add(time.Duration(n)*time.Second), "n-1"
			e := d.Event()
			e.ID = fmt.Sprintf("%d-0", noon.UnixMilli()+int64(n))
			return e
		}
		first := Deed{By: "sam", Verb: "sign_out", Agent: "maria", Address: "10.0.0.7", Result: "done", Queues: []string{"sales", "a_b"}}
		events := []state.Event{
			did(0, first),
			did(1, Deed{By: "sam", Verb: "move", Call: "c-1", Queue: "axb", Detail: "support", Result: "full", Queues: []string{"axb"}}),
			did(2, Deed{By: "eve", Verb: "choose", Agent: "tom", Detail: "away lunch\x00", Result: "done", Queues: []string{"support"}}),
		}
		for range 2 {
			if err := s.write(t.Context(), events); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.write(t.Context(), []state.Event{events[1]}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			f    DeedFilter
			want string
		}{
			{"all", DeedFilter{}, "choose move sign_out"},
			{"one's own", DeedFilter{Reader: &Reader{Agent: "sam"}}, "move sign_out"},
			{"of a queue", DeedFilter{Reader: &Reader{Agent: "ida", Queues: []string{"sales"}}}, "sign_out"},
			{"a queue's name is no pattern", DeedFilter{Reader: &Reader{Agent: "ida", Queues: []string{"a_b"}}}, "sign_out"},
			{"of none", DeedFilter{Reader: &Reader{Agent: "ida"}}, ""},
			{"to somebody", DeedFilter{Agent: "tom"}, "choose"},
			{"for a call", DeedFilter{Call: "c-1"}, "move"},
			{"of a kind, by somebody", DeedFilter{By: "sam", Verb: "sign_out"}, "sign_out"},
			{"since", DeedFilter{Since: noon.Add(time.Second)}, "choose move"},
			{"until", DeedFilter{Until: noon.Add(time.Second)}, "sign_out"},
			{"a page", DeedFilter{Limit: 1}, "choose"},
			{"the next page", DeedFilter{Before: events[2].ID}, "move sign_out"},
		} {
			found, err := s.Deeds(t.Context(), c.f)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var verbs []string
			for _, d := range found {
				verbs = append(verbs, d.Verb)
			}
			if got := strings.Join(verbs, " "); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		found, err := s.Deeds(t.Context(), DeedFilter{Verb: "sign_out"})
		if err != nil {
			t.Fatal(err)
		}
		want := first
		want.ID, want.At, want.Node = events[0].ID, noon, "n-1"
		if got := found[0]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("kept %+v, want %+v", got, want)
		}
		if found, _ = s.Deeds(t.Context(), DeedFilter{Verb: "choose"}); found[0].Detail != "away lunch" {
			t.Errorf("kept %q", found[0].Detail)
		}
	})
}
