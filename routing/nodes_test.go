package routing

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// A node that is silent for three seconds is dead, its devices with it, and after a day it is forgotten.
func TestANodeFallsSilent(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		says := func(r *Router, address string) (fresh bool) {
			t.Helper()
			fresh, err := r.Alive(t.Context(), address, time.Minute, nil)
			d.ok(err)
			return fresh
		}
		if !says(d.Router, "10.0.0.1:7000") || !says(other, "10.0.0.2:7000") || says(other, "10.0.0.2:7000") {
			t.Error("a node is new once")
		}
		d.comes("maria")
		d.ok(other.Devices(t.Context(), "maria", AtBrowser, AtBrowser, true, ""))
		d.ok(d.Devices(t.Context(), "maria", AtBrowser, Microphone, true, ""))
		d.stands("maria", "")
		says(other, "10.0.0.2:7000")
		d.pass(3 * time.Second)
		says(d.Router, "10.0.0.1:7000") // it was silent itself: Redis may have been away
		d.stands("maria", "")
		says(other, "10.0.0.2:7000")
		for range 2 {
			d.pass(1499 * time.Millisecond)
			says(d.Router, "10.0.0.1:7000")
			d.stands("maria", "")
		}
		d.pass(2 * time.Millisecond)
		says(d.Router, "10.0.0.1:7000")
		d.stands("maria", "the browser's phone is not connected")
		nodes, err := d.Nodes(t.Context())
		d.ok(err)
		if len(nodes) != 2 || nodes[0].ID != "n-other" || !nodes[0].Dead() || nodes[1].Dead() || nodes[1].Address != "10.0.0.1:7000" ||
			nodes[1].Last.Sub(nodes[1].Since) != time.Minute {
			t.Errorf("the nodes are %+v", nodes)
		}
		if !says(other, "10.0.0.2:7000") {
			t.Error("it comes back unnoticed")
		}
		d.pass(24 * time.Hour)
		says(d.Router, "10.0.0.1:7000")
		if nodes, _ := d.Nodes(t.Context()); len(nodes) != 1 {
			t.Errorf("after a day the nodes are %+v", nodes)
		}
		d.ok(d.Devices(t.Context(), "maria", AtBrowser, AtBrowser, true, ""))
		d.ok(d.Bye(t.Context()))
		if nodes, _ := d.Nodes(t.Context()); len(nodes) != 0 {
			t.Errorf("after the last has gone the nodes are %+v", nodes)
		}
		if at, _ := d.Whereabouts(t.Context(), "maria", AtBrowser); at != "" {
			t.Errorf("maria's browser is at %q still", at)
		}
	})
}

// A browser that comes to another node is there; that it has left the first one is news of yesterday.
func TestADeviceIsWhereItCameLast(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		d.comes("maria")
		at := func(kind, want string) {
			t.Helper()
			if got, err := d.Whereabouts(t.Context(), "maria", kind); err != nil || got != want {
				t.Errorf("the %s is at %q, want %q (%v)", kind, got, want, err)
			}
		}
		d.ok(d.Devices(t.Context(), "maria", AtBrowser, AtBrowser, true, ""))
		d.stands("maria", "the microphone was not checked yet")
		d.ok(other.Devices(t.Context(), "maria", AtBrowser, Microphone, true, "")) // whose page is there
		d.stands("maria", "")
		d.ok(other.Devices(t.Context(), "maria", AtBrowser, AtBrowser, true, ""))
		d.ok(d.Devices(t.Context(), "maria", AtBrowser, AtBrowser, false, ""))
		at(AtBrowser, "n-other")
		at(AtPhone, "")
		d.stands("maria", "")
		d.ok(d.Devices(t.Context(), "maria", AtPhone, "", false, "")) // a reload: she works at the phone now
		d.stands("maria", "the desk phone is not registered")
		d.ok(d.Devices(t.Context(), "maria", AtPhone, AtPhone, true, ""))
		d.stands("maria", "")
		at(AtPhone, d.node)
		d.ok(d.Recover(t.Context(), nil))
		at(AtPhone, "")
		at(AtBrowser, "n-other")
	})
}

// Any node finds the call an agent is on, and where it lives.
func TestTheOwnerOfAnAgentsCall(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		owns := func(wantCall, wantNode string) {
			t.Helper()
			at, err := other.Owner(t.Context(), "maria")
			if want := (Place{wantCall, wantNode, false}); err != nil || at != want {
				t.Errorf("maria's call is %+v (%v)", at, err)
			}
		}
		d.comes("maria")
		owns("", "")
		d.calls("ann", "sales")
		owns("ann", d.node)
		lease := d.talks("ann", "maria")
		owns("ann", d.node)
		d.ok(d.Finish(t.Context(), lease, "normal"))
		owns("", "")
	})
}

