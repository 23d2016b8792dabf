package calls

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// hear is what each of these lines hears, "line:whom line:whom".
func (o *office) hear(lines ...string) string {
	synctest.Wait()
	var all []string
	for _, l := range lines {
		all = append(all, l+":"+o.hears(l))
	}
	return strings.Join(all, " ")
}

// conference is maria, sam and ann in one.
func conference(t *testing.T) (o *office, caller *phone, call *Call, outs *[]Outcome) {
	t.Helper()
	o, caller, call, outs = consulting(t)
	must(t, call.Merge("maria"))
	must(t, call.Meet("sam"))
	check(t, "they hear", "ann:maria0+sam1 maria0:ann+sam1 sam1:ann+maria0", o.hear("ann", "maria0", "sam1"))
	return o, caller, call, outs
}

// Sam is asked before he hears ann; the tape keeps whom ann hears.
func TestAMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, outs := consulting(t)
		if err := call.Meet("sam"); !errors.Is(err, ErrNotYours) {
			t.Errorf("nobody has asked him: %v", err)
		}
		must(t, call.Merge("maria"))
		must(t, call.Merge("maria")) // again
		v, err := call.ViewOf("sam")
		must(t, err)
		check(t, "sam is asked", true, v.Asked)
		o.whoHearsWhom("sound", "sam1", "maria0")
		must(t, call.Meet("sam"))
		check(t, "they hear", "ann:maria0+sam1 maria0:ann+sam1 sam1:ann+maria0", o.hear("ann", "maria0", "sam1"))
		check(t, "the tape keeps", []string{"maria0", "sam1"}, o.plan.Takes[0].Right)
		check(t, "ann hears", []string{"maria", "sam"}, call.member(t, "ann").Hears)
		must(t, call.SetMuted("sam", true))
		check(t, "they hear", "ann:maria0 maria0:ann sam1:ann+maria0", o.hear("ann", "maria0", "sam1"))
		must(t, call.SetPartyMuted("maria", "sam", false))
		must(t, call.Hold("maria"))
		check(t, "on hold they hear", "ann:sound maria0:sam1 sam1:maria0", o.hear("ann", "maria0", "sam1"))
		must(t, call.Resume("maria"))
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); !errors.Is(err, ErrConsulting) {
			t.Errorf("sam is forgotten: %v", err)
		}
		if err := errors.Join(call.Drop("maria", "nobody"), call.Drop("sam", "maria")); !errors.Is(err, ErrNoParty) || !errors.Is(err, ErrConsulted) {
			t.Errorf("who may drop whom: %v", err)
		}
		caller.leave(Normal)
		<-call.Done()
		check(t, "the outcomes", []Outcome{Served}, *outs)
		check(t, "sam's device was hung up", true, o.rung[1].isOver())
	})
}

// However somebody's part in a conference ends, the others talk on, and ann is somebody's.
func TestTheEndsOfAConference(t *testing.T) {
	for name, c := range map[string]struct {
		ends  func(o *office, call *Call)
		whose string
		hear  string
		told  string
	}{
		"maria drops sam": {func(_ *office, call *Call) { _ = call.Drop("maria", "sam") }, "maria", "ann:maria0 maria0:ann sam1:no seat", "end consult k-1 ended"},
		"sam leaves":      {func(_ *office, call *Call) { _ = call.EndTalk("sam") }, "maria", "ann:maria0 maria0:ann sam1:no seat", "end consult k-1 left"},
		"maria leaves":    {func(_ *office, call *Call) { _ = call.EndTalk("maria") }, "sam", "ann:sam1 maria0:no seat sam1:ann", "connected k-1"},
		"maria hangs up":  {func(o *office, _ *Call) { o.rung[0].leave(Normal) }, "sam", "ann:sam1 maria0:no seat sam1:ann", "connected k-1"},
		"maria hands over": {
			func(_ *office, call *Call) { _ = call.Complete("maria", "sam") }, "sam", "ann:sam1 maria0:no seat sam1:ann", "connected k-1",
		},
		"maria is lost": {func(o *office, _ *Call) { o.loses("maria", 0) }, "maria", "ann:sam1 maria0:no seat sam1:ann", "connected k-1"},
		"and is lost for good": {
			func(o *office, _ *Call) { o.loses("maria", 0); time.Sleep(21 * time.Second) }, "sam", "ann:sam1 maria0:no seat sam1:ann", "connected k-1",
		},
		"sam is lost": {func(o *office, _ *Call) { o.loses("sam", 1) }, "maria", "ann:maria0 maria0:ann sam1:no seat", "connected k-1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, outs := conference(t)
				c.ends(o, call)
				check(t, "they hear", c.hear, o.hear("ann", "maria0", "sam1"))
				check(t, "whose ann is", c.whose, call.mustView(t).Agent)
				check(t, "the router was told last", c.told, o.last())
				caller.leave(Normal)
				<-call.Done()
				check(t, "the outcomes", []Outcome{Served}, *outs)
				for _, p := range o.rung {
					check(t, p.ID()+" was hung up", true, p.isOver())
				}
			})
		})
	}
}

