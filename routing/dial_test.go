package routing

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

// Calls that agents make.

// dials: maria, who is away, calls ann.
func dials(t *testing.T, s *state.State, change func(*Floor)) (d *day, lease string) {
	t.Helper()
	d = another(t, s, func(f *Floor) {
		f.Limits.Outbound = AfterWork{Kind: "timed", For: 30 * time.Second}
		if change != nil {
			change(f)
		}
	})
	d.comes("maria")
	d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away"}))
	d.events()
	return d, d.calling("ann", "maria")
}

func (d *day) calling(customer, agent string) (lease string) {
	d.t.Helper()
	ticket, lease, err := d.Dial(d.t.Context(), agent, "s-"+agent, Interaction{ID: customer, Data: map[string]string{"to": "+44"}})
	d.ok(err)
	ticket.Close()
	return lease
}

func (d *day) noDial(agent, session, code string) {
	d.t.Helper()
	_, _, err := d.Dial(d.t.Context(), agent, session, Interaction{ID: "zoe"})
	d.refused(err, code)
}

// The slot is taken before anybody hears of the call; it is served, and followed by after-call work as that is set for such calls.
func TestAnAgentCallsSomebody(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, lease := dials(t, s, nil)
		d.happened("work.dialed")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
		d.calls("bob", "sales")
		d.waits("bob", 1)
		d.stands("maria", "busy")
		d.later(45 * time.Second)
		d.state("ann", "owned", "maria")
		d.events()
		d.ok(d.Connected(t.Context(), lease))
		d.later(time.Hour)
		d.happened("offer.connected")
		if at, err := d.Owner(t.Context(), "maria"); err != nil || at.Call != "ann" {
			t.Errorf("maria is on %+v, %v", at, err)
		}
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.happened("work.ended", "interaction.left")
		d.stands("maria", "busy")
		d.later(30 * time.Second)
		d.happened("acw.ended", "offer.made")
		d.offered("bob", "maria")
	})
}

// Whoever is not reached leaves nothing to be done: the slot is back at once, however it comes to nothing.
func TestACallThatReachesNobody(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(d *day, lease string) error
		reason string
	}{
		"busy":          {func(d *day, _ string) error { return d.Leave(d.t.Context(), "ann", "busy") }, "busy"},
		"given up":      {func(d *day, lease string) error { return d.Finish(d.t.Context(), lease, "cancelled") }, "cancelled"},
		"no device":     {func(d *day, lease string) error { return d.DeviceFailed(d.t.Context(), lease, "ice") }, "ice"},
		"a former life": {func(d *day, _ string) error { return d.Recover(d.t.Context(), nil) }, "node_lost"},
		"nobody tells":  {func(d *day, _ string) error { d.later(time.Minute); return nil }, "no_answer"},
		"a dead node": {func(d *day, _ string) error {
			other := routerOn(d.clock, "n-other")
			d.alive(d.Router, other)
			for range 4 {
				d.alive(other)
			}
			return nil
		}, "node_lost"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, lease := dials(t, s, nil)
				d.ok(c.do(d, lease))
				w := d.world()
				var left string
				for _, e := range w.events {
					if e.What == "interaction.left" {
						left = e.Get("reason")
					}
				}
				if l := w.hashes["lease:"+lease]; l["kind"] != "done" || len(w.of("int:")) > 0 || left != c.reason {
					t.Errorf("left because %q are %v, maria has %v", left, w.of("int:"), l)
				}
			})
		})
	}
}

// In any call, or without a free slot, or without a device nobody calls; after-call work takes the slot, and is no call.
func TestWhoMayCall(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, lease := dials(t, s, func(f *Floor) { f.Limits.Capacity.Voice = new(2) })
		d.noDial("maria", "s-maria", "in_call")
		d.noDial("maria", "s-another", "viewer")
		d.noDial("nobody", "", "unknown_agent")
		d.noDial("sam", "", "not_available")
		d.ok(d.Connected(t.Context(), lease))
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.ok(d.Finish(t.Context(), d.reaches("bob"), "normal")) // during after-call work
		d.noDial("maria", "s-maria", "full")
		d.ok(d.Submit(t.Context(), lease, "s-maria", Outcome{Code: "sold"}))
		d.ok(d.Device(t.Context(), "maria", "voice", false, "no microphone"))
		d.noDial("maria", "s-maria", "not_available")
		d.comes("maria", "sam")
		d.calls("cid", "sales")
		d.noDial(d.world().hashes["int:cid"]["rung"], "", "in_call")
		d.ok(d.Leave(t.Context(), "cid", "abandoned"))
		d.has("sam", "chat", "dan")
		d.noDial("sam", "s-sam", "full") // a chat, which he cannot have beside a call

		ticket, lease, err := d.Dial(t.Context(), "maria", "s-maria", Interaction{ID: "eva"})
		d.ok(err)
		defer ticket.Close()
		i := d.world().hashes["int:eva"]
		out, err := d.run(t.Context(), "dial", "eva", "maria", "s-maria", "n-1", "null", i["visit"]) // told again
		d.ok(err)
		if out[0] != lease || out[1] != i["begin"] {
			t.Errorf("told again it is %v, and was %s of %v", out, lease, i)
		}
		_, err = d.run(t.Context(), "dial", "eva", "maria", "s-maria", "n-1", "null", "v-2")
		d.refused(err, "taken")
	})
}

