package app

import (
	"sync"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/sip"
)

// pair are the legs of the agent who has a call's customer, and of whom they consult; nil where there is none that goes on.
type pair struct{ agent, consulted *sip.Leg }

// pairOf has the legs of a kept call's agents go on, both at the same time. again is nil of one that cannot.
func pairOf(k calls.Kept, again func(saved []byte, agent string) *sip.Leg) (p pair) {
	if k.Talk == nil {
		return p
	}
	var wait sync.WaitGroup
	if len(k.Talk.Leg) > 0 {
		wait.Go(func() { p.agent = again(k.Talk.Leg, k.Talk.Agent) })
	}
	if c := k.Talk.Consult; c != nil && len(c.Leg) > 0 {
		wait.Go(func() { p.consulted = again(c.Leg, c.Agent) })
	}
	wait.Wait()
	return p
}

// sit gives the legs to a talk that goes on; of one that does not, a phone was about to talk perhaps, and rings again.
func (p pair) sit(r *calls.Restored, talks bool) {
	if !talks {
		p.leave(calls.Cancelled)
		return
	}
	if p.agent != nil {
		r.Agent = p.agent
	}
	if p.consulted != nil {
		r.Consulted = p.consulted
	}
}

// leave ends what belongs to no call.
func (p pair) leave(why calls.Cause) {
	for _, leg := range []*sip.Leg{p.agent, p.consulted} {
		if leg != nil {
			leave(leg, why)
		}
	}
}
