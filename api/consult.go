package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

type consultInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Agent    string `json:"agent,omitempty" maxLength:"100" doc:"One who has nothing in hand and can take a call; or"`
		Number   string `json:"number,omitempty" maxLength:"64" doc:"a number outside. One of the two."`
		CallerID string `json:"callerId,omitempty" maxLength:"64" doc:"What the number is shown; empty: the usual one."`
		Note     string `json:"note,omitempty" maxLength:"2000" doc:"For that agent."`
	}
}

type partyInput struct {
	ID    string `path:"id" maxLength:"200"`
	Party string `path:"party" maxLength:"200" doc:"As in the call's parties."`
}

// consultRoutes are for the agent whose call it is; take-back ends a consult, too, and a guest leaves by end.
func (a *API) consultRoutes(rest huma.API) {
	command(a, rest, "/api/calls/{id}/consult", "consult", "Ask another agent, who is offered that, or somebody outside. Meanwhile the customer hears music unless others are with them, and stays the own one's", a.consult)
	command(a, rest, "/api/calls/{id}/complete", "complete", "Give the customer to whom is consulted, and end the own part", a.onCall("complete"))
	for _, v := range []struct{ path, verb, summary string }{
		{"drop", "drop", "End somebody's part in the call; the others talk on"},
		{"mute", "muteparty", "Keep somebody's voice from everybody"},
		{"unmute", "unmuteparty", "Let somebody be heard again"},
		{"complete", "completeto", "Give the customer to somebody who takes part, and end the own part"},
	} {
		command(a, rest, "/api/calls/{id}/parties/{party}/"+v.path, v.verb, v.summary, func(ctx context.Context, s seat, in *partyInput) error {
			return a.mine(ctx, s, in.ID, Command{Verb: v.verb, Party: in.Party})
		})
	}
}

func (a *API) consult(ctx context.Context, s seat, in *consultInput) error {
	b := in.Body
	if (b.Agent == "") == (b.Number == "") {
		return NewProblem(http.StatusUnprocessableEntity, "invalid", "An agent is asked, or a number.")
	}
	if b.Number != "" {
		return a.mine(ctx, s, in.ID, Command{Verb: "callout", Number: b.Number, CallerID: b.CallerID, Purpose: routing.ToConsult})
	}
	if err := a.onIt(ctx, s, in.ID); err != nil {
		return err
	}
	defer a.hub.touch(b.Agent)
	return a.direct(ctx, s.Agent, in.ID, routing.Directed{Agent: b.Agent, Purpose: routing.ToConsult, Note: b.Note})
}
