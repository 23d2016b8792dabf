package routing

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// Calls outside are counted at all nodes together, and a node that is gone holds nothing for longer than a minute.
func TestCallsOutsideAreCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := another(t, s, nil)
		ctx := t.Context()
		toll := func(id, agent, team string) Toll { return Toll{ID: id, Agent: agent, Team: team} }
		limits := TollLimits{All: 3, Team: 2, Agent: 1}
		d.ok(d.BeginToll(ctx, toll("1", "maria", "first"), limits))
		d.ok(d.BeginToll(ctx, toll("1", "maria", "first"), limits)) // the answer was lost
		d.refused(d.BeginToll(ctx, toll("2", "maria", "first"), limits), "too_many")
		d.ok(d.BeginToll(ctx, toll("2", "sam", "first"), limits))
		d.refused(d.BeginToll(ctx, toll("3", "tom", "first"), limits), "too_many")
		d.ok(d.BeginToll(ctx, toll("3", "tom", ""), limits))
		d.refused(d.BeginToll(ctx, toll("4", "eve", ""), limits), "too_many")
		d.ok(d.EndToll(ctx, toll("3", "tom", "")))
		d.ok(d.EndToll(ctx, toll("3", "tom", "")))
		d.ok(d.BeginToll(ctx, toll("4", "eve", ""), limits))
		d.later(40 * time.Second)
		d.ok(d.KeepToll(ctx, toll("1", "maria", "first"), false))
		d.later(40 * time.Second) // the node of the others is gone
		d.refused(d.BeginToll(ctx, toll("5", "maria", ""), limits), "too_many")
		d.ok(d.BeginToll(ctx, toll("5", "sam", "first"), limits))
	})
}

// Minutes count from the answer on, also of a call that goes on, and no further than the last sign of a node that is gone.
func TestMinutesOutsideAreCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := another(t, s, nil)
		ctx := t.Context()
		maria, next := Toll{ID: "1", Agent: "maria"}, Toll{ID: "2", Agent: "maria"}
		limits := TollLimits{MinutesOfAgent: 2, MinutesAll: 3}
		d.ok(d.BeginToll(ctx, maria, limits))
		d.ok(d.KeepToll(ctx, maria, false))
		d.later(50 * time.Second) // it rings
		d.ok(d.KeepToll(ctx, maria, true))
		for range 2 {
			d.later(50 * time.Second)
			d.ok(d.KeepToll(ctx, maria, true))
		}
		d.ok(d.BeginToll(ctx, next, limits)) // 100 s
		d.ok(d.EndToll(ctx, next))
		d.later(30 * time.Second)
		d.refused(d.BeginToll(ctx, next, limits), "minutes_used") // it goes on
		d.later(time.Hour)                                        // its node is gone: 160 s
		d.refused(d.BeginToll(ctx, next, limits), "minutes_used")
		sam := Toll{ID: "3", Agent: "sam"}
		d.ok(d.BeginToll(ctx, sam, limits))
		d.ok(d.KeepToll(ctx, sam, true))
		d.later(30 * time.Second)
		d.ok(d.EndToll(ctx, sam))
		d.refused(d.BeginToll(ctx, Toll{ID: "4", Agent: "tom"}, limits), "minutes_used")
		d.later(24 * time.Hour)
		d.ok(d.BeginToll(ctx, next, limits)) // another day
	})
}
