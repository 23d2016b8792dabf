package calls

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// musical is a house with hold music, in which ann talks with maria, and sam is there.
func musical(t *testing.T) (o *office, caller *phone, call *Call, outs *[]Outcome) {
	t.Helper()
	o, caller, outs = newOffice(t), newPhone(ann), new([]Outcome)
	o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
	setup := o.setup(caller, moving(outs))
	setup.HoldMusic = media.NewSound(make([]int16, 8000))
	call = Start(t.Context(), setup)
	o.talks("o-1", "maria")
	return o, caller, call, outs
}

// consulting is maria talking in private with sam about ann.
func consulting(t *testing.T) (o *office, caller *phone, call *Call, outs *[]Outcome) {
	t.Helper()
	o, caller, call, outs = musical(t)
	must(t, call.Direct("maria", routing.Directed{Agent: "sam", Purpose: routing.ToConsult}))
	o.directs("k-1")
	o.ends("k-1", routing.Accepted)
	o.whoHearsWhom("sound", "sam1", "maria0")
	return o, caller, call, outs
}

// whoHearsWhom is what ann, maria and sam hear.
func (o *office) whoHearsWhom(ann, maria, sam string) {
	o.t.Helper()
	synctest.Wait()
	o.mu.Lock()
	var m, s string
	for _, p := range o.rung { // the last device of each
		if p.party.Agent == "maria" {
			m = p.ID()
		} else {
			s = p.ID()
		}
	}
	o.mu.Unlock()
	check(o.t, "ann, maria and sam hear", []string{ann, maria, sam}, []string{o.hears("ann"), o.hears(m), o.hears(s)})
}

// member is a party as the agent who has the customer sees them.
func (c *Call) member(t *testing.T, id string) Member {
	t.Helper()
	for _, m := range c.mustView(t).Members {
		if m.ID == id {
			return m
		}
	}
	return Member{}
}

func (o *office) last() string { return o.list()[len(o.list())-1] }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// While it rings ann hears music and maria may go back to her; then sam waits until maria swaps. They swap as often as they
// want, and then ann is sam's.
func TestAConsult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, outs := musical(t)
		if err := call.Swap("maria"); !errors.Is(err, ErrNoConsult) {
			t.Errorf("a swap with nobody: %v", err)
		}
		if err := call.Complete("maria", ""); !errors.Is(err, ErrNoConsult) {
			t.Errorf("a handover to nobody: %v", err)
		}
		must(t, call.Direct("maria", routing.Directed{Agent: "sam", Purpose: routing.ToConsult}))
		o.directs("k-1")
		o.whoHearsWhom("sound", "", "no seat")
		if v, _ := call.ViewOf("sam"); v.Agent != "maria" {
			t.Errorf("a consult that rings is sam's: %+v", v)
		}
		must(t, call.Resume("maria"))
		o.ends("k-1", routing.Accepted)
		o.whoHearsWhom("maria0", "ann", "sound")
		must(t, call.Swap("maria"))
		o.whoHearsWhom("sound", "sam1", "maria0")
		check(t, "maria sees of sam", []any{Aside, "talking"}, []any{call.member(t, "sam").Place, call.member(t, "sam").State})
		v, err := call.ViewOf("sam")
		must(t, err)
		check(t, "sam sees", []any{"k-1", "sam", Talking, "maria"}, []any{v.Lease, v.Agent, v.State, v.Owner})
		must(t, call.Swap("maria"))
		o.whoHearsWhom("maria0", "ann", "sound")
		v, _ = call.ViewOf("sam")
		check(t, "sam's is", OnHold, v.State)
		must(t, call.Complete("maria", ""))
		o.whoHearsWhom("sam1", "no seat", "ann")
		check(t, "maria's device was hung up", true, o.rung[0].isOver())
		v, _ = call.ViewOf("sam")
		check(t, "whose ann is", []any{"sam", "k-1", Talking, true, ""}, []any{v.Agent, v.Lease, v.State, v.Recording, v.Owner})
		if err := call.Swap("maria"); !errors.Is(err, ErrNotYours) {
			t.Errorf("maria can still swap: %v", err)
		}
		caller.leave(Normal)
		<-call.Done()
		check(t, "the outcomes", []Outcome{Served}, *outs)
		check(t, "the router was told", []string{
			"enqueue sales", "connected o-1", "direct o-1 maria sam", "connected k-1", "hand over o-1 k-1", "connected k-1", "finish k-1 normal",
		}, o.did)
		check(t, "the diary tells", []string{"call.party_joined agent", "call.party_left agent"}, o.diary("call.party"))
	})
}

