package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
)

// When a node stays dead, the others are its heirs: each claims some of its calls, tells the far ends by a re-INVITE where
// they are heard from now on, and goes on as after a restart. Who has a call is decided in Redis (routing/heir.go).

const (
	claimed   = 50              // calls at once, so that the heirs share them
	together  = 100             // calls whose far ends are asked at the same time
	followed  = 5 * time.Second // how long a customer's side may take to follow
	lifted    = 2 * time.Second // an agent's device; it is called anew when it does not
	lastCheck = 500 * time.Millisecond
)

// deaths are those that this node has seen to.
type deaths struct {
	mu   sync.Mutex
	seen map[string]time.Time // when the node last said that it lives
}

// first is true once for each death, until it is undone.
func (h *deaths) first(n routing.Node) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen[n.ID].Equal(n.Last) {
		return false
	}
	if h.seen == nil {
		h.seen = map[string]time.Time{}
	}
	h.seen[n.ID] = n.Last
	return true
}

func (h *deaths) again(n routing.Node) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.seen, n.ID)
}

// succeeds goes on with the calls of nodes that have been dead for long enough.
func (a *App) succeeds(ctx context.Context, nodes []routing.Node, run func(func())) {
	after := a.main.Cluster.TakeOver
	if a.share == nil || after == 0 || a.draining() {
		return
	}
	for _, n := range nodes {
		if n.ID != a.node && n.Silence >= after && a.heirs.first(n) {
			run(func() {
				if !a.succeed(ctx, n) {
					a.heirs.again(n)
				}
			})
		}
	}
}

// oldest is for how long a node's calls may be silent and yet go on in its next life.
const oldest = 5 * time.Minute

// buries closes the rows of calls of a node that is dead for so long that nobody goes on with them.
func (a *App) buries(ctx context.Context, nodes []routing.Node, run func(func())) {
	for _, n := range nodes {
		if a.cluster == nil || n.ID == a.node || n.Silence < oldest || !a.buried.first(n) {
			continue
		}
		run(func() {
			closed, err := a.records.Interrupted(ctx, n.ID, n.Last)
			switch {
			case err != nil && ctx.Err() == nil:
				a.buried.again(n)
				a.log.Error("the calls of a dead node are not closed in the history", "node", n.ID, "err", err)
			case closed > 0:
				a.log.Warn("calls of a dead node were interrupted", "node", n.ID, "calls", closed)
			}
		})
	}
}

// succeed claims what a dead node had until there is nothing more; false when that is not certain.
func (a *App) succeed(ctx context.Context, n routing.Node) bool {
	if a.answers(ctx, n) { // Redis alone does not hear it, and its callers do
		return false
	}
	var work errgroup.Group
	work.SetLimit(together)
	defer func() { _ = work.Wait() }() // they return none
	var asked sync.WaitGroup
	defer asked.Wait()
	dead := time.Now().Add(-n.Silence)
	for {
		things, err := a.router.Claim(ctx, n.ID, a.main.Cluster.TakeOver, claimed)
		if err != nil {
			if !routing.IsConflict(err, "alive") && ctx.Err() == nil {
				a.log.Error("the calls of a dead node cannot be taken over", "node", n.ID, "err", err)
			}
			return false
		}
		if len(things) == 0 {
			return true
		}
		for id, sealed := range things {
			if strings.HasPrefix(id, phoneKept) { // no call waits for a phone that does not answer
				asked.Go(func() { a.inheritPhones(ctx, n.ID, id, sealed) })
				continue
			}
			work.Go(func() error {
				a.inherit(ctx, n.ID, dead, id, sealed)
				return nil
			})
		}
	}
}

// answers tells whether a node that Redis does not hear can be spoken to.
func (a *App) answers(ctx context.Context, n routing.Node) bool {
	ctx, cancel := context.WithTimeout(ctx, lastCheck)
	defer cancel()
	return n.Address != "" && a.cluster.Do(ctx, n.Address, "/hello", nil, nil) == nil
}

