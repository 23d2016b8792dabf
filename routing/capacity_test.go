package routing

import (
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// The worked cases of capacity, as a floor plays them. Chats and e-mails come like calls, but need no device.

// comesBy: a customer waits, by any channel.
func (d *day) comesBy(channel, customer, queue string) {
	d.t.Helper()
	ticket, err := d.Enqueue(d.t.Context(), Interaction{ID: customer, Channel: channel, Queue: queue})
	d.ok(err)
	ticket.Close()
	d.pass(time.Millisecond)
}

// has: the agent is offered the customer, and takes them.
func (d *day) has(agent, channel string, customers ...string) {
	d.t.Helper()
	for _, c := range customers {
		d.comesBy(channel, c, "sales")
		d.ok(d.Accept(d.t.Context(), d.offered(c, agent), "s-"+agent))
	}
}

// next: the agent asks for more, and gets this customer.
func (d *day) next(agent, channel, customer string) (lease string) {
	d.t.Helper()
	lease, got, err := d.Next(d.t.Context(), agent, "s-"+agent, channel)
	d.ok(err)
	if l := d.world().hashes["lease:"+lease]; got != customer || l["interaction"] != customer || l["kind"] != "work" || l["agent"] != agent {
		d.t.Fatalf("%s gets %s, %v, want %s", agent, got, l, customer)
	}
	return lease
}

func (d *day) noNext(agent, channel, code string) {
	d.t.Helper()
	_, _, err := d.Next(d.t.Context(), agent, "s-"+agent, channel)
	d.refused(err, code)
}

// against is why a customer who waits is not offered to the agent.
func (d *day) against(customer, agent string, want Objection) {
	d.t.Helper()
	e, err := d.Explain(d.t.Context(), customer)
	d.ok(err)
	if e.State != "waiting" {
		d.t.Fatalf("%s is %s with %s", customer, e.State, e.With)
	}
	for _, c := range e.Candidates {
		if c.Agent == agent && c.Against != want {
			d.t.Fatalf("%s is not offered to %s because %v, want %v", customer, agent, c.Against, want)
		}
	}
}

// 2 chats (standard 2, max 3), a third waits: it is not offered; Next takes it; a further Next is refused.
func TestOffersStopAtTheStandardAndNextAtTheMaximum(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.noNext("maria", "chat", "nothing_waits")
		d.has("maria", "chat", "ann", "bob")
		d.comesBy("chat", "cid", "sales")
		d.against("cid", "maria", Objection{"capacity", "has 2 chats, is offered no more than 2"})
		d.comesBy("chat", "dan", "support")
		d.events()
		d.next("maria", "chat", "cid")
		d.happened("offer.made", "offer.accepted")
		d.noNext("maria", "chat", "at_max")
		d.noNext("maria", "email", "nothing_waits")
		d.comesBy("email", "eva", "sales")
		d.offered("eva", "maria") // e-mails are counted apart
	})
}

// Next takes what comes first over all channels, asks for no peace after a decline, and is for whom is there.
func TestNextTakesWhatComesFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[1].Priority = 1 })
		d.comes("maria")
		d.comesBy("chat", "ann", "sales")
		d.ok(d.Decline(t.Context(), d.offered("ann", "maria"), "s-maria"))
		d.against("ann", "maria", Objection{"cooldown", "cooling down for 15 s"})
		d.comesBy("email", "bob", "sales")
		bob := d.offered("bob", "maria") // peace from chats is none from e-mails
		d.ok(d.Accept(t.Context(), bob, "s-maria"))
		d.next("maria", "", "ann") // although she was asked before
		d.refused(d.Choose(t.Context(), "maria", "another tab", Choice{State: "away"}), "viewer")
		_, _, err := d.Next(t.Context(), "maria", "another tab", "")
		d.refused(err, "viewer")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away"}))
		d.comesBy("chat", "cid", "sales")
		d.noNext("maria", "chat", "not_available")
	})
}

// The client repeats a command whose answer was lost: the same wish is granted once.
func TestARepeatedNextIsOneWish(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Chat = Span{new(0), new(2)} })
		d.comes("maria")
		d.comesBy("chat", "ann", "sales")
		d.comesBy("chat", "bob", "sales")
		for range 2 {
			out, err := d.run(t.Context(), "take", "maria", "s-maria", "chat", "wish-1")
			d.ok(err)
			if out[1] != "ann" {
				t.Fatalf("got %v", out)
			}
		}
		d.waits("bob", 1)
	})
}

