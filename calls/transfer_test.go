package calls

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// moving waits in sales, and then wherever the customer is transferred to.
func moving(outs *[]Outcome) Script {
	return func(ctx context.Context, c *Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		queue := "sales"
		if q := c.Stands(); q != "" {
			queue = q
		}
		for ; ; queue = c.Stands() {
			out, err := c.Queue(ctx, Want{Queue: queue, Record: true, MaxWait: time.Minute})
			*outs = append(*outs, out)
			if err != nil || out != Moved {
				return err
			}
		}
	}
}

// giving is ann talking with maria, who will give her away; sam is there, too.
func giving(t *testing.T) (o *office, caller *phone, call *Call, outs *[]Outcome) {
	t.Helper()
	o, caller, outs = newOffice(t), newPhone(ann), new([]Outcome)
	o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
	call = Start(t.Context(), o.setup(caller, moving(outs)))
	o.talks("o-1", "maria")
	return o, caller, call, outs
}

// The agent's part ends when the customer stands in the other queue, and not before; the next agent is of that queue.
func TestAnAgentTransfersToAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, outs := giving(t)

		o.refuses = &routing.Conflict{Code: "full"}
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); !routing.IsConflict(err, "full") {
			t.Errorf("a full queue: %v", err)
		}
		check(t, "ann hears after a refusal", "maria0", o.hears("ann"))
		if err := call.Transfer("sam", routing.Transfer{Queue: "support"}); !errors.Is(err, ErrNotYours) {
			t.Errorf("somebody else: %v", err)
		}
		_ = call.Hold("maria")
		o.refuses = nil
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); err != nil {
			t.Errorf("from hold: %v", err)
		}
		synctest.Wait()
		check(t, "maria's device was hung up", true, o.rung[0].isOver())
		check(t, "what outlives the process", "support", mustRead(t, o.kept).Stay.Queue)
		o.updates <- routing.Update{Kind: routing.Left, Reason: "transferred"}
		o.updates <- routing.Update{Kind: routing.Moved, Queue: "support"}
		o.talks("o-2", "sam")
		check(t, "ann hears", "sam1", o.hears("ann"))
		v, _ := call.View()
		check(t, "sam's queue", "support", v.Queue)
		caller.leave(Normal)
		<-call.Done()
		check(t, "the outcomes", []Outcome{Moved, Served}, *outs)
		check(t, "the router was told", []string{
			"enqueue sales", "connected o-1", "transfer o-1 maria support", "transfer o-1 maria support", "connected o-2", "finish o-2 normal",
		}, o.did)
	})
}

// A supervisor moves who waits, while it rings for somebody: the script goes to that queue, and its agent has the customer.
func TestWhoWaitsIsMovedToAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, outs := newOffice(t), newPhone(ann), new([]Outcome)
		o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
		call := Start(t.Context(), o.setup(caller, moving(outs)))
		o.offers("o-1", "maria")
		synctest.Wait()
		o.updates <- routing.Update{Kind: routing.Withdrawn, Lease: "o-1", Agent: "maria", Reason: "moved"}
		o.updates <- routing.Update{Kind: routing.Left, Reason: "transferred"}
		o.updates <- routing.Update{Kind: routing.Moved, Queue: "support"}
		synctest.Wait()
		check(t, "maria's device was hung up", true, o.rung[0].isOver())
		check(t, "what outlives the process", "support", mustRead(t, o.kept).Stay.Queue)
		o.talks("o-2", "sam")
		check(t, "ann hears", "sam1", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
		check(t, "the outcomes", []Outcome{Moved, Served}, *outs)
		check(t, "the router was told", []string{"enqueue sales", "connected o-2", "finish o-2 normal"}, o.did)
	})
}

// Nobody comes in the other queue: its longest wait is counted from the transfer.
func TestATransferredCustomerWaitsAsLongAsAnybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, call, outs := giving(t)
		time.Sleep(2 * time.Minute)
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); err != nil {
			t.Error(err)
		}
		began := time.Now()
		<-call.Done()
		check(t, "waited", time.Minute, time.Since(began))
		check(t, "the outcomes", []Outcome{Moved, TimedOut}, *outs)
	})
}

// Redis did it, but its answer was lost: the event tells.
func TestATransferWhoseAnswerWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := giving(t)
		o.refuses = context.DeadlineExceeded
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); err == nil {
			t.Error("nobody knows, and it is said to be done")
		}
		o.updates <- routing.Update{Kind: routing.Moved, Queue: "support"}
		synctest.Wait()
		check(t, "maria's device was hung up", true, o.rung[0].isOver())
		o.talks("o-2", "sam")
		check(t, "ann hears", "sam1", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
	})
}

// The customer hangs up at the very moment: the agent's wish is answered all the same.
func TestATransferOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := giving(t)
		o.refuses = &routing.Conflict{Code: "gone"}
		caller.leave(Normal)
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); err == nil {
			t.Error("nobody was transferred")
		}
		<-call.Done()
	})
}

// The customer hangs up while the transfer is asked for. Granted, they leave the queue in which they stand; refused, the talk
// is over.
func TestATransferAgainstTheCustomersEnd(t *testing.T) {
	for last, refuses := range map[string]error{"leave abandoned": nil, "finish o-1 normal": &routing.Conflict{Code: "full"}} {
		t.Run(last, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, _ := giving(t)
				o.refuses, o.crosses = refuses, func() { caller.leave(Normal); time.Sleep(time.Second) }
				_ = call.Transfer("maria", routing.Transfer{Queue: "support"})
				<-call.Done()
				check(t, "the router was told last", last, o.did[len(o.did)-1])
			})
		})
	}
}

// The process dies before the flow has come to the queue in which the customer stands: the next life welcomes them there, and
// lets them wait as long as anybody. In between they hear music.
func TestATransferOutlivesItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{on: browser}
		setup := o.setup(caller, func(ctx context.Context, c *Call) error {
			if err := c.Answer(ctx); err != nil {
				return err
			}
			_, err := c.Queue(ctx, Want{Queue: "sales"})
			<-ctx.Done() // the words of support take their time
			return err
		})
		setup.HoldMusic = media.NewSound(make([]int16, 8000))
		call := Start(t.Context(), setup)
		o.talks("o-1", "maria")
		if err := call.Transfer("maria", routing.Transfer{Queue: "support"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		check(t, "ann hears", "sound", o.hears("ann"))
		k := o.dies(call)
		var outs []Outcome
		o, _, call = again(t, k, func(ctx context.Context, c *Call) error {
			check(t, "the flow is told", "support", c.Stands())
			return moving(&outs)(ctx, c)
		}, nil)
		began := time.Now()
		<-call.Done()
		check(t, "waited", time.Minute, time.Since(began))
		check(t, "the router was told", []string{"leave timeout"}, o.did)
	})
}

func mustRead(t *testing.T, kept []byte) Kept {
	t.Helper()
	k, err := ReadKept(kept)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
