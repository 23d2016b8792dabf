package calls

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/callfloor/callfloor/routing"
)

// The agent is signed out by a supervisor: whatever they and the caller are at, the caller goes back to the head of the
// queue, and the next agent gets them.
func TestTheAgentIsSignedOut(t *testing.T) {
	for _, at := range []struct {
		moment string
		begin  func(*office)
		told   []string
	}{
		{"in the talk", func(o *office) { o.talks("o-1", "maria") }, []string{"connected o-1", "requeue o-1 true recalled"}},
		{"with the connection lost", func(o *office) {
			o.talks("o-1", "maria")
			o.desks["maria"] = desk{fails: errors.New("not registered")}
			o.rung[0].says(SigLost)
		}, []string{"connected o-1", "requeue o-1 true lost"}},
		{"before the sound", func(o *office) {
			o.desks["maria"] = desk{on: func(p *phone) { p.says(SigRinging) }}
			o.offers("o-1", "maria")
			o.accepts("o-1", "maria")
		}, []string{"requeue o-1 true recalled"}},
	} {
		t.Run(at.moment, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, caller := newOffice(t), newPhone(ann)
				o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{on: browser}
				var out Outcome
				call := Start(t.Context(), o.setup(caller, queued(&out)))
				at.begin(o)
				synctest.Wait()
				o.updates <- routing.Update{Kind: routing.Recalled, Lease: "o-0", Agent: "maria"} // old news
				o.updates <- routing.Update{Kind: routing.Recalled, Lease: "o-1", Agent: "maria"}
				o.talks("o-2", "sam")
				check(t, "ann hears", "sam1", o.hears("ann"))
				check(t, "maria's device was hung up", true, o.rung[0].isOver())
				caller.leave(Normal)
				<-call.Done()
				want := slices.Concat([]string{"enqueue sales"}, at.told, []string{"connected o-2", "finish o-2 normal"})
				check(t, "the router was told", want, o.did)
			})
		})
	}
}
