package app

import (
	"context"

	"github.com/callfloor/callfloor/calls"
)

// Call calls a number outside.
func (d dialer) Call(context.Context, calls.Outside) (calls.Leg, error) {
	return nil, calls.Refused{Reason: calls.NoRoute, Text: "No trunk sends calls to numbers outside."}
}
