package calls

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// refers presses the transfer key of a desk phone, and returns what it hears.
func (p *phone) refers(to, replaces string) (heard func() []int) {
	var codes []int
	p.signals <- Signal{Kind: SigReferred, Refer: &Referral{To: to, Replaces: replaces, Tell: func(code int) {
		if p.isOver() {
			codes = append(codes, -code) // nobody is there to hear it
			return
		}
		codes = append(codes, code)
	}}}
	synctest.Wait()
	return func() []int { return slices.Clone(codes) }
}

// desked is ann talking with maria, who has a desk phone; sam has one, too.
func desked(t *testing.T) (o *office, caller *phone, call *Call) {
	t.Helper()
	o, caller = newOffice(t), newPhone(ann)
	o.desks["maria"], o.desks["sam"] = desk{on: browser}, desk{byAnswer: true, on: func(p *phone) { p.says(SigRinging) }}
	s := o.setup(caller, moving(new([]Outcome)))
	s.Whom = func(user string) (Whom, bool) {
		switch user {
		case "support":
			return Whom{To: routing.Transfer{Queue: "support"}}, true
		case "sam":
			return Whom{Agent: "sam"}, true
		case "+331":
			return Whom{Number: "+331"}, true
		}
		return Whom{}, false
	}
	call = Start(t.Context(), s)
	o.talks("o-1", "maria")
	return o, caller, call
}

// A phone's transfer to a queue is the console's; it hears that it is done before it is hung up.
func TestADeskPhoneTransfersToAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call := desked(t)
		maria := o.rung[0]
		check(t, "nobody of that name", []int{404}, maria.refers("nobody", "")())
		check(t, "an attended one", []int{501}, maria.refers("sam", "l-1")())
		check(t, "the customer's own", []int{403}, caller.refers("sam", "")())
		o.refuses = &routing.Conflict{Code: "no_transfers"}
		check(t, "a queue that takes none", []int{403}, maria.refers("support", "")())
		check(t, "ann hears after all that", "maria0", o.hears("ann"))
		o.refuses = nil
		maria.says(SigHeld) // as phones do before they transfer
		check(t, "done", []int{200}, maria.refers("support", "")())
		check(t, "maria's device was hung up", true, maria.isOver())
		check(t, "where ann is", "support", mustRead(t, o.kept).Stay.Queue)
		caller.leave(Normal)
		<-call.Done()
	})
}

// A phone's transfer to a colleague rings there while the agent still has the customer; who declines leaves the talk as it was.
func TestADeskPhoneTransfersToAColleague(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call := desked(t)
		maria := o.rung[0]
		heard := maria.refers("sam", "")
		check(t, "a second one meanwhile", []int{491}, maria.refers("support", "")())
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-2", Agent: "sam", Purpose: routing.ToTransfer}
		synctest.Wait()
		check(t, "nothing yet", 0, len(heard()))
		o.updates <- routing.Update{Kind: routing.Declined, Lease: "o-2", Agent: "sam", Purpose: routing.ToTransfer}
		synctest.Wait()
		check(t, "declined", []int{603}, heard())
		check(t, "ann hears", "maria0", o.hears("ann"))

		heard = maria.refers("sam", "")
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-3", Agent: "sam", Purpose: routing.ToTransfer}
		synctest.Wait()
		o.rung[2].says(SigAnswered, SigAudio)
		o.updates <- routing.Update{Kind: routing.Accepted, Lease: "o-3", Agent: "sam", Purpose: routing.ToTransfer}
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		check(t, "done", []int{200}, heard())
		check(t, "maria's device was hung up", true, maria.isOver())
		check(t, "ann hears", "sam2", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
	})
}

// A talk that ends while the phone's transfer rings leaves nothing behind.
func TestACustomerWhoLeavesEndsADeskPhonesTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call := desked(t)
		heard := o.rung[0].refers("sam", "")
		o.updates <- routing.Update{Kind: routing.Offered, Lease: "o-2", Agent: "sam", Purpose: routing.ToTransfer}
		synctest.Wait()
		caller.leave(Normal)
		<-call.Done()
		synctest.Wait()
		check(t, "the phone hears", []int{487}, heard())
	})
}

// A phone's transfer to a number outside: refused by the rules, busy, and answered.
func TestADeskPhoneTransfersOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller, call := desked(t)
		maria := o.rung[0]
		o.desks["+331"] = desk{fails: Refused{Reason: NotAllowed, Text: "No."}}
		check(t, "refused", []int{403}, maria.refers("+331", "")())
		o.desks["+331"] = desk{}
		heard := maria.refers("+331", "")
		o.rung[1].leave(Busy)
		synctest.Wait()
		check(t, "busy", []int{486}, heard())
		check(t, "ann hears", "maria0", o.hears("ann"))
		heard = maria.refers("+331", "")
		o.rung[2].says(SigAnswered, SigAudio)
		synctest.Wait()
		check(t, "done", []int{200}, heard())
		check(t, "ann hears", "out2", o.hears("ann"))
		caller.leave(Normal)
		<-call.Done()
	})
}
