package calls

import "fmt"

// Cause is why something ended: one word for people and reports, and the SIP status that says the same on the wire.
type Cause struct {
	Word string
	Code int
}

// Error lets a cause travel as a context's cancellation cause.
func (c Cause) Error() string { return fmt.Sprintf("%s (%d)", c.Word, c.Code) }

// The causes. SIP statuses are those of RFC 3261 section 21.
var (
	Normal      = Cause{"normal", 200}
	Busy        = Cause{"busy", 486}
	Declined    = Cause{"declined", 603}
	NoAnswer    = Cause{"no_answer", 480}
	Cancelled   = Cause{"cancelled", 487}
	Taken       = Cause{"taken", 487} // another agent was quicker
	NotFound    = Cause{"not_found", 404}
	Forbidden   = Cause{"forbidden", 403}
	NoMedia     = Cause{"no_media", 488}    // the offer shares no codec or transport with us
	Silent      = Cause{"silent", 408}      // audio stopped coming
	Expired     = Cause{"expired", 408}     // nobody refreshed the session (RFC 4028)
	Vanished    = Cause{"lost", 408}        // the party's device or connection is gone
	Transferred = Cause{"transferred", 200} // the agent gave the customer to somebody else
	Recalled    = Cause{"recalled", 480}    // the agent was signed out
	Forsaken    = Cause{"forsaken", 200}    // another node has the call: nothing is told to anybody
	Unreachable = Cause{"unreachable", 503}
	Draining    = Cause{"draining", 503}
	Failed      = Cause{"failed", 500} // a fault of ours
)

// FromSIP names a final SIP status that ended a leg.
func FromSIP(code int) Cause {
	switch code {
	case 486, 600:
		return Busy
	case 603:
		return Declined
	case 408, 480:
		return NoAnswer
	case 487:
		return Cancelled
	case 404, 410, 484, 604:
		return NotFound
	case 401, 403, 407:
		return Forbidden
	case 488, 606:
		return NoMedia
	}
	if code >= 200 && code < 300 {
		return Normal
	}
	return Cause{"unreachable", code}
}
