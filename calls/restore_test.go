package calls

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// waits is what a flow does in its next life: it comes back to the queue.
func waits(out *Outcome) Script {
	return func(ctx context.Context, c *Call) error {
		var err error
		*out, err = c.Queue(ctx, Want{Queue: "sales", Record: true, MaxWait: time.Minute})
		return err
	}
}

// dies is the end of a process: what was kept on the shelf is all that is left of the call.
func (o *office) dies(call *Call) Kept {
	o.t.Helper()
	synctest.Wait()
	o.mu.Lock()
	b := o.kept
	o.mu.Unlock()
	k, err := ReadKept(b)
	if err != nil {
		o.t.Fatal(err)
	}
	call.End(Failed) // which nobody hears in the other life
	return k
}

// again is the next life's office.
func again(t *testing.T, k Kept, script Script, agent Leg) (*office, *phone, *Call) {
	o, caller := newOffice(t), newPhone(ann)
	o.desks["maria"] = desk{fails: errors.New("not there yet")}
	caller.says(SigAnswered, SigAudio)
	r := Restored{Agent: agent}
	if k.Stay != nil {
		r.Ticket = ticket{o}
	}
	call := Restore(t.Context(), o.setup(caller, script), k, r)
	synctest.Wait()
	return o, caller, call
}

// Who waits hears music at once, is not put into the queue anew, and not longer kept waiting than before.
func TestAWaitOutlivesItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		time.Sleep(40 * time.Second)
		k := o.dies(call)
		check(t, "kept of the leg", "ann", string(k.Customer))
		check(t, "kept of the wait", "ticket", string(k.Stay.Ticket))

		o, caller, call = again(t, k, waits(&out), nil)
		time.Sleep(19 * time.Second)
		synctest.Wait()
		check(t, "the router was told", "", strings.Join(o.list(), " "))
		time.Sleep(2 * time.Second)
		<-call.Done()
		check(t, "outcome", TimedOut, out)
		check(t, "the router was told", []string{"leave timeout"}, o.did)
		check(t, "the diary", []string{"call.revived", "leg.gone customer", "call.ended"}, o.facts)
		if o.kept != nil || !caller.over {
			t.Error("something is left of the call")
		}
	})
}

// A talk at a desk phone goes on without a word: the same two hear each other, and the agent may do all they could.
func TestATalkOutlivesItsProcess(t *testing.T) {
	for _, state := range []Talk{Talking, OnHold} {
		t.Run(state.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller := newOffice(t), newPhone(ann)
				o.desks["maria"] = desk{on: browser, byAnswer: true}
				var out Outcome
				call := Start(t.Context(), o.setup(caller, queued(&out)))
				o.talks("o-1", "maria")
				time.Sleep(10 * time.Second)
				if state == OnHold {
					if err := call.Hold("maria"); err != nil {
						t.Fatal(err)
					}
				}
				k := o.dies(call)
				if !k.Talks() || string(k.Talk.Leg) == "" {
					t.Fatalf("kept is %+v", k.Talk)
				}

				maria := newPhone(Party{Role: Agent, Name: "maria0", Agent: "maria"})
				maria.says(SigAnswered, SigAudio)
				o, caller, call = again(t, k, waits(&out), maria)
				check(t, "maria hears", map[Talk]string{Talking: "ann", OnHold: ""}[state], o.hears("maria0"))
				if state == OnHold {
					if err := call.Resume("maria"); err != nil {
						t.Fatal(err)
					}
				}
				check(t, "ann hears", "maria0", o.hears("ann"))
				v, _ := call.View()
				check(t, "talked", 10*time.Second, v.Talked)
				caller.leave(Normal)
				<-call.Done()
				check(t, "the router was told", []string{"tape again true", "finish o-1 normal"}, o.did)
				check(t, "maria's phone was told", Normal, maria.bye)
			})
		})
	}
}

