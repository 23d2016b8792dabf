package routing

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// The customer stands in the next queue, at their age, before the agent's part is over: at no moment are they nowhere.
func TestATransferKeepsTheAgeAndIsNeverNowhere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second}
			f.Agents[1].Queues = []string{"support"}
		})
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		d.later(time.Minute)
		d.calls("bob", "support")
		d.events()
		d.ok(d.Transfer(t.Context(), lease, "maria", Transfer{Queue: "support", Note: "wants a refund"}))
		d.happened("work.ended", "interaction.left", "interaction.queued")
		d.waits("ann", 1) // she called before bob
		d.waits("bob", 2)
		if kind := d.world().hashes["lease:"+lease]["kind"]; kind != "acw" {
			t.Fatalf("the giver's lease is %s", kind)
		}
		d.refused(d.Transfer(t.Context(), lease, "maria", Transfer{Queue: "sales"}), "gone")
		d.comes("sam")
		d.talks("ann", "sam")
		sam, err := d.Agent(t.Context(), "sam")
		d.ok(err)
		if l := sam.Leases[0]; l.Queue != "support" || l.Data["note"] != "wants a refund" || l.Data["transferred_by"] != "maria" {
			t.Errorf("sam is told %+v", l)
		}
	})
}

// Who gives a customer away is asked last: when everybody else was.
func TestWhoTransfersIsAskedLast(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria", "sam") // maria comes first
		d.calls("ann", "sales")
		d.ok(d.Transfer(t.Context(), d.talks("ann", "maria"), "maria", Transfer{Queue: "support"}))
		d.ok(d.Decline(t.Context(), d.offered("ann", "sam"), "s-sam"))
		d.offered("ann", "maria") // better than nobody
	})
}

func TestAnAgeThatAQueueDoesNotKeep(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Queues[1].KeepAge = false
			f.Agents[0].Queues = []string{"sales"}
		})
		d.comes("maria")
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		d.later(time.Second)
		d.calls("bob", "support")
		d.ok(d.Transfer(t.Context(), lease, "maria", Transfer{Queue: "support"}))
		d.waits("bob", 1)
		d.waits("ann", 2)
		d.calls("cid", "sales")
		d.ok(d.Transfer(t.Context(), d.talks("cid", "maria"), "maria", Transfer{Queue: "support", Priority: 1}))
		d.waits("cid", 1)
	})
}

// Skills go along, as the agent says who knows better now what is needed; whom alone it might go to does not.
func TestATransferChangesWhatIsNeeded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Agents[0].Skills = map[string]int{"billing": 80, "refunds": 50}
			f.Agents[1].Skills = map[string]int{"refunds": 90}
		})
		ticket, err := d.Enqueue(t.Context(), Interaction{
			ID: "ann", Channel: "voice", Queue: "sales", Agents: []string{"maria"},
			Wants: Wants{Skills: map[string]int{"billing": 50}, Relax: []Relax{{After: time.Hour, Drop: []string{"refunds"}}}},
		})
		d.ok(err)
		ticket.Close()
		d.comes("sam", "maria")
		lease := d.talks("ann", "maria")
		d.ok(d.Transfer(t.Context(), lease, "maria", Transfer{Queue: "support", Add: map[string]int{"refunds": 80}, Remove: []string{"billing"}}))
		d.offered("ann", "sam")
	})
}

func TestWhyATransferIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			for _, name := range []string{"none", "full", "empty"} {
				q := DefaultQueue()
				q.Name = name
				q.Transfers, q.JoinEmpty, q.MaxWaiting = name != "none", name != "empty", map[bool]int{true: 1}[name == "full"]
				f.Queues = append(f.Queues, q)
			}
		})
		d.comes("maria")
		d.calls("bob", "full")
		d.calls("ann", "sales")
		ann := d.offered("ann", "maria")
		d.refused(d.Transfer(t.Context(), ann, "maria", Transfer{Queue: "support"}), "gone") // only who talks may
		d.talks("ann", "maria")
		before := d.world()
		for code, to := range map[string]Transfer{
			"closed": {Queue: "support", Closed: true}, "no_transfers": {Queue: "none"}, "full": {Queue: "full"}, "no_agents": {Queue: "empty"},
		} {
			d.refused(d.Transfer(t.Context(), ann, "maria", to), code)
		}
		d.refused(d.Transfer(t.Context(), ann, "maria", Transfer{Queue: "nowhere"}), "closed")
		d.refused(d.Transfer(t.Context(), ann, "sam", Transfer{Queue: "support"}), "gone")
		if err := same("a refused transfer", before, d.world()); err != nil {
			t.Error(err)
		}
		d.ok(d.Leave(t.Context(), "ann", "abandoned")) // the customer's end is quicker
		d.refused(d.Transfer(t.Context(), ann, "maria", Transfer{Queue: "support"}), "gone")
	})
}

// The ticket goes along: it tells of the offers in the next queue, and of nothing that was before.
func TestATicketGoesWithItsTransfer(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, func(f *Floor) { f.Agents[0].Queues = []string{"sales"} })
		s.available("maria")
		s.calls("ann", "sales")
		o := s.news("ann", Offered)
		s.must(s.Accept(t.Context(), o.Lease, "s-maria"))
		s.news("ann", Accepted)
		s.must(s.Connected(t.Context(), o.Lease))
		s.must(s.Transfer(t.Context(), o.Lease, "maria", Transfer{Queue: "support", Note: "hello"}))
		s.news("ann", Left)
		s.news("ann", Moved)
		if x := s.truths()[0]; x.Queue != "support" || len(x.Leases) > 0 || x.Talks || x.Begin == "" || x.Data == "" {
			t.Errorf("what a Redis that forgot it would be told: %+v", x)
		}
		s.available("sam")
		if o := s.news("ann", Offered); o.Agent != "sam" || o.Queue != "support" {
			t.Errorf("then offered %+v", o)
		}
	})
}

// The customer does not come back to the giver in the moment in which they are free, nor stands in the way of somebody else
// who may; but after the round, when nobody else was there to take them.
func TestATransferDoesNotComeBackAtOnce(t *testing.T) {
	for _, strategy := range []string{"skills", "ring_all"} {
		t.Run(strategy, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d := dawn(t, s, func(f *Floor) { f.Queues[1].Strategy = strategy })
				d.comes("maria")
				d.calls("ann", "sales")
				d.ok(d.Transfer(t.Context(), d.talks("ann", "maria"), "maria", Transfer{Queue: "support"}))
				d.waits("ann", 1)
				d.stands("maria", "")
				d.against("ann", "maria", Objection{"tried", "transferred it"})
				d.calls("bob", "sales")
				d.ok(d.Decline(t.Context(), d.offered("bob", "maria"), "s-maria"))
				d.later(15 * time.Second)
				d.offered("bob", "maria")
				d.ok(d.Leave(t.Context(), "bob", "abandoned"))
				d.later(44 * time.Second)
				d.waits("ann", 1)
				d.later(time.Second)
				if i := d.world().hashes["int:ann"]; i["rung"] != "maria" {
					t.Fatalf("ann is %v", i)
				}
			})
		})
	}
}
