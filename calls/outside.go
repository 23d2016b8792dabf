package calls

import "errors"

// Outside is a number outside the house that is to be called, and on whose behalf.
type Outside struct {
	Number     string // as it was typed, or in E.164
	CallerID   string // the number that is shown; "" is the first one that the agent may show
	CallerName string // shown with it; "" is the name of the caller id
	Agent      string // who calls: their rules, caller ids and limits count
	Role       Role   // of whoever is called; "" is Customer
	Name       string // of whoever is called, for people; "" is the number
}

// As is the role of whoever is called.
func (o Outside) As() Role {
	if o.Role == "" {
		return Customer
	}
	return o.Role
}

// Refused is why a number outside is not called at all.
type Refused struct {
	Reason string // one of the words below, for programs and events
	Text   string // a sentence for people
}

// Error is the sentence.
func (r Refused) Error() string { return r.Text }

// The reasons of a Refused.
const (
	BadNumber   = "bad_number"   // no telephone number
	NoRoute     = "no_route"     // no rule or no trunk leads there
	NotAllowed  = "not_allowed"  // this destination, or this agent
	BadCallerID = "caller_id"    // not one of the agent's, or there is none
	OutOfHours  = "out_of_hours" // no calls outside now
	TooMany     = "too_many"     // calls at once
	MinutesUsed = "minutes_used" // of the day
	NotCounted  = "not_counted"  // the limits cannot be asked: Redis is away
)

// ReasonOf is why a number outside is not called: a Refused's word, or Failed's for a fault of ours.
func ReasonOf(err error) string {
	if r := (Refused{}); errors.As(err, &r) {
		return r.Reason
	}
	return Failed.Word
}
