package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// A desk phone stays registered whatever becomes of its node: the next life has what was kept on the disk, an heir what was
// shared, and where a node is drained another one is told. Each asks the phone first (sip.Recall).

const (
	lent     = 50               // agents' phones in one message
	lendsFor = 10 * time.Second // the phones' answers included
)

// phoneBook is where desk phones are kept that are registered here.
type phoneBook struct {
	k *state.Keep
	s *share

	mu      sync.Mutex
	life    int64           // of this process
	taken   map[string]int  // how often another node has had an agent's phones: they are shared under another name then
	renewed map[string]bool // agents whose phones have spoken, and routing may believe them elsewhere
	asked   chan struct{}   // so many are asked at a time
	left    [][]byte        // by a former life
	lending sync.Mutex
	lent    bool // to other nodes, since this one is being drained
}

func newPhones(k *state.Keep, s *share, life time.Time) *phoneBook {
	return &phoneBook{
		k: k, s: s, life: life.UnixMilli(), taken: map[string]int{}, renewed: map[string]bool{}, asked: make(chan struct{}, together),
	}
}

// shared is the name under which an agent's phones are shared; the lock is held.
func (p *phoneBook) shared(agent string) string {
	return fmt.Sprintf("%s%s@%d.%d", phoneKept, agent, p.life, p.taken[agent])
}

// keep stores an agent's phones; nil is none.
func (p *phoneBook) keep(agent string, saved []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.renewed[agent] = saved != nil; saved == nil {
		p.k.Drop(phoneKept + agent)
	} else {
		p.k.Put(phoneKept+agent, saved)
	}
	p.s.put(p.shared(agent), saved)
}

// lost: another node has taken what was shared under a name, for this one was away for so long. The agent is returned whose
// phones are to be shared anew, under another one.
func (p *phoneBook) lost(id string) (agent string, anew bool) {
	agent, _, _ = strings.Cut(strings.TrimPrefix(id, phoneKept), "@")
	p.mu.Lock()
	defer p.mu.Unlock()
	if anew = id == p.shared(agent); anew {
		p.taken[agent]++
	}
	return agent, anew
}

// spoke are the agents whose phones have registered since it was asked last.
func (p *phoneBook) spoke() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for agent, is := range p.renewed {
		if is {
			all = append(all, agent)
		}
	}
	clear(p.renewed)
	return all
}

// recall registers phones that were registered elsewhere, or before, as far as they answer.
func (a *App) recall(ctx context.Context, saved []byte) (found int) {
	a.phones.asked <- struct{}{}
	defer func() { <-a.phones.asked }()
	agent, found, err := a.sip.Recall(ctx, saved)
	switch {
	case err != nil:
		a.log.Warn("a desk phone's registration is lost", "agent", agent, "err", err)
	case found > 0:
		a.log.Info("desk phone found", "agent", agent, "phones", found)
	}
	return found
}

func (a *App) recallAll(ctx context.Context, all [][]byte) (found int) {
	counts := make([]int, len(all))
	var wait sync.WaitGroup
	for n, saved := range all {
		wait.Go(func() { counts[n] = a.recall(ctx, saved) })
	}
	wait.Wait()
	for _, n := range counts {
		found += n
	}
	return found
}

// findPhones asks those that a former life had registered.
func (a *App) findPhones(ctx context.Context) error {
	a.recallAll(ctx, a.phones.left)
	a.phones.left = nil
	return nil
}

// inheritPhones asks an agent's phones that a dead node had registered.
func (a *App) inheritPhones(ctx context.Context, from, id string, sealed []byte) {
	saved, err := a.seal.Open(id, sealed)
	if err != nil {
		a.log.Warn("a desk phone's registration is lost", "node", from, "err", err)
	} else {
		a.recall(ctx, saved)
	}
	a.share.put(id, nil) // it is shared as ours by now
}

// lends has other nodes register the phones of this one, which is being drained: their agents are offered calls at once. What is
// registered here stays so, for what rings already. It returns when that is done.
func (a *App) lends(ctx context.Context) {
	a.phones.lending.Lock()
	defer a.phones.lending.Unlock()
	if a.phones.lent || !a.draining() || !a.refuge() {
		return
	}
	err := a.lend(ctx)
	if a.phones.lent = err == nil; err != nil && ctx.Err() == nil {
		a.log.Warn("desk phones are not taken by another node", "err", err)
	}
}

func (a *App) lend(ctx context.Context) error {
	to := a.refuges()
	n := 0
	for some := range slices.Chunk(slices.Collect(maps.Values(a.sip.Phones())), lent) {
		if len(to) == 0 {
			return errors.New("there is none any more")
		}
		ctx, cancel := context.WithTimeout(ctx, lendsFor)
		var found int
		err := a.cluster.Do(ctx, to[n%len(to)], "/phones", some, &found)
		cancel()
		if err != nil {
			return err
		}
		a.log.Info("desk phones are at another node", "address", to[n%len(to)], "asked", len(some), "found", found)
		n++
	}
	return nil
}

// reclaims tells routing of phones that have registered here, and are believed elsewhere: another node had them meanwhile.
func (a *App) reclaims(ctx context.Context) {
	if a.cluster == nil || a.draining() {
		return
	}
	for _, agent := range a.phones.spoke() {
		who, ok := a.current().Agent(agent)
		if at, err := a.router.Whereabouts(ctx, agent, routing.AtPhone); !ok || err != nil || at == a.node {
			continue
		}
		if err := a.devices.registered(agent, false, true, who.AtBrowser()); err != nil {
			a.log.Error("device not noted", "agent", agent, "err", err)
		}
	}
}