// diary are the facts that begin so.
func (o *office) diary(prefix string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(o.facts), func(f string) bool { return len(f) < len(prefix) || f[:len(prefix)] != prefix })
}

// However a consult ends but by a handover, ann is maria's, and they hear each other: also when she was on hold before.
func TestTheEndsOfAConsult(t *testing.T) {
	for name, c := range map[string]struct {
		ends  func(o *office, call *Call)
		state string
		told  string
	}{
		"maria ends it":      {func(_ *office, call *Call) { _ = call.TakeBack("maria") }, "ended", "end consult k-1 ended"},
		"sam leaves":         {func(_ *office, call *Call) { _ = call.EndTalk("sam") }, "left", "end consult k-1 left"},
		"sam hangs up":       {func(o *office, _ *Call) { o.rung[1].leave(Normal) }, "left", "end consult k-1 left"},
		"sam is signed out":  {func(o *office, _ *Call) { o.signsOut("k-1") }, "gone", "connected k-1"},
		"sam's tab is gone":  {func(o *office, _ *Call) { o.loses("sam", 1); time.Sleep(21 * time.Second) }, "gone", "end consult k-1 gone"},
		"sam leaves swapped": {func(_ *office, call *Call) { _ = call.Swap("maria"); _ = call.EndTalk("sam") }, "left", "end consult k-1 left"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, _ := consulting(t)
				c.ends(o, call)
				o.whoHearsWhom("maria0", "ann", "no seat")
				check(t, "sam's device was hung up", true, o.rung[1].isOver())
				v := call.mustView(t)
				check(t, "maria sees", []any{"maria", Talking, c.state}, []any{v.Agent, v.State, v.Toward.State})
				check(t, "the router was told last", c.told, o.last())
				if err := call.EndTalk("sam"); !errors.Is(err, ErrNotYours) {
					t.Errorf("sam is still on the call: %v", err)
				}
				o.desks["sam"] = desk{on: browser}
				o.directs("k-2")
				o.ends("k-2", routing.Declined)
				o.whoHearsWhom("maria0", "ann", "no seat")
				check(t, "maria sees", "declined", call.mustView(t).Toward.State)
				caller.leave(Normal)
				<-call.Done()
				check(t, "the router was told last", "finish o-1 normal", o.last())
			})
		})
	}
}

// signsOut: routing has ended sam's part.
func (o *office) signsOut(lease string) {
	o.updates <- routing.Update{Kind: routing.ConsultEnded, Lease: lease, Agent: "sam", Purpose: routing.ToConsult, Reason: "session"}
	synctest.Wait()
}

// Ann hangs up: both are told, and so is routing, once.
func TestTheCustomerLeavesAConsult(t *testing.T) {
	for _, swapped := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o, caller, call, _ := consulting(t)
			if swapped {
				must(t, call.Swap("maria"))
			}
			caller.leave(Normal)
			<-call.Done()
			check(t, "both devices were hung up", true, o.rung[0].isOver() && o.rung[1].isOver())
			check(t, "the router was told last", "finish o-1 normal", o.last())
			check(t, "the diary tells", []string{"call.party_joined agent", "call.party_left agent"}, o.diary("call.party"))
		})
	}
}

