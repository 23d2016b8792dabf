package routing

import (
	"errors"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// The rows of the offer's table, each from both sides of its deadline.

func TestAcceptIsInTimeUntilTheLastMillisecond(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		ann, bob := d.offered("ann", "maria"), d.offered("bob", "sam")
		d.set(time.UnixMilli(1_800_000_000_002 + 20_000)) // ann called at 2 ms, bob at 3
		d.ok(d.Accept(t.Context(), ann, "s-maria"))
		d.pass(2 * time.Millisecond)
		d.events()
		d.refused(d.Accept(t.Context(), bob, "s-sam"), "expired") // no sweep came before
		d.happened("offer.missed", "agent.away_idle")
		d.refused(d.Accept(t.Context(), bob, "s-sam"), "gone")
		d.waits("bob", 1)
	})
}

func TestADeclineCoolsDownAndIsNoMiss(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		d.ok(d.Decline(t.Context(), d.offered("ann", "maria"), "s-maria"))
		d.waits("ann", 1) // before bob, as ever
		d.stands("maria", "cooling down for 15 s")
		d.later(14_999 * time.Millisecond)
		d.waits("ann", 1)
		d.later(time.Millisecond)
		d.offered("bob", "maria") // ann was tried, bob was not
		if m := d.world().hashes["agent:maria"]["misses"]; m != "0" {
			t.Fatalf("%s misses", m)
		}
	})
}

func TestMissesCountUntilAnAcceptAndEndInAwayIdle(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Misses = 2 })
		d.comes("maria")
		d.calls("ann", "sales")
		d.later(20 * time.Second) // the first miss
		d.stands("maria", "cooling down for 15 s")
		d.later(15 * time.Second)
		d.ok(d.Finish(t.Context(), d.talks("ann", "maria"), "normal")) // forgiven
		d.calls("bob", "sales")
		d.later(20 * time.Second)
		d.later(15 * time.Second)
		d.later(20 * time.Second) // the second in a row
		d.stands("maria", "missed an offer")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
		d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
		d.later(15 * time.Second)
		d.stands("maria", "missed an offer") // only their own word ends it
		d.ok(d.Back(t.Context(), "maria", "s-maria"))
		d.offered("bob", "maria")
	})
}

func TestACustomerWhoLeavesCostsTheAgentNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].AfterWork = AfterWork{Kind: "indefinite"} })
		d.comes("maria")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		ann := d.offered("ann", "maria")
		d.events()
		d.ok(d.Leave(t.Context(), "ann", "abandoned"))
		d.happened("interaction.left", "offer.customer_gone", "offer.made") // no cooldown: bob at once
		d.refused(d.Accept(t.Context(), ann, "s-maria"), "gone")

		bob := d.offered("bob", "maria")
		d.ok(d.Accept(t.Context(), bob, "s-maria")) // and the customer hangs up before the audio stands
		d.ok(d.Leave(t.Context(), "bob", "abandoned"))
		d.happened("offer.accepted", "interaction.left", "offer.customer_gone")
		d.stands("maria", "")
		d.refused(d.Connected(t.Context(), bob), "gone")

		d.calls("cid", "sales") // whoever was connected has after-call work
		d.talks("cid", "maria")
		d.ok(d.Leave(t.Context(), "cid", "abandoned"))
		d.happened("interaction.queued", "offer.made", "offer.accepted", "offer.connected", "work.ended", "interaction.left")
		d.stands("maria", "busy")
	})
}

func TestAnAcceptedCallMustCarryAudioWithinFiveSeconds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam")
		d.calls("ann", "sales")
		d.calls("bob", "sales")
		for _, c := range []string{"cid", "dan"} {
			d.calls(c, "sales")
		}
		ann, bob := d.offered("ann", "maria"), d.offered("bob", "sam")
		d.ok(d.Accept(t.Context(), bob, "s-sam"))
		d.ok(d.Connected(t.Context(), bob))
		d.ok(d.Accept(t.Context(), ann, "s-maria"))
		d.later(4999 * time.Millisecond)
		d.events()
		d.later(time.Millisecond)
		d.happened("offer.device_failed")
		d.waits("ann", 1) // the head, before cid and dan
		d.stands("sam", "busy")
		d.ok(d.Finish(t.Context(), bob, "normal"))
		d.offered("ann", "sam")
	})
}

func TestTriedAgentsAreForgottenAfterAMinuteOrWhenAllWereTried(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].Cooldown = time.Second })
		d.comes("maria")
		d.calls("ann", "sales")
		d.ok(d.Decline(t.Context(), d.offered("ann", "maria"), "s-maria"))
		d.comes("sam")
		d.ok(d.Decline(t.Context(), d.offered("ann", "sam"), "s-sam"))
		d.waits("ann", 1)
		d.later(time.Second)
		d.offered("ann", "maria") // everybody was tried: a new round

		d.ok(d.Decline(t.Context(), d.offered("ann", "maria"), "s-maria"))
		d.ok(d.Accept(t.Context(), d.offered("ann", "sam"), "s-sam")) // the minute runs on meanwhile
		d.ok(d.DeviceFailed(t.Context(), d.world().hashes["int:ann"]["lease"], "ice"))
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away"}))
		d.ok(d.Choose(t.Context(), "sam", "s-sam", Choice{State: "away"}))
		d.later(59_998 * time.Millisecond)
		if i := d.world().hashes["int:ann"]; i["tried"] != ",maria,sam," {
			t.Fatalf("tried too early forgotten: %v", i)
		}
		d.later(2 * time.Millisecond)
		if i := d.world().hashes["int:ann"]; i["tried"] != "" {
			t.Fatalf("still tried: %v", i)
		}
	})
}

