package routing

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// alive says that nodes live, and lets a second pass.
func (d *day) alive(nodes ...*Router) {
	d.t.Helper()
	for _, r := range nodes {
		_, err := r.Alive(d.t.Context(), "10.0.0.1:7000", time.Minute, nil)
		d.ok(err)
	}
	d.later(time.Second)
}

const takeOver = 10 * time.Second

// A node stays dead. Nobody has its calls before the time is over, then one of two heirs has each, and each is told to nobody
// twice. When the dead one is back it is told which are not its own any more, and stores them in vain; the others are its
// own, and nobody gets them.
func TestEachCallOfADeadNodeHasOneHeir(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		first, second := routerOn(d.clock, "n-first"), routerOn(d.clock, "n-second")
		claims := func(r *Router, most int) []string {
			t.Helper()
			got, err := r.Claim(t.Context(), "n-1", takeOver, most)
			d.ok(err)
			for id, text := range got {
				if string(text) != "all of "+id {
					t.Errorf("of %s there is %q", id, text)
				}
			}
			return slices.Collect(maps.Keys(got))
		}
		things := map[string][]byte{}
		for _, id := range []string{"ann", "bob", "cid", "dan"} {
			things[id] = []byte("all of " + id)
		}
		d.alive(d.Router, first, second)
		_, err := d.Keep(t.Context(), things)
		d.ok(err)
		_, err = d.Keep(t.Context(), map[string][]byte{"dan": nil}) // who hangs up
		d.ok(err)
		for range 9 {
			_, err := first.Claim(t.Context(), "n-1", takeOver, 9)
			d.refused(err, "alive")
			d.alive(first, second)
		}
		d.alive(second)
		d.alive(second)
		d.alive(second)
		_, err = first.Claim(t.Context(), "n-1", takeOver, 9) // it was silent itself: perhaps Redis was away
		d.refused(err, "alive")
		all := slices.Concat(claims(second, 1), claims(second, 1))
		d.alive(first, second)

		taken, err := d.Mine(t.Context(), true, []string{"ann", "bob", "cid"})
		d.ok(err)
		_, err = first.Claim(t.Context(), "n-1", takeOver, 9)
		d.refused(err, "alive")
		slices.Sort(all)
		slices.Sort(taken)
		if !slices.Equal(all, taken) || len(all) != 2 {
			t.Errorf("the heir has %v, and the first is told of %v", all, taken)
		}
		refused, err := d.Keep(t.Context(), things)
		d.ok(err)
		slices.Sort(refused)
		if !slices.Equal(refused, taken) {
			t.Errorf("what is stored in vain is %v", refused)
		}
		_, err = d.Keep(t.Context(), map[string][]byte{"dan": nil})
		d.ok(err)
		for range 11 { // now the heir dies, too, and the first one with it
			d.alive(first)
		}
		got := slices.Concat(claims(first, 9))
		both, err := first.Claim(t.Context(), "n-second", takeOver, 9)
		d.ok(err)
		got = slices.Sorted(slices.Values(slices.AppendSeq(got, maps.Keys(both))))
		if !slices.Equal(got, []string{"ann", "bob", "cid"}) {
			t.Errorf("who is left has %v", got)
		}
	})
}

// A node that answers Redis only now and then, and was just seen dead, is not succeeded: Redis may have been away for all.
func TestNobodyIsSucceededRightAfterRedisWasAway(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		first := routerOn(d.clock, "n-first")
		d.alive(d.Router, first)
		_, err := d.Keep(t.Context(), map[string][]byte{"ann": []byte("all of ann")})
		d.ok(err)
		d.pass(time.Minute)
		for range 2 {
			d.alive(first)
		}
		_, err = first.Claim(t.Context(), "n-1", takeOver, 9)
		d.refused(err, "alive")
		for range 5 {
			d.alive(first)
		}
		got, err := first.Claim(t.Context(), "n-1", takeOver, 9)
		d.ok(err)
		if len(got) != 1 {
			t.Errorf("claimed is %v", got)
		}
	})
}

