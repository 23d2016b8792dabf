package routing

import (
	"testing"

	"github.com/callfloor/callfloor/state"
)

// A supervisor comes into maria's call, takes the slot of one, and leaves; or has the call.
func TestASupervisorJoins(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := another(t, s, func(f *Floor) {
			f.Agents[1].Queues = []string{"support"}
			f.Limits.Capacity.Voice, f.Limits.Capacity.Blended = new(2), new(true)
			f.Agents = append(f.Agents, Agent{ID: "eve", Name: "eve", Queues: []string{"support"}, Capacity: Capacity{Voice: new(1)}})
		})
		d.comes("maria", "sam", "eve")
		d.ok(d.Choose(t.Context(), "sam", "s-sam", Choice{State: "away"})) // which does not matter
		d.calls("ann", "sales")
		talk := d.offered("ann", "maria")
		join := func(agent, session string) (string, error) {
			t.Helper()
			return d.Join(t.Context(), agent, session, "ann", "barge")
		}
		_, err := join("sam", "s-sam")
		d.refused(err, "gone") // nobody talks yet
		d.ok(d.Accept(t.Context(), talk, "s-maria"))
		_, err = join("sam", "s-sam")
		d.refused(err, "gone") // nor is anything heard
		d.ok(d.Connected(t.Context(), talk))
		d.events()
		lease, err := join("sam", "s-sam")
		d.ok(err)
		d.happened("join.begun")
		for agent, code := range map[string]string{"sam": "in_call", "maria": "in_call", "nobody": "unknown_agent"} {
			_, err = join(agent, "")
			d.refused(err, code)
		}
		_, err = join("sam", "s-another")
		d.refused(err, "viewer")
		sam, err := d.Agent(t.Context(), "sam")
		d.ok(err)
		if l := sam.Leases[0]; l.Kind != "join" || l.Interaction != "ann" || sam.Loads[0].Load != 1 {
			t.Errorf("sam is told %+v, %+v", l, sam.Loads)
		}
		d.ok(d.EndJoin(t.Context(), lease, "left"))
		d.ok(d.EndJoin(t.Context(), lease, "left")) // told again
		d.happened("join.ended")

		_, err = join("eve", "s-eve")
		d.ok(err)
		d.stands("eve", "busy")
		d.refused(d.Direct(t.Context(), talk, "maria", Directed{Agent: "eve", Purpose: ToConsult}), "not_idle")
		d.ok(d.Requeue(t.Context(), talk, true, "lost")) // nobody has the customer
		d.stands("eve", "")
		talk = d.talks("ann", "maria")
		eve, err := join("eve", "s-eve")
		d.ok(err)
		d.events()
		d.ok(d.Handover(t.Context(), talk, eve)) // she takes it over
		d.happened("join.handed_over", "work.ended")
		d.state("ann", "owned", "eve")
		d.refused(d.EndJoin(t.Context(), eve, "left"), "gone")
		lease, err = join("sam", "s-sam")
		d.ok(err)
		d.ok(d.Direct(t.Context(), eve, "eve", Directed{Agent: "maria", Purpose: ToTransfer}))
		talk = d.world().hashes["int:ann"]["toward"]
		d.ok(d.Accept(t.Context(), talk, "s-maria"))
		d.ok(d.Connected(t.Context(), talk))
		if l := d.world().hashes["lease:"+lease]; l["kind"] != "join" {
			t.Errorf("somebody else has the call, and sam %v", l)
		}
		d.ok(d.SignOut(t.Context(), "sam", "boss"))
		if l := d.world().hashes["lease:"+lease]; l["kind"] != "done" {
			t.Errorf("sam is gone, and has %v", l)
		}
		_, err = join("eve", "s-eve")
		d.ok(err)
		d.ok(d.Finish(t.Context(), talk, "normal"))
		if live := d.world().live(); len(live) > 0 {
			t.Errorf("left are %v", live)
		}
	})
}

// The laws of a join and of a call that is being made.
func TestTheDoctorKnowsJoinsAndDialing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		for damage, want := range map[string]string{
			`redis.call('HSET', key('int:ann'), 'guests', '')`:                                        "agent sam is busy with ann, which knows nothing of it (lease L, join)",
			`redis.call('HSET', key('int:ann'), 'state', 'waiting')`:                                  "interaction ann is waiting, and sam is a guest in it (lease L)",
			`redis.call('HSET', key('lease:' .. L), 'kind', 'acw')`:                                   "interaction ann has the guest L, whose lease is acw",
			`redis.call('ZREM', key('due'), 'audio:' .. redis.call('HGET', key('int:bob'), 'lease'))`: "eve accepted bob without sound, and no time is set for it",
		} {
			d, lease := dials(t, s, func(f *Floor) {
				f.Agents = append(f.Agents, Agent{ID: "eve", Name: "eve", Queues: []string{"sales"}})
			})
			d.ok(d.Connected(t.Context(), lease))
			d.comes("sam", "eve")
			join, err := d.Join(t.Context(), "sam", "s-sam", "ann", "barge")
			d.ok(err)
			d.calling("bob", "eve")
			if findings, err := d.Doctor(t.Context()); err != nil || len(findings) > 0 {
				t.Fatalf("a healthy floor: %v, %v", findings, err)
			}
			d.damaged(join, damage, want)
		}
	})
}
