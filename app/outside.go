package app

import (
	"context"
	"errors"

	"github.com/callfloor/callfloor/calls"
)

// Call is a stand-in.
func (d dialer) Call(context.Context, calls.Outside) (calls.Leg, error) {
	return nil, errors.New("no trunks")
}
