package routing

import (
	"context"
	"time"
)

// tollLease is how long a call outside counts whose node gives no sign of life.
const tollLease = time.Minute

// Toll is a call outside, which costs money and counts.
type Toll struct {
	ID          string // of its own
	Agent, Team string // on whose behalf; "" is nobody's
}

// TollLimits are how much may be spent; 0 is no limit.
type TollLimits struct {
	All, Team, Agent           int // calls at once
	MinutesAll, MinutesOfAgent int // answered, of a day (UTC)
}

// On says whether there is any limit.
func (l TollLimits) On() bool { return l != TollLimits{} }

// BeginToll counts a call outside in, at all nodes together, if the limits leave room. KeepToll must follow within a minute, again
// and again, and EndToll. Conflicts: too_many, minutes_used. Errors may be ErrAway.
func (r *Router) BeginToll(ctx context.Context, t Toll, l TollLimits) error {
	return r.do(ctx, "toll", t.ID, t.Agent, t.Team, tollLease.Milliseconds(), l.All, l.Team, l.Agent, l.MinutesAll, l.MinutesOfAgent)
}

// KeepToll says that a call outside goes on; its minutes count from the first time that it is answered.
func (r *Router) KeepToll(ctx context.Context, t Toll, answered bool) error {
	flag := "0"
	if answered {
		flag = "1"
	}
	return r.do(ctx, "tollkeep", t.ID, t.Agent, t.Team, tollLease.Milliseconds(), flag)
}

// EndToll counts a call outside out.
func (r *Router) EndToll(ctx context.Context, t Toll) error { return r.do(ctx, "tollend", t.ID) }
