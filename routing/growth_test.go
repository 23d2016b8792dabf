package routing

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// Work that comes without an offer: assigned by a supervisor, or woken by its customer.

// over are the customers whose leases are marked so, of an agent.
func (d *day) over(agent string) (customers []string) {
	d.t.Helper()
	for _, l := range d.world().live() {
		if l["agent"] == agent && l["over"] == "1" {
			customers = append(customers, l["interaction"])
		}
	}
	return slices.Sorted(slices.Values(customers))
}

func (d *day) lease(customer string) string {
	d.t.Helper()
	return d.world().hashes["int:"+customer]["lease"]
}

// state tells how a customer stands, and with whom.
func (d *day) state(customer, want, owner string) {
	d.t.Helper()
	if i := d.world().hashes["int:"+customer]; i["state"] != want || i["owner"] != owner {
		d.t.Fatalf("%s is %v, want %s with %q", customer, i, want, owner)
	}
}

// 3 chats, one snoozed, which holds no lease; its customer replies: 3 of 3 again. If another was taken meanwhile 4 of 3,
// which is written on it, and no offers until there are less than 2.
func TestASnoozedChatComesBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.has("maria", "chat", "ann", "bob")
		d.comesBy("chat", "cid", "sales")
		d.next("maria", "chat", "cid")
		snooze := func(who string) { d.ok(d.Snooze(t.Context(), d.lease(who), "s-maria", 0)) }
		snooze("ann")
		d.state("ann", "snoozed", "maria")
		d.comesBy("chat", "dan", "sales")
		d.waits("dan", 1) // 2 of 2: not offered
		d.events()
		d.ok(d.Said(t.Context(), "ann", 1))
		d.happened("work.given")
		d.state("ann", "owned", "maria")
		if over := d.over("maria"); over != nil {
			t.Fatalf("3 of 3, and over are %v", over)
		}
		d.noNext("maria", "chat", "at_max")

		snooze("ann")
		d.next("maria", "chat", "dan")
		d.ok(d.Said(t.Context(), "ann", 2))
		d.ok(d.Said(t.Context(), "ann", 3)) // who says more, and is in hand already
		if over := d.over("maria"); !slices.Equal(over, []string{"ann"}) {
			t.Fatalf("4 of 3, and over are %v", over)
		}
		d.comesBy("chat", "eva", "sales")
		for n, who := range []string{"bob", "cid", "dan"} {
			d.against("eva", "maria", Objection{"capacity", []string{
				"has 4 chats, is offered no more than 2", "has 3 chats, is offered no more than 2", "has 2 chats, is offered no more than 2",
			}[n]})
			d.ok(d.Finish(t.Context(), d.lease(who), "normal"))
		}
		d.offered("eva", "maria")
	})
}

// What was put aside for a time comes back by itself; a call cannot be put aside, and nobody else's work.
func TestWhatWasPutAsideForATime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam")
		d.has("maria", "email", "ann")
		lease := d.lease("ann")
		d.refused(d.Snooze(t.Context(), lease, "s-sam", time.Minute), "viewer")
		d.ok(d.Snooze(t.Context(), lease, "s-maria", time.Minute))
		d.ok(d.Snooze(t.Context(), lease, "s-maria", time.Minute)) // told again
		d.later(59_999 * time.Millisecond)
		d.state("ann", "snoozed", "maria")
		d.later(time.Millisecond)
		d.state("ann", "owned", "maria")
		d.events()
		d.later(time.Minute)
		d.happened()

		d.calls("bob", "sales")
		lease = d.lease("bob")
		d.ok(d.Accept(t.Context(), lease, ""))
		d.refused(d.Snooze(t.Context(), lease, "", 0), "talking")
		d.refused(d.Said(t.Context(), "nobody", 1), "gone")
	})
}

// The owner of what was put aside has gone home: it waits in its queue at its age.
func TestNobodyIsThereToBeWoken(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.has("maria", "chat", "ann")
		d.ok(d.Snooze(t.Context(), d.lease("ann"), "s-maria", 0))
		d.ok(d.Logout(t.Context(), "maria", "s-maria")) // which holds nothing
		d.comesBy("chat", "bob", "sales")
		d.ok(d.Said(t.Context(), "ann", 1))
		d.waits("ann", 1)
		d.waits("bob", 2)
		d.comes("sam")
		d.offered("ann", "sam")
	})
}