// Calls and chats keep each other away, unless the agent is blended; e-mails do not block a call, but a call blocks them.
func TestBlendedOrNot(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Agents = f.Agents[:1]
			f.Teams = map[string]*Team{"all": {Capacity: Capacity{Blended: new(true)}}}
			f.Agents = append(f.Agents, Agent{ID: "eve", Queues: []string{"support"}, Team: "all"})
		})
		d.comes("maria")
		d.has("maria", "email", "e1", "e2", "e3", "e4", "e5")
		d.calls("ann", "sales")
		lease := d.talks("ann", "maria")
		for _, channel := range []string{"chat", "voicemail"} {
			d.comesBy(channel, "bob", "sales")
			d.against("bob", "maria", Objection{"blended", "has a call in hand"})
			d.noNext("maria", channel, "not_available")
			d.ok(d.Leave(t.Context(), "bob", "abandoned"))
		}
		d.ok(d.Finish(t.Context(), lease, "normal"))
		d.has("maria", "chat", "cid")
		d.calls("dan", "sales")
		d.against("dan", "maria", Objection{"blended", "has a chat in hand"})

		d.comes("eve") // who is blended
		d.comesBy("chat", "pat", "support")
		d.ok(d.Accept(t.Context(), d.offered("pat", "eve"), "s-eve"))
		d.calls("sue", "support")
		d.talks("sue", "eve")
		d.comesBy("chat", "tim", "support")
		d.offered("tim", "eve")
	})
}

// Only a call must carry sound; what is read stays accepted. Offers wait as long as their channel's do, unless the queue
// says otherwise.
func TestEachChannelHasItsDeadlines(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Queues[1].Ring, f.Limits.Misses = 7*time.Second, 9 })
		d.comes("maria", "sam")
		for n, c := range []struct {
			channel, queue string
			rings          time.Duration
		}{
			{"voice", "sales", 20 * time.Second},
			{"callback", "sales", 20 * time.Second},
			{"chat", "sales", 30 * time.Second},
			{"email", "sales", 5 * time.Minute},
			{"voicemail", "sales", 5 * time.Minute},
			{"email", "support", 7 * time.Second},
		} {
			who := string(rune('a' + n))
			d.comesBy(c.channel, who, c.queue)
			l := d.world().hashes["lease:"+d.world().hashes["int:"+who]["lease"]]
			if got := time.Duration(number(l["deadline"])-number(l["made"])) * time.Millisecond; got != c.rings {
				t.Errorf("%s in %s rings for %s, want %s", c.channel, c.queue, got, c.rings)
			}
			d.ok(d.Leave(t.Context(), who, "abandoned"))
		}
		d.has("maria", "chat", "ann")
		d.later(time.Minute)
		if i := d.world().hashes["int:ann"]; i["state"] != "owned" {
			t.Fatalf("a chat without sound: %v", i)
		}
		d.comesBy("callback", "bob", "sales")
		d.ok(d.Accept(t.Context(), d.offered("bob", "sam"), "s-sam"))
		d.later(5 * time.Second)
		d.waits("bob", 1)
	})
}

// A broken microphone takes calls away, and leaves the chat that is offered.
func TestADeviceIsOfItsChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.Capacity.Blended = new(true) })
		d.comes("maria")
		d.comesBy("chat", "ann", "sales")
		d.calls("bob", "sales")
		d.offered("bob", "maria")
		d.ok(d.Device(t.Context(), "maria", "voice", false, "no microphone"))
		d.against("bob", "maria", Objection{"presence", "no microphone"})
		d.offered("ann", "maria")
		d.ok(d.Device(t.Context(), "maria", "voice", true, ""))
		d.ok(d.Device(t.Context(), "maria", "chat", false, "the page is too old"))
		d.offered("bob", "maria")
		d.against("ann", "maria", Objection{"presence", "the page is too old"})
	})
}

