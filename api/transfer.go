package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

type transferInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Queue    string         `json:"queue,omitempty" maxLength:"100" doc:"Where the customer is to wait; or"`
		Agent    string         `json:"agent,omitempty" maxLength:"100" doc:"to whom they are offered; or"`
		Number   string         `json:"number,omitempty" maxLength:"64" doc:"to which they are put through, outside. One of the three; what follows is a queue's, but for the note."`
		CallerID string         `json:"callerId,omitempty" maxLength:"64" doc:"What the number is shown; empty: the usual one."`
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

// ColleagueView is an agent to whom a call may be transferred, or who may be consulted.
type ColleagueView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Why  string `json:"why" doc:"Why they cannot take a call now, in words; empty when they can."`
	Idle bool   `json:"idle" doc:"They have nothing in hand: when they can take a call, too, they may be consulted."`
}

type targetsOutput struct {
	Body struct {
		Queues []TargetView    `json:"queues"`
		Agents []ColleagueView `json:"agents" doc:"Who is logged in, but for oneself: who can take a call first, then by name."`
	}
}

// TowardView is an agent's offer of their call to another one, or their wish to consult that one, and what came of it.
type TowardView struct {
	Agent   string `json:"agent"`
	Name    string `json:"name" doc:"The agent's; of somebody outside the number."`
	Number  string `json:"number"`
	Purpose string `json:"purpose" enum:"transfer,consult"`
	State   string `json:"state" doc:"ringing. Or, until there is another one, how it ended: declined, missed, withdrawn, device_failed or cancelled; of somebody outside busy, no_answer, not_found, forbidden, unreachable; of one who took part ended (by the agent whose call it is), left (by themselves) or gone."`
}

func (a *API) transferRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/transfer-targets", "targets", "Where a call may be transferred to", 401), a.targets)
	command(a, rest, "/api/calls/{id}/transfer", "transfer", "Let the customer wait in another queue, and end the own part; or offer them to another agent, and have them until that one accepts. For who talks, and for supervisors of the queue", a.transfer)
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
	everybody, err := a.hub.roster.ask(ctx, a.Presence.Agents)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out.Body.Agents = []ColleagueView{}
	for _, r := range everybody {
		if p, ok := a.People.Person(r.ID); ok && r.Session == "online" && r.ID != seatOf(ctx).Agent {
			out.Body.Agents = append(out.Body.Agents, ColleagueView{ID: r.ID, Name: p.Name, Why: r.Why, Idle: len(r.Leases) == 0})
		}
	}
	slices.SortFunc(out.Body.Agents, func(x, y ColleagueView) int {
		return cmp.Or(cmp.Compare(min(len(x.Why), 1), min(len(y.Why), 1)), cmp.Compare(x.Name, y.Name))
	})
	return out, nil
}

func (a *API) transfer(ctx context.Context, s seat, in *transferInput) error {
	b := in.Body
	if len(slices.DeleteFunc([]string{b.Queue, b.Agent, b.Number}, func(to string) bool { return to == "" })) != 1 {
		return NewProblem(http.StatusUnprocessableEntity, "invalid", "A call goes to a queue, to an agent or to a number.")
	}
	agent, err := a.talker(ctx, s, in.ID)
	if err != nil {
		return err
	}
	defer a.hub.touch(agent)
	c := Command{Agent: agent, Call: in.ID}
	switch {
	case b.Queue != "":
		c.Verb, c.To = "transfer", &routing.Transfer{Queue: b.Queue, Priority: b.Priority, Add: b.Add, Remove: b.Remove, Note: b.Note}
		return a.Calls.Do(ctx, c)
	case b.Number != "":
		c.Verb, c.Number, c.CallerID, c.Purpose = "callout", b.Number, b.CallerID, routing.ToTransfer
		return a.Calls.Do(ctx, c)
	}
	return a.direct(ctx, agent, in.ID, routing.Directed{Agent: b.Agent, Purpose: routing.ToTransfer, Note: b.Note})
}

// direct offers a call to an agent; that it cannot be is told with their name.
func (a *API) direct(ctx context.Context, agent, call string, d routing.Directed) error {
	err := a.Calls.Do(ctx, Command{Verb: "direct", Agent: agent, Call: call, Direct: &d})
	p := new(Problem)
	if !errors.As(err, &p) {
		return err
	}
	words := map[string]string{"not_available": " cannot take a call now.", "not_idle": " has something in hand."}[p.Code]
	if words == "" {
		return err
	}
	return NewProblem(p.Status, p.Code, a.named(d.Agent)+words)
}

// talker is the agent who talks in a call: oneself, or, for a supervisor of its queue, somebody else.
func (a *API) talker(ctx context.Context, s seat, call string) (string, error) {
	if a.onIt(ctx, s, call) == nil {
		return s.Agent, nil
	}
	who, err := a.supervisor(ctx)
	if err != nil {
		return "", err
	}
	e, err := a.Work.Explain(ctx, call)
	if err != nil {
		return "", err
	}
	if e.State != "owned" || !slices.Contains(who.Queues, e.Queue) {
		return "", notFound()
	}
	a.Log.InfoContext(ctx, "transferred by a supervisor", "call", call, "agent", e.With, "by", who.ID)
	return e.With, nil
}

func (a *API) towardView(t Toward) *TowardView {
	if t.State == "" {
		return nil
	}
	return &TowardView{Agent: t.Agent, Name: word(a.named(t.Agent), t.Number), Number: t.Number, Purpose: t.Purpose, State: t.State}
}
