package calls

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
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

		o.offers("o-1", "maria")
		synctest.Wait()
		check(t, "ann hears before the accept", "", o.hears("ann"))
		check(t, "maria hears before the accept", "", o.hears("maria0"))

		o.accepts("o-1", "maria")
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

func TestDeclinedThenAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		synctest.Wait()
		o.updates <- routing.Update{Kind: routing.Declined, Lease: "o-1", Agent: "maria"}
		o.offers("o-2", "sam")
		o.accepts("o-2", "sam")
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

// The admin takes the queue away while ann waits, and while an agent is being called for her.
func TestAQueueThatIsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		synctest.Wait()
		o.updates <- routing.Update{Kind: routing.Left, Reason: "closed"}
		o.updates <- routing.Update{Kind: routing.Withdrawn, Lease: "o-1", Agent: "maria"}
		<-call.Done()
		check(t, "outcome", Closed, out)
	})
}

func TestNobodyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		time.Sleep(59 * time.Second)
		o.offers("o-1", "maria")
		time.Sleep(10 * time.Second) // an offer is not cut short
		synctest.Wait()
		check(t, "still waiting", []string{"enqueue sales"}, o.did)
		o.updates <- routing.Update{Kind: routing.Missed, Lease: "o-1", Agent: "maria"}
		<-call.Done()
		check(t, "outcome", TimedOut, out)
	})
}

// Recording is the queue's affair: a call that goes on in one without is kept no longer.
func TestTheNextQueueIsNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		call := Start(t.Context(), o.setup(caller, func(ctx context.Context, c *Call) error {
			if err := c.Answer(ctx); err != nil {
				return err
			}
			for queue, record := range []bool{true, false} {
				if _, err := c.Queue(ctx, Want{Queue: strconv.Itoa(queue), Record: record}); err != nil {
					return err
				}
			}
			return nil
		}))
		for i, tape := range [][2]string{{"ann", "maria0"}, {"", ""}} {
			lease := "o-" + strconv.Itoa(i)
			o.talks(lease, "maria")
			v, _ := call.View()
			check(t, "recording", tape[0] != "", v.Recording)
			o.mu.Lock()
			check(t, "the tape keeps", tape, [2]string{strings.Join(o.plan.Takes[0].Left, "+"), strings.Join(o.plan.Takes[0].Right, "+")})
			o.mu.Unlock()
			if err := call.EndTalk("maria"); err != nil {
				t.Error(err)
			}
		}
		<-call.Done()
	})
}

// A browser closes its audio a moment before its BYE comes: that is a goodbye. Without the BYE it has vanished.
func TestABrowsersGoodbye(t *testing.T) {
	for bye, cause := range map[bool]Cause{true: Normal, false: Vanished} {
		synctest.Test(t, func(t *testing.T) {
			o, caller := newOffice(t), newPhone(ann)
			var out Outcome
			call := Start(t.Context(), o.setup(caller, queued(&out)))
			synctest.Wait()
			caller.says(SigLost)
			time.Sleep(100 * time.Millisecond)
			if bye {
				caller.leave(Normal)
			}
			<-call.Done()
			check(t, "ended as", cause, causeOf(call.ctx))
		})
	}
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
