package app

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
)

// A node that is drained gives its calls to the others while it lives: who waits at once, who talks when the time is over.
// The other node goes on as it would after this one's death, only that nothing is heard of it; what does not follow stays.

const (
	moveEvery  = time.Second
	moveWithin = followed + lifted
)

// given is a call that a node gives to another one.
type given struct {
	From string
	Kept []byte
}

// moves are those that this node has tried to give away: none is asked to follow again and again.
type moves struct {
	mu    sync.Mutex
	tried map[string]bool
	turn  int
}

// first is true once for each call.
func (m *moves) first(call string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tried[call] {
		return false
	}
	if m.tried == nil {
		m.tried = map[string]bool{}
	}
	m.tried[call] = true
	return true
}

// next is one of the addresses, each in its turn.
func (m *moves) next(addresses []string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	return addresses[m.turn%len(addresses)]
}

// refuges are the other nodes that take calls.
func (a *App) refuges() (addresses []string) {
	for id, n := range a.known() {
		if id != a.node && !n.Dead() && !n.Draining && n.Address != "" {
			addresses = append(addresses, n.Address)
		}
	}
	slices.Sort(addresses)
	return addresses
}

// moveWaiting has those follow to other nodes who wait while nobody's device rings for them.
func (a *App) moveWaiting(ctx context.Context) {
	a.moveCalls(ctx, func(c *calls.Call) bool { return c.Waits() && a.moves.first(c.ID) })
}

// moveAll has every call follow to another node that can.
func (a *App) moveAll(ctx context.Context) {
	a.moveCalls(ctx, func(*calls.Call) bool { return true })
}

func (a *App) moveCalls(ctx context.Context, which func(*calls.Call) bool) {
	if len(a.refuges()) == 0 {
		return
	}
	var work errgroup.Group
	work.SetLimit(together)
	for _, c := range a.floor.all() {
		if which(c) {
			work.Go(func() error {
				a.move(ctx, c)
				return nil
			})
		}
	}
	_ = work.Wait() // they return none
}

// move gives a call to another node, and lets go of it when that has it.
func (a *App) move(ctx context.Context, c *calls.Call) {
	to, kept := a.refuges(), c.Give()
	if len(to) == 0 || kept == nil {
		return
	}
	address := a.moves.next(to)
	ctx, cancel := context.WithTimeout(ctx, moveWithin)
	defer cancel()
	if err := a.cluster.Do(ctx, address, "/call", given{a.node, kept}, nil); err != nil {
		a.log.Warn("a call does not move to another node, which says why", "call", c.ID, "address", address, "err", err)
		return
	}
	a.log.Info("call moved to another node", "call", c.ID, "address", address)
	c.Forsake()
}

// takes goes on with a call that a living node gives.
func (a *App) takes(g given) (struct{}, error) {
	if a.draining() {
		return struct{}{}, api.NewProblem(http.StatusServiceUnavailable, "draining", "This server is to stop, too.")
	}
	r, err := a.takeOver(a.life, g.Kept)
	if err != nil {
		a.log.Warn("a call of a node that is drained does not follow", "call", r.kept.ID, "node", g.From, "err", err)
		return struct{}{}, api.NewProblem(http.StatusConflict, "not_moved", "The far end does not follow.")
	}
	if err := a.router.Moved(a.life, g.From, callKept+r.kept.ID); err != nil {
		a.log.Warn("who had a call before is told by the answer alone", "call", r.kept.ID, "err", err)
	}
	r.with.Dead = time.Now() // it is no more heard there
	a.log.Info("call taken over from a node that is drained", "call", r.kept.ID, "node", g.From, "queue", queueOf(r.kept))
	a.goOn(r)
	return struct{}{}, nil
}