// Maria hangs up. In private, ann would be alone: she is sam's, or goes back when that cannot be. With ann it is the end for all.
func TestTheGiverHangsUpInAConsult(t *testing.T) {
	for name, c := range map[string]struct {
		swapped, refused, ends, held bool
		told                         string
	}{
		"in private":              {told: "connected k-1"},
		"in private, held before": {held: true, told: "connected k-1"},
		"in private, ends":        {ends: true, told: "connected k-1"},
		"in private, and refused": {refused: true, told: "requeue o-1 true normal"},
		"with ann":                {swapped: true, told: "finish o-1 normal"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, _ := consulting(t)
				if c.held { // sam was asked when she was on hold already
					must(t, call.TakeBack("maria"))
					must(t, call.Hold("maria"))
					o.directs("k-1")
					o.ends("k-1", routing.Accepted)
				}
				if c.swapped {
					must(t, call.Swap("maria"))
				}
				if c.refused {
					o.refuses = &routing.Conflict{Code: "gone"}
				}
				if c.ends {
					must(t, call.EndTalk("maria"))
				} else {
					o.rung[0].leave(Normal)
				}
				synctest.Wait()
				check(t, "the router was told last", c.told, o.last())
				if c.told == "connected k-1" {
					o.whoHearsWhom(o.rung[len(o.rung)-1].ID(), "no seat", "ann")
				} else {
					check(t, "sam's device was hung up", true, o.rung[1].isOver())
				}
				caller.leave(Normal)
				<-call.Done()
			})
		})
	}
}

// She hangs up while sam is rung: ann goes back, for she was put on hold for that alone. Back with ann, it is the end.
func TestTheGiverHangsUpBeforeAConsult(t *testing.T) {
	for told, resumes := range map[string]bool{"requeue o-1 true normal": false, "finish o-1 normal": true} {
		synctest.Test(t, func(t *testing.T) {
			o, caller, call, _ := musical(t)
			o.directs("k-1")
			if resumes {
				must(t, call.Resume("maria"))
			}
			o.rung[0].leave(Normal)
			synctest.Wait()
			check(t, "the router was told last", told, o.last())
			check(t, "sam's device was hung up", true, o.rung[1].isOver())
			caller.leave(Normal)
			<-call.Done()
		})
	}
}

// A consult takes no other offer, and sam has no say over ann; but he may be silent.
func TestWhatAConsultDoesNotAllow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := consulting(t)
		if err := call.Direct("maria", routing.Directed{Agent: "tom", Purpose: routing.ToTransfer}); !errors.Is(err, ErrConsulting) {
			t.Errorf("an offer: %v", err)
		}
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); !errors.Is(err, ErrConsulting) {
			t.Errorf("a transfer: %v", err)
		}
		for name, err := range map[string]error{"resume": call.Resume("sam"), "swap": call.Swap("sam"), "complete": call.Complete("sam", ""), "keys": call.Digits("sam", "1")} {
			if !errors.Is(err, ErrConsulted) {
				t.Errorf("sam may %s: %v", name, err)
			}
		}
		must(t, call.SetMuted("sam", true))
		o.whoHearsWhom("sound", "", "maria0")
		v, _ := call.ViewOf("sam")
		check(t, "sam is muted", true, v.Muted)
		check(t, "maria is muted", false, call.mustView(t).Muted)
		o.refuses = &routing.Conflict{Code: "gone"}
		if err := call.Complete("maria", ""); !routing.IsConflict(err, "gone") {
			t.Errorf("refused with %v", err)
		}
		o.whoHearsWhom("sound", "", "maria0")
		o.refuses = nil
		must(t, call.Complete("maria", ""))
		o.whoHearsWhom("", "no seat", "ann") // muted still
		caller.leave(Normal)
		<-call.Done()
	})
}

// Sam accepts, but nothing is heard of him: ann is maria's again.
func TestAConsultWithoutSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := musical(t)
		o.desks["sam"] = desk{on: func(p *phone) { p.says(SigRinging, SigAnswered) }}
		o.directs("k-1")
		o.ends("k-1", routing.Accepted)
		check(t, "maria sees", "connecting", call.member(t, "sam").State)
		o.rung[1].leave(Failed)
		synctest.Wait()
		check(t, "the router was told last", "device_failed k-1 failed", o.last())
		o.whoHearsWhom("maria0", "ann", "no seat")
		caller.leave(Normal)
		<-call.Done()
	})
}

// Routing has handed ann over, but its answer was lost: the event tells.
func TestAHandoverWhoseAnswerWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := consulting(t)
		o.ends("k-1", routing.HandedOver)
		o.whoHearsWhom("sam1", "no seat", "ann")
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told last", "finish k-1 normal", o.last())
	})
}
