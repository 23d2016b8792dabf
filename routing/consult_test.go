package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// asking is maria talking with ann of sales; she consults sam, who serves support alone, takes calls and chats at once, and has
// accepted.
func asking(t *testing.T, s *state.State, change func(*Floor)) (d *day, talk, consult string) {
	t.Helper()
	d = another(t, s, func(f *Floor) {
		f.Queues[0].AfterWork = AfterWork{Kind: "timed", For: 30 * time.Second}
		f.Agents[0].Queues, f.Agents[1].Queues = []string{"sales"}, []string{"support"}
		f.Limits.Capacity.Blended = new(true)
		if change != nil {
			change(f)
		}
	})
	d.comes("maria", "sam")
	d.calls("ann", "sales")
	talk = d.talks("ann", "maria")
	consult = d.asks(talk, "sam")
	d.ok(d.Accept(t.Context(), consult, "s-sam"))
	d.events()
	return d, talk, consult
}

var consults = Directed{Agent: "sam", Purpose: ToConsult, Note: "how much?"}

// asks: maria wants to consult somebody, whose device rings.
func (d *day) asks(talk, agent string) (offer string) {
	d.t.Helper()
	to := consults
	to.Agent = agent
	d.ok(d.Direct(d.t.Context(), talk, "maria", to))
	return d.world().hashes["int:ann"]["toward"]
}

// colleagues are more agents, who serve support.
func colleagues(ids ...string) func(*Floor) {
	return func(f *Floor) {
		for _, id := range ids {
			f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: []string{"support"}})
		}
	}
}

// From the offer to the end ann is maria's, and sam gets nothing else; then he is free at once.
func TestAConsult(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, talk, consult := asking(t, s, nil)
		is := func(kind string) {
			t.Helper()
			sam, err := d.Agent(t.Context(), "sam")
			d.ok(err)
			if l := sam.Leases[0]; l.Kind != kind || l.Purpose != ToConsult || l.Giver != "maria" || l.Note != "how much?" || l.Interaction != "ann" {
				t.Errorf("sam is told %+v", l)
			}
			if !sam.Busy || sam.Why != "is consulted" {
				t.Errorf("sam is busy %v because %q", sam.Busy, sam.Why)
			}
			d.state("ann", "owned", "maria")
		}
		is("consult")
		d.ok(d.Accept(t.Context(), consult, "s-sam")) // told again
		d.refused(d.Accept(t.Context(), consult, ""), "taken")
		d.happened()
		d.ok(d.Connected(t.Context(), consult))
		d.later(time.Minute)
		d.happened("offer.connected")
		if at, err := d.Owner(t.Context(), "sam"); err != nil || at.Call != "ann" {
			t.Errorf("sam is on %+v, %v", at, err)
		}
		d.comesBy("chat", "bob", "support") // which sam could have beside a call
		d.against("bob", "sam", Objection{"capacity", "is consulted"})
		d.noNext("sam", "chat", "at_max")
		var open *OpenWork
		if err := d.Logout(t.Context(), "sam", "s-sam"); fmt.Sprintf("%T", err) != fmt.Sprintf("%T", open) {
			t.Errorf("sam logs out: %v", err)
		}
		d.events()
		d.ok(d.EndConsult(t.Context(), consult, "left"))
		d.happened("consult.ended", "offer.made")
		d.offered("bob", "sam")
		d.ok(d.EndConsult(t.Context(), consult, "left")) // told again
		d.happened()
		d.refused(d.Handover(t.Context(), talk, consult), "gone")

		d.ok(d.Accept(t.Context(), d.offered("bob", "sam"), "s-sam"))
		d.ok(d.Finish(t.Context(), d.lease("bob"), "normal"))
		consult = d.asks(talk, "sam")
		is("offer")
		d.comesBy("chat", "cid", "support")
		d.waits("cid", 1)
		d.refused(d.EndConsult(t.Context(), consult, "left"), "gone")
	})
}