// Maria steps aside to ask somebody else while sam and ann talk on, and brings them in, too.
func TestAConsultDuringAConference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := conference(t)
		must(t, call.CallOut("maria", Outside{Number: "+33100000009"}, routing.ToConsult))
		check(t, "while it rings they hear", "ann:maria0+sam1 maria0:ann+sam1 sam1:ann+maria0", o.hear("ann", "maria0", "sam1"))
		o.rung[2].says(SigAnswered, SigAudio)
		check(t, "aside they hear", "ann:sam1 maria0:out2 sam1:ann out2:maria0", o.hear("ann", "maria0", "sam1", "out2"))
		must(t, call.Swap("maria"))
		check(t, "back they hear", "ann:maria0+sam1 maria0:ann+sam1 sam1:ann+maria0 out2:sound", o.hear("ann", "maria0", "sam1", "out2"))
		must(t, call.Swap("maria"))
		must(t, call.Merge("maria"))
		check(t, "all hear", "ann:maria0+sam1+out2 maria0:ann+sam1+out2 sam1:ann+maria0+out2 out2:ann+maria0+sam1", o.hear("ann", "maria0", "sam1", "out2"))
		check(t, "the diary tells", []string{
			"call.party_joined agent", "call.party_asked agent", "call.party_moved agent", "call.party_called", "call.party_joined expert", "call.party_moved expert",
		}, o.diary("call.party"))
		must(t, call.EndTalk("maria"))
		check(t, "sam has ann", "ann:sam1+out2 sam1:ann+out2 out2:ann+sam1", o.hear("ann", "sam1", "out2"))
		must(t, call.EndTalk("sam"))
		check(t, "nobody of the house has ann", "ann:out2 out2:ann", o.hear("ann", "out2"))
		caller.leave(Normal)
		<-call.Done()
		check(t, "out2 was hung up", true, o.rung[2].isOver())
	})
}

// Somebody outside is called, and asked in private; maria hears it ring, or whatever sound comes first.
func TestAConsultOutside(t *testing.T) {
	for name, c := range map[string]struct {
		ends  func(o *office, call *Call)
		state string
	}{
		"busy":        {func(o *office, _ *Call) { o.rung[1].leave(Busy) }, "busy"},
		"no answer":   {func(o *office, _ *Call) { o.rung[1].leave(NoAnswer) }, "no_answer"},
		"called off":  {func(_ *office, call *Call) { _ = call.TakeBack("maria") }, "cancelled"},
		"it hangs up": {func(o *office, _ *Call) { o.rung[1].says(SigAnswered, SigAudio); o.rung[1].leave(Normal) }, "left"},
		"it is over": {func(o *office, call *Call) {
			o.rung[1].says(SigAnswered, SigAudio)
			synctest.Wait()
			_ = call.TakeBack("maria")
		}, "ended"},
		"its line is cut": {func(o *office, _ *Call) { o.rung[1].says(SigAnswered, SigAudio, SigLost) }, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, outs := musical(t)
				must(t, call.CallOut("maria", Outside{Number: "+33100000009"}, routing.ToConsult))
				check(t, "while it rings they hear", "ann:sound maria0:", o.hear("ann", "maria0"))
				check(t, "maria sees", Toward{Number: "+33100000009", Purpose: "consult", State: "ringing"}, call.mustView(t).Toward)
				if err := call.CallOut("maria", Outside{Number: "+331"}, routing.ToConsult); !routing.IsConflict(err, "offering") {
					t.Errorf("a second one: %v", err)
				}
				c.ends(o, call)
				check(t, "then they hear", "ann:maria0 maria0:ann", o.hear("ann", "maria0"))
				check(t, "maria sees", c.state, call.mustView(t).Toward.State)
				check(t, "it was hung up", true, o.rung[1].isOver())
				caller.leave(Normal)
				<-call.Done()
				check(t, "the outcomes", []Outcome{Served}, *outs)
			})
		})
	}
}

