package routing

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// Timed after-call work of 30 s: submitted at 29 s the slot is back at 29 s. Said nothing, it is back at 30 s with the
// system's code, and what the agent says at 31 s amends it. A queue that asks for no disposition gets none.
func TestADispositionAgainstItsTimer(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		for name, c := range map[string]struct {
			asked   bool
			at      time.Duration // of the agent's word
			emerges []string      // codes in their order
		}{
			"in time":           {true, 29 * time.Second, []string{"sold"}},
			"too late":          {true, 31 * time.Second, []string{TimedOut, "sold"}},
			"too late, unasked": {false, 31 * time.Second, []string{"sold"}},
			"during the talk":   {true, 0, []string{"sold"}},
		} {
			t.Run(name, func(t *testing.T) {
				if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
				d := dawn(t, s, func(f *Floor) {
					f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second}
					if c.asked {
						f.Queues[0].Dispositions = []Disposition{{Code: "sold"}}
					}
				})
				d.comes("maria")
				d.calls("ann", "sales")
				lease := d.talks("ann", "maria")
				submit := func() { d.ok(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "sold"})) }
				if c.at == 0 {
					submit()
				}
				d.ok(d.Finish(t.Context(), lease, "normal"))
				d.later(29 * time.Second)
				d.stands("maria", "busy")
				if c.at == 29*time.Second {
					submit()
					d.stands("maria", "")
				}
				d.later(time.Second)
				d.stands("maria", "")
				if c.at == 31*time.Second {
					d.later(time.Second)
					submit()
				}
				var codes []string
				for _, e := range d.world().events {
					if e.What == "disposition.set" {
						codes = append(codes, e.Get("code"))
					}
				}
				if err := same("the codes", codes, c.emerges); err != nil {
					t.Error(err)
				}
			})
		}
	})
}
