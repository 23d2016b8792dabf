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

// ends notes that the interaction is over, whether Redis hears it or not; last is what it is told.
func (t *Ticket) ends(last func(context.Context) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.truth.over, t.truth.last = true, last
}

// endAgain says the end of an interaction again that came while its truth was on its way: Redis believes the truth.
func (t *Ticket) endAgain(ctx context.Context) error {
	t.mu.Lock()
	last := t.truth.last
	t.mu.Unlock()
	if last == nil {
		return nil
	}
	if err := last(ctx); err != nil && !IsConflict(err, "gone") {
		return err
	}
	return nil
}
