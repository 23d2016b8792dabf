package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

type presenceInput struct {
	Body struct {
		Chosen    string `json:"chosen" enum:"available,away,busy,offline" doc:"offline logs out once the work in hand is done."`
		Reason    string `json:"reason,omitempty" maxLength:"100" doc:"One of the configured reasons for being away or busy; none is good, too."`
		AfterThis bool   `json:"afterThis,omitempty" doc:"Only once the work in hand is done."`
	}
}

type idInput struct {
	ID string `path:"id" maxLength:"200"`
}

type digitsInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Keys string `json:"keys" minLength:"1" maxLength:"64" pattern:"^[0-9A-Da-d*#]+$"`
	}
}

type wrapupInput struct {
	Lease string `path:"lease" maxLength:"200"`
	Body  struct {
		Code string `json:"code,omitempty" maxLength:"100"`
		Note string `json:"note,omitempty" maxLength:"8000"`
	}
}

type nextInput struct {
	Body struct {
		Channel string `json:"channel,omitempty" enum:"voice,callback,chat,email,voicemail" doc:"Empty: of any."`
	}
}

type nextOutput struct {
	Body struct {
		Lease       string `json:"lease"`
		Interaction string `json:"interaction"`
	}
}

// done is an answer without words: 204.
type done struct{}

// command registers something that only the page that owns the agent's seat may do.
func command[I any](a *API, rest huma.API, path, id, summary string, do func(context.Context, seat, *I) error) {
	answered(a, rest, http.StatusNoContent, path, id, summary, func(ctx context.Context, s seat, in *I) (*done, error) { return nil, do(ctx, s, in) })
}

// order is a POST that changes something, and how it may be refused.
func (a *API) order(rest huma.API, status int, path, id, summary string) huma.Operation {
	op := a.operation(rest, http.MethodPost, path, id, summary, 401, 403, 404, 409, 422)
	op.DefaultStatus = status
	return op
}