// A page whose node is dead is no other page: whoever holds the same login comes back at another node at once, in
// whatever tab.
func TestThePageOfADeadNodeIsNoOtherPage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		comes := func() (viewer bool) {
			t.Helper()
			seat, err := other.Sit(t.Context(), "maria", "s-maria", "t2", false)
			d.ok(err)
			return seat.Viewer
		}
		_, err := d.Sit(t.Context(), "maria", "s-maria", "t1", false)
		d.ok(err)
		_, err = d.Alive(t.Context(), "10.0.0.1:7000", time.Minute, nil)
		d.ok(err)
		for range 4 {
			if !comes() {
				t.Fatal("two pages have the seat")
			}
			_, err = other.Alive(t.Context(), "10.0.0.2:7000", time.Minute, nil)
			d.ok(err)
			d.pass(time.Second)
		}
		if comes() {
			t.Error("a page of a dead node has the seat")
		}
	})
}

// A node dies, and an agent's page comes to another one before anybody has noticed: she is that node's from now on, and
// the next life of the dead one does not take her for one of its own.
func TestAPageMovesBeforeItsNodeIsKnownToBeDead(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		d.comes("maria")
		d.events()
		if viewer, err := other.Login(t.Context(), "maria", "s-maria"); err != nil || viewer {
			t.Fatalf("at the other node: viewer %v, %v", viewer, err)
		}
		d.happened("agent.moved")
		if _, err := other.Login(t.Context(), "maria", "s-maria"); err != nil {
			t.Fatal(err)
		}
		d.happened()
		d.ok(d.Recover(t.Context(), nil))
		d.stands("maria", "")
		d.ok(other.Recover(t.Context(), nil))
		d.stands("maria", "connection lost")
	})
}

// silent lets a node say nothing for so long that the other one, which lives on, knows it dead.
func (d *day) silent(lives *Router) {
	d.t.Helper()
	for range 4 {
		_, err := lives.Alive(d.t.Context(), "10.0.0.2:7000", time.Minute, nil)
		d.ok(err)
		d.later(time.Second)
	}
}

// A node dies with a caller who waits first, one who rings, one who was just accepted and one who talks. What rang rings no
// more, and nobody who is free is offered those who hear nothing, but who waits at the living node. When the dead one is
// back they are offered, whoever was accepted first.
func TestTheCallersOfADeadNodeAreOfferedToNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			for _, id := range []string{"eve", "tom"} {
				f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: []string{"sales", "support"}})
			}
		})
		other := routerOn(d.clock, "n-other")
		says := func(r *Router) {
			t.Helper()
			_, err := r.Alive(t.Context(), "10.0.0.1:7000", time.Minute, nil)
			d.ok(err)
		}
		says(d.Router)
		says(other)
		d.comes("maria")
		d.calls("ann", "sales")
		talk := d.talks("ann", "maria")
		d.calls("dan", "sales")
		d.comes("sam")
		lease := d.offered("dan", "sam")
		d.calls("bob", "sales")
		d.calls("cid", "sales")
		d.comes("eve")
		d.ok(d.Accept(t.Context(), d.offered("bob", "eve"), "s-eve"))
		ticket, err := other.Enqueue(t.Context(), Interaction{ID: "zoe", Channel: "voice", Queue: "sales"})
		d.ok(err)
		ticket.Close()

		d.silent(other)
		if l := d.world().hashes["lease:"+lease]; l["kind"] != "done" {
			t.Errorf("dan's offer is %v", l)
		}
		d.offered("zoe", "sam")
		d.stands("eve", "")
		for place, customer := range []string{"bob", "dan", "cid"} {
			d.waits(customer, place+1)
		}
		d.comes("tom")
		d.stands("tom", "")
		_, _, err = d.Next(t.Context(), "tom", "s-tom", "")
		d.refused(err, "nothing_waits")
		_, err = d.Assign(t.Context(), "cid", "tom", "boss")
		d.refused(err, "not_available")
		e, err := d.Explain(t.Context(), "bob")
		d.ok(err)
		if e.Candidates[0].Against != (Objection{"node", "waits at a server that is gone"}) {
			t.Errorf("bob is not offered because of %+v", e.Candidates[0].Against)
		}
		if l, err := d.Lease(t.Context(), talk); err != nil || l.Kind != "work" {
			t.Errorf("maria's talk is %+v, %v", l, err)
		}
		if at, err := d.Owner(t.Context(), "maria"); err != nil || at != (Place{"ann", "n-1", true}) {
			t.Errorf("maria's call is %+v, %v", at, err)
		}

		says(d.Router)
		d.offered("bob", "eve")
		d.offered("dan", "tom")
		d.waits("cid", 3)
	})
}