// The closest word wins, each number by itself.
func TestWhoseCapacityItIs(t *testing.T) {
	f := Floor{Limits: DefaultLimits(), Teams: map[string]*Team{"first": {Capacity: Capacity{Chat: Span{Max: new(6)}, Voicemail: new(0)}}}}
	f.Limits.Capacity = Capacity{Chat: Span{Standard: new(4), Max: new(5)}} // the rest is the default
	a := Agent{Team: "first", Capacity: Capacity{Voice: new(2), Voicemail: new(7)}}
	got := f.capacity(a)
	for what, n := range map[string][2]int{
		"voice": {*got.Voice, 2}, "chat.standard": {*got.Chat.Standard, 4}, "chat.max": {*got.Chat.Max, 6},
		"email.max": {*got.Email.Max, 10}, "voicemail": {*got.Voicemail, 7},
	} {
		if n[0] != n[1] {
			t.Errorf("%s is %d, want %d", what, n[0], n[1])
		}
	}
	err := Capacity{Voice: new(-1), Chat: Span{Standard: new(7)}}.Within("here", f.Teams["first"].Capacity, f.Limits.Capacity)
	for _, want := range []string{"here.voice -1: 0 (none) to 100", "here.chat: standard 7 is more than max 6"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// 1 chat, not blended; a call waits for 20 s: this agent gets no new chats, not by asking either, and the call is theirs when
// the chat ends.
func TestACallThatWaitsKeepsSomebodyFree(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		d.comes("maria")
		d.has("maria", "chat", "ann")
		d.calls("bob", "sales")
		d.later(19_997 * time.Millisecond)
		d.comesBy("chat", "cid", "sales") // a moment before the 20 s
		cid := d.offered("cid", "maria")
		d.ok(d.Leave(t.Context(), "cid", "abandoned"))
		d.later(0)
		d.events()
		d.later(time.Millisecond)
		d.happened("agent.drains")
		d.comesBy("chat", "dan", "sales")
		d.against("dan", "maria", Objection{"draining", "is kept free for a call that waits"})
		d.noNext("maria", "chat", "not_available")
		d.comesBy("email", "eva", "sales")
		d.offered("eva", "maria") // which does not keep her from the call
		d.refused(d.Accept(t.Context(), cid, "s-maria"), "gone")
		d.ok(d.Finish(t.Context(), d.world().hashes["int:ann"]["lease"], "normal"))
		d.talks("bob", "maria")
		if a := d.world().hashes["agent:maria"]; a["drains"] != "" {
			t.Errorf("still kept free for %s", a["drains"])
		}
	})
}

// Of those whom chats keep from calls the one with fewest is kept free, for one call; for another call another one. When
// the call is gone, chats come again; when the one who was kept free is gone, another is.
func TestWhoIsKeptFree(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Limits.DrainAfter = 5 * time.Second
			f.Limits.Grace = time.Hour
			f.Agents = append(f.Agents, Agent{ID: "eve", Queues: []string{"sales"}, Capacity: Capacity{Blended: new(true), Voice: new(0)}})
		})
		kept := func(want ...string) {
			t.Helper()
			got := map[string]string{}
			for id, a := range d.world().of("agent:") {
				if a["drains"] != "" {
					got[id] = a["drains"]
				}
			}
			all := map[string]string{}
			for n := 0; n < len(want); n += 2 {
				all[want[n]] = want[n+1]
			}
			if err := same("who is kept free for whom", all, got); err != nil {
				t.Fatal(err)
			}
		}
		d.comes("maria", "sam", "eve")
		d.has("maria", "chat", "a1")
		d.has("sam", "chat", "a2")
		d.has("eve", "chat", "a3") // who takes no calls
		d.has("maria", "chat", "a4")
		d.calls("bob", "sales")
		d.later(5 * time.Second)
		kept("sam", "bob")
		d.calls("cid", "sales")
		d.later(5 * time.Second)
		kept("sam", "bob", "maria", "cid")
		d.comesBy("chat", "dan", "support")
		d.waits("dan", 1)
		d.ok(d.Leave(t.Context(), "bob", "abandoned"))
		kept("maria", "cid")
		d.offered("dan", "sam")

		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.later(5 * time.Second)
		kept("sam", "cid")
		d.ok(d.heartbeat(t.Context(), "maria", "s-maria"))
		d.ok(d.Leave(t.Context(), "cid", "abandoned"))
		kept()
	})
}