// inherit goes on with one thing that a node had which was last heard of when it was dead.
func (a *App) inherit(ctx context.Context, from string, dead time.Time, id string, sealed []byte) {
	call := strings.TrimPrefix(id, callKept)
	log := a.log.With("call", call)
	text, err := a.seal.Open(id, sealed)
	var r revival
	if err == nil {
		r, err = a.takeOver(ctx, text)
	}
	if err != nil {
		log.Error("call of a dead node is interrupted: it cannot be taken over", "node", from, "err", err)
		a.interrupted(ctx, call)
		return
	}
	r.with.Dead = dead
	log.Info("call of a dead node taken over", "node", from, "queue", queueOf(r.kept))
	a.goOn(r)
}

func queueOf(k calls.Kept) string {
	if k.Stay == nil {
		return ""
	}
	return k.Stay.Queue
}

// interrupted ends a call of a dead node that nobody can go on with.
func (a *App) interrupted(ctx context.Context, call string) {
	if err := a.router.Leave(ctx, call, "node_lost"); err != nil {
		a.log.Warn("the place of an interrupted call is not given up", "call", call, "err", err)
	}
	journal{a.state.Journal()}.Fact(time.Now(), "call.ended", map[string]string{"call": call, "cause": records.Interrupted, "code": "408"})
	a.share.put(callKept+call, nil)
}

// takeOver has the far ends of a dead node's call follow to this one, and takes its place in the queue.
func (a *App) takeOver(ctx context.Context, text []byte) (r revival, err error) {
	if r.kept, err = calls.ReadKept(text); err != nil {
		return r, err
	}
	k, room := &r.kept, a.engine.Room()
	var others legs
	var wait sync.WaitGroup
	wait.Go(func() { others = a.legsFollow(ctx, *k, room) })
	r.customer, err = a.legFollows(ctx, k.Customer, room, followed)
	wait.Wait()
	if err != nil {
		others.leave(calls.Vanished)
		room.Close()
		return r, err
	}
	if k.Facts != nil {
		k.Facts["node"] = a.node
	}
	a.adopt(ctx, &r)
	others.sit(&r.with, k.GoesOn() && !r.with.Over)
	return r, nil
}

// legsFollow takes the legs of who is on a call beside its customer over. An agent's device that does not follow is to be called anew.
func (a *App) legsFollow(ctx context.Context, k calls.Kept, room *media.Room) legs {
	return legsOf(k, func(saved []byte, who calls.Party) *sip.Leg {
		leg, err := a.legFollows(ctx, saved, room, lifted)
		if err != nil && !errors.Is(err, sip.ErrSaved) { // as a leg between nodes, or a browser's
			a.log.Warn("a leg does not follow", "call", k.ID, "role", who.Role, "agent", who.Agent, "err", err)
		}
		return leg
	})
}

func (a *App) legFollows(ctx context.Context, saved []byte, room *media.Room, within time.Duration) (*sip.Leg, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return a.sip.TakeOver(ctx, saved, room)
}

// adopt takes the call's place, now that the customer hears this node. A talk that was about to begin is none.
func (a *App) adopt(ctx context.Context, r *revival) {
	k := &r.kept
	if !k.Waits() {
		return
	}
	ticket, stands, err := a.router.Adopt(ctx, k.Stay.Ticket, how(*k))
	switch {
	case err != nil || stands == routing.StandsNowhere:
		a.log.Warn("a caller's place in the queue is lost", "call", k.ID, "queue", k.Stay.Queue, "err", err)
		k.Stay, k.Talk = nil, nil
		return
	case stands == routing.StandsWaiting:
		k.Talk = nil
	case stands == routing.StandsOver:
		r.with.Over = true
	}
	r.with.Ticket = ticket
}

// forsake lets go of a call that another node has taken over: this node was away for so long that it counted as dead.
func (a *App) forsake(id string) {
	if strings.HasPrefix(id, phoneKept) {
		if agent, anew := a.phones.lost(id); anew {
			a.sip.KeepAgain(agent)
		}
		return
	}
	if c, ok := a.floor.call(strings.TrimPrefix(id, callKept)); ok {
		c.Forsake()
	}
}

// askMine finds out which calls are another node's by now, after the floor had not counted on this one.
func (a *App) askMine(ctx context.Context) error {
	if a.share == nil {
		return nil
	}
	var ids []string
	for _, c := range a.floor.all() {
		ids = append(ids, callKept+c.ID)
	}
	taken, err := a.router.Mine(ctx, false, ids)
	for _, id := range taken {
		a.forsake(id)
	}
	return err
}