// What a dead node had is over a minute later, and its agents are free; who is back before keeps it.
func TestWhatADeadNodeHadEndsInAMinute(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		for _, r := range []*Router{d.Router, other} {
			_, err := r.Alive(t.Context(), "10.0.0.1:7000", time.Minute, nil)
			d.ok(err)
		}
		d.comes("maria")
		d.calls("ann", "sales")
		talk := d.talks("ann", "maria")
		d.calls("bob", "sales")
		d.silent(other)
		for range 58 {
			d.later(time.Second)
		}
		d.stands("maria", "busy")
		d.events()
		d.later(2 * time.Second)
		d.stands("maria", "")
		d.happened("interaction.left", "work.ended", "interaction.left")
		if l, err := d.Lease(t.Context(), talk); err != nil || l.Kind != "done" {
			t.Errorf("maria's talk is %+v, %v", l, err)
		}
	})
}

// A node is being drained: agents whose device is there are offered nothing new as long as there is another node where
// it could go, and keep what rings or is said. Alone, the node still serves those who wait.
func TestNothingIsOfferedToADeviceThatMoves(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		minute := time.Minute
		says := func(r *Router, address string, left *time.Duration) {
			t.Helper()
			_, err := r.Alive(t.Context(), address, time.Minute, left)
			d.ok(err)
		}
		says(d.Router, "10.0.0.1:7000", nil)
		for _, agent := range []string{"maria", "sam"} {
			d.comes(agent)
			d.ok(d.Devices(t.Context(), agent, AtBrowser, AtBrowser, true, ""))
			d.ok(d.Devices(t.Context(), agent, AtBrowser, Microphone, true, ""))
		}
		says(d.Router, "10.0.0.1:7000", &minute)
		d.stands("maria", "") // there is nowhere to go
		d.calls("ann", "sales")
		lease := d.offered("ann", "maria")
		says(other, "10.0.0.2:7000", nil)
		d.stands("sam", "moves to another server")
		d.ok(d.Accept(t.Context(), lease, "s-maria"))
		d.ok(d.Connected(t.Context(), lease))
		d.calls("bob", "sales")
		d.waits("bob", 1)
		d.ok(other.Devices(t.Context(), "sam", AtBrowser, AtBrowser, true, "")) // it has moved
		d.talks("bob", "sam")
		d.calls("cid", "sales")
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.waits("cid", 1)
		nodes, err := d.Nodes(t.Context())
		d.ok(err)
		if n := nodes[0]; n.ID != "n-1" || !n.Draining || n.Left+n.Silence != minute || nodes[1].Draining {
			t.Errorf("the nodes are %+v", nodes)
		}
		says(other, "10.0.0.2:7000", &minute) // both stop: nobody moves any more
		d.offered("cid", "maria")
		if findings, err := d.Doctor(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("the doctor says %v, %v", findings, err)
		}
	})
}

// The page of an agent comes to another node before its socket at the first one is closed: nobody is lost by that.
func TestAPageLeavesTheNodeItCameFrom(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		sits := func(r *Router) {
			t.Helper()
			if seat, err := r.Sit(t.Context(), "maria", "s-maria", "t1", false); err != nil || seat.Viewer {
				t.Fatalf("%+v, %v", seat, err)
			}
		}
		d.comes("maria")
		sits(d.Router)
		sits(other)
		d.ok(d.Rise(t.Context(), "maria", "s-maria", "t1"))
		d.stands("maria", "")
		d.ok(other.Rise(t.Context(), "maria", "s-maria", "t1"))
		d.stands("maria", "connection lost")
	})
}

// The node of what is no call dies for good: it is offered by those who live, and its agent may end it.
func TestWhatIsNoCallNeedsNoNode(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		other := routerOn(d.clock, "n-other")
		d.alive(d.Router, other)
		d.comes("maria")
		d.has("maria", "chat", "ann", "bob")
		d.ok(d.Snooze(t.Context(), d.lease("bob"), "s-maria", 0))
		d.has("maria", "chat", "cid")
		d.comesBy("chat", "dan", "sales")
		d.calls("zoe", "sales")
		for range 4 {
			d.alive(other)
		}
		d.later(time.Minute) // longer than calls are kept
		if _, there := d.world().hashes["int:zoe"]; there {
			t.Error("zoe's node is dead, and she waits")
		}
		d.ok(other.Finish(t.Context(), d.lease("ann"), "closed"))
		d.offered("dan", "maria")
		d.ok(other.Wake(t.Context(), "bob"))
		d.state("bob", "owned", "maria")
		d.ok(other.Decline(t.Context(), d.lease("dan"), "s-maria"))
		d.waits("dan", 1) // for whoever comes
		d.comes("sam")
		d.ok(other.Accept(t.Context(), d.offered("dan", "sam"), ""))
		d.ok(other.Requeue(t.Context(), d.lease("cid"), false, "moved"))
		d.offered("cid", "sam") // who is there
		if findings, err := other.Doctor(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("the doctor says %v, %v", findings, err)
		}
	})
}
