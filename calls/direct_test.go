package calls

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// directing is ann talking with maria, who offers her to sam, whose device rings.
func directing(t *testing.T) (o *office, caller *phone, call *Call, outs *[]Outcome) {
	t.Helper()
	o, caller, call, outs = giving(t)
	if err := call.Direct("maria", routing.Directed{Agent: "sam", Purpose: routing.ToTransfer}); err != nil {
		t.Fatal(err)
	}
	o.directs("d-1")
	return o, caller, call, outs
}

func (c *Call) mustView(t *testing.T) View {
	t.Helper()
	v, err := c.View()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// While sam's device rings nobody hears anybody, and ann is maria's; when he accepts they talk, and maria is done.
func TestATransferToAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, outs := directing(t)
		check(t, "ann hears", "", o.hears("ann"))
		check(t, "sam hears", "no seat", o.hears("sam1"))
		check(t, "maria hears", "", o.hears("maria0"))
		v := call.mustView(t)
		check(t, "whose ann is", "maria", v.Agent)
		check(t, "maria sees", Toward{Agent: "sam", Lease: "d-1", Purpose: "transfer", State: "ringing"}, v.Toward)
		o.ends("d-1", routing.Accepted)
		check(t, "ann hears", "sam1", o.hears("ann"))
		check(t, "sam hears", "ann", o.hears("sam1"))
		check(t, "maria's device was hung up", true, o.rung[0].isOver())
		check(t, "whose ann is", "sam", call.mustView(t).Agent)
		if err := call.Hold("maria"); !errors.Is(err, ErrNotYours) {
			t.Errorf("maria can still hold: %v", err)
		}
		caller.leave(Normal)
		<-call.Done()
		check(t, "the outcomes", []Outcome{Served}, *outs)
		check(t, "the router was told", []string{"enqueue sales", "connected o-1", "direct o-1 maria sam", "connected d-1", "finish d-1 normal"}, o.did)
	})
}

// It comes to nothing, however: the two talk again, and maria sees how it went.
func TestADirectedOfferThatIsNotAccepted(t *testing.T) {
	for _, kind := range []routing.Kind{routing.Declined, routing.Missed, routing.Withdrawn, routing.DeviceFailed} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, _ := directing(t)
				o.ends("d-1", kind)
				check(t, "ann hears", "maria0", o.hears("ann"))
				check(t, "sam's device was hung up", true, o.rung[1].isOver())
				check(t, "maria sees", string(kind), call.mustView(t).Toward.State)
				caller.leave(Normal)
				<-call.Done()
				check(t, "the router was told last", "finish o-1 normal", o.did[len(o.did)-1])
			})
		})
	}
}

// On hold before, on hold after; and sam's device may break or not be there at all.
func TestADirectedOfferFromHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{fails: errors.New("not registered")}
		var outs []Outcome
		call := Start(t.Context(), o.setup(caller, moving(&outs)))
		o.talks("o-1", "maria")
		if err := call.Hold("maria"); err != nil {
			t.Fatal(err)
		}
		if err := call.Direct("maria", routing.Directed{Agent: "sam", Purpose: routing.ToTransfer}); err != nil {
			t.Fatal(err)
		}
		o.directs("d-1")
		check(t, "the router was told last", "device_failed d-1 unreachable", o.list()[len(o.list())-1])
		check(t, "ann's talk", OnHold, call.mustView(t).State)
		o.desks["sam"] = desk{on: browser}
		o.directs("d-2")
		o.rung[1].leave(Failed)
		synctest.Wait()
		check(t, "the router was told last", "device_failed d-2 failed", o.list()[len(o.list())-1])
		check(t, "maria sees", "cancelled", call.mustView(t).Toward.State)
		caller.leave(Normal)
		<-call.Done()
	})
}

