package routing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/state"
)

// skilled: maria knows billing well and French, sam a little and no French, eve is in another queue.
func skilled(f *Floor) {
	f.Agents[0].Skills, f.Agents[0].Languages = map[string]int{"billing": 80}, []string{"fr"}
	f.Agents[1].Skills = map[string]int{"billing": 30}
	f.Agents = append(f.Agents, Agent{ID: "eve", Queues: []string{"support"}})
}

// Whoever asks why hears of every agent the first reason against them, and who comes next.
func TestEveryDecisionIsExplained(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, skilled)
		d.comes("maria", "sam", "eve")
		asks := func(who string, w Wants, agents ...string) {
			t.Helper()
			ticket, err := d.Enqueue(t.Context(), Interaction{ID: who, Channel: "voice", Queue: "sales", Wants: w, Agents: agents, Data: map[string]string{"from": who}})
			d.ok(err)
			ticket.Close()
			d.pass(time.Millisecond)
		}
		asks("ann", Wants{Skills: map[string]int{"billing": 10}})
		d.talks("ann", "maria") // the better one
		asks("bob", Wants{Skills: map[string]int{"billing": 50}, Relax: []Relax{{After: time.Minute, Lower: map[string]int{"billing": 20}}}})
		asks("cid", Wants{Language: "fr"})
		asks("dan", Wants{}, "maria")

		against := func(who string) map[string]Objection {
			t.Helper()
			e, err := d.Explain(t.Context(), who)
			d.ok(err)
			all := map[string]Objection{}
			for _, c := range e.Candidates {
				all[c.Agent] = c.Against
			}
			return all
		}
		busy, elsewhere := Objection{"capacity", "busy"}, Objection{"queue", "is not in the queue"}
		for who, sam := range map[string]Objection{
			"bob": {"skill", "skill billing is 30, needs 50"}, "cid": {"language", "does not speak fr"}, "dan": {"preferred", "others come first"},
		} {
			if diff := cmp.Diff(map[string]Objection{"maria": busy, "sam": sam, "eve": elsewhere}, against(who)); diff != "" {
				t.Errorf("%s:\n%s", who, diff)
			}
		}
		all, err := d.WhyNot(t.Context(), "sam")
		d.ok(err)
		if len(all) != 3 || all[0].Interaction != "bob" || all[0].Place != 1 || all[0].Relaxes <= 0 || all[0].Needs[0] != (Need{"billing", false, 50}) {
			t.Errorf("sam is told %+v", all)
		}
		line, err := d.Waiting(t.Context(), "support", "sales")
		d.ok(err)
		if len(line) != 3 || line[2].Interaction != "dan" || line[2].Place != 3 || line[2].Data["from"] != "dan" || line[2].Only[0] != "maria" {
			t.Errorf("in line stand %+v", line)
		}
		d.later(time.Minute) // less is asked of bob
		lease := d.offered("bob", "sam")
		d.ok(d.Decline(t.Context(), lease, "s-sam"))
		if got := against("bob")["sam"]; got.Kind != "cooldown" {
			t.Errorf("after a decline: %v", got)
		}
		e, err := d.Explain(t.Context(), "bob")
		d.ok(err)
		if e.Strategy != "skills" || e.Candidates[2].Agent != "eve" || e.State != "waiting" || e.Relaxes != -1 {
			t.Errorf("bob is explained as %+v", e)
		}
		_, err = d.Explain(t.Context(), "nobody")
		d.refused(err, "gone")
		_, err = d.WhyNot(t.Context(), "nobody")
		d.refused(err, "unknown_agent")
	})
}

// Callers who may not wait alone leave when the last agent is gone for a minute, and not if one comes back.
func TestALonelyQueueEndsTheWait(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].JoinEmpty = false })
		d.comes("maria")
		d.calls("ann", "sales")
		d.talks("ann", "maria")
		d.comes("sam")
		d.ok(d.Choose(t.Context(), "sam", "s-sam", Choice{State: "away"}))
		d.calls("bob", "sales")
		d.ok(d.Logout(t.Context(), "sam", "s-sam"))
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.pass(15 * time.Second)
		d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
		d.later(time.Minute)
		d.waits("bob", 1)
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.pass(59_999 * time.Millisecond)
		d.sweep()
		d.waits("bob", 1)
		d.events()
		d.pass(time.Millisecond)
		d.sweep()
		d.happened("interaction.left")
		_, err := d.Enqueue(t.Context(), Interaction{ID: "cid", Channel: "voice", Queue: "sales"})
		d.refused(err, "no_agents")
		d.happened("interaction.refused")
	})
}