// An agent's browser comes back by itself: the caller hears music until then, or is first in line again.
func TestATalkWithABrowserOutlivesItsProcess(t *testing.T) {
	for _, comes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			o, caller := newOffice(t), newPhone(ann)
			o.desks["maria"] = desk{on: browser}
			var out Outcome
			call := Start(t.Context(), o.setup(caller, queued(&out)))
			o.talks("o-1", "maria")
			k := o.dies(call)

			o, caller, call = again(t, k, waits(&out), nil)
			v, _ := call.View()
			check(t, "the talk is", Lost, v.State)
			if comes {
				o.desks["maria"] = desk{on: browser}
				call.Back("maria")
				synctest.Wait()
				check(t, "ann hears", "maria0", o.hears("ann"))
			} else {
				time.Sleep(21 * time.Second)
				synctest.Wait()
				check(t, "the router was told", []string{"tape again true", "requeue o-1 true lost"}, o.list())
			}
			caller.leave(Normal)
			<-call.Done()
		})
	}
}

// What was only an offer is none any more; another one may come.
func TestAnOfferDoesNotOutliveItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.desks["maria"] = desk{byAnswer: true}
		var out Outcome
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		o.offers("o-1", "maria")
		k := o.dies(call)
		if k.Talk == nil || k.Talks() {
			t.Fatalf("kept is %+v", k.Talk)
		}
		o, caller, call = again(t, k, waits(&out), nil)
		v, _ := call.View()
		check(t, "the talk is", Alone, v.State)
		o.desks["maria"] = desk{on: browser}
		o.talks("o-2", "maria")
		check(t, "ann hears", "maria0", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
	})
}

// A flow that was changed meanwhile may not come back to the queue: the place in it is given up, and so is a talk.
func TestAScriptThatDoesNotComeBack(t *testing.T) {
	for _, talks := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			o, caller := newOffice(t), newPhone(ann)
			o.desks["maria"] = desk{on: browser}
			var out Outcome
			call := Start(t.Context(), o.setup(caller, queued(&out)))
			want := []string{"leave abandoned"}
			if talks {
				o.talks("o-1", "maria")
				want = []string{"tape again true", "finish o-1 normal"}
			}
			k := o.dies(call)
			o, _, call = again(t, k, func(context.Context, *Call) error { return nil }, nil)
			<-call.Done()
			check(t, "the router was told", want, o.did)
		})
	}
}

// The script's own place comes back as it was, and how a call stands is kept every few seconds, turn or not.
func TestAMenuOutlivesItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		call := Start(t.Context(), o.setup(caller, func(ctx context.Context, c *Call) error {
			if err := errors.Join(c.Answer(ctx), c.At([]byte("the second step"))); err != nil {
				return err
			}
			_, err := c.Keys(ctx, 1, "", time.Hour)
			return err
		}))
		synctest.Wait()
		o.Drop("")
		time.Sleep(keepEvery)
		k := o.dies(call)
		check(t, "the script was at", "the second step", string(k.Script))
		if k.Stay != nil || k.Talk != nil {
			t.Errorf("kept is %+v", k)
		}
	})
}

func TestReadKept(t *testing.T) {
	for text, right := range map[string]bool{
		`{"format":2,"id":"c-1","customer":"YQ=="}`:                                  true,
		`{"format":1,"id":"c-1","customer":"YQ=="}`:                                  false,
		`{"format":2,"id":"","customer":"YQ=="}`:                                     false,
		`{"format":2,"id":"c-1"}`:                                                    false,
		`{"format":2,"id":"c-1","customer":"YQ==","talk":{"state":3}}`:               false,
		`{"format":2,"id":"c-1","customer":"YQ==","stay":{},"talk":{"state":99}}`:    false,
		`{"format":2,"id":"c-1","customer":"YQ==","stay":{"queue":"x"},"talk":null}`: true,
		`{"format":2,"id":"c-1","customer":"YQ==","stay":{},"talk":{"state":4,"agent":"a","lease":"l"},"guests":[{"party":{"Agent":"b"},"lease":"k","place":1}]}`: true,
		`{"format":2,"id":"c-1","customer":"YQ==","stay":{},"talk":{"state":4,"agent":"a","lease":"l"},"guests":[{"party":{"Agent":"b"},"place":1}]}`:             false,
		`{"format":2,"id":"c-1","customer":"YQ==","stay":{},"talk":{"state":4,"agent":"a","lease":"l"},"guests":[{"party":{"Agent":"b"},"lease":"k","place":9}]}`: false,
		`{"format":2,"id":"c-1","customer":"YQ==","stay":{"queue":"x"},"talk":"what"`:                                                                             false,
		``: false,
	} {
		if _, err := ReadKept([]byte(text)); (err == nil) != right || err != nil && !errors.Is(err, ErrKept) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
