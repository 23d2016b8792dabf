package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

type transferInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Queue    string         `json:"queue" minLength:"1" maxLength:"100"`
		Priority int            `json:"priority,omitempty" minimum:"0" maximum:"10" doc:"1 first … 10; 0: as it was."`
		Add      map[string]int `json:"add,omitempty" maxProperties:"50" doc:"Skills, or groups of them, that are needed from now on, each with the lowest proficiency (0 to 100)."`
		Remove   []string       `json:"remove,omitempty" maxItems:"50" doc:"Skills, or groups of them, that are needed no more."`
		Note     string         `json:"note,omitempty" maxLength:"2000" doc:"For whoever takes the call."`
	}
}

// TargetView is a queue to which a call may be transferred, and how it stands.
type TargetView struct {
	QueueView
	Open bool `json:"open" doc:"It is within its hours."`
}

type targetsOutput struct {
	Body struct {
		Queues []TargetView `json:"queues"`
	}
}

func (a *API) transferRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/transfer-targets", "targets", "Where a call may be transferred to", 401), a.targets)
	command(a, rest, "/api/calls/{id}/transfer", "transfer", "Let the customer wait in another queue, and end the own part", a.transfer)
}

func (a *API) targets(ctx context.Context, _ *struct{}) (*targetsOutput, error) {
	states, err := a.hub.queues(ctx)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out := &targetsOutput{}
	out.Body.Queues = []TargetView{}
	for _, t := range a.People.Targets() {
		for _, q := range states {
			if q.Name == t.Name {
				out.Body.Queues = append(out.Body.Queues, TargetView{a.queueView(q), t.Open})
			}
		}
	}
	return out, nil
}

func (a *API) transfer(ctx context.Context, s seat, in *transferInput) error {
	if err := a.onIt(ctx, s, in.ID); err != nil {
		return err
	}
	return a.Calls.Transfer(ctx, s.Agent, in.ID, routing.Transfer{
		Queue: in.Body.Queue, Priority: in.Body.Priority, Add: in.Body.Add, Remove: in.Body.Remove, Note: in.Body.Note,
	})
}