// Maria gives ann to somebody outside: her part is over when they answer; ann is where the flow goes on when they hang up.
func TestATransferOutside(t *testing.T) {
	for name, giver := range map[string]func(o *office, call *Call){
		"maria waits":    func(*office, *Call) {},
		"maria ends it":  func(_ *office, call *Call) { _ = call.EndTalk("maria") },
		"maria hangs up": func(o *office, _ *Call) { o.rung[0].leave(Normal) },
	} {
		for _, answers := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o, caller, call, outs := musical(t)
					must(t, call.CallOut("maria", Outside{Number: "+33100000009"}, routing.ToTransfer))
					giver(o, call)
					check(t, "ann hears", "ann:sound", o.hear("ann"))
					if answers {
						o.rung[1].says(SigAnswered, SigAudio)
						check(t, "they hear", "ann:out1 out1:ann", o.hear("ann", "out1"))
						check(t, "maria's device was hung up", true, o.rung[0].isOver())
						check(t, "maria's part is over", true, strings.HasPrefix(o.last(), "finish o-1"))
						check(t, "the tape keeps", []string{"out1"}, o.plan.Takes[0].Right)
						o.rung[1].leave(Normal)
						<-call.Done()
						check(t, "the outcomes", []Outcome{Served}, *outs)
						return
					}
					o.rung[1].leave(Busy)
					if name == "maria waits" {
						check(t, "they hear", "ann:maria0 maria0:ann", o.hear("ann", "maria0"))
					} else {
						synctest.Wait()
						check(t, "ann waits again", "enqueue sales", o.last())
						o.talks("o-2", "sam")
						check(t, "they hear", "ann:sam2", o.hear("ann"))
					}
					caller.leave(Normal)
					<-call.Done()
					check(t, "the outcomes", []Outcome{Served}, *outs)
				})
			})
		}
	}
}

// A supervisor hears all; whispers to maria alone; is among them; has ann.
func TestASupervisor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := musical(t)
		o.desks["ines"] = desk{on: browser}
		must(t, call.Supervise("ines", Listening))
		check(t, "listening", "ann:maria0 maria0:ann ines1:ann+maria0", o.hear("ann", "maria0", "ines1"))
		check(t, "maria sees nobody", Member{}, call.member(t, "ines"))
		v, err := call.ViewOf("ines")
		must(t, err)
		check(t, "ines sees", []any{Listening, "maria", Talking}, []any{v.Place, v.Owner, v.State})
		must(t, call.Supervise("ines", Whispering))
		check(t, "whispering", "ann:maria0 maria0:ann+ines1 ines1:ann+maria0", o.hear("ann", "maria0", "ines1"))
		must(t, call.Hold("maria"))
		check(t, "whispering on hold", "ann:sound maria0:ines1", o.hear("ann", "maria0"))
		must(t, call.Resume("maria"))
		must(t, call.Supervise("ines", Among))
		must(t, call.Supervise("ines", Among)) // again
		check(t, "among", "ann:maria0+ines1 maria0:ann+ines1 ines1:ann+maria0", o.hear("ann", "maria0", "ines1"))
		must(t, call.Supervise("ines", Listening))
		check(t, "listening", "ann:maria0 maria0:ann ines1:ann+maria0", o.hear("ann", "maria0", "ines1"))
		must(t, call.TakeOver("ines"))
		synctest.Wait()
		check(t, "taken over", "ann:ines1 maria0:no seat ines1:ann", o.hear("ann", "maria0", "ines1"))
		check(t, "whose ann is", "ines", call.mustView(t).Agent)
		check(t, "the router was told", []string{
			"enqueue sales", "connected o-1", "join ines", "end consult j-ines listening", "join ines", "hand over o-1 j-ines", "connected j-ines",
		}, o.list())
		caller.leave(Normal)
		<-call.Done()
	})
}