// answered is a command that is told what came of it.
func answered[I, O any](a *API, rest huma.API, status int, path, id, summary string, do func(context.Context, seat, *I) (*O, error)) {
	huma.Register(rest, a.order(rest, status, path, id, summary), func(ctx context.Context, in *I) (*O, error) {
		s := seatOf(ctx)
		if a.hub.elsewhere(s) {
			return nil, Conflict("viewer")
		}
		out, err := do(ctx, s, in)
		a.hub.touch(s.Agent) // whatever came of it: the page's picture may be old
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

func (a *API) commandRoutes(rest huma.API) {
	command(a, rest, "/api/presence", "choose", "Be available, away or busy", a.choose)
	command(a, rest, "/api/presence/stay", "stay", "Take back what was to come after the work in hand", func(ctx context.Context, s seat, _ *struct{}) error {
		return a.Presence.Stay(ctx, s.Agent, s.ID)
	})
	command(a, rest, "/api/back", "back", "Be back after having been set away", func(ctx context.Context, s seat, _ *struct{}) error {
		return a.Presence.Back(ctx, s.Agent, s.ID)
	})
	command(a, rest, "/api/offers/{id}/accept", "accept", "Accept an offer", a.onLease(a.Work.Accept))
	command(a, rest, "/api/offers/{id}/decline", "decline", "Decline an offer", a.onLease(a.Work.Decline))
	answered(a, rest, http.StatusOK, "/api/next", "next", "Take what waits first, up to the own maximum", a.next)
	for _, v := range []struct{ path, verb, summary string }{
		{"hold", "hold", "Give the customer music"},
		{"resume", "resume", "Take the customer back"},
		{"mute", "mute", "Keep the own voice from everybody"},
		{"unmute", "unmute", "Be heard again"},
		{"end", "end", "End the own part in the call. Who takes part beside the customer has them then, as has whom is consulted while they are on hold for that"},
		{"swap", "swap", "Talk with the customer, and all who are with them, instead of whom is consulted, or the other way round; who is left alone hears music"},
		{"take-back", "takeback", "End what was wanted of another agent, or of somebody outside: the offer, or the consult. The customer is talked to again"},
		{"merge", "merge", "Bring whom is consulted together with the customer; a colleague is asked first, and says yes by meet"},
		{"meet", "meet", "Say yes to being brought together with the customer"},
	} {
		command(a, rest, "/api/calls/{id}/"+v.path, v.verb, v.summary, a.onCall(v.verb))
	}
	command(a, rest, "/api/calls/{id}/digits", "digits", "Press keys towards the customer", a.digits)
	command(a, rest, "/api/wrapup/{lease}", "wrapup", "Say what came of a call, and end the after-call work", a.wrapup)
}

func (a *API) choose(ctx context.Context, s seat, in *presenceInput) error {
	if err := a.known(in.Body.Chosen, in.Body.Reason); err != nil {
		return err
	}
	return a.Presence.Choose(ctx, s.Agent, s.ID, routing.Choice{
		State: in.Body.Chosen, Reason: in.Body.Reason, AfterThis: in.Body.AfterThis,
	})
}

// known fails when a choice's reason is none of the configured ones.
func (a *API) known(chosenState, reason string) error {
	reasons := map[string][]Choice{"away": a.People.AwayReasons(), "busy": a.People.BusyReasons()}[chosenState]
	if reason != "" && !chosen(reasons, reason) {
		return NewProblem(http.StatusUnprocessableEntity, "unknown_reason", "There is no such reason.")
	}
	return nil
}

func (a *API) next(ctx context.Context, s seat, in *nextInput) (*nextOutput, error) {
	lease, interaction, err := a.Work.Next(ctx, s.Agent, s.ID, in.Body.Channel)
	out := &nextOutput{}
	out.Body.Lease, out.Body.Interaction = lease, interaction
	return out, err
}

// onLease does something with an offer that must be the agent's own.
func (a *API) onLease(do func(ctx context.Context, lease, session string) error) func(context.Context, seat, *idInput) error {
	return func(ctx context.Context, s seat, in *idInput) error {
		if _, err := a.own(ctx, s, in.ID); err != nil {
			return err
		}
		return do(ctx, in.ID, s.ID)
	}
}

// own finds a lease of the agent; another's does not exist for them.
func (a *API) own(ctx context.Context, s seat, id string) (routing.Lease, error) {
	l, err := a.Work.Lease(ctx, id)
	if err != nil {
		return l, err
	}
	if l.Agent != s.Agent {
		return l, notFound()
	}
	return l, nil
}

// onCall does something with the call the agent is on.
func (a *API) onCall(verb string) func(context.Context, seat, *idInput) error {
	return func(ctx context.Context, s seat, in *idInput) error {
		return a.mine(ctx, s, in.ID, Command{Verb: verb})
	}
}

// mine carries out a command for the call that the agent is on.
func (a *API) mine(ctx context.Context, s seat, call string, c Command) error {
	if err := a.onIt(ctx, s, call); err != nil {
		return err
	}
	c.Agent, c.Call = s.Agent, call
	return a.Calls.Do(ctx, c)
}

// onIt fails unless the agent is on the call.
func (a *API) onIt(ctx context.Context, s seat, call string) error {
	if v, ok := a.Calls.Call(ctx, s.Agent); !ok || v.ID != call {
		return notFound()
	}
	return nil
}

func (a *API) digits(ctx context.Context, s seat, in *digitsInput) error {
	return a.mine(ctx, s, in.ID, Command{Verb: "digits", Keys: in.Body.Keys})
}

func (a *API) wrapup(ctx context.Context, s seat, in *wrapupInput) error {
	l, err := a.own(ctx, s, in.Lease)
	if err != nil {
		return err
	}
	q, _ := a.People.Queue(l.Queue)
	if in.Body.Code == "" && q.Required {
		return NewProblem(http.StatusUnprocessableEntity, "disposition_required", "Choose what came of the call.")
	}
	if in.Body.Code != "" && !chosen(q.Dispositions, in.Body.Code) {
		return NewProblem(http.StatusUnprocessableEntity, "unknown_disposition", "This queue has no such disposition.")
	}
	return a.Work.Submit(ctx, in.Lease, s.ID, routing.Outcome{Code: in.Body.Code, Note: in.Body.Note})
}

func chosen(choices []Choice, code string) bool {
	for _, c := range choices {
		if c.Code == code {
			return true
		}
	}
	return false
}
