package calls

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ann = Party{Role: Customer, Name: "ann", Address: "+33100000001"}

// queued answers and waits for sales, as a flow would.
func queued(out *Outcome) Script {
	return func(ctx context.Context, c *Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		var err error
		*out, err = c.Queue(ctx, Want{Queue: "sales", Record: true, MaxWait: time.Minute})
		return err
	}
}

func browser(p *phone) { p.says(SigAnswered, SigAudio) }

func check(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// The browser is connected while the offer rings; the accept alone makes the talk.
func TestACallerReachesAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		synctest.Wait()

		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
		synctest.Wait()
		check(t, "ann hears before the accept", "", o.hears("ann"))
		check(t, "maria hears before the accept", "", o.hears("maria0"))

		o.updates <- routing.Update{Kind: routing.Accepted, Lease: "o-1", Agent: "maria"}
		synctest.Wait()
		check(t, "ann hears", "maria0", o.hears("ann"))
		check(t, "maria hears", "ann", o.hears("maria0"))

		time.Sleep(10 * time.Second)
		if err := call.Hold("maria"); err != nil {
			t.Fatal(err)
		}
		check(t, "maria hears on hold", "", o.hears("maria0"))
		if err := call.Hold("maria"); !errors.As(err, new(*NotNow)) {
			t.Errorf("a second hold: %v", err)
		}
		if err := call.Hold("sam"); !errors.Is(err, ErrNotYours) {
			t.Errorf("a stranger's hold: %v", err)
		}
		time.Sleep(5 * time.Second)
		if err := call.Resume("maria"); err != nil {
			t.Fatal(err)
		}
		v, _ := call.View()
		check(t, "talked", 10*time.Second, v.Talked)
		check(t, "held", 5*time.Second, v.Held)

		if err := call.EndTalk("maria"); err != nil {
			t.Fatal(err)
		}
		<-call.Done()
		check(t, "outcome", Served, out)
		check(t, "ann was told", Normal, caller.bye)
		check(t, "the router was told", []string{"enqueue sales", "connected o-1", "finish o-1 normal"}, o.did)
		slices.Sort(o.facts[7:9]) // the two goodbyes cross
		check(t, "the diary", []string{
			"call.started", "leg.answered customer", "leg.answered agent", "call.connected", "call.held", "call.resumed",
			"call.released", "leg.gone agent", "leg.gone customer", "call.ended",
		}, o.facts)
	})
}

func TestADeskPhoneAcceptsByAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
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

func TestDeclinedThenAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
		synctest.Wait()
		o.updates <- routing.Update{Kind: routing.Declined, Lease: "o-1", Agent: "maria"}
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-2", Agent: "sam"}
		o.updates <- routing.Update{Kind: routing.Accepted, Lease: "o-2", Agent: "sam"}
		synctest.Wait()
		check(t, "ann hears", "sam1", o.hears("ann"))
		if !o.rung[0].over {
			t.Error("maria's browser is still connected")
		}
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{"enqueue sales", "connected o-2", "finish o-2 normal"}, o.did)
	})
}

func TestADeadDeviceIsNoMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.desks["sam"] = desk{on: func(p *phone) { p.leave(Busy) }}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
		synctest.Wait()
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-2", Agent: "sam"}
		synctest.Wait()
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told",
			[]string{"enqueue sales", "device_failed o-1 unreachable", "device_failed o-2 busy", "leave abandoned"}, o.did)
		check(t, "outcome", LeftOff, out)
	})
}

func TestNobodyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		time.Sleep(59 * time.Second)
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
		time.Sleep(10 * time.Second) // an offer is not cut short
		synctest.Wait()
		check(t, "still waiting", []string{"enqueue sales"}, o.did)
		o.updates <- routing.Update{Kind: routing.Missed, Lease: "o-1", Agent: "maria"}
		<-call.Done()
		check(t, "outcome", TimedOut, out)
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
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
		o.updates <- routing.Update{Kind: routing.Accepted, Lease: "o-1", Agent: "maria"}
		synctest.Wait()

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
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-1", Agent: "maria"}
		o.updates <- routing.Update{Kind: routing.Accepted, Lease: "o-1", Agent: "maria"}
		synctest.Wait()
		o.desks["maria"] = desk{fails: errors.New("not registered")}
		o.rung[0].says(SigLost)
		time.Sleep(21 * time.Second)
		synctest.Wait()
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-2", Agent: "sam"}
		o.updates <- routing.Update{Kind: routing.Accepted, Lease: "o-2", Agent: "sam"}
		synctest.Wait()
		check(t, "ann hears", "sam1", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
		check(t, "the router was told", []string{
			"enqueue sales", "connected o-1", "requeue o-1 true lost", "connected o-2", "finish o-2 normal",
		}, o.did)
	})
}

func TestKeysInterruptAPromptAndAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		var keys string
		var timeout error
		call := Start(t.Context(), o.setup(caller, func(ctx context.Context, c *Call) error {
			if err := c.Answer(ctx); err != nil {
				return err
			}
			prompt := []*media.Sound{media.NewSound(make([]int16, 80000))}
			if err := c.Play(ctx, prompt, true); err != nil {
				return err
			}
			keys, _ = c.Keys(ctx, 8, "#", 6*time.Second)
			_, timeout = c.Keys(ctx, 1, "", 6*time.Second)
			return nil
		}))
		synctest.Wait()
		check(t, "ann hears", "sound", o.hears("ann"))
		caller.presses("12#")
		<-call.Done()
		check(t, "keys", "12", keys)
		check(t, "then", true, errors.Is(timeout, ErrTimeout))
	})
}

func TestACallerWhoseAudioStopsIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		synctest.Wait()
		caller.says(SigSilent)
		<-call.Done()
		check(t, "ann was told", Silent, caller.bye)
		check(t, "the router was told", []string{"enqueue sales", "leave abandoned"}, o.did)
	})
}
