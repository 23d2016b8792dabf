package calls

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// loses: the browser of an agent, whose last device has that number, is gone.
func (o *office) loses(agent string, n int) {
	o.mu.Lock()
	o.desks[agent] = desk{fails: errors.New("not registered")}
	o.mu.Unlock()
	o.rung[n].says(SigLost)
	synctest.Wait()
}

// returns: the browser is there again.
func (o *office) returns(call *Call, agent string) {
	o.mu.Lock()
	o.desks[agent] = desk{on: browser}
	o.mu.Unlock()
	call.Back(agent)
	synctest.Wait()
}

// A page is reloaded, or a connection is lost for a while: everybody hears music instead, and then who they heard before.
func TestAConsultOutlivesALostPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := consulting(t)
		o.loses("sam", 1)
		o.whoHearsWhom("sound", "sound", "no seat")
		if err := call.Complete("maria", ""); !errors.Is(err, ErrNoConsult) {
			t.Errorf("a handover to one who is not there: %v", err)
		}
		time.Sleep(19 * time.Second)
		o.returns(call, "sam")
		o.whoHearsWhom("sound", "sam2", "maria0")
		o.returns(call, "sam") // reloaded: the old leg still seems to live
		check(t, "the old leg is hung up", true, o.rung[2].isOver())
		o.whoHearsWhom("sound", "sam3", "maria0")
		time.Sleep(time.Minute) // a grace is over when the device is back

		o.loses("maria", 0)
		o.whoHearsWhom("sound", "no seat", "sound")
		time.Sleep(19 * time.Second)
		o.returns(call, "maria")
		o.whoHearsWhom("sound", "sam3", "maria4")
		must(t, call.Swap("maria"))
		o.loses("maria", 4)
		o.returns(call, "maria")
		o.whoHearsWhom("maria5", "ann", "sound")
		caller.leave(Normal)
		<-call.Done()
	})
}

// Sam comes back in vain, to a phone that does not answer: he is waited for no longer than once.
func TestTheConsultedComesBackInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := consulting(t)
		o.loses("sam", 1)
		o.mu.Lock()
		o.desks["sam"] = desk{on: func(p *phone) { p.leave(Unreachable) }}
		o.mu.Unlock()
		time.Sleep(15 * time.Second)
		call.Back("sam")
		o.whoHearsWhom("sound", "sound", "no seat")
		time.Sleep(6 * time.Second)
		o.whoHearsWhom("maria0", "ann", "no seat")
		check(t, "maria sees", "gone", call.mustView(t).Toward.State)
		caller.leave(Normal)
		<-call.Done()
	})
}

// What becomes of sam while maria is lost. When he is gone ann is not left alone: maria has her when she is back.
func TestTheConsultedWhileTheGiverIsLost(t *testing.T) {
	for state, goes := range map[string]func(o *office, call *Call){
		"gone": func(o *office, _ *Call) { o.loses("sam", 1); time.Sleep(15 * time.Second) },
		"left": func(_ *office, call *Call) { must(t, call.EndTalk("sam")) },
		"held": func(o *office, call *Call) { o.returns(call, "sam") }, // he hears music
	} {
		t.Run(state, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller, call, _ := consulting(t)
				if state == "gone" {
					goes(o, call)
				}
				o.loses("maria", 0)
				if state != "gone" {
					goes(o, call)
				}
				time.Sleep(10 * time.Second)
				check(t, "maria will see", state, call.member(t, "sam").State+call.mustView(t).Toward.State)
				o.returns(call, "maria")
				if state == "held" {
					o.whoHearsWhom("sound", "sam2", "maria3")
				} else {
					o.whoHearsWhom("maria2", "ann", "no seat")
				}
				caller.leave(Normal)
				<-call.Done()
			})
		})
	}
}

// Maria does not come back: ann is first in line again, and the consult is over.
func TestTheGiverIsLostInAConsult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call, _ := consulting(t)
		o.loses("maria", 0)
		time.Sleep(21 * time.Second)
		synctest.Wait()
		check(t, "sam's device was hung up", true, o.rung[1].isOver())
		check(t, "the router was told last", "requeue o-1 true lost", o.last())
		o.talks("o-2", "sam")
		check(t, "ann hears", "sam2", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
	})
}

// The process dies: whoever has a desk phone talks on, a browser comes back by itself or is waited for.
func TestAConsultOutlivesItsProcess(t *testing.T) {
	for _, comes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			o, _, call, outs := consulting(t)
			must(t, call.SetMuted("sam", true))
			time.Sleep(10 * time.Second)
			k := o.dies(call)
			maria := newPhone(Party{Role: Agent, Name: "maria0", Agent: "maria"})
			maria.says(SigAnswered, SigAudio)
			k.Talk.ByAnswer = true
			o, caller, call := again(t, k, moving(outs), maria)
			check(t, "sam is waited for", "lost", call.member(t, "sam").State)
			if comes {
				o.returns(call, "sam")
				check(t, "sam hears", "maria0", o.hears("sam1"))
				v, err := call.ViewOf("sam")
				must(t, err)
				check(t, "sam is", []any{"k-1", true, 10 * time.Second, "maria"}, []any{v.Lease, v.Muted, v.Talked, v.Owner})
				must(t, call.Complete("maria", ""))
				synctest.Wait()
				check(t, "ann is", "sam", call.mustView(t).Agent)
			} else {
				time.Sleep(21 * time.Second)
				check(t, "ann hears", "maria0", o.hears("ann"))
				check(t, "the router was told last", "end consult k-1 gone", o.last())
			}
			caller.leave(Normal)
			<-call.Done()
		})
	}
}

// A desk phone's leg of whom is consulted is there again as the others are.
func TestAConsultedPhoneOutlivesItsProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, call, outs := consulting(t)
		k := o.dies(call)
		check(t, "kept of sam's leg", "sam1", string(k.Guests[0].Leg))
		o, caller := newOffice(t), newPhone(ann)
		maria, sam := newPhone(Party{Role: Agent, Name: "maria0", Agent: "maria"}), newPhone(Party{Role: Agent, Name: "sam1", Agent: "sam"})
		call = Restore(t.Context(), o.setup(caller, moving(outs)), k, Restored{Agent: maria, Guests: []Leg{sam}, Ticket: ticket{o}})
		synctest.Wait()
		check(t, "they hear each other", []string{"sam1", "maria0"}, []string{o.hears("maria0"), o.hears("sam1")})
		must(t, call.EndTalk("sam"))
		synctest.Wait()
		check(t, "maria hears", "ann", o.hears("maria0"))
		caller.leave(Normal)
		<-call.Done()
	})
}
