package calls

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/media"
)

func TestADeskPhoneAcceptsByAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		synctest.Wait()
		maria := o.rung[0]
		maria.says(SigAnswered, SigAudio)
		synctest.Wait()
		check(t, "ann hears", "maria0", o.hears("ann"))

		maria.says(SigHeld) // the phone's own button
		synctest.Wait()
		check(t, "maria hears while holding", "", o.hears("maria0"))
		maria.says(SigResumed)
		synctest.Wait()
		check(t, "ann hears again", "maria0", o.hears("ann"))

		maria.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{"enqueue sales", "accept o-1", "connected o-1", "finish o-1 normal"}, o.did)
	})
}

// A desk phone that is busy or rejects is its owner's no; anything else is a fault of the device.
func TestARejectedRingIsADecline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true, on: func(p *phone) { p.leave(Declined) }}
		o.desks["sam"] = desk{byAnswer: true, on: func(p *phone) { p.leave(Unreachable) }}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		synctest.Wait()
		o.offers("o-2", "sam")
		synctest.Wait()
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{"enqueue sales", "decline o-1", "device_failed o-2 unreachable", "leave abandoned"}, o.did)
	})
}

// A desk phone that holds in the instant of its answer talks later; one that registers anew talks on.
func TestADeskPhonesOwnWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		synctest.Wait()
		maria := o.rung[0]
		maria.says(SigAnswered, SigHeld, SigAudio)
		synctest.Wait()
		v, _ := call.View()
		check(t, "the talk is", OnHold, v.State)
		maria.says(SigResumed)
		synctest.Wait()
		check(t, "ann hears", "maria0", o.hears("ann"))

		call.Back("maria")
		synctest.Wait()
		check(t, "ann still hears", "maria0", o.hears("ann"))
		check(t, "devices rung", 1, len(o.rung))
		if err := call.EndTalk("maria"); err != nil {
			t.Error(err)
		}
		<-call.Done()
	})
}

func TestADeadDeviceIsNoMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.desks["sam"] = desk{on: func(p *phone) { p.leave(Busy) }}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		synctest.Wait()
		o.offers("o-2", "sam")
		synctest.Wait()
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told",
			[]string{"enqueue sales", "device_failed o-1 unreachable", "device_failed o-2 busy", "leave abandoned"}, o.did)
		check(t, "outcome", LeftOff, out)
	})
}

// The page is reloaded: the caller hears music until the agent is back on the same call.
func TestAReloadedPageIsBackOnTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		var out Outcome
		s := o.setup(caller, queued(&out))
		s.HoldMusic = media.NewSound(make([]int16, 1600))
		call := Start(t.Context(), s)
		o.talks("o-1", "maria")

		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.rung[0].says(SigLost)
		synctest.Wait()
		check(t, "ann hears meanwhile", "sound", o.hears("ann"))
		time.Sleep(time.Second)

		o.desks["maria"] = desk{on: browser}
		call.Back("maria")
		synctest.Wait()
		check(t, "ann hears again", "maria1", o.hears("ann"))
		check(t, "maria hears again", "ann", o.hears("maria1"))

		// Reloaded again, and this time the new page is quicker than the news of the old one's end.
		call.Back("maria")
		synctest.Wait()
		check(t, "ann hears a third time", "maria2", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{"enqueue sales", "connected o-1", "finish o-1 normal"}, o.did)
	})
}

func TestALostAgentGivesTheCallerBackToTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.talks("o-1", "maria")
		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.rung[0].says(SigLost)
		time.Sleep(21 * time.Second)
		synctest.Wait()
		o.offers("o-2", "sam")
		o.accepts("o-2", "sam")
		synctest.Wait()
		check(t, "ann hears", "sam1", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{
			"enqueue sales", "connected o-1", "requeue o-1 true lost", "connected o-2", "finish o-2 normal",
		}, o.did)
	})
}

// A talk counts as no waiting: who is given back to the queue after a long one is not thrown out of it.
func TestALongTalkIsNoWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.talks("o-1", "maria")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.rung[0].says(SigLost)
		lost := time.Now()
		<-call.Done()
		check(t, "waited again", time.Minute, time.Since(lost)-20*time.Second)
		check(t, "the router was told", []string{"enqueue sales", "connected o-1", "requeue o-1 true lost", "leave timeout"}, o.did)
		check(t, "outcome", TimedOut, out)
	})
}
