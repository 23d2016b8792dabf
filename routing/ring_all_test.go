package routing

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// Stories of queues that ring for everybody.

func ringsForAll(f *Floor) { f.Queues[0].Strategy = "ring_all" }

// rung: the customer's offer rings for exactly these agents; their leases.
func (d *day) rung(customer string, agents ...string) map[string]string {
	d.t.Helper()
	w, leases := d.world(), map[string]string{}
	for id, l := range w.live() {
		if l["interaction"] == customer && l["kind"] == "offer" {
			leases[l["agent"]] = id
		}
	}
	if got := slices.Sorted(maps.Keys(leases)); !slices.Equal(got, agents) {
		d.t.Fatalf("%s rings for %v, want %v", customer, got, agents)
	}
	return leases
}

// The first who accepts has the customer. The others are withdrawn without a miss or a peace, told, and free at once; who
// accepts too late hears that it is taken.
func TestRingAllTheFirstAcceptHasIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, ringsForAll)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		leases := d.rung("ann", "maria", "sam")
		d.rung("bob")
		d.events()
		d.ok(d.Accept(t.Context(), leases["sam"], "s-sam"))
		d.happened("offer.accepted", "offer.withdrawn", "offer.made")
		d.rung("bob", "maria")
		d.refused(d.Accept(t.Context(), leases["maria"], "s-maria"), "taken")
		d.refused(d.Decline(t.Context(), leases["maria"], "s-maria"), "gone")
		d.ok(d.Connected(t.Context(), leases["sam"]))
		if m := d.world().hashes["agent:maria"]; m["misses"] != "0" && m["misses"] != "" {
			t.Fatalf("maria has missed %s", m["misses"])
		}
	})
}

// A decline or a lost session ends the ringing for one. When the time is over it is a miss for each of the others; when
// nobody rings any more a new round begins with whoever is free, or the customer waits.
func TestRingAllTheOthersRingOnUntilNobodyRings(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			ringsForAll(f)
			for _, id := range []string{"eve", "tom"} {
				f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: []string{"sales"}})
			}
		})
		d.comes("maria", "sam", "eve", "tom")
		d.calls("ann", "sales")
		leases := d.rung("ann", "eve", "maria", "sam", "tom")
		d.events()
		d.ok(d.Decline(t.Context(), leases["maria"], "s-maria"))
		d.ok(d.Disconnect(t.Context(), "sam", "s-sam"))
		d.happened("offer.declined", "agent.lost", "offer.withdrawn")
		d.rung("ann", "eve", "tom")
		_, err := d.Login(t.Context(), "sam", "s-sam") // back in time: he was not tried
		d.ok(err)
		d.rung("ann", "eve", "sam", "tom")
		d.later(20*time.Second - time.Millisecond)
		d.rung("ann", "sam") // his is a millisecond younger
		d.later(time.Millisecond)
		for _, agent := range []string{"eve", "sam", "tom"} {
			d.stands(agent, "missed an offer")
		}
		d.rung("ann", "maria") // a new round: everybody was tried, and her peace is over
		d.ok(d.Decline(t.Context(), d.offered("ann", "maria"), "s-maria"))
		d.waits("ann", 1)
	})
}

// Who becomes free while it rings is offered first whoever waits and is rung for by nobody; with nobody else there, they join,
// for a whole ring.
func TestRingAllWhoBecomesFreeJoins(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, ringsForAll)
		d.comes("maria")
		d.calls("ann", "sales")
		d.calls("pat", "support")
		d.rung("ann", "maria")
		d.comes("sam")
		d.rung("ann", "maria")
		pat := d.offered("pat", "sam")
		d.later(10 * time.Second)
		d.ok(d.Leave(t.Context(), "pat", "abandoned"))
		d.refused(d.Accept(t.Context(), pat, "s-sam"), "gone")
		d.rung("ann", "maria", "sam")
		d.later(10 * time.Second)
		d.rung("ann", "sam") // maria missed it
		d.later(10 * time.Second)
		d.waits("ann", 1)
	})
}

