package calls

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// dials: maria calls ann, whose phone does what the test lets it do.
func dials(t *testing.T, o *office, ann *phone) *Call {
	t.Helper()
	o.desks["maria"] = desk{on: browser}
	setup := o.setup(ann, func(ctx context.Context, c *Call) error {
		_, err := c.Reach(ctx, true)
		return err
	})
	setup.Ringing = media.NewSound(make([]int16, 8000))
	c := Dialled(t.Context(), setup, Outgoing{Agent: "maria", Lease: "w-1", Ticket: ticket{o}})
	synctest.Wait()
	return c
}

// The agent hears ringing, then what the far end plays, and talks as soon as it answers.
func TestAnAgentCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, far := newOffice(t), newPhone(ann)
		call := dials(t, o, far)
		check(t, "maria hears", "sound", o.hears("maria0"))
		far.says(SigRinging, SigEarly)
		synctest.Wait()
		check(t, "maria hears early", "ann", o.hears("maria0"))
		check(t, "not connected", 0, len(o.list()))
		far.says(SigAnswered, SigAudio)
		synctest.Wait()
		check(t, "ann hears", "maria0", o.hears("ann"))
		v, _ := call.View()
		check(t, "state", Talking, v.State)
		check(t, "recorded", true, v.Recording)
		if err := call.EndTalk("maria"); err != nil {
			t.Fatal(err)
		}
		<-call.Done()
		check(t, "the router was told", []string{"connected w-1", "finish w-1 normal"}, o.list())
	})
}

// Whoever is not reached is let go, and the agent's slot is given back with the cause.
func TestNobodyIsReached(t *testing.T) {
	for cause, happens := range map[string]func(*Call, *phone){
		"busy":      func(_ *Call, far *phone) { far.leave(Busy) },
		"declined":  func(_ *Call, far *phone) { far.says(SigRinging); far.leave(Declined) },
		"no_answer": func(_ *Call, far *phone) { far.says(SigRinging); time.Sleep(46 * time.Second) },
		"cancelled": func(c *Call, far *phone) { far.says(SigRinging); _ = c.EndTalk("maria") },
	} {
		synctest.Test(t, func(t *testing.T) {
			o, far := newOffice(t), newPhone(ann)
			call := dials(t, o, far)
			happens(call, far)
			<-call.Done()
			check(t, "the router was told", []string{"leave " + cause}, o.list())
			check(t, "ended", cause, causeOf(call.ctx).Word)
		})
	}
}

// A page that is reloaded while it rings outside gets its sound back.
func TestAReloadWhileItRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, far := newOffice(t), newPhone(ann)
		call := dials(t, o, far)
		o.rung[0].says(SigLost)
		synctest.Wait()
		far.says(SigAnswered, SigAudio)
		synctest.Wait()
		check(t, "ann hears", "maria1", o.hears("ann"))
		call.End(Normal)
	})
}

// Maria offers whom she has called to sam, and hangs up while it rings there: he has them when he accepts, and otherwise it is over.
func TestACallerOfACallTransfersAndLeaves(t *testing.T) {
	for _, kind := range []routing.Kind{routing.Accepted, routing.Declined} {
		synctest.Test(t, func(t *testing.T) {
			o, far := newOffice(t), newPhone(ann)
			o.desks["sam"] = desk{on: browser}
			call := dials(t, o, far)
			far.says(SigAnswered, SigAudio)
			synctest.Wait()
			must(t, call.Direct("maria", routing.Directed{Agent: "sam", Purpose: routing.ToTransfer}))
			o.directs("d-1")
			must(t, call.EndTalk("maria"))
			synctest.Wait()
			check(t, "ann is still there", false, far.isOver())
			o.ends("d-1", kind)
			if kind == routing.Accepted {
				check(t, "ann hears", "sam1", o.hears("ann"))
				far.leave(Normal)
			}
			<-call.Done()
			check(t, "ann was hung up", true, far.isOver())
		})
	}
}
