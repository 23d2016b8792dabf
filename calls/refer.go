package calls

import (
	"errors"

	"github.com/callfloor/callfloor/routing"
)

// An agent presses the transfer key of their desk phone. It is what the console's transfer is, and may no more.

// Whom is who an agent's phone means: a queue, another agent, or somebody outside.
type Whom struct {
	To     routing.Transfer // when it names a queue
	Agent  string
	Number string
}

// referred takes the wish; run calls it. The phone hears what came of it from where that is known.
func (c *Call) referred(m *member, r *Referral) {
	switch {
	case m != c.agent || c.customer == m:
		r.Tell(403)
	case c.referral != nil:
		r.Tell(491)
	case r.Replaces != "" || c.Whom == nil:
		r.Tell(501)
	default:
		whom, ok := c.Whom(r.To)
		if !ok {
			c.Log.Info("nobody is called that", "agent", c.talk.agent, "to", r.To)
			r.Tell(404)
			return
		}
		c.referral = r
		go c.refer(c.talk.agent, whom) // to the call's end at the latest, which does not wait for it: it waits for a verb
	}
}

// refer asks for the transfer.
func (c *Call) refer(agent string, whom Whom) {
	var err error
	switch {
	case whom.To.Queue != "":
		err = c.Transfer(agent, whom.To)
	case whom.Number != "":
		err = c.CallOut(agent, Outside{Number: whom.Number, Agent: agent}, routing.ToTransfer)
	default:
		err = c.Direct(agent, routing.Directed{Agent: whom.Agent, Purpose: routing.ToTransfer})
	}
	if err == nil {
		return
	}
	c.Log.Info("not transferred by phone", "agent", agent, "err", err)
	_ = c.do(func() { c.tellReferrer(refusalCode(err)) })
}

// tellReferrer says to the agent's phone what came of its transfer, if it wanted one. Run calls it.
func (c *Call) tellReferrer(code int) {
	if c.referral == nil {
		return
	}
	c.referral.Tell(code)
	c.referral = nil
}

// partedCode is what a phone hears when its agent's part ends.
func partedCode(why Cause) int {
	if why == Transferred {
		return 200
	}
	return Cancelled.Code
}

// calledOffCode is what a phone hears when the other agent does not take the customer.
func calledOffCode(why Cause) int {
	switch why.Word {
	case string(routing.Declined):
		return Declined.Code
	case string(routing.Missed):
		return NoAnswer.Code
	}
	return why.Code
}

// refusalCode is the SIP status of a transfer that is refused.
func refusalCode(err error) int {
	if errors.As(err, new(Refused)) {
		return Forbidden.Code
	}
	if no, ok := errors.AsType[*routing.Conflict](err); ok {
		switch no.Code {
		case "unknown_agent":
			return 404
		case "no_transfers":
			return 403
		case "offering":
			return 491
		}
		return 480 // closed, full, no_agents, not_available
	}
	if _, ok := errors.AsType[*NotNow](err); ok || errors.Is(err, ErrConsulting) {
		return 491
	}
	return 500
}
