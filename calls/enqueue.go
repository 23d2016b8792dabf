package calls

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// soon is how long a customer hears nothing while Redis does not answer.
const soon = 300 * time.Millisecond

// errWaited is returned when somebody waited for as long as they may before Redis knew of them.
var errWaited = errors.New("waited while redis was away")

// enqueue begins to wait. While Redis is away the customer hears the music, and waits no longer than the queue lets them.
func (v *visit) enqueue(ctx context.Context) (err error) {
	c, w, until := v.c, v.w, v.longest()
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, until, errWaited)
		defer cancel()
	}
	answered := v.musicSoon()
	v.ticket, err = c.Router.Enqueue(ctx, routing.Interaction{
		ID: c.ID, Channel: "voice", Queue: w.Queue, Priority: w.Priority, Data: w.Data,
		Wants: w.Wants, Agents: w.Agents, AgentsFor: w.AgentsFor, Closed: w.Closed,
	})
	answered()
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	}
	s := &stay{queue: w.Queue, ticket: v.ticket, since: v.since, until: until}
	_ = c.do(func() { c.stay, c.changed = s, true })
	c.Customer.Ring()
	c.Log.Info("waiting", "queue", w.Queue)
	v.say(w.Welcome)
	return nil
}

// musicSoon plays the music unless the answer comes quickly, of which it is told by the function that it returns.
func (v *visit) musicSoon() (answered func()) {
	done := make(chan struct{})
	var playing sync.WaitGroup
	playing.Go(func() {
		select {
		case <-time.After(soon):
			_ = v.c.Music(v.w.Music)
		case <-done:
		}
	})
	return func() {
		close(done)
		playing.Wait()
	}
}