// Sam's desk phone is lifted: that accepts.
func TestADirectedOfferToADeskPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		var outs []Outcome
		call := Start(t.Context(), o.setup(caller, moving(&outs)))
		o.talks("o-1", "maria")
		o.directs("d-1")
		o.rung[1].says(SigAnswered, SigAudio)
		synctest.Wait()
		check(t, "the router was told last", "accept d-1", o.list()[len(o.list())-1])
		o.ends("d-1", routing.Accepted)
		check(t, "ann hears", "sam1", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
	})
}

// Maria hangs up, or is lost, while it rings: ann waits, with music and without sorry words, and sam has her when he accepts.
// He does not: she waits for whoever comes.
func TestTheGiverIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		goes func(o *office, call *Call)
		told string
	}{
		"ends her part": {func(_ *office, call *Call) { _ = call.EndTalk("maria") }, "part o-1 normal"},
		"hangs up":      {func(o *office, _ *Call) { o.rung[0].leave(Normal) }, "part o-1 normal"},
		"is lost": {func(o *office, _ *Call) {
			o.desks["maria"] = desk{fails: errors.New("not registered")}
			o.rung[0].says(SigLost)
			time.Sleep(21 * time.Second)
		}, "requeue o-1 true lost"},
	} {
		for _, accepts := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o, caller, call, outs := directing(t)
					c.goes(o, call)
					synctest.Wait()
					check(t, "the router was told last", c.told, o.list()[len(o.list())-1])
					o.updates <- routing.Update{Kind: routing.Orphaned, Lease: "d-1", Agent: "sam"}
					if next := "sam1"; accepts {
						o.accepts("d-1", "sam")
						synctest.Wait()
						check(t, "ann hears", next, o.hears("ann"))
					} else {
						o.updates <- routing.Update{Kind: routing.Declined, Lease: "d-1", Agent: "sam"}
						o.talks("o-3", "sam")
						check(t, "ann hears", "sam2", o.hears("ann"))
					}
					caller.leave(Normal)
					<-call.Done()
					check(t, "the outcomes", []Outcome{Served}, *outs)
				})
			})
		}
	}
}

// Sam accepts in the moment in which maria hangs up, or is lost: routing has decided, and its word comes.
func TestTheGiverGoesAsTheOtherAccepts(t *testing.T) {
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o, caller, call, _ := directing(t)
			o.refuses = &routing.Conflict{Code: "gone"}
			if lost {
				o.desks["maria"] = desk{fails: errors.New("not registered")}
				o.rung[0].says(SigLost)
				time.Sleep(21 * time.Second)
			} else {
				o.rung[0].leave(Normal)
			}
			synctest.Wait()
			o.refuses = nil
			o.ends("d-1", routing.Accepted)
			check(t, "ann hears", "sam1", o.hears("ann"))
			caller.leave(Normal)
			<-call.Done()
			check(t, "the router was told last", "finish d-1 normal", o.did[len(o.did)-1])
		})
	}
}

// Sam accepts while maria's browser is away: he has ann, and nobody waits for maria.
func TestTheOtherAcceptsWhileTheGiverIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := directing(t)
		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.rung[0].says(SigLost)
		time.Sleep(5 * time.Second)
		o.ends("d-1", routing.Accepted)
		check(t, "ann hears", "sam1", o.hears("ann"))
		check(t, "the router was told last", "connected d-1", o.list()[len(o.list())-1])
		caller.leave(Normal)
		<-call.Done()
	})
}

// The customer's end, and a transfer to a queue, stop sam's device.
func TestADirectedOfferIsCalledOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, outs := directing(t)
		if err := call.TakeBack("maria"); err != nil {
			t.Fatal(err)
		}
		o.ends("d-1", routing.Withdrawn)
		check(t, "sam's device was hung up", true, o.rung[1].isOver())
		o.directs("d-2")
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		check(t, "sam's device was hung up", true, o.rung[2].isOver())
		o.talks("o-2", "maria")
		o.directs("d-3")
		caller.leave(Normal)
		<-call.Done()
		check(t, "sam's device was hung up", true, o.rung[4].isOver())
		check(t, "the outcomes", []Outcome{Moved, Served}, *outs)
	})
}