// Whatever keeps sam from it, ann stays with maria, who may ask him again.
func TestAConsultThatComesToNothing(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(d *day, talk, consult string)
		what  string
		why   string // sam is not offered more
		sound bool   // he has accepted
	}{
		"declined":       {func(d *day, _, consult string) { d.ok(d.Decline(d.t.Context(), consult, "s-sam")) }, "offer.declined", "cooling down for 15 s", false},
		"missed":         {func(d *day, _, _ string) { d.later(20 * time.Second) }, "offer.missed", "missed an offer", false},
		"no device":      {func(d *day, _, consult string) { d.ok(d.DeviceFailed(d.t.Context(), consult, "ice")) }, "offer.device_failed", "cooling down for 15 s", false},
		"taken back":     {func(d *day, talk, _ string) { d.ok(d.TakeBack(d.t.Context(), talk)) }, "offer.withdrawn", "", false},
		"away":           {func(d *day, _, _ string) { d.ok(d.Choose(d.t.Context(), "sam", "s-sam", Choice{State: "away"})) }, "offer.declined", "away", false},
		"lost":           {func(d *day, _, _ string) { d.ok(d.Disconnect(d.t.Context(), "sam", "s-sam")) }, "offer.withdrawn", "connection lost", false},
		"no sound":       {func(d *day, _, _ string) { d.later(5 * time.Second) }, "offer.device_failed", "cooling down for 15 s", true},
		"a device fails": {func(d *day, _, consult string) { d.ok(d.DeviceFailed(d.t.Context(), consult, "ice")) }, "offer.device_failed", "cooling down for 15 s", true},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, consult := asking(t, s, nil)
				if !c.sound {
					d.ok(d.EndConsult(t.Context(), consult, "left"))
					consult = d.asks(talk, "sam")
					d.events()
				}
				c.do(d, talk, consult)
				if got := d.events(); !slices.Contains(got, c.what) {
					t.Errorf("happened %v", got)
				}
				d.state("ann", "owned", "maria")
				d.stands("sam", c.why)
				d.refused(d.Handover(t.Context(), talk, consult), "gone")
				if sam := d.world().hashes["agent:sam"]; sam["misses"] == "1" != (c.what == "offer.missed") {
					t.Errorf("sam is %v", sam)
				}
				if c.why == "away" || c.why == "connection lost" {
					return
				}
				d.ok(d.Back(t.Context(), "sam", "s-sam"))
				d.later(15 * time.Second)
				if d.asks(talk, "sam") == "" {
					t.Error("he cannot be asked again")
				}
			})
		})
	}
}

// Only who is available and has nothing in hand at all, and at most six for one interaction.
func TestWhoMayBeConsulted(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		many := []string{"eve", "kim", "leo", "mia", "ned", "oli"}
		d, talk, first := asking(t, s, func(f *Floor) {
			f.Limits.Capacity.Voice = new(2)
			colleagues(many...)(f)
		})
		to := consults
		ask := func(agent, code string) {
			t.Helper()
			to.Agent = agent
			d.refused(d.Direct(t.Context(), talk, "maria", to), code)
		}
		ask("sam", "not_idle")
		ask("eve", "not_available")
		ask("maria", "unknown_agent")
		d.comes("eve")
		d.comesBy("chat", "bob", "support")
		d.ok(d.Accept(t.Context(), d.offered("bob", "eve"), "s-eve"))
		ask("eve", "not_idle") // though she could have a call beside it
		d.ok(d.Finish(t.Context(), d.lease("bob"), "normal"))
		d.comesBy("voicemail", "cid", "support")
		ask("eve", "not_idle")
		d.ok(d.Leave(t.Context(), "cid", "deleted"))
		d.ok(d.Device(t.Context(), "eve", "voice", false, "no microphone"))
		ask("eve", "not_available")
		d.ok(d.Device(t.Context(), "eve", "voice", true, ""))
		offer := d.asks(talk, "eve")
		ask("kim", "offering")
		d.ok(d.Accept(t.Context(), offer, "s-eve"))
		for _, id := range many[1:5] {
			d.comes(id)
			d.ok(d.Accept(t.Context(), d.asks(talk, id), "s-"+id))
		}
		d.comes("oli")
		ask("oli", "full")
		to.Purpose = ToTransfer
		to.Agent = "oli"
		d.ok(d.Direct(t.Context(), talk, "maria", to)) // a transfer is none of six
		d.ok(d.TakeBack(t.Context(), talk))

		ticket, err := d.Enqueue(t.Context(), Interaction{ID: "dan", Channel: "voice", Queue: "sales", Agents: []string{"nobody"}})
		d.ok(err)
		ticket.Close()
		_, err = d.Assign(t.Context(), "dan", "sam", "boss")
		d.refused(err, "at_max")
		d.ok(d.EndConsult(t.Context(), first, "left"))
		_, err = d.Assign(t.Context(), "dan", "sam", "boss")
		d.ok(err)
	})
}

