package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

type consultInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Agent string `json:"agent" minLength:"1" maxLength:"100" doc:"One who has nothing in hand and can take a call."`
		Note  string `json:"note,omitempty" maxLength:"2000" doc:"For that agent."`
	}
}

// consultRoutes are for the agent whose call it is; take-back ends a consult, too, and whoever is consulted leaves by end.
func (a *API) consultRoutes(rest huma.API) {
	command(a, rest, "/api/calls/{id}/consult", "consult", "Ask another agent, who is offered that. While the two talk the customer hears music, and stays the own one's", a.consult)
	command(a, rest, "/api/calls/{id}/swap", "swap", "Talk with the customer instead of whom is consulted, or the other way round; who is left hears music", a.onCall(a.Calls.Swap))
	command(a, rest, "/api/calls/{id}/complete", "complete", "Give the customer to whom is consulted, and end the own part", a.onCall(a.Calls.Complete))
}

func (a *API) consult(ctx context.Context, s seat, in *consultInput) error {
	if err := a.onIt(ctx, s, in.ID); err != nil {
		return err
	}
	defer a.hub.touch(in.Body.Agent)
	return a.direct(ctx, s.Agent, in.ID, routing.Directed{Agent: in.Body.Agent, Purpose: routing.ToConsult, Note: in.Body.Note})
}