// The heir of a node has its places: who talks talks on, who waits is offered by it, at the age they have; whose agent has
// ended the talk, and who was let go meanwhile, is told so. What the dead one's next life would have let go stays.
func TestTheHeirHasThePlaces(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			for _, id := range []string{"eve", "kim", "tom"} {
				f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: []string{"sales", "support"}})
			}
		})
		heir := routerOn(d.clock, "n-heir")
		saved := map[string][]byte{}
		waits := func(r *Router, customer string) *Ticket {
			t.Helper()
			ticket, err := r.Enqueue(t.Context(), Interaction{ID: customer, Channel: "voice", Queue: "sales"})
			d.ok(err)
			d.pass(time.Millisecond)
			return ticket
		}
		d.alive(d.Router, heir)
		leases := map[string]string{}
		for customer, agent := range map[string]string{"ann": "maria", "eva": "tom"} {
			d.comes(agent)
			ticket := waits(d.Router, customer)
			leases[customer] = d.talks(customer, agent)
			ticket.stops(func(x *truth) { x.Leases, x.Talks = []claim{{ID: leases[customer], Agent: agent}}, true })
			saved[customer] = ticket.Save()
			ticket.Close()
		}
		for _, customer := range []string{"bob", "cid", "dan"} {
			ticket := waits(d.Router, customer)
			saved[customer] = ticket.Save()
			ticket.Close()
		}
		waits(heir, "zoe").Close()
		_, err := d.Keep(t.Context(), saved)
		d.ok(err)
		for range 11 {
			d.alive(heir)
		}
		d.ok(heir.Finish(t.Context(), leases["eva"], "node_lost")) // tom does not wait for her
		d.ok(heir.Leave(t.Context(), "dan", "lost"))
		d.offered("zoe", "tom")
		things, err := heir.Claim(t.Context(), "n-1", takeOver, 9)
		d.ok(err)
		d.ok(d.Recover(t.Context(), nil)) // the dead one is back, and asks later than it should
		d.comes("sam", "eve", "kim")
		for customer, want := range map[string]Stands{"ann": StandsTalking, "bob": StandsWaiting, "cid": StandsWaiting, "dan": StandsNowhere, "eva": StandsOver} {
			how := Waits
			if leases[customer] != "" {
				how = Talks
			}
			ticket, stands, err := heir.Adopt(t.Context(), things[customer], how)
			d.ok(err)
			if stands != want || (ticket == nil) != (want == StandsNowhere) {
				t.Errorf("%s stands so: %s, and the ticket is %v", customer, stands, ticket)
			}
			if ticket != nil {
				defer ticket.Close()
			}
		}
		w := d.world()
		for _, customer := range []string{"ann", "bob", "cid"} {
			if i := w.hashes["int:"+customer]; i["node"] != "n-heir" {
				t.Errorf("%s is %v", customer, i)
			}
		}
		if l := w.hashes["lease:"+leases["ann"]]; l["kind"] != "work" || l["node"] != "n-heir" {
			t.Errorf("ann's talk is %v", l)
		}
		for _, customer := range []string{"bob", "cid"} {
			if l := w.hashes["lease:"+w.hashes["int:"+customer]["lease"]]; l["kind"] != "offer" || !strings.Contains("sam eve kim", l["agent"]) {
				t.Errorf("%s is offered so: %v", customer, l)
			}
		}
		d.ok(d.Recover(t.Context(), nil)) // again: it has nothing of theirs
		if w := d.world(); w.hashes["int:ann"]["state"] != "owned" || w.hashes["int:bob"]["node"] != "n-heir" {
			t.Error("the dead one's next life took from the heir what it has")
		}
	})
}

// An offer is carried out by the node that has the interaction, whoever else holds a ticket of it still.
func TestAnOfferIsCarriedOutByTheNodeThatHasIt(t *testing.T) {
	r := &Router{node: "n-1", tickets: map[string]*Ticket{}}
	ticket := newTicket(r, "ann")
	if err := r.admit(ticket); err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string]int{"n-2": 0, "n-1": 1} {
		ticket.backlog = nil
		r.dispatch(state.Event{ID: "1-1", What: "offer.made", Data: map[string]string{"interaction": "ann", "node": node, "lease": "o-1"}})
		if len(ticket.backlog) != want {
			t.Errorf("of an offer of %s n-1 takes %d", node, len(ticket.backlog))
		}
	}
}
