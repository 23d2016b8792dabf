package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/records"
)

type assignInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Agent string `json:"agent" minLength:"1" maxLength:"100"`
	}
}

type leaseInput struct {
	Lease string `path:"lease" maxLength:"200"`
}

type snoozeInput struct {
	Lease string `path:"lease" maxLength:"200"`
	Body  struct {
		Seconds int64 `json:"seconds,omitempty" minimum:"0" maximum:"31536000" doc:"0: until the customer says something."`
	}
}

func (a *API) assignRoutes(rest huma.API) {
	huma.Register(rest, a.order(rest, http.StatusNoContent, "/api/interactions/{id}/assign", "assign",
		"Give a contact to an agent, beyond what they may have; for supervisors of its queue and of one of the agent's"), a.assign)
	command(a, rest, "/api/work/{lease}/replied", "replied", "Tell that a customer who does not call has had a first reply", a.replied)
	command(a, rest, "/api/work/{lease}/snooze", "snooze", "Put work that is no call aside; it stays the own", a.snooze)
}

func (a *API) assign(ctx context.Context, in *assignInput) (*done, error) {
	d := records.Deed{Verb: "assign", Agent: in.Body.Agent, Call: in.ID}
	e, err := a.Work.Explain(ctx, in.ID)
	d.Queue = e.Queue
	return nil, a.audited(ctx, d, func(by Person) error {
		switch {
		case err != nil:
			return err
		case !slices.Contains(by.Queues, e.Queue) || len(a.theirs(by, in.Body.Agent)) == 0:
			return notTheirs()
		}
		_, err = a.Work.Assign(ctx, in.ID, in.Body.Agent, by.ID)
		return err
	})
}

func (a *API) replied(ctx context.Context, s seat, in *leaseInput) error {
	if _, err := a.own(ctx, s, in.Lease); err != nil {
		return err
	}
	return a.Work.Replied(ctx, in.Lease, s.ID)
}

func (a *API) snooze(ctx context.Context, s seat, in *snoozeInput) error {
	if _, err := a.own(ctx, s, in.Lease); err != nil {
		return err
	}
	return a.Work.Snooze(ctx, in.Lease, s.ID, time.Duration(in.Body.Seconds)*time.Second)
}