// Whoever listens is nobody's trouble, however they go; and only a supervisor of a talk can.
func TestASupervisorGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := consulting(t)
		o.desks["ines"] = desk{on: browser}
		if err := call.Supervise("sam", Listening); !errors.Is(err, ErrNotYours) {
			t.Errorf("who is consulted: %v", err)
		}
		must(t, call.Supervise("ines", Listening))
		check(t, "in private they hear", "ann:sound maria0:sam1 sam1:maria0 ines2:ann+maria0+sam1", o.hear("ann", "maria0", "sam1", "ines2"))
		must(t, call.EndTalk("ines"))
		synctest.Wait()
		check(t, "ines was hung up", true, o.rung[2].isOver())
		must(t, call.TakeOver("ines"))
		synctest.Wait()
		check(t, "ines has ann", "ines", call.mustView(t).Agent)
		check(t, "ann and ines hear", "ann:ines3 ines3:ann", o.hear("ann", "ines3"))
		caller.leave(Normal)
		<-call.Done()
		if err := call.Supervise("ines", Listening); !errors.Is(err, ErrOver) {
			t.Errorf("a call that is over: %v", err)
		}
	})
}

// A conference, and a customer who is with somebody outside alone, outlive the process.
func TestAConferenceOutlivesItsProcess(t *testing.T) {
	for _, alone := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o, _, call, outs := conference(t)
			must(t, call.CallOut("maria", Outside{Number: "+33100000009"}, routing.ToConsult))
			o.rung[2].says(SigAnswered, SigAudio)
			synctest.Wait()
			must(t, call.Merge("maria"))
			if alone {
				must(t, call.Drop("maria", "sam"))
				synctest.Wait()
				must(t, call.EndTalk("maria"))
			}
			k := o.dies(call)
			o, caller := newOffice(t), newPhone(ann)
			legs := make([]Leg, len(k.Guests))
			for n, g := range k.Guests {
				legs[n] = newPhone(Party{Role: g.Party.Role, Name: string(g.Leg), Agent: g.Party.Agent, Address: g.Party.Address})
			}
			r := Restored{Guests: legs, Ticket: ticket{o}, Agent: newPhone(Party{Role: Agent, Name: "maria0", Agent: "maria"})}
			if alone {
				r = Restored{Guests: legs}
			}
			call = Restore(t.Context(), o.setup(caller, moving(outs)), k, r)
			if alone {
				check(t, "they hear", "ann:out2 out2:ann", o.hear("ann", "out2"))
				legs[0].(*phone).leave(Normal)
				<-call.Done()
				check(t, "the outcomes", []Outcome{Served}, (*outs)[len(*outs)-1:])
				return
			}
			check(t, "all hear", "ann:maria0+sam1+out2 maria0:ann+sam1+out2 sam1:ann+maria0+out2 out2:ann+maria0+sam1", o.hear("ann", "maria0", "sam1", "out2"))
			caller.leave(Normal)
			<-call.Done()
		})
	}
}

// Who listens is asked: they listen no more, and are asked in private.
func TestAListenerIsConsulted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := musical(t)
		must(t, call.Supervise("sam", Whispering))
		synctest.Wait()
		must(t, call.Direct("maria", routing.Directed{Agent: "sam", Purpose: routing.ToConsult}))
		o.directs("k-1")
		o.ends("k-1", routing.Accepted)
		check(t, "they hear", "ann:sound maria0:sam2 sam1:no seat sam2:maria0", o.hear("ann", "maria0", "sam1", "sam2"))
		caller.leave(Normal)
		<-call.Done()
	})
}

// There is an end to who may take part.
func TestACrowdedConference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := musical(t)
		for n := range most {
			must(t, call.CallOut("maria", Outside{Number: "+33100000009"}, routing.ToConsult))
			o.rung[n+1].says(SigAnswered, SigAudio)
			synctest.Wait()
			must(t, call.Merge("maria"))
		}
		if err := call.CallOut("maria", Outside{Number: "+331"}, routing.ToConsult); !errors.Is(err, ErrCrowded) {
			t.Errorf("the ninth: %v", err)
		}
		check(t, "ann hears", 1+most, len(slices.Concat(call.member(t, "ann").Hears)))
		caller.leave(Normal)
		<-call.Done()
	})
}
