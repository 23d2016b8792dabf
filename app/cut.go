package app

import (
	"context"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/routing"
)

// An agent may talk with a caller whose node is dead. Until another node has the call, or a minute is over, routing alone
// knows of the talk: the agent sees that it is cut, and can end their part.

// cutCall is such a talk as pages show it.
func (a *App) cutCall(ctx context.Context, agent string) (api.CallView, bool) {
	l, ok := a.talkOf(ctx, agent)
	v := api.CallView{ID: l.Interaction, Lease: l.ID, State: "cut", From: l.Data["from"], Name: l.Data["name"], Queue: l.Queue}
	if l.Kind == "consult" {
		v.Place, v.Owner = calls.Aside.String(), l.Giver
	}
	return v, ok
}

// endCut ends the agent's part. Whoever takes the call over finds that it is over.
func (a *App) endCut(ctx context.Context, m api.Command) error {
	l, ok := a.talkOf(ctx, m.Agent)
	if !ok { // it ended meanwhile
		return nil
	}
	a.log.Info("an agent ends the talk with a caller of a dead node", "call", m.Call, "agent", m.Agent)
	end := a.router.Finish
	if l.Kind == "consult" || l.Kind == "join" {
		end = a.router.EndConsult
	}
	if err := end(ctx, l.ID, "node_lost"); err != nil && !routing.IsConflict(err, "gone") {
		return err
	}
	return nil
}

// talkOf is the lease of the agent's call, or of the one for which they are consulted.
func (a *App) talkOf(ctx context.Context, agent string) (routing.Lease, bool) {
	s, err := a.router.Agent(ctx, agent)
	if err != nil {
		return routing.Lease{}, false
	}
	for _, l := range s.Leases {
		if l.Channel == "voice" && (l.Kind == "work" || l.Kind == "consult" || l.Kind == "join") {
			return l, true
		}
	}
	return routing.Lease{}, false
}
