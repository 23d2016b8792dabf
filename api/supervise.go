package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/records"
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

type moveInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Queue string `json:"queue" minLength:"1" maxLength:"100" doc:"One to which agents may transfer. The age is kept where it wants that."`
	}
}

// superviseRoutes are the commands that a supervisor gives for an agent of their queues, from whatever page.
func (a *API) superviseRoutes(rest huma.API) {
	huma.Register(rest, a.order(rest, http.StatusNoContent, "/api/agents/{id}/logout", "signOut", "End an agent's session, whatever is in hand; for supervisors"), a.signOut)
	huma.Register(rest, a.order(rest, http.StatusNoContent, "/api/interactions/{id}/move", "move",
		"Let the customer of a call wait in another queue, whether they wait, are offered or talk; for supervisors of the queue they are in"), a.move)
	huma.Register(rest, a.order(rest, http.StatusNoContent, "/api/agents/{id}/state", "chooseFor", "Make an agent available, away or busy; for supervisors"), a.chooseFor)
}

// signOut ends an agent's session: its pages are closed, and what was in hand waits again.
func (a *API) signOut(ctx context.Context, in *agentInput) (*done, error) {
	return nil, a.audited(ctx, records.Deed{Verb: "sign_out", Agent: in.ID}, func(by Person) error {
		if err := a.inCharge(by, in.ID); err != nil {
			return err
		}
		return a.Presence.SignOut(ctx, in.ID, by.ID)
	})
}

func (a *API) chooseFor(ctx context.Context, in *stateInput) (*done, error) {
	c := routing.Choice{State: in.Body.Chosen, Reason: in.Body.Reason, AfterThis: in.Body.AfterThis}
	said := []string{c.State}
	if c.Reason != "" {
		said = append(said, c.Reason)
	}
	if c.AfterThis {
		said = append(said, "after this")
	}
	return nil, a.audited(ctx, records.Deed{Verb: "choose", Agent: in.ID, Detail: strings.Join(said, ", ")}, func(by Person) error {
		if err := a.inCharge(by, in.ID); err != nil {
			return err
		}
		if err := a.known(c.State, c.Reason); err != nil {
			return err
		}
		return a.Presence.ChooseFor(ctx, in.ID, by.ID, c)
	})
}

// move lets a customer wait in another queue. One who talks is transferred, as their agent could do it.
func (a *API) move(ctx context.Context, in *moveInput) (*done, error) {
	e, err := a.Work.Explain(ctx, in.ID)
	d := records.Deed{Verb: "move", Call: in.ID, Queue: e.Queue, Detail: in.Body.Queue, Agent: e.With}
	return nil, a.audited(ctx, d, func(by Person) error {
		switch {
		case err != nil:
			return err
		case !slices.Contains(by.Queues, e.Queue):
			return notTheirs()
		case !a.open(in.Body.Queue):
			return Conflict("closed")
		case e.State == "owned":
			defer a.hub.touch(e.With)
			return a.Calls.Do(ctx, Command{Verb: "transfer", Agent: e.With, Call: in.ID, To: &routing.Transfer{Queue: in.Body.Queue}})
		}
		return a.Work.Move(ctx, in.ID, in.Body.Queue, by.ID)
	})
}

// open tells of a queue to which agents may transfer whether it is within its hours; routing says what is wrong with any other.
func (a *API) open(queue string) bool {
	for _, t := range a.People.Targets() {
		if t.Name == queue {
			return t.Open
		}
	}
	return true
}

// inCharge fails unless the agent works in a queue of the supervisor's; to everybody else there is no such agent.
func (a *API) inCharge(by Person, agent string) error {
	if len(a.theirs(by, agent)) == 0 {
		return notTheirs()
	}
	return nil
}
