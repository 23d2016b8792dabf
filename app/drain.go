package app

import (
	"context"
	"sync"
	"time"

	"github.com/callfloor/callfloor/api"
)

const (
	// lastWordsWithin is how long the words may take that callers hear when a drain's time is over.
	lastWordsWithin = 15 * time.Second
	// moving is how long a node whose calls are over waits for its pages to be at another node: a load balancer needs
	// some seconds to see that this one is not to be used.
	moving = 8 * time.Second
	// drainDiary is how often the log tells how a drain goes.
	drainDiary = time.Minute
)

// drain is how a node comes to its end: nobody new is let in, live calls go on until a moment, pages and phones go to
// another node where there is one.
type drain struct {
	mu    sync.Mutex
	until time.Time
	told  chan struct{}   // closed when the node was told to stop
	moved chan struct{}   // holds a word when the moment is another one
	open  context.Context //nolint:containedctx // ends when the time is over: callers hear a last word
	close context.CancelFunc
}

func newDrain() *drain {
	d := &drain{told: make(chan struct{}), moved: make(chan struct{}, 1)}
	d.open, d.close = context.WithCancel(context.Background())
	return d
}

// begin sets the end, also of a drain that runs; first is false of those.
func (d *drain) begin(until time.Time) (first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	first = d.until.IsZero()
	d.until = until
	if first {
		close(d.told)
	}
	select {
	case d.moved <- struct{}{}:
	default:
	}
	return first
}

// end is when the drain's time is over; zero when the node serves.
func (d *drain) end() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.until
}

// Drain refuses new calls and lets the live ones go on for so long at most (0: as configured); then Run returns. Said
// again it is another end of the same drain.
func (a *App) Drain(within time.Duration) {
	if within <= 0 {
		within = a.current().Drain
	}
	if a.drain.begin(time.Now().Add(within)) {
		a.sip.Drain()
	}
	a.log.Info("draining", "calls", a.floor.size(), "until", a.drain.end().Format(time.TimeOnly), "left", within)
}

func (a *App) draining() bool { return !a.drain.end().IsZero() }

// drainLeft is how long the drain may take yet; nil when the node serves.
func (a *App) drainLeft() *time.Duration {
	end := a.drain.end()
	if end.IsZero() {
		return nil
	}
	left := max(time.Until(end), 0)
	return &left
}

// End hangs up what is left of a drain.
func (a *App) End() { a.end() }

// drained returns when the last call is over, or nobody waits for it any more.
func (a *App) drained(work context.Context) {
	diary, mover := time.NewTicker(drainDiary), time.NewTicker(moveEvery)
	defer diary.Stop()
	defer mover.Stop()
	for {
		over := time.NewTimer(time.Until(a.drain.end()))
		select {
		case <-a.floor.empty():
			a.log.Info("every call is over")
			a.dismiss(work)
		case <-over.C:
			a.sayGoodbye(work)
		case <-a.drain.moved:
			over.Stop()
			continue
		case <-diary.C:
			a.log.Info("draining", "calls", a.floor.size(), "left", time.Until(a.drain.end()).Round(time.Second))
			over.Stop()
			continue
		case <-mover.C:
			a.moveWaiting(work)
			over.Stop()
			continue
		case <-a.life.Done():
		case <-work.Done():
		}
		over.Stop()
		return
	}
}

// sayGoodbye: time is over. What can moves to another node; other callers are told, and their calls end when they have
// heard it.
func (a *App) sayGoodbye(work context.Context) {
	a.moveAll(work)
	a.log.Warn("the drain's time is over", "calls", a.floor.size())
	a.drain.close()
	a.awaits(work, a.floor.empty(), lastWordsWithin)
}

// dismiss lets phones and pages go to another node, if there is one.
func (a *App) dismiss(work context.Context) {
	if a.refuge() {
		a.lends(work)
		a.awaits(work, a.api.Deserted(), moving)
	}
}

// awaits returns when something is done, after some time, or when nobody waits for it any more.
func (a *App) awaits(work context.Context, done <-chan struct{}, most time.Duration) {
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	case <-a.life.Done():
	case <-work.Done():
	}
}

// refuge says whether there is another node where pages and phones could go.
func (a *App) refuge() bool {
	return len(a.refuges()) > 0
}

// drainOf tells pages how it stands with this node, and with others on which their call depends.
func (a *App) drainOf(others ...string) (d api.Drain, draining bool) {
	end := a.drain.end()
	if draining = !end.IsZero(); draining {
		d.Calls, d.Move = a.floor.size(), a.refuge()
	}
	for _, id := range others {
		n, ok := a.known()[id]
		if ok && id != a.node && n.Draining && !n.Dead() && (!draining || n.until.Before(end)) {
			end, draining = n.until, true
		}
	}
	d.Left = max(time.Until(end), 0)
	return d, draining
}