func TestRequeueNeverMakesYounger(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[1].Priority = 1 })
		d.comes("maria")
		for _, c := range []string{"ann", "bob"} {
			d.calls(c, "sales")
		}
		d.calls("pat", "support") // comes first by priority
		ann := d.talks("ann", "maria")
		d.later(time.Minute)
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", AfterThis: true}))
		d.ok(d.Requeue(t.Context(), ann, false, "transfer"))
		d.waits("ann", 1)
		d.waits("bob", 2)
		d.refused(d.Finish(t.Context(), ann, "normal"), "gone")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
		d.ok(d.Requeue(t.Context(), d.talks("pat", "maria"), false, "transfer"))
		d.ok(d.Finish(t.Context(), d.talks("pat", "maria"), "normal"))
		d.offered("ann", "maria")
	})
}

// Who was asked before is asked again when there is nobody else to ask, and then the one who comes first.
func TestAskedAgainInTheOrderOfTheQueues(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[1].Priority = 1 })
		d.comes("maria")
		d.calls("ann", "sales")
		d.ok(d.Decline(t.Context(), d.offered("ann", "maria"), "s-maria"))
		d.calls("bob", "support")
		d.later(15 * time.Second)
		d.ok(d.Decline(t.Context(), d.offered("bob", "maria"), "s-maria"))
		d.later(15 * time.Second)
		d.offered("bob", "maria")
	})
}

// Two slots and two callers who were asked for before: both are asked for again.
func TestAskedAgainAsOftenAsThereAreSlots(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Voice = new(2) })
		d.comes("maria")
		d.calls("ann", "sales")
		d.calls("bob", "support")
		ann, bob := d.offered("ann", "maria"), d.offered("bob", "maria")
		d.ok(d.Decline(t.Context(), ann, "s-maria"))
		d.ok(d.Decline(t.Context(), bob, "s-maria"))
		d.later(15 * time.Second)
		d.offered("ann", "maria")
		d.offered("bob", "maria")
	})
}

func TestWhoLeavesTheFloorKeepsTheirWorkAndGetsNoMore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		var floor Floor
		d := dawn(t, s, func(f *Floor) { floor = *f })
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.offered("ann", "maria")
		floor.Agents = floor.Agents[1:]
		d.ok(d.Configure(t.Context(), floor))
		d.ok(d.Accept(t.Context(), lease, "s-maria"))
		d.ok(d.Connected(t.Context(), lease))
		d.calls("bob", "sales")
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.waits("bob", 1)
		_, err := d.Login(t.Context(), "maria", "s-new")
		d.refused(err, "unknown_agent")
	})
}

func TestADispositionBelongsToATalk(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.offered("ann", "maria")
		d.refused(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "sold"}), "gone")
		d.ok(d.Decline(t.Context(), lease, "s-maria"))
		d.refused(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "sold"}), "gone")
		d.later(15 * time.Second)
		lease = d.talks("ann", "maria")
		d.ok(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "asked"})) // already in the talk
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.ok(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "sold"})) // and late
	})
}

// Timed after-call work of 30 s, submitted at 29 s and at 31 s.
func TestAfterCallWorkEndsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second} })
		d.comes("maria")
		for _, at := range []time.Duration{29 * time.Second, 31 * time.Second} {
			id := "caller " + at.String()
			d.calls(id, "sales")
			lease := d.talks(id, "maria")
			d.ok(d.Finish(t.Context(), lease, "normal"))
			d.events()
			late := at > 30*time.Second
			if late {
				d.later(29_999 * time.Millisecond)
				d.stands("maria", "busy")
				d.later(time.Millisecond)
				d.happened("acw.ended")
			} else {
				d.later(at)
				d.stands("maria", "busy")
			}
			d.pass(at - min(at, 30*time.Second))
			d.ok(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "sold"}))
			if late {
				d.happened("disposition.set")
			} else {
				d.happened("disposition.set", "acw.ended")
			}
			d.stands("maria", "")
			d.later(time.Minute)
			d.happened()
		}
	})
}

func TestLogout(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].Cooldown, f.Limits.Capacity.Voice = 0, new(2) })
		d.comes("maria")
		d.calls("ann", "sales")
		ann := d.talks("ann", "maria")
		d.calls("bob", "sales")
		bob := d.offered("bob", "maria")
		var open *OpenWork
		if err := d.Logout(t.Context(), "maria", "s-maria"); !errors.As(err, &open) || len(open.Leases) != 1 || open.Leases[0] != ann {
			t.Fatalf("logout in a talk: %v", err)
		}
		d.offered("bob", "maria") // refused means nothing happened
		d.ok(d.Finish(t.Context(), ann, "normal"))
		d.events()
		d.ok(d.Logout(t.Context(), "maria", "s-maria")) // without a cooldown, too, the same offer does not come back
		d.happened("offer.declined", "agent.offline")
		d.refused(d.Accept(t.Context(), bob, "s-maria"), "gone")
		d.waits("bob", 1)
	})
}
