package routing

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// directing is maria talking with ann of sales, whom she offers to sam, who serves support alone.
func directing(t *testing.T, s *state.State, change func(*Floor)) (d *day, talk, offer string) {
	t.Helper()
	d = another(t, s, func(f *Floor) {
		f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second}
		f.Agents[1].Queues = []string{"support"}
		if change != nil {
			change(f)
		}
	})
	d.comes("maria", "sam")
	d.calls("ann", "sales")
	talk = d.talks("ann", "maria")
	d.events()
	d.directs(talk)
	return d, talk, d.world().hashes["int:ann"]["toward"]
}

// another is the dawn of a floor of which nothing was before.
func another(t *testing.T, s *state.State, change func(*Floor)) *day {
	t.Helper()
	if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return dawn(t, s, change)
}

// directs: maria offers what she has to sam.
func (d *day) directs(talk string) {
	d.t.Helper()
	d.ok(d.Direct(d.t.Context(), talk, "maria", Directed{Agent: "sam", Purpose: ToTransfer, Note: "wants a refund"}))
	d.happened("offer.made")
}

// While it rings at sam's, ann is maria's, and sam is busy; when he accepts she is his, and maria has after-call work.
func TestATransferToAnAgent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, talk, offer := directing(t, s, nil)
		d.state("ann", "owned", "maria")
		d.stands("sam", "busy")
		sam, err := d.Agent(t.Context(), "sam")
		d.ok(err)
		if l := sam.Leases[0]; l.Purpose != ToTransfer || l.Giver != "maria" || l.Note != "wants a refund" || l.Queue != "sales" {
			t.Errorf("sam is told %+v", l)
		}
		d.refused(d.Direct(t.Context(), talk, "maria", Directed{Agent: "sam", Purpose: ToTransfer}), "offering")
		d.ok(d.Accept(t.Context(), offer, "s-sam"))
		d.happened("offer.accepted", "work.ended")
		d.ok(d.Accept(t.Context(), offer, "s-sam")) // told again
		d.happened()
		d.state("ann", "owned", "sam")
		if kind := d.world().hashes["lease:"+talk]["kind"]; kind != "acw" {
			t.Errorf("maria's lease is %s", kind)
		}
		var data map[string]string
		d.ok(json.Unmarshal([]byte(d.world().hashes["int:ann"]["data"]), &data))
		if data["transferred_by"] != "maria" || data["note"] != "wants a refund" {
			t.Errorf("sam is shown %v", data)
		}
		d.ok(d.Connected(t.Context(), offer))
		d.ok(d.Finish(t.Context(), offer, "normal"))
		d.happened("offer.connected", "work.ended", "interaction.left")
	})
}

// Whatever keeps sam from taking it, ann stays with maria, who may do with her as before.
func TestADirectedOfferThatIsNotAccepted(t *testing.T) {
	for how, c := range map[string]struct {
		do  func(d *day, talk, offer string)
		why string // sam is not offered more
	}{
		"offer.declined":      {func(d *day, _, offer string) { d.ok(d.Decline(d.t.Context(), offer, "s-sam")) }, "cooling down for 15 s"},
		"offer.missed":        {func(d *day, _, _ string) { d.later(20 * time.Second) }, "missed an offer"},
		"offer.device_failed": {func(d *day, _, offer string) { d.ok(d.DeviceFailed(d.t.Context(), offer, "ice")) }, "cooling down for 15 s"},
		"offer.withdrawn":     {func(d *day, talk, _ string) { d.ok(d.TakeBack(d.t.Context(), talk)) }, ""},
	} {
		t.Run(how, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, offer := directing(t, s, nil)
				c.do(d, talk, offer)
				if got := d.events()[0]; got != how {
					t.Errorf("%s happened", got)
				}
				d.state("ann", "owned", "maria")
				d.stands("sam", c.why)
				d.refused(d.Accept(t.Context(), offer, "s-sam"), "gone")
				d.refused(d.TakeBack(t.Context(), talk), "gone")
				d.refused(d.Part(t.Context(), talk, "normal"), "not_offered")
				d.ok(d.Transfer(t.Context(), talk, "maria", Transfer{Queue: "support"}))
			})
		})
	}
}

