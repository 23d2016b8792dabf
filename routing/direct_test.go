package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
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

// Two wishes about one directed offer commit at once, in the one millisecond in which it may be accepted and may be missed. The
// first wins; whatever the order, ann is somebody's, or waits, or has left.
func TestRacesForADirectedOffer(t *testing.T) {
	accept := func(ctx context.Context, d *day, offer string) error { return d.Accept(ctx, offer, "s-sam") }
	takeBack := func(ctx context.Context, d *day, _ string) error { return d.TakeBack(ctx, d.ring["maria"]) }
	hangup := func(ctx context.Context, d *day, _ string) error { return d.Leave(ctx, "ann", "abandoned") }
	deadline := func(ctx context.Context, d *day, _ string) error { return sweepNow(ctx, d.Router) }
	part := func(ctx context.Context, d *day, _ string) error { return d.Part(ctx, d.ring["maria"], "normal") }
	lost := func(ctx context.Context, d *day, _ string) error {
		return d.Requeue(ctx, d.ring["maria"], true, "lost")
	}
	queue := func(ctx context.Context, d *day, _ string) error {
		return d.Transfer(ctx, d.ring["maria"], "maria", Transfer{Queue: "sales"})
	}
	const none = "no conflict"
	for _, race := range []struct {
		name     string
		one, two wish
		ends     map[[2]string]string // how ann stands, by what both heard
	}{
		{"accept, taken back", accept, takeBack, map[[2]string]string{{none, "gone"}: "owned sam", {"gone", none}: "owned maria"}},
		{"accept, hang-up", accept, hangup, map[[2]string]string{{none, none}: " ", {"gone", none}: " "}},
		{"accept, deadline", accept, deadline, map[[2]string]string{{none, none}: "owned sam", {"gone", none}: "owned maria"}},
		{"accept, the giver parts", accept, part, map[[2]string]string{{none, "gone"}: "owned sam", {none, none}: "owned sam"}},
		{"accept, the giver is lost", accept, lost, map[[2]string]string{{none, "gone"}: "owned sam", {none, none}: "owned sam"}},
		{"accept, to a queue", accept, queue, map[[2]string]string{{none, "gone"}: "owned sam", {"gone", none}: "waiting "}},
		{"taken back, deadline", takeBack, deadline, map[[2]string]string{{none, none}: "owned maria", {"gone", none}: "owned maria"}},
		{"the giver parts, deadline", part, deadline, map[[2]string]string{{none, none}: "waiting ", {"not_offered", none}: "owned maria"}},
	} {
		t.Run(race.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				for range rounds {
					d, talk, offer := directing(t, s, func(f *Floor) { f.Queues[0].Ring = time.Second })
					d.ring = map[string]string{"maria": talk}
					d.pass(time.Second)
					one, two := atOnce(t, d, offer, race.one, race.two)
					i := d.world().hashes["int:ann"]
					if want, ok := race.ends[[2]string{one, two}]; !ok || i["state"]+" "+i["owner"] != want {
						t.Fatalf("the first heard %q, the second %q, and ann is %q %q", one, two, i["state"], i["owner"])
					}
				}
			})
		})
	}
}

// The ticket tells what becomes of a directed offer apart from the others, and what a Redis that forgot everything would be told.
func TestATicketTellsOfDirectedOffers(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.available("maria")
		s.calls("ann", "sales")
		talk := s.talks("ann", "maria")
		s.available("sam")
		to := Directed{Agent: "sam", Purpose: ToTransfer}
		s.must(s.Direct(t.Context(), talk, "maria", to))
		u := s.news("ann", Offered)
		if x := s.truths()[0]; u.Purpose != ToTransfer || u.Agent != "sam" || x.Toward == nil || x.Toward.ID != u.Lease || !x.Talks || x.Leases[0].ID != talk {
			t.Errorf("told %+v, and would tell %+v", u, x)
		}
		s.must(s.TakeBack(t.Context(), talk))
		if u := s.news("ann", Withdrawn); u.Purpose != ToTransfer || s.truths()[0].Toward != nil {
			t.Errorf("told %+v, and would tell %+v", u, s.truths()[0])
		}
		s.must(s.Direct(t.Context(), talk, "maria", to))
		offer := s.news("ann", Offered).Lease
		s.must(s.Part(t.Context(), talk, "normal"))
		if u := s.news("ann", Orphaned); u.Lease != offer || u.Agent != "sam" {
			t.Errorf("told %+v", u)
		}
		s.must(s.Accept(t.Context(), offer, "s-sam"))
		s.news("ann", Accepted)
		s.must(s.Connected(t.Context(), offer))
		if x := s.truths()[0]; x.Leases[0].Agent != "sam" || !x.Talks {
			t.Errorf("would tell %+v", x)
		}
	})
}

// Redis is killed and comes back empty while it rings: it is withdrawn, and the giver has the customer. Accepted before, it
// is the other agent's.
func TestADirectedOfferThatRedisForgets(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		t.Run(fmt.Sprint("accepted: ", accepted), func(t *testing.T) {
			server := testredis.New(t)
			s := tell(t, open(t, server.Address), nil)
			s.available("maria")
			s.calls("ann", "sales")
			talk := s.talks("ann", "maria")
			s.available("sam")
			s.must(s.Direct(t.Context(), talk, "maria", Directed{Agent: "sam", Purpose: ToTransfer}))
			has, agent := talk, "maria"
			if offer := s.news("ann", Offered).Lease; accepted {
				s.must(s.Accept(t.Context(), offer, "s-sam"))
				s.news("ann", Accepted)
				s.must(s.Connected(t.Context(), offer))
				has, agent = offer, "sam"
			}
			eventually(t, "the node knows its agents", func() bool { return strings.Contains(s.remembers(), `"id":"sam"`) })
			server.Kill()
			server.Start()
			eventually(t, "the node has told its truth", func() bool {
				l, err := s.Lease(context.Background(), has)
				held, err2 := s.state.Redis().Exists(context.Background(), s.state.Key("hold")).Result()
				return err == nil && err2 == nil && held == 0 && l.Kind == "work" && l.Agent == agent
			})
			if !accepted {
				if u := s.news("ann", Withdrawn); u.Purpose != ToTransfer {
					t.Errorf("told %+v", u)
				}
				s.why("sam", "")
			}
			s.must(s.Finish(t.Context(), has, "normal"))
		})
	}
}
