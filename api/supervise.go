package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

type agentInput struct {
	ID string `path:"id" maxLength:"100"`
}

type stateInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Chosen    string `json:"chosen" enum:"available,away,busy"`
		Reason    string `json:"reason,omitempty" maxLength:"100" doc:"One of the configured reasons for being away or busy; none is good, too."`
		AfterThis bool   `json:"afterThis,omitempty" doc:"Only once the work in hand is done."`
	}
}

// superviseRoutes are the commands that a supervisor gives for an agent of their queues, from whatever page.
func (a *API) superviseRoutes(rest huma.API) {
	huma.Register(rest, a.order(rest, http.StatusNoContent, "/api/agents/{id}/logout", "signOut", "End an agent's session, whatever is in hand; for supervisors"), a.signOut)
	huma.Register(rest, a.order(rest, http.StatusNoContent, "/api/agents/{id}/state", "chooseFor", "Make an agent available, away or busy; for supervisors"), a.chooseFor)
}

// signOut ends an agent's session: its pages are closed, and what was in hand waits again.
func (a *API) signOut(ctx context.Context, in *agentInput) (*done, error) {
	by, err := a.inCharge(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Presence.SignOut(ctx, in.ID, by); err != nil {
		return nil, a.problem(ctx, err)
	}
	a.Log.InfoContext(ctx, "signed out by a supervisor", "agent", in.ID, "by", by)
	return &done{}, nil
}

func (a *API) chooseFor(ctx context.Context, in *stateInput) (*done, error) {
	by, err := a.inCharge(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.known(in.Body.Chosen, in.Body.Reason); err != nil {
		return nil, err
	}
	c := routing.Choice{State: in.Body.Chosen, Reason: in.Body.Reason, AfterThis: in.Body.AfterThis}
	if err := a.Presence.ChooseFor(ctx, in.ID, by, c); err != nil {
		return nil, a.problem(ctx, err)
	}
	a.Log.InfoContext(ctx, "state chosen by a supervisor", "agent", in.ID, "by", by, "state", c.State, "reason", c.Reason)
	return &done{}, nil
}

// inCharge is the supervisor who asks, if the agent works in a queue of theirs; to everybody else there is no such agent.
func (a *API) inCharge(ctx context.Context, agent string) (by string, err error) {
	who, err := a.supervisor(ctx)
	if err != nil {
		return "", err
	}
	if len(a.theirs(who, agent)) == 0 {
		return "", notFound()
	}
	return who.ID, nil
}