// The customer's end, a transfer to a queue and the end of the talk call the directed offer off, without a miss.
func TestWhatCallsADirectedOfferOff(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(d *day, talk string) error
		what []string
	}{
		"the customer leaves":  {func(d *day, _ string) error { return d.Leave(d.t.Context(), "ann", "abandoned") }, []string{"offer.customer_gone", "work.ended", "interaction.left"}},
		"the talk is finished": {func(d *day, talk string) error { return d.Finish(d.t.Context(), talk, "normal") }, []string{"offer.customer_gone", "work.ended", "interaction.left"}},
		"to a queue instead": {func(d *day, talk string) error {
			return d.Transfer(d.t.Context(), talk, "maria", Transfer{Queue: "sales"})
		}, []string{"offer.withdrawn", "work.ended", "interaction.left", "interaction.queued"}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, offer := directing(t, s, nil)
				d.ok(c.do(d, talk))
				d.happened(c.what...)
				d.stands("sam", "")
				d.refused(d.Accept(t.Context(), offer, "s-sam"), "gone")
			})
		})
	}
}

// The giver is gone while it rings: it becomes an ordinary offer, and ann stands in sales at her age, or at its head where the
// giver was lost. Declined, she is offered to whoever comes next there.
func TestAnOrphanedOffer(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(d *day, talk string) error
		what []string
		head bool
	}{
		"she hangs up": {func(d *day, talk string) error { return d.Part(d.t.Context(), talk, "normal") }, []string{"work.ended", "offer.orphaned"}, false},
		"she is lost":  {func(d *day, talk string) error { return d.Requeue(d.t.Context(), talk, true, "lost") }, []string{"interaction.requeued", "offer.orphaned"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, offer := directing(t, s, func(f *Floor) {
					f.Agents = append(f.Agents, Agent{ID: "eve", Name: "eve", Queues: []string{"sales"}})
				})
				came := d.world().hashes["int:ann"]["since"]
				d.ok(c.do(d, talk))
				got := d.events()
				if fmt.Sprint(got[:2]) != fmt.Sprint(c.what) {
					t.Fatalf("happened %v", got)
				}
				w := d.world()
				if i := w.hashes["int:ann"]; i["state"] != "offered" || i["since"] != came || i["rung"] != "sam" || (w.zsets["wait:sales"]["ann"] < 0) != c.head {
					t.Errorf("ann is %v at %v", i, w.zsets["wait:sales"])
				}
				d.comes("eve")
				d.ok(d.Decline(t.Context(), offer, "s-sam"))
				if i := d.world().hashes["int:ann"]; i["rung"] == "sam" || i["state"] != "offered" {
					t.Errorf("ann is %v", i)
				}
			})
		})
	}
}

// Only somebody who could be offered a call now, and whoever talks may offer.
func TestWhyADirectedOfferIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := another(t, s, nil)
		d.comes("maria")
		d.calls("ann", "sales")
		to := func(agent string) Directed { return Directed{Agent: agent, Purpose: ToTransfer} }
		ann := d.offered("ann", "maria")
		d.refused(d.Direct(t.Context(), ann, "maria", to("sam")), "gone")
		d.talks("ann", "maria")
		d.refused(d.Direct(t.Context(), ann, "maria", to("sam")), "not_available")
		d.comes("sam")
		d.refused(d.Direct(t.Context(), ann, "maria", to("nobody")), "unknown_agent")
		d.refused(d.Direct(t.Context(), ann, "maria", to("maria")), "unknown_agent")
		d.refused(d.Direct(t.Context(), ann, "sam", to("sam")), "gone")
		d.calls("bob", "sales")
		d.offered("bob", "sam")
		d.refused(d.Direct(t.Context(), ann, "maria", to("sam")), "not_available")
		d.refused(d.TakeBack(t.Context(), ann), "gone")
	})
}

// Accepted, and sam's device is silent: ann is the first in line, for maria has parted.
func TestAnAcceptedTransferWithoutSound(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, _, offer := directing(t, s, nil)
		d.ok(d.Accept(t.Context(), offer, "s-sam"))
		d.later(5 * time.Second)
		d.waits("ann", 1)
	})
}
