package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
	"github.com/callfloor/callfloor/state"
)

// What is kept outside of the process begins with what it is.
const (
	callKept  = "call:"
	agentKept = "agent:"
	phoneKept = "phone:"
)

// keeper is where calls are kept: for this node's next life, and for its heirs.
type keeper struct {
	k *state.Keep
	s *share
}

// Put keeps how a call stands.
func (k keeper) Put(call string, kept []byte) {
	k.k.Put(callKept+call, kept)
	k.s.put(callKept+call, kept)
}

// Drop forgets a call that is over.
func (k keeper) Drop(call string) {
	k.k.Drop(callKept + call)
	k.s.put(callKept+call, nil)
}

// revival is a call of a former life whose legs and place are there again.
type revival struct {
	kept     calls.Kept
	customer *sip.Leg
	with     calls.Restored
}

// revive goes on with the calls of a former life of this node, and closes what of it is gone. Nobody new is served until
// every leg has its ports again; no call runs until routing knows all of them.
func (a *App) revive(ctx context.Context) error {
	var back []revival
	elsewhere, err := a.elsewhereNow(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("taking up what was: %w", err), a.sip.Abandon())
	}
	agents := map[string][]byte{}
	for id, text := range a.kept.All() {
		if agent, ok := strings.CutPrefix(id, agentKept); ok {
			agents[agent] = text
			continue
		}
		if strings.HasPrefix(id, phoneKept) {
			a.phones.left = append(a.phones.left, text)
			continue
		}
		r, err := a.takeBack(text)
		if err != nil {
			a.log.Warn("call does not go on", "call", strings.TrimPrefix(id, callKept), "err", err)
			a.kept.Drop(id)
			continue
		}
		back = append(back, r)
		a.taken = append(a.taken, r.kept.ID)
	}
	err = a.router.Recover(ctx, agents)
	var closed int
	if err == nil {
		closed, err = a.records.Interrupted(ctx, a.node, time.Now(), append(elsewhere, a.taken...)...)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("taking up what was: %w", err), a.sip.Abandon()) // the next start may do better
	}
	if closed > 0 {
		a.log.Warn("calls were interrupted by the last stop", "calls", closed)
	}
	slices.SortFunc(back, func(x, y revival) int { return x.kept.Began.Compare(y.kept.Began) })
	for _, r := range back {
		a.goOn(r)
	}
	a.sip.Ready()
	return nil
}

// elsewhereNow asks for the calls of a former life that another node has taken over, and forgets them.
func (a *App) elsewhereNow(ctx context.Context) (ids []string, err error) {
	if a.share == nil {
		return nil, nil
	}
	var kept []string
	for id := range a.kept.All() {
		if strings.HasPrefix(id, callKept) {
			kept = append(kept, id)
		}
	}
	taken, err := a.router.Mine(ctx, true, kept)
	for _, id := range taken {
		a.kept.Drop(id)
		ids = append(ids, strings.TrimPrefix(id, callKept))
	}
	if len(ids) > 0 {
		a.log.Warn("calls went on at another node meanwhile", "calls", len(ids))
	}
	return ids, err
}

// takeBack restores a call's legs and its place in the queue.
func (a *App) takeBack(text []byte) (r revival, err error) {
	if r.kept, err = calls.ReadKept(text); err != nil {
		return r, err
	}
	k, room := &r.kept, a.engine.Room()
	if r.customer, err = a.sip.Restore(k.Customer, room); err != nil {
		a.legsAgain(*k, room).leave(calls.Vanished)
		room.Close()
		return r, err
	}
	others := a.legsAgain(*k, room)
	if k.Waits() {
		ticket, err := a.router.Restore(k.Stay.Ticket, how(*k))
		if err != nil {
			a.log.Warn("a caller's place in the queue is lost", "call", k.ID, "queue", k.Stay.Queue, "err", err)
			k.Stay, k.Talk = nil, nil
		} else {
			r.with.Ticket = ticket
		}
	}
	others.sit(&r.with, k.GoesOn())
	return r, nil
}

// legsAgain restores the legs of who is on a call beside its customer, if there were any that can be.
func (a *App) legsAgain(k calls.Kept, room *media.Room) legs {
	return legsOf(k, func(saved []byte, who calls.Party) *sip.Leg {
		leg, err := a.sip.Restore(saved, room)
		if err != nil {
			a.log.Warn("a leg does not go on", "call", k.ID, "role", who.Role, "agent", who.Agent, "err", err)
			return nil
		}
		return leg
	})
}

func how(k calls.Kept) routing.How {
	switch {
	case k.Talks():
		return routing.Talks
	case k.Talk != nil && k.Talk.State == calls.Connecting:
		return routing.First
	}
	return routing.Waits
}

// leave ends a leg that belongs to no call.
func leave(leg *sip.Leg, why calls.Cause) {
	go func() {
		for range leg.Signals() { // to its end
		}
	}()
	leg.Hangup(why)
}

// goOn runs a call whose legs are there. What its flow kept of the way may be damaged: then the caller is led from the
// beginning of the flow.
func (a *App) goOn(r revival) {
	setup, k := a.setup(a.now.Load(), r.kept.ID, r.customer, r.kept.Facts)
	var w way
	if err := json.Unmarshal(r.kept.Script, &w); err != nil && len(r.kept.Script) > 0 {
		a.log.Warn("a caller's way is lost", "call", r.kept.ID, "err", err)
	}
	if flow := k.config.Flows[r.kept.Facts["flow"]]; w.Place.Flow == "" && flow != nil {
		w.Place = ivr.Place{Flow: flow.Name, Step: flow.Start}
	}
	setup.Script = func(ctx context.Context, c *calls.Call) error { return k.resume(ctx, c, w) }
	if r.kept.Facts["direction"] == "out" {
		setup.Script = k.reach
	}
	if r.kept.Talks() {
		a.floor.rings(r.kept.Talk.Agent, r.kept.ID)
	}
	for _, g := range r.kept.Guests {
		if g.Party.Agent != "" {
			a.floor.rings(g.Party.Agent, r.kept.ID)
		}
	}
	a.floor.keep(calls.Restore(a.life, setup, r.kept, r.with))
}

// repair finishes the recordings that a former life left. There may be many: nobody waits for it.
func (a *App) repair(context.Context) error {
	if err := a.recordings.Repair(a.taken...); err != nil {
		a.log.Error("recordings of a former life are not finished", "err", err)
	}
	return nil
}