// A supervisor gives away what waits, what is offered to another and what another has, beyond what the new one may have.
func TestASupervisorAssigns(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Chat = Span{new(1), new(1)} })
		assign := func(customer, agent string) error {
			_, err := d.Assign(t.Context(), customer, agent, "eva")
			return err
		}
		d.comes("maria", "sam")
		d.refused(assign("ann", "sam"), "gone")
		d.has("maria", "chat", "ann")
		d.comesBy("chat", "bob", "sales")
		bob := d.offered("bob", "sam")
		d.events()
		d.ok(assign("bob", "maria")) // offered to sam, and no miss
		d.happened("offer.withdrawn", "work.given")
		d.refused(d.Accept(t.Context(), bob, "s-sam"), "gone")
		d.ok(assign("bob", "maria")) // told again
		d.comesBy("chat", "cid", "sales")
		d.ok(d.Accept(t.Context(), d.offered("cid", "sam"), "s-sam"))
		d.ok(assign("cid", "maria")) // sam has it
		if over := d.over("maria"); !slices.Equal(over, []string{"bob", "cid"}) {
			t.Fatalf("over are %v", over)
		}
		d.comesBy("chat", "dan", "sales")
		d.offered("dan", "sam") // whose slot is free again
		d.ok(d.Snooze(t.Context(), d.lease("cid"), "s-maria", time.Minute))
		d.ok(assign("cid", "sam"))
		d.later(time.Minute)
		d.state("cid", "owned", "sam")
		d.refused(assign("ann", "eve"), "unknown_agent")
		d.ok(d.Disconnect(t.Context(), "sam", "s-sam"))
		d.refused(assign("ann", "sam"), "not_available")
	})
}

// A call that is assigned rings: for whom has a telephone and no call, whatever else they have; one that is talked in is
// not taken away.
func TestASupervisorAssignsACall(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		assign := func(customer, agent string) error {
			_, err := d.Assign(t.Context(), customer, agent, "eva")
			return err
		}
		d.comes("maria", "sam")
		d.has("maria", "chat", "ann")
		d.calls("bob", "sales")
		d.offered("bob", "sam")
		d.ok(assign("bob", "maria"))
		d.offered("bob", "maria")
		d.stands("sam", "")
		d.calls("cid", "sales")
		d.ok(d.Accept(t.Context(), d.offered("cid", "sam"), "s-sam"))
		d.refused(assign("cid", "maria"), "talking")
		d.calls("dan", "sales")
		d.refused(assign("dan", "sam"), "at_max")
		d.ok(d.Device(t.Context(), "maria", "voice", false, "no microphone"))
		d.refused(assign("bob", "maria"), "not_available")
	})
}

// Lower limits take nothing away, and nothing more comes.
func TestALowerLimitTakesNothingAway(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		var floor Floor
		d := dawn(t, s, func(f *Floor) { floor = *f })
		d.comes("maria")
		d.has("maria", "chat", "ann", "bob")
		d.comesBy("email", "cid", "sales")
		floor.Limits.Capacity.Chat, floor.Limits.Capacity.Email = Span{new(1), new(1)}, Span{new(0), new(0)}
		d.ok(d.Configure(t.Context(), floor))
		d.ok(d.Accept(t.Context(), d.offered("cid", "maria"), "s-maria"))
		findings, err := d.Doctor(t.Context())
		if err != nil || len(findings) > 0 {
			t.Errorf("the doctor found %v, %v", findings, err)
		}
		d.comesBy("chat", "dan", "sales")
		d.ok(d.Finish(t.Context(), d.lease("ann"), "normal"))
		d.noNext("maria", "chat", "at_max")
		d.ok(d.Finish(t.Context(), d.lease("bob"), "normal"))
		d.offered("dan", "maria")
	})
}

// The grace is over: chats and e-mails go back to their queue at their age, the call only by its own word.
func TestWorkOfWhomIsGoneForGood(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Blended = new(true) })
		d.comes("maria")
		d.has("maria", "chat", "ann")
		d.has("maria", "email", "bob")
		d.calls("cid", "sales")
		d.talks("cid", "maria")
		d.comesBy("chat", "dan", "sales")
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.later(59_999 * time.Millisecond)
		d.state("ann", "owned", "maria")
		d.comes("sam")
		d.offered("dan", "sam")
		d.later(time.Millisecond)
		d.state("cid", "owned", "maria")
		d.state("ann", "offered", "") // to sam, who has a slot for one more
		d.offered("ann", "sam")
		d.offered("bob", "sam")
	})
}

