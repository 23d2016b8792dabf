package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

// Asked is an interaction in a queue and what it wants now. Lengths are milliseconds up to the answer.
type Asked struct {
	Interaction string   `json:"interaction"`
	Queue       string   `json:"queue"`
	Channel     string   `json:"channel"`
	State       string   `json:"state" enum:"waiting,offered,owned,snoozed,lost"`
	With        string   `json:"with" doc:"The agent who has it or is offered it; several with commas between them where it rings for everybody; empty while it waits."`
	Priority    int      `json:"priority" doc:"1 first … 10"`
	WaitedMs    int64    `json:"waitedMs"`
	Needs       []Need   `json:"needs"`
	Only        []string `json:"only" doc:"Nobody else may have it now; empty: anybody."`
	RelaxesMs   *int64   `json:"relaxesMs" doc:"Until less is asked; null: that will not be."`
}

// Need is a skill, with its lowest proficiency, or a language.
type Need struct {
	Name     string `json:"name"`
	Language bool   `json:"language"`
	Least    int    `json:"least"`
}

// Objection is the first reason against an offer; both fields are empty when there is none.
type Objection struct {
	Kind  string `json:"kind" doc:"queue, presence (and the device), channel, capacity, blended, draining, cooldown, preferred, skill, language, tried, node, offered, or empty"`
	Words string `json:"words"`
}

// Candidate is an agent as a decision sees them.
type Candidate struct {
	Agent   string    `json:"agent"`
	Name    string    `json:"name"`
	Against Objection `json:"against"`
	Mean    float64   `json:"mean" doc:"Mean proficiency in the needed skills."`
	Used    int       `json:"used" doc:"Slots in use."`
	IdleMs  int64     `json:"idleMs"`
	Calls   int       `json:"calls" doc:"Accepted since the login."`
	Rank    float64   `json:"rank" doc:"By the strategy; the lowest comes first."`
}

// WaitingView is an interaction in one of an agent's queues, and why it is not offered to them.
type WaitingView struct {
	Asked
	Place   int       `json:"place"`
	Against Objection `json:"against"`
}

type explanationOutput struct {
	Body struct {
		Asked
		From       string      `json:"from"`
		Name       string      `json:"name"`
		Strategy   string      `json:"strategy"`
		Candidates []Candidate `json:"candidates" doc:"Whoever comes next first."`
	}
}

type whyNotInput struct {
	Agent string `query:"agent" maxLength:"100" doc:"Of a supervisor's queues; empty: oneself."`
}

type whyNotOutput struct {
	Body struct {
		Items []WaitingView `json:"items"`
	}
}

func (a *API) explainRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/interactions/{id}/explanation", "explain",
		"Why an interaction is offered to whom it is, or to nobody; for supervisors of its queue", 401, 404, 409), a.explain)
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/why-not", "whyNot",
		"What waits in an agent's queues, and why it is not offered to them", 401, 404, 409), a.whyNot)
}

func (a *API) explain(ctx context.Context, in *idInput) (*explanationOutput, error) {
	e, err := a.Work.Explain(ctx, in.ID)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	if r := a.reader(seatOf(ctx).Agent); !slices.Contains(r.Queues, e.Queue) {
		return nil, notFound()
	}
	out := &explanationOutput{}
	out.Body.Asked, out.Body.Strategy, out.Body.Candidates = asked(e.Asked), e.Strategy, []Candidate{}
	out.Body.From, out.Body.Name = e.Data["from"], e.Data["name"]
	for _, c := range e.Candidates {
		out.Body.Candidates = append(out.Body.Candidates, Candidate{
			Agent: c.Agent, Name: c.Name, Against: Objection(c.Against), Mean: c.Mean, Used: c.Used, IdleMs: c.Idle.Milliseconds(),
			Calls: c.Calls, Rank: c.Rank,
		})
	}
	return out, nil
}

// whyNot tells agents of themselves, and supervisors of others as far as their own queues go.
func (a *API) whyNot(ctx context.Context, in *whyNotInput) (*whyNotOutput, error) {
	self := seatOf(ctx).Agent
	who, queues := word(in.Agent, self), a.reader(self).Queues
	if who != self && len(queues) == 0 {
		return nil, notFound()
	}
	all, err := a.Work.WhyNot(ctx, who)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out := &whyNotOutput{}
	out.Body.Items = []WaitingView{}
	for _, w := range all {
		if who == self || slices.Contains(queues, w.Queue) {
			out.Body.Items = append(out.Body.Items, WaitingView{Asked: asked(w.Asked), Place: w.Place, Against: Objection(w.Against)})
		}
	}
	return out, nil
}

func asked(a routing.Asked) Asked {
	v := Asked{
		Interaction: a.Interaction, Queue: a.Queue, Channel: a.Channel, State: a.State, With: a.With, Priority: a.Priority,
		WaitedMs: a.Waited.Milliseconds(), Needs: []Need{}, Only: append([]string{}, a.Only...),
	}
	for _, n := range a.Needs {
		v.Needs = append(v.Needs, Need(n))
	}
	if a.Relaxes >= 0 {
		ms := a.Relaxes.Milliseconds()
		v.RelaxesMs = &ms
	}
	return v
}
