package routing

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

// Who lets calls or chats pass, how long who is lost may come back, and how long a customer waits for a first word.

// lets: the offer of a customer passes its deadline.
func (d *day) lets(agent, channel, customer string) {
	d.t.Helper()
	d.comesBy(channel, customer, "sales")
	d.offered(customer, agent)
	d.later(rings[channel])
	d.ok(d.Leave(d.t.Context(), customer, "abandoned"))
	d.later(15 * time.Second) // the peace after it
}

// One missed call is enough, and so are three chats. Each is counted apart, and an accepted one forgets those before it.
func TestMissesAreCountedByChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.lets("maria", "chat", "ann")
		d.lets("maria", "chat", "bob")
		d.has("maria", "chat", "cid") // is there after all
		d.ok(d.Finish(t.Context(), d.lease("cid"), "normal"))
		d.lets("maria", "chat", "dan")
		d.lets("maria", "email", "eva")
		d.comesBy("voice", "fay", "sales")
		d.talks("fay", "maria") // which says nothing of chats
		d.ok(d.Finish(t.Context(), d.lease("fay"), "normal"))
		d.stands("maria", "")
		d.comesBy("chat", "gus", "sales")
		d.offered("gus", "maria")
		d.events()
		d.later(30 * time.Second)
		d.happened("offer.missed", "agent.away_idle")
		d.stands("maria", "missed an offer")
		d.waits("gus", 1)
		d.ok(d.Leave(t.Context(), "gus", "abandoned"))
		d.later(15 * time.Second)
		d.ok(d.Back(t.Context(), "maria", "s-maria"))
		d.lets("maria", "chat", "hal") // three of three again
		d.stands("maria", "")
		d.comesBy("voice", "ida", "sales")
		d.offered("ida", "maria")
		d.later(20 * time.Second)
		d.stands("maria", "missed an offer")
	})
}

// A chat that was accepted and not answered is missed: after a minute it is somebody else's, at its age.
func TestAChatWithoutAFirstReply(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].FirstReply, f.Limits.DigitalMisses = time.Minute, 2 })
		d.comes("maria")
		d.has("maria", "chat", "ann")
		d.comesBy("chat", "cid", "support") // where a reply may take as long as it takes
		d.ok(d.Accept(t.Context(), d.offered("cid", "maria"), ""))
		d.comesBy("chat", "bob", "sales")
		lease := d.lease("ann")
		d.events()
		d.later(time.Minute - 3*time.Millisecond)
		d.happened()
		d.later(2 * time.Millisecond)
		d.happened("offer.missed")
		d.waits("ann", 1) // before bob, who came later
		d.state("cid", "owned", "maria")
		d.refused(d.Replied(t.Context(), lease, "s-maria"), "gone") // too late: it was said
		d.stands("maria", "has a chat in hand")

		d.later(15 * time.Second) // her peace from chats: then bob, whom she has not had
		d.ok(d.Accept(t.Context(), d.offered("bob", "maria"), "s-maria"))
		d.later(time.Minute)
		d.stands("maria", "missed an offer")
		d.comes("sam")
		d.offered("ann", "sam")
		d.offered("bob", "sam")
	})
}

// The first commit wins between a reply and its deadline; a reply forgets what was missed before, and an accept does not.
func TestAFirstReplyInTime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].FirstReply, f.Limits.DigitalMisses = time.Minute, 2 })
		d.comes("maria")
		d.lets("maria", "chat", "zoe")
		d.has("maria", "chat", "ann")
		lease := d.lease("ann")
		d.refused(d.Replied(t.Context(), lease, "another tab"), "viewer")
		if m := d.world().hashes["agent:maria"]["digital_misses"]; m != "1" {
			t.Fatalf("accepted, and %s misses", m)
		}
		d.pass(2 * time.Minute) // no server has swept for long: what is late is not lost
		d.events()
		d.ok(d.Replied(t.Context(), lease, "s-maria"))
		d.ok(d.Replied(t.Context(), lease, "s-maria")) // told again
		d.happened("work.replied")
		d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
		d.sweep()
		d.happened()
		d.state("ann", "owned", "maria")
		if m := d.world().hashes["agent:maria"]["digital_misses"]; m != "0" {
			t.Fatalf("replied, and %s misses", m)
		}
		d.ok(d.Finish(t.Context(), lease, "normal"))

		// What ends before its first reply has no time for one any more.
		d.has("maria", "chat", "bob", "cid")
		d.ok(d.Snooze(t.Context(), d.lease("bob"), "s-maria", 0))
		d.ok(d.Finish(t.Context(), d.lease("cid"), "normal"))
		d.later(2 * time.Minute)
		d.stands("maria", "")
		d.state("bob", "snoozed", "maria")
	})
}

