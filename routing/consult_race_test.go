package routing

import (
	"context"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// The laws of a consult: it stands on an interaction that somebody has, and who is consulted has nothing else.
func TestTheDoctorKnowsConsults(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		for damage, want := range map[string]string{
			`redis.call('HSET', key('int:ann'), 'guests', '')`:                                                "agent sam is busy with ann, which knows nothing of it (lease L, consult)",
			`redis.call('HSET', key('agent:sam'), 'consulted', '')`:                                           "agent sam is consulted (lease L), and is not known to be",
			`redis.call('HSET', key('agent:maria'), 'consulted', L)`:                                          "agent maria is consulted, and has no such lease L",
			`redis.call('HSET', key('int:ann'), 'guests', L .. ',ghost')`:                                     "interaction ann has the guest ghost, whose lease is gone",
			`redis.call('HSET', key('int:ann'), 'guests', L .. string.rep(',' .. L, 6))`:                      "interaction ann has 7 consults, and may have 6",
			`redis.call('HSET', key('int:ann'), 'state', 'waiting')`:                                          "interaction ann is waiting, and sam is a guest in it (lease L)",
			`redis.call('HSET', key('int:ann'), 'owner', 'sam')`:                                              "interaction ann is with sam, who is a guest in it (lease L)",
			`redis.call('HSET', key('lease:' .. redis.call('HGET', key('int:ann'), 'lease')), 'kind', 'acw')`: "interaction ann is owned, and its lease",
			`redis.call('HSET', key('lease:' .. L), 'kind', 'work')`:                                          "agent sam is busy with ann, which knows nothing of it (lease L, work)",
			`redis.call('ZREM', key('due'), 'audio:' .. L)`:                                                   "sam accepted ann without sound, and no time is set for it (lease L)",
			`redis.call('HSET', key('lease:more'), 'agent', 'sam', 'channel', 'chat', 'kind', 'acw', 'interaction', 'x', 'deadline', '0')
				redis.call('SADD', key('leases:sam'), 'more')`: "agent sam is consulted, and has lease more in hand besides",
		} {
			d, _, consult := asking(t, s, nil)
			if findings, err := d.Doctor(t.Context()); err != nil || len(findings) > 0 {
				t.Fatalf("a healthy floor: %v, %v", findings, err)
			}
			d.damaged(consult, damage, want)
		}
	})
}

// Two wishes about a consult commit at once, in the one millisecond in which its offer may be accepted and may be missed. The first
// wins; whatever the order, ann is somebody's or has left, and nobody is consulted about nothing.
func TestRacesForAConsult(t *testing.T) {
	lease := func(d *day) (talk, consult string) { return d.ring["maria"], d.ring["sam"] }
	accept := func(ctx context.Context, d *day, consult string) error { return d.Accept(ctx, consult, "s-sam") }
	takeBack := func(ctx context.Context, d *day, _ string) error { return d.TakeBack(ctx, d.ring["maria"]) }
	hangup := func(ctx context.Context, d *day, _ string) error { return d.Leave(ctx, "ann", "abandoned") }
	deadline := func(ctx context.Context, d *day, _ string) error { return sweepNow(ctx, d.Router) }
	lost := func(ctx context.Context, d *day, _ string) error {
		return d.Requeue(ctx, d.ring["maria"], true, "lost")
	}
	leaves := func(ctx context.Context, d *day, consult string) error { return d.EndConsult(ctx, consult, "left") }
	handover := func(ctx context.Context, d *day, _ string) error {
		talk, consult := lease(d)
		return d.Handover(ctx, talk, consult)
	}
	const none = "no conflict"
	for _, race := range []struct {
		name     string
		begun    bool // sam has accepted
		one, two wish
		ends     map[[2]string]string // how ann and sam stand, by what both heard
	}{
		{"accept, hang-up", false, accept, hangup, map[[2]string]string{{none, none}: "  done", {"gone", none}: "  done"}},
		{"accept, taken back", false, accept, takeBack, map[[2]string]string{{none, "gone"}: "owned maria consult", {"gone", none}: "owned maria done"}},
		{"accept, deadline", false, accept, deadline, map[[2]string]string{{none, none}: "owned maria consult", {"gone", none}: "owned maria done"}},
		{"accept, the giver is lost", false, accept, lost, map[[2]string]string{{none, none}: "offered  done", {"gone", none}: "offered  done"}},
		{"handover, hang-up", true, handover, hangup, map[[2]string]string{{none, none}: "  acw", {"gone", none}: "  done"}},
		{"handover, leaving", true, handover, leaves, map[[2]string]string{{none, "gone"}: "owned sam work", {"gone", none}: "owned maria done"}},
		{"handover, the giver is lost", true, handover, lost, map[[2]string]string{{none, "gone"}: "owned sam work", {"gone", none}: "offered  done"}},
		{"leaving, hang-up", true, leaves, hangup, map[[2]string]string{{none, none}: "  done"}},
		{"leaving, let go", true, leaves, leaves, map[[2]string]string{{none, none}: "owned maria done"}},
	} {
		t.Run(race.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				for range rounds {
					d, talk, consult := asking(t, s, func(f *Floor) { f.Queues[0].Ring = time.Second })
					d.ok(d.Connected(t.Context(), consult))
					if !race.begun {
						d.ok(d.EndConsult(t.Context(), consult, "left"))
						consult = d.asks(talk, "sam")
					}
					d.ring = map[string]string{"maria": talk, "sam": consult}
					d.pass(time.Second)
					one, two := atOnce(t, d, consult, race.one, race.two)
					w := d.world()
					i := w.hashes["int:ann"]
					got := i["state"] + " " + i["owner"] + " " + w.hashes["lease:"+consult]["kind"]
					if want, ok := race.ends[[2]string{one, two}]; !ok || got != want {
						t.Fatalf("the first heard %q, the second %q, and it is %q", one, two, got)
					}
				}
			})
		})
	}
}
