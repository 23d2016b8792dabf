package records

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// A day of two queues: who is declined and then answered is one caller, who is moved is one of both, who gives up is told apart from
// whom the queue sends away, and yesterday does not count.
func TestWhatADayCameTo(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		var events []state.Event
		say := func(sec int, what, call string, pairs ...string) {
			e := state.Event{At: noon.Add(time.Duration(sec) * time.Second), What: what, Data: map[string]string{"call": call, "node": "n-1"}}
			for n := 0; n < len(pairs); n += 2 {
				e.Data[pairs[n]] = pairs[n+1]
			}
			e.ID = fmt.Sprintf("%d-0", len(events)+1)
			events = append(events, e)
		}
		answered := func(at int, call, queue, agent, lease string) {
			say(at, "offer.made", call, "queue", queue, "agent", agent, "lease", lease)
			say(at, "offer.accepted", call, "queue", queue, "agent", agent, "lease", lease)
			say(at, "call.connected", call, "queue", queue, "agent", agent, "lease", lease)
			say(at+60, "call.released", call, "queue", queue, "agent", agent, "lease", lease, "talked", "60000", "cause", "normal")
		}
		say(-100_000, "call.started", "old")
		say(-100_000, "interaction.queued", "old", "queue", "sales")
		say(0, "call.started", "ann") // is declined by maria, and answered by sam after 30 s
		say(0, "interaction.queued", "ann", "queue", "sales")
		say(5, "offer.made", "ann", "queue", "sales", "agent", "maria", "lease", "l-1")
		say(10, "offer.declined", "ann", "queue", "sales", "agent", "maria", "lease", "l-1")
		answered(30, "ann", "sales", "sam", "l-2")
		say(1000, "call.started", "bob") // is answered at once, in the next quarter
		say(1000, "interaction.queued", "bob", "queue", "sales")
		answered(1002, "bob", "sales", "sam", "l-3")
		say(20, "call.started", "cid") // gives up while it rings
		say(20, "interaction.queued", "cid", "queue", "sales")
		say(25, "offer.made", "cid", "queue", "sales", "agent", "maria", "lease", "l-4")
		say(26, "offer.customer_gone", "cid", "queue", "sales", "agent", "maria", "lease", "l-4")
		say(26, "interaction.left", "cid", "queue", "sales", "reason", "abandoned")
		say(30, "call.started", "dan") // is sent away
		say(30, "interaction.queued", "dan", "queue", "sales")
		say(90, "interaction.left", "dan", "queue", "sales", "reason", "timeout")
		say(40, "call.started", "eve") // is moved, and waits
		say(40, "interaction.queued", "eve", "queue", "sales")
		say(50, "interaction.left", "eve", "queue", "sales", "reason", "transferred")
		say(50, "interaction.queued", "eve", "queue", "support", "from", "sales")
		if err := s.write(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		d, err := s.Today(t.Context(), noon, func(string) time.Duration { return 20 * time.Second })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, q := range []string{"sales", "support"} {
			got = append(got, fmt.Sprint(q, d.Queues[q].Tally, d.Queues[q].Waited))
		}
		for _, sec := range []int{0, 900} {
			got = append(got, fmt.Sprint(*d.Queues["sales"].Quarters[noon.Add(time.Duration(sec)*time.Second).UnixMilli()]))
		}
		for _, a := range []string{"maria", "sam"} {
			got = append(got, fmt.Sprint(a, *d.Agents[a]["sales"]))
		}
		want := "sales{5 2 1 1} 32s support{1 0 0 0} 0s {4 1 0 1} {1 1 1 0} maria{0 0s 0s 1} sam{2 2m0s 0s 0}"
		if text := strings.Join(got, " "); text != want {
			t.Errorf("counted %s\nwant    %s", text, want)
		}
	})
}