// What a customer or a supervisor wants so comes to the consulted agent all the same, and is marked as too much.
func TestGrowthDuringAConsult(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, _, consult := asking(t, s, nil)
		d.ok(d.EndConsult(t.Context(), consult, "left"))
		d.comesBy("chat", "bob", "support")
		d.ok(d.Accept(t.Context(), d.offered("bob", "sam"), "s-sam"))
		d.ok(d.Snooze(t.Context(), d.lease("bob"), "s-sam", 0))
		consult = d.asks(d.lease("ann"), "sam")
		d.ok(d.Accept(t.Context(), consult, "s-sam"))
		d.ok(d.Said(t.Context(), "bob", 1))
		if over := d.over("sam"); !slices.Equal(over, []string{"bob"}) {
			t.Errorf("too much are %v", over)
		}
		if findings, err := d.Doctor(t.Context()); err != nil || len(findings) > 0 {
			t.Errorf("the doctor says %v, %v", findings, err)
		}
	})
}

// The warm transfer: ann is sam's, with maria's note, and maria has after-call work. Others who are consulted go on.
func TestAHandover(t *testing.T) {
	for _, sound := range []bool{true, false} {
		t.Run(fmt.Sprint("with sound: ", sound), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, consult := asking(t, s, colleagues("eve", "kim"))
				if sound {
					d.ok(d.Connected(t.Context(), consult))
				}
				d.comes("eve", "kim")
				other := d.asks(talk, "eve")
				d.ok(d.Accept(t.Context(), other, "s-eve"))
				d.ok(d.Connected(t.Context(), other))
				rings := d.asks(talk, "kim")
				d.events()
				d.refused(d.Handover(t.Context(), consult, talk), "gone")
				d.ok(d.Handover(t.Context(), talk, consult))
				d.happened("offer.withdrawn", "consult.handed_over", "work.ended")
				d.ok(d.Handover(t.Context(), talk, consult)) // told again
				d.happened()
				d.refused(d.Accept(t.Context(), rings, "s-kim"), "gone")
				d.refused(d.EndConsult(t.Context(), consult, "left"), "gone")
				d.state("ann", "owned", "sam")
				d.stands("sam", "busy")
				d.stands("maria", "busy")
				w := d.world()
				if data := w.hashes["int:ann"]["data"]; !strings.Contains(data, `"transferred_by":"maria"`) || !strings.Contains(data, `"note":"how much?"`) {
					t.Errorf("sam is shown %s", data)
				}
				if w.hashes["lease:"+talk]["kind"] != "acw" || w.hashes["lease:"+other]["kind"] != "consult" || w.hashes["agent:sam"]["calls"] != "1" {
					t.Errorf("maria's is %v, eve's %v", w.hashes["lease:"+talk], w.hashes["lease:"+other])
				}
				if !sound { // who cannot be heard has not got her
					d.later(5 * time.Second)
					d.waits("ann", 1)
					d.stands("eve", "")
					return
				}
				d.refused(d.Direct(t.Context(), talk, "maria", consults), "gone")
				d.ok(d.Finish(t.Context(), consult, "normal"))
				d.happened("consult.ended", "work.ended", "interaction.left")
				d.stands("eve", "")
				d.later(30 * time.Second)
				d.stands("sam", "")
				d.stands("maria", "")
			})
		})
	}
}