// reaches is another call of maria's, in which she is heard.
func (d *day) reaches(customer string) (lease string) {
	d.t.Helper()
	lease = d.calling(customer, "maria")
	d.ok(d.Connected(d.t.Context(), lease))
	return lease
}

// What can be done with a call that somebody has can be done with this one; but there is no queue to which it would go back.
func TestWhatBecomesOfACallThatWasMade(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		begin := func() (d *day, lease string) {
			d, lease = dials(t, s, nil)
			d.ok(d.Connected(t.Context(), lease))
			d.comes("sam")
			d.events()
			return d, lease
		}
		d, lease := begin()
		d.ok(d.Transfer(t.Context(), lease, "maria", Transfer{Queue: "sales"}))
		d.happened("work.ended", "interaction.left", "interaction.queued", "offer.made")
		d.talks("ann", "sam")

		d, lease = begin()
		d.ok(d.Direct(t.Context(), lease, "maria", Directed{Agent: "sam", Purpose: ToTransfer}))
		offer := d.world().hashes["int:ann"]["toward"]
		d.ok(d.Accept(t.Context(), offer, "s-sam"))
		d.state("ann", "owned", "sam")
		d.later(5 * time.Second) // and has no sound
		if left := d.world().of("int:"); len(left) > 0 {
			t.Errorf("left are %v", left)
		}

		d, lease = begin()
		d.refused(d.Requeue(t.Context(), lease, true, "lost"), "closed")
		d.happened("work.ended", "interaction.left")
	})
}

// Redis forgets a call that is made, reached or not, and who has joined; the call's process dies and comes back, or another node has it.
func TestACallThatWasMadeOutlives(t *testing.T) {
	server := testredis.New(t)
	s := tell(t, open(t, server.Address), func(f *Floor) {
		f.Agents = append(f.Agents, Agent{ID: "eve", Name: "Eve", Queues: []string{"sales"}})
		f.Limits.Outbound = AfterWork{Kind: "indefinite"}
	})
	s.available("maria", "sam", "eve")
	calls := func(agent, customer string) (lease string) {
		t.Helper()
		ticket, lease, err := s.Dial(t.Context(), agent, "s-"+agent, Interaction{ID: customer})
		s.must(err)
		s.tickets[customer] = ticket
		return lease
	}
	ann, bob := calls("maria", "ann"), calls("eve", "bob")
	s.must(s.Connected(t.Context(), ann))
	join, err := s.Join(t.Context(), "sam", "s-sam", "ann", "barge")
	s.must(err)
	if u := s.news("ann", Joined); u.Lease != join || u.Agent != "sam" {
		t.Errorf("told %+v", u)
	}
	eventually(t, "the node knows its agents", func() bool {
		return strings.Contains(s.remembers(), `"id":"sam"`) && strings.Contains(s.remembers(), `"id":"eve"`)
	})
	server.Kill()
	server.Start()
	eventually(t, "the node has told its truth", func() bool {
		held, err := s.state.Redis().Exists(context.Background(), s.state.Key("hold")).Result()
		l, err2 := s.Lease(context.Background(), join)
		return err == nil && err2 == nil && held == 0 && l.Kind == "join" && l.Agent == "sam"
	})
	if findings, err := s.Doctor(t.Context()); err != nil || len(findings) > 0 {
		t.Errorf("the doctor says %v, %v", findings, err)
	}
	if l, err := s.Lease(t.Context(), ann); err != nil || l.Kind != "work" || l.Timed {
		t.Errorf("ann is on %+v, %v", l, err)
	}
	if l, err := s.Lease(t.Context(), bob); err != nil || l.Kind != "work" || !l.Timed { // is called yet
		t.Errorf("bob is on %+v, %v", l, err)
	}
	s.must(s.Leave(t.Context(), "bob", "busy"))
	s.news("bob", Left)
	s.why("eve", "")
	s.must(s.Finish(t.Context(), ann, "normal"))
	s.news("ann", JoinEnded)
	s.news("ann", Left)
	s.why("maria", "busy") // after-call work
	s.why("sam", "")
}

// The same of its process.
func TestACallThatWasMadeOutlivesItsNode(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, _ := dials(t, s, nil)
		d.comes("sam")
		heir := routerOn(d.clock, "n-heir")
		for agent, connected := range map[string]bool{"maria": true, "sam": false} {
			customer := map[string]string{"maria": "ann", "sam": "bob"}[agent]
			if agent == "maria" {
				d.ok(d.Leave(t.Context(), "ann", "busy"))
			}
			ticket, lease, err := d.Dial(t.Context(), agent, "s-"+agent, Interaction{ID: customer})
			d.ok(err)
			how := Waits
			if connected {
				d.ok(d.Connected(t.Context(), lease))
				how = Talks
			}
			saved := ticket.Save()
			ticket.Close()
			again, stands, err := heir.Adopt(t.Context(), saved, how)
			d.ok(err)
			if want := map[bool]Stands{true: StandsTalking, false: StandsNowhere}[connected]; stands != want {
				t.Errorf("%s stands so: %s", customer, stands)
			}
			if !connected {
				d.stands(agent, "")
				continue
			}
			d.ok(heir.Finish(t.Context(), lease, "normal"))
			again.Close()
		}
	})
}
