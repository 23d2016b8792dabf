package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/routing"
)

const (
	keepToll = 20 * time.Second // a third of what a call counts without a sign of life
	tollIn   = 2 * time.Second  // how long Redis may take to count one
)

// toll is a call outside as the limits count it; nothing is counted where there are none.
type toll struct {
	routing.Toll
	on       bool
	answered atomic.Bool
}

// countOut counts a call outside in, or says why there may be no more. While the limits cannot be asked nobody calls out; an
// emergency always does.
func (a *App) countOut(ctx context.Context, agent string, emergency bool) (*toll, error) {
	c := a.current()
	l := c.Dialing.Limits
	limits := routing.TollLimits{
		All: l.Calls.All, Team: l.Calls.Team, Agent: l.Calls.Agent, MinutesAll: l.Minutes.All, MinutesOfAgent: l.Minutes.Agent,
	}
	t := &toll{Toll: routing.Toll{ID: newCallID(), Agent: agent, Team: c.Caller(agent).Team}, on: limits.On() && !emergency}
	if !t.on {
		return t, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tollIn)
	defer cancel()
	err := a.router.BeginToll(ctx, t.Toll, limits)
	switch {
	case err == nil:
		return t, nil
	case routing.IsConflict(err, calls.TooMany):
		return nil, calls.Refused{Reason: calls.TooMany, Text: "There are as many calls outside as are allowed at once."}
	case routing.IsConflict(err, calls.MinutesUsed):
		return nil, calls.Refused{Reason: calls.MinutesUsed, Text: "The minutes of calls outside are used up for today."}
	}
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		a.log.Error("a call outside cannot be counted", "agent", agent, "err", err)
	}
	return nil, calls.Refused{Reason: calls.NotCounted, Text: "The limits of calls outside cannot be asked now. Please try again."}
}

// keep counts the call until it is over.
func (t *toll) keep(a *App, over <-chan struct{}) {
	if !t.on {
		return
	}
	answered := false
	due := time.NewTicker(time.Second)
	defer due.Stop()
	for last := time.Now(); ; {
		select {
		case <-over:
			t.release(a)
			return
		case <-due.C:
			if now := t.answered.Load(); now != answered || time.Since(last) >= keepToll {
				answered, last = now, time.Now()
				t.tell(a, func(ctx context.Context) error { return a.router.KeepToll(ctx, t.Toll, now) })
			}
		}
	}
}

// release counts the call out. Should Redis be away, its lease ends by itself.
func (t *toll) release(a *App) {
	if t.on {
		t.tell(a, func(ctx context.Context) error { return a.router.EndToll(ctx, t.Toll) })
	}
}

func (t *toll) tell(a *App, what func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.life), tollIn)
	defer cancel()
	if err := what(ctx); err != nil {
		a.log.Warn("a call outside is not counted", "agent", t.Agent, "err", err)
	}
}