// Whoever is rung sees so, and who was tried why not; the doctor finds it in order, and not when a lease is lost.
func TestRingAllIsExplained(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, ringsForAll)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		leases := d.rung("ann", "maria", "sam")
		e, err := d.Explain(t.Context(), "ann")
		d.ok(err)
		for _, c := range e.Candidates {
			if c.Against != (Objection{"offered", "is offered it now"}) || !strings.Contains(e.With, c.Agent) {
				t.Errorf("against %s: %+v, with %s", c.Agent, c.Against, e.With)
			}
		}
		d.ok(d.Decline(t.Context(), leases["maria"], "s-maria"))
		for agent, want := range map[string]Objection{
			"maria": {"cooldown", "cooling down for 15 s"}, "sam": {"offered", "is offered to this agent"},
		} {
			w, err := d.WhyNot(t.Context(), agent)
			d.ok(err)
			if len(w) != 1 || w[0].Against != want {
				t.Errorf("why not %s: %+v", agent, w)
			}
		}
		d.ok(d.s.Redis().HSet(t.Context(), d.s.Key("int:ann"), "rung", "eve").Err())
		found, err := d.Doctor(t.Context())
		d.ok(err)
		if want := "interaction ann rings for sam (lease " + leases["sam"] + "), and believes for eve"; !slices.Contains(found, want) {
			t.Errorf("the doctor found %v", found)
		}
	})
}

// The end of a customer whose offer rings for several ends it for each.
func TestRingAllTheCustomerLeaves(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, ringsForAll)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		d.events()
		d.ok(d.Leave(t.Context(), "ann", "abandoned"))
		d.happened("interaction.left", "offer.customer_gone", "offer.customer_gone")
		d.stands("maria", "")
		d.stands("sam", "")
	})
}

// Two of those who are rung accept at once; one accepts in the last millisecond; one accepts as the other declines: whatever
// the order, one has the customer, or nobody, and the other hears why.
func TestRingAllRaces(t *testing.T) {
	accept := func(agent string) wish {
		return func(ctx context.Context, d *day, _ string) error {
			return d.Accept(ctx, d.ring[agent], "s-"+agent)
		}
	}
	sweep := func(ctx context.Context, d *day, _ string) error { return sweepNow(ctx, d.Router) }
	decline := func(ctx context.Context, d *day, _ string) error { return d.Decline(ctx, d.ring["sam"], "s-sam") }
	hangup := func(ctx context.Context, d *day, _ string) error { return d.Leave(ctx, "ann", "abandoned") }
	const none = "no conflict"
	for _, race := range []struct {
		name     string
		one, two wish
		heard    map[[2]string]string // what both hear, to who has ann then; "" is nobody
	}{
		{"accept, accept", accept("maria"), accept("sam"), map[[2]string]string{{none, "taken"}: "maria", {"taken", none}: "sam"}},
		{"accept, deadline", accept("maria"), sweep, map[[2]string]string{{none, none}: "maria", {"gone", none}: ""}},
		{"accept, another's decline", accept("maria"), decline, map[[2]string]string{{none, none}: "maria", {none, "gone"}: "maria"}},
		{"accept, hang-up", accept("maria"), hangup, map[[2]string]string{{none, none}: "", {"gone", none}: ""}},
	} {
		t.Run(race.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				for range rounds {
					d := ringAtItsDeadline(t, s)
					one, two := atOnce(t, d, "", race.one, race.two)
					owner := d.world().hashes["int:ann"]["owner"]
					if want, ok := race.heard[[2]string{one, two}]; !ok || owner != want {
						t.Fatalf("the first heard %q, the second %q, and ann is with %q", one, two, owner)
					}
				}
			})
		})
	}
}

// ringAtItsDeadline is ann's call that rings for maria and sam, in the last millisecond of both.
func ringAtItsDeadline(t *testing.T, s *state.State) *day {
	t.Helper()
	if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	d := dawn(t, s, func(f *Floor) {
		ringsForAll(f)
		f.Queues[0].Ring = time.Second
	})
	d.comes("maria", "sam")
	d.calls("ann", "sales")
	d.ring = d.rung("ann", "maria", "sam")
	d.pass(999 * time.Millisecond)
	return d
}
