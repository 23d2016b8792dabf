package calls

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// Ann's call rings for everybody at once: at maria's desk phone, in sam's and in eve's browser. Sam accepts; the others stop
// in the same moment, before routing says so, and ann hears sam.
func TestItRingsForEverybodyAndTheFirstHasTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		o.desks["sam"], o.desks["eve"] = desk{on: browser}, desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		for lease, agent := range map[string]string{"o-1": "maria", "o-2": "sam", "o-3": "eve"} {
			o.offers(lease, agent)
			synctest.Wait()
		}
		check(t, "devices rung", 3, len(o.rung))
		check(t, "ann hears meanwhile", "", o.hears("ann"))
		at := time.Now()
		o.accepts("o-2", "sam")
		synctest.Wait()
		check(t, "the others stopped after", time.Duration(0), time.Since(at))
		for _, p := range o.rung {
			if p.party.Agent == "sam" {
				check(t, "ann hears", p.ID(), o.hears("ann"))
			} else {
				check(t, p.party.Agent+" was told", Taken, p.bye)
			}
		}
		o.updates <- routing.Update{Kind: routing.Withdrawn, Lease: "o-1", Agent: "maria", Reason: "taken"} // no news any more
		synctest.Wait()
		v, _ := call.View()
		v.Members = nil
		check(t, "the call is", View{ID: "c-1", Lease: "o-2", Agent: "sam", Queue: "sales", State: Talking, From: ann, Recording: true}, v)
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{"enqueue sales", "connected o-2", "finish o-2 normal"}, o.did)
	})
}

// One's phone rejects, another's is not there, and the last one rings on and is lifted. Lifting it accepts, for it alone.
func TestTheOthersRingOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		o.desks["sam"] = desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		o.desks["eve"] = desk{fails: errors.New("not registered")}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		for n, agent := range []string{"maria", "sam", "eve"} {
			o.offers([]string{"o-1", "o-2", "o-3"}[n], agent)
		}
		synctest.Wait()
		o.rung[0].leave(Declined)
		synctest.Wait()
		check(t, "sam's phone was ended", false, o.rung[1].over)
		o.rung[1].says(SigAnswered, SigAudio)
		synctest.Wait()
		check(t, "ann hears", "sam1", o.hears("ann"))
		if err := call.EndTalk("sam"); err != nil {
			t.Error(err)
		}
		<-call.Done()
		check(t, "the router was told", []string{
			"enqueue sales", "device_failed o-3 unreachable", "decline o-1", "accept o-2", "connected o-2", "finish o-2 normal",
		}, o.did)
	})
}

// Ann hangs up while it rings for two: both stop. Max_wait over means no end while somebody is rung; it comes with the last.
func TestWhoeverIsRungHoldsTheQueueOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, hangsUp := range []bool{true, false} {
			o, caller := newOffice(t), newPhone(ann)
			o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
			var out Outcome
			call := Start(t.Context(), o.setup(caller, queued(&out)))
			o.offers("o-1", "maria")
			o.offers("o-2", "sam")
			synctest.Wait()
			if hangsUp {
				caller.leave(Normal)
				<-call.Done()
				check(t, "outcome", LeftOff, out)
			} else {
				time.Sleep(time.Minute)
				o.updates <- routing.Update{Kind: routing.Missed, Lease: "o-1", Agent: "maria"}
				synctest.Wait()
				check(t, "devices that ring", []bool{true, false}, []bool{o.rung[0].over, o.rung[1].over})
				check(t, "outcome meanwhile", Outcome(""), out)
				o.updates <- routing.Update{Kind: routing.Missed, Lease: "o-2", Agent: "sam"}
				<-call.Done()
				check(t, "outcome", TimedOut, out)
			}
			check(t, "all devices are at rest", true, o.rung[0].over && o.rung[1].over)
		}
	})
}