// Whoever has ann no longer consults nobody: in the same script those who were asked are let go, without a miss, and so is the
// one whose device rings for that.
func TestWhatEndsAConsult(t *testing.T) {
	for name, do := range map[string]func(d *day, talk string) error{
		"the customer leaves":        func(d *day, _ string) error { return d.Leave(d.t.Context(), "ann", "abandoned") },
		"the talk is finished":       func(d *day, talk string) error { return d.Finish(d.t.Context(), talk, "normal") },
		"the giver is lost":          func(d *day, talk string) error { return d.Requeue(d.t.Context(), talk, true, "lost") },
		"the giver's device is gone": func(d *day, talk string) error { return d.DeviceFailed(d.t.Context(), talk, "ice") },
		"no call stands for it": func(d *day, _ string) error {
			return errorsOf(d.do(d.t.Context(), "reap", "n-1", "[]"), d.do(d.t.Context(), "reap", "n-1", "[]"))
		},
		"a former life's": func(d *day, _ string) error { return d.Recover(d.t.Context(), nil) },
		"to a queue": func(d *day, talk string) error {
			return d.Transfer(d.t.Context(), talk, "maria", Transfer{Queue: "sales"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, consult := asking(t, s, colleagues("eve"))
				d.ok(d.Connected(t.Context(), consult))
				d.comes("eve")
				rings := d.asks(talk, "eve")
				d.refused(d.Part(t.Context(), talk, "normal"), "not_offered")
				d.events()
				d.ok(do(d, talk))
				if got := d.events(); !slices.Contains(got, "consult.ended") || !slices.ContainsFunc(got, func(e string) bool {
					return e == "offer.withdrawn" || e == "offer.customer_gone"
				}) {
					t.Errorf("happened %v", got)
				}
				w := d.world()
				for agent, lease := range map[string]string{"sam": consult, "eve": rings} {
					if l, a := w.hashes["lease:"+lease], w.hashes["agent:"+agent]; l["kind"] != "done" || a["consulted"] != "" || number(a["misses"]) > 0 {
						t.Errorf("%s is %v, with %v", agent, a, l)
					}
				}
			})
		})
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A transfer to an agent that is accepted leaves alone who takes part beside: they are the next agent's guests.
func TestGuestsStayOverATransfer(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, talk, consult := asking(t, s, colleagues("eve"))
		d.comes("eve")
		d.ok(d.Direct(t.Context(), talk, "maria", Directed{Agent: "eve", Purpose: ToTransfer}))
		d.events()
		d.ok(d.Accept(t.Context(), d.world().hashes["int:ann"]["toward"], "s-eve"))
		d.happened("offer.accepted", "work.ended")
		d.state("ann", "owned", "eve")
		d.refused(d.Handover(t.Context(), talk, consult), "gone")
		eve := d.world().hashes["int:ann"]["lease"]
		d.ok(d.Connected(t.Context(), eve))
		d.ok(d.Handover(t.Context(), eve, consult))
		d.state("ann", "owned", "sam")
	})
}

// The consulted agent is gone: the consult is over, and ann is maria's.
func TestTheConsultedAgentIsGone(t *testing.T) {
	for name, do := range map[string]func(d *day){
		"lost for longer than the grace": func(d *day) {
			d.ok(d.Disconnect(d.t.Context(), "sam", "s-sam"))
			d.later(19 * time.Second)
			if l := d.world().hashes["agent:sam"]["consulted"]; l == "" {
				d.t.Error("sam may come back, and is not consulted any more")
			}
			d.later(time.Second)
		},
		"signed out": func(d *day) { d.ok(d.SignOut(d.t.Context(), "sam", "boss")) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, _, consult := asking(t, s, nil)
				d.ok(d.Connected(t.Context(), consult))
				d.events()
				do(d)
				if got := d.events(); !slices.Contains(got, "consult.ended") || slices.Contains(got, "work.recalled") {
					t.Errorf("happened %v", got)
				}
				d.state("ann", "owned", "maria")
				d.stands("sam", "not logged in")
			})
		})
	}
}

// The node of the call dies: both who heard ann are told that they are cut off, who was not heard yet is let go. A minute later
// all is over.
func TestAConsultOfADeadNode(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d, talk, consult := asking(t, s, colleagues("eve"))
		other := routerOn(d.clock, "n-other")
		d.ok(d.Connected(t.Context(), consult))
		d.alive(d.Router, other)
		d.comes("eve")
		early := d.asks(talk, "eve")
		d.alive(other)
		d.alive(other)
		d.ok(d.Accept(t.Context(), early, "s-eve"))
		d.events()
		d.alive(other)
		d.alive(other)
		if got := d.events(); !slices.Equal(got, []string{"work.cut", "work.cut", "consult.ended", "node.dead"}) {
			t.Errorf("happened %v", got)
		}
		d.stands("eve", "")
		d.stands("sam", "is consulted")
		d.later(time.Minute)
		d.happened("consult.ended", "work.ended", "interaction.left")
		d.stands("sam", "")
	})
}
