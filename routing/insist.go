package routing

import (
	"context"
	"errors"
	"time"
)

// ErrAway is returned by a verb that Redis did not answer: it may have been carried out all the same.
var ErrAway = errors.New("redis is away")

// again is how long a verb waits that is said again.
const again = 200 * time.Millisecond

// absent tells whether a verb failed because Redis is away, or back and without knowing its floor yet.
func absent(err error) bool { return errors.Is(err, ErrAway) || IsConflict(err, "held") }

// insist executes a verb that must not fail because Redis is away for a while: it is said again until ctx ends.
func (r *Router) insist(ctx context.Context, verb string, args ...any) ([]string, error) {
	for {
		out, err := r.run(ctx, verb, args...)
		if !absent(err) || ctx.Err() != nil {
			return out, err
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// ends says that the interaction is over; it is, whether Redis hears it or not. Without a ticket it is only said.
func (t *Ticket) ends(ctx context.Context, say func(context.Context) error) error {
	if t == nil {
		return say(ctx)
	}
	t.saying.Lock()
	defer t.saying.Unlock()
	t.mu.Lock()
	t.truth.over = true
	t.mu.Unlock()
	t.last = say
	return say(ctx)
}

// endAgain says the end of an interaction again that came while its truth was on its way: Redis believes the truth.
func (t *Ticket) endAgain(ctx context.Context) error {
	t.saying.Lock()
	defer t.saying.Unlock()
	if t.last == nil {
		return nil
	}
	if err := t.last(ctx); err != nil && !IsConflict(err, "gone") {
		return err
	}
	return nil
}
