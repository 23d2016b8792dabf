package app

import (
	"sync"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/sip"
)

// legs are those of who is on a call beside its customer; nil where there is none that goes on.
type legs struct {
	agent  *sip.Leg // who has the customer
	guests []*sip.Leg
}

// legsOf has the legs of a kept call go on, all at the same time. again is nil of one that cannot.
func legsOf(k calls.Kept, again func(saved []byte, who calls.Party) *sip.Leg) legs {
	l := legs{guests: make([]*sip.Leg, len(k.Guests))}
	var wait sync.WaitGroup
	if k.Talk != nil && len(k.Talk.Leg) > 0 {
		wait.Go(func() { l.agent = again(k.Talk.Leg, calls.Party{Role: calls.Agent, Agent: k.Talk.Agent}) })
	}
	for n, g := range k.Guests {
		if len(g.Leg) > 0 {
			wait.Go(func() { l.guests[n] = again(g.Leg, g.Party) })
		}
	}
	wait.Wait()
	return l
}

// sit gives the legs to a talk that goes on; of one that does not, a phone was about to talk perhaps, and rings again.
func (l legs) sit(r *calls.Restored, goesOn bool) {
	if !goesOn {
		l.leave(calls.Cancelled)
		return
	}
	if l.agent != nil {
		r.Agent = l.agent
	}
	r.Guests = make([]calls.Leg, len(l.guests))
	for n, g := range l.guests {
		if g != nil {
			r.Guests[n] = g
		}
	}
}

// leave ends what belongs to no call.
func (l legs) leave(why calls.Cause) {
	for _, leg := range append([]*sip.Leg{l.agent}, l.guests...) {
		if leg != nil {
			leave(leg, why)
		}
	}
}