// Whoever has a chat in hand may come back for a minute; whoever has not for twenty seconds.
func TestTheGraceIsLongerWithChatsInHand(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Blended = new(true) })
		d.comes("maria")
		d.has("maria", "chat", "ann")
		d.calls("bob", "sales")
		call := d.talks("bob", "maria")
		d.comesBy("chat", "cid", "sales")
		d.ok(d.Accept(t.Context(), d.offered("cid", "maria"), "s-maria"))
		d.comesBy("chat", "dan", "sales")
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.later(20 * time.Second)
		d.ok(d.Requeue(t.Context(), call, true, "lost")) // by the call, whose patience is over
		d.later(25 * time.Second)
		d.stands("maria", "connection lost")
		d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
		d.state("ann", "owned", "maria")
		d.offered("bob", "maria")
		d.ok(d.Decline(t.Context(), d.lease("bob"), "s-maria"))

		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.later(time.Minute - time.Millisecond)
		d.state("ann", "owned", "maria")
		d.later(time.Millisecond)
		for place, who := range []string{"bob", "ann", "cid", "dan"} {
			d.waits(who, place+1) // each at the age it has; bob is at the head
		}
		d.stands("maria", "not logged in")
	})
}

// Redis is killed and comes back empty while a first reply is due: it is due as before, and when it was said it is not.
func TestAFirstReplyThatRedisForgets(t *testing.T) {
	server := testredis.New(t)
	s := tell(t, open(t, server.Address), func(f *Floor) { f.Queues[0].FirstReply = 10 * time.Minute })
	s.available("maria")
	ticket, err := s.Enqueue(t.Context(), Interaction{ID: "ann", Channel: "chat", Queue: "sales"})
	s.must(err)
	s.tickets["ann"] = ticket
	lease := s.news("ann", Offered).Lease
	s.must(s.Accept(t.Context(), lease, "s-maria"))
	s.news("ann", Accepted)
	due := func() float64 { // 0 is never
		at, _ := s.state.Redis().ZScore(context.Background(), s.state.Key("due"), "reply:"+lease).Result()
		return at
	}
	forgets := func() {
		t.Helper()
		eventually(t, "the node knows its agents", func() bool { return strings.Contains(s.remembers(), `"id":"maria"`) })
		server.Kill()
		server.Start()
		eventually(t, "the node has told its truth", func() bool {
			held, err := s.state.Redis().Exists(context.Background(), s.state.Key("hold")).Result()
			l, err2 := s.Lease(context.Background(), lease)
			return err == nil && err2 == nil && held == 0 && l.Kind == "work"
		})
		if findings, err := s.Doctor(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("the doctor says %v, %v", findings, err)
		}
	}
	before := due()
	forgets()
	if at := due(); before == 0 || at < before || at > before+20_000 { // the time in which nobody could reply is made up for
		t.Errorf("it was due at %.0f, and is at %.0f", before, at)
	}
	s.must(s.Replied(t.Context(), lease, "s-maria"))
	s.news("ann", Replied)
	forgets()
	if at := due(); at != 0 {
		t.Errorf("she has replied, and it is due at %.0f", at)
	}
}

// The time in which Redis was away counts for no first reply.
func TestAFirstReplyWhileRedisIsAway(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[0].FirstReply = time.Minute })
		d.comes("maria")
		ticket, err := d.Enqueue(t.Context(), Interaction{ID: "ann", Channel: "chat", Queue: "sales"})
		d.ok(err)
		defer ticket.Close()
		lease := d.offered("ann", "maria")
		d.ok(d.Accept(t.Context(), lease, ""))
		ticket.truth.Leases, ticket.truth.Talks = []claim{{ID: lease, Agent: "maria"}}, true
		d.back()
		before := number(d.world().hashes["lease:"+lease]["reply"])
		d.gone(90 * time.Second)
		d.back()
		if l := d.world().hashes["lease:"+lease]; l["kind"] != "work" || number(l["reply"]) < before+90_000 {
			t.Errorf("it was due at %.0f, and maria has %v", before, l)
		}
	})
}