// Two want the same at once: the first commit wins, and the other's answer says so.
func TestTheFirstCommitWinsWhateverIsWanted(t *testing.T) {
	next := func(agent string) wish {
		return func(ctx context.Context, d *day, _ string) error {
			_, _, err := d.Next(ctx, agent, "s-"+agent, "chat")
			return err
		}
	}
	assign := func(ctx context.Context, d *day, _ string) error {
		_, err := d.Assign(ctx, "ann", "sam", "eva")
		return err
	}
	hangup := func(ctx context.Context, d *day, _ string) error { return d.Leave(ctx, "ann", "abandoned") }
	snooze := func(ctx context.Context, d *day, lease string) error { return d.Snooze(ctx, lease, "s-maria", 0) }
	says := func(ctx context.Context, d *day, _ string) error { return d.Said(ctx, "ann", 2) }
	grace := func(ctx context.Context, d *day, _ string) error { return sweepNow(ctx, d.Router) }
	finish := func(ctx context.Context, d *day, lease string) error { return d.Finish(ctx, lease, "normal") }
	closes := func(ctx context.Context, d *day, lease string) error { return d.Close(ctx, lease, "normal", 1) }
	const none = "no conflict"
	for _, race := range []struct {
		name     string
		with     bool // ann is maria's already
		one, two wish
		ends     map[[2]string][]string // how ann may stand, by what both heard
	}{
		{"two ask for the same chat", false, next("maria"), next("sam"), map[[2]string][]string{
			{none, "nothing_waits"}: {"owned maria"}, {"nothing_waits", none}: {"owned sam"},
		}},
		{"next, assigned to another", false, next("maria"), assign, map[[2]string][]string{
			{none, none}: {"owned sam"}, {"nothing_waits", none}: {"owned sam"},
		}},
		{"next, customer leaves", false, next("maria"), hangup, map[[2]string][]string{{none, none}: {" "}, {"nothing_waits", none}: {" "}}},
		{"snooze, reply", true, snooze, says, map[[2]string][]string{{none, none}: {"owned maria", "snoozed maria"}}},
		{"snooze, assigned to another", true, snooze, assign, map[[2]string][]string{{none, none}: {"owned sam"}, {"gone", none}: {"owned sam"}}},
		{"close, assigned to another", true, finish, assign, map[[2]string][]string{{none, "gone"}: {" "}, {"gone", none}: {"owned sam"}}},
		{"close, customer says more", true, closes, says, map[[2]string][]string{{none, "gone"}: {" "}, {"newer", none}: {"owned maria"}}},
		{"close, customer leaves", true, finish, hangup, map[[2]string][]string{{none, none}: {" "}, {"gone", none}: {" "}}},
		{"assigned, grace over", true, assign, grace, map[[2]string][]string{{none, none}: {"owned sam"}}},
	} {
		t.Run(race.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				for range rounds {
					if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
						t.Fatal(err)
					}
					d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Chat = Span{new(map[bool]int{true: 1}[race.with]), new(2)} })
					d.comes("maria", "sam")
					d.comesBy("chat", "ann", "sales")
					lease := ""
					if race.with {
						lease = d.offered("ann", "maria")
						d.ok(d.Accept(t.Context(), lease, "s-maria"))
					}
					if race.name == "assigned, grace over" {
						d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
						d.pass(20 * time.Second)
						d.ok(d.heartbeat(t.Context(), "sam", "s-sam"))
					}
					one, two := atOnce(t, d, lease, race.one, race.two)
					i := d.world().hashes["int:ann"]
					if got := i["state"] + " " + i["owner"]; !slices.Contains(race.ends[[2]string{one, two}], got) {
						t.Fatalf("the first heard %q, the second %q, and ann is %q", one, two, got)
					}
				}
			})
		})
	}
}

// A call rings for everybody, and a supervisor says who is to take it: it rings for them alone, until they decline.
func TestACallThatRingsForEverybodyIsAssigned(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].Strategy = "ring_all" })
		d.comes("maria", "sam")
		rung := func(customer string, want ...string) {
			t.Helper()
			var got []string
			for _, l := range d.world().live() {
				if l["interaction"] == customer {
					got = append(got, l["agent"])
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%s rings for %v, want %v", customer, got, want)
			}
		}
		d.calls("ann", "sales")
		rung("ann", "maria", "sam")
		lease, err := d.Assign(t.Context(), "ann", "sam", "eva")
		d.ok(err)
		rung("ann", "sam")
		d.stands("maria", "")
		d.ok(d.Decline(t.Context(), lease, "s-sam"))
		rung("ann", "maria")
	})
}
