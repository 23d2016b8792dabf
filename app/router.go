package app

import (
	"context"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// router is routing as a call sees it.
type router struct{ *routing.Router }

// Enqueue hides routing's concrete ticket behind the call's port.
func (r router) Enqueue(ctx context.Context, i routing.Interaction) (calls.Ticket, error) {
	t, err := r.Router.Enqueue(ctx, i)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// journal is the event stream as a call sees it.
type journal struct{ j *state.Journal }

// Fact appends one event.
func (j journal) Fact(at time.Time, what string, data map[string]string) {
	j.j.Append(state.Event{At: at, What: what, Data: data})
}
