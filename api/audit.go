package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/records"
)

// DeedView is a command that a supervisor gave to somebody else, or for a call of somebody else.
type DeedView struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	ByName     string    `json:"byName"`
	Verb       string    `json:"verb" example:"sign_out"`
	Agent      string    `json:"agent" doc:"To whom; empty where it is to nobody, as are call and queue."`
	AgentName  string    `json:"agentName"`
	Call       string    `json:"call"`
	Queue      string    `json:"queue"`
	QueueLabel string    `json:"queueLabel"`
	Detail     string    `json:"detail" doc:"The rest of the command: a state, a reason, another queue."`
	Address    string    `json:"address" doc:"Of the machine from which it came."`
	Node       string    `json:"node"`
	Result     string    `json:"result" doc:"done, or the code of the problem for which it was refused."`
}

type auditInput struct {
	By     string    `query:"by" maxLength:"100"`
	Verb   string    `query:"verb" maxLength:"100"`
	Agent  string    `query:"agent" maxLength:"100"`
	Call   string    `query:"call" maxLength:"200"`
	Queue  string    `query:"queue" maxLength:"100"`
	Since  time.Time `query:"since" doc:"RFC 3339"`
	Until  time.Time `query:"until" doc:"RFC 3339, exclusive"`
	Before string    `query:"before" maxLength:"200" doc:"The id of the last item of the page before."`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type auditOutput struct {
	Body struct {
		Items []DeedView `json:"items"`
	}
}

func (a *API) auditRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/audit", "audit",
		"What supervisors did to others, newest first: the own deeds, and those in one's queues; for supervisors", 401, 404, 422), a.audit)
}

// audited does what a supervisor wants done to others, and lets the journal remember it, whatever came of it. Who it is, when and from
// where is added to the deed; so are the queues whose supervisors may read it, beside those of the deed's own queue and agent. The error
// is a Problem.
func (a *API) audited(ctx context.Context, d records.Deed, do func(by Person) error) error {
	who, err := a.supervisor(ctx)
	if err != nil {
		return err
	}
	err = a.problem(ctx, do(who))
	d.By, d.Address, d.Node, d.At, d.Result = who.ID, visitorOf(ctx).address, a.Node, time.Now(), "done"
	if p := new(Problem); errors.As(err, &p) {
		d.Result = p.Code
	}
	if d.Queue != "" {
		d.Queues = append(d.Queues, d.Queue)
	}
	if p, ok := a.People.Person(d.Agent); ok {
		d.Queues = append(d.Queues, p.Queues...)
	}
	a.Log.InfoContext(ctx, "a supervisor's command", "by", d.By, "verb", d.Verb, "agent", d.Agent, "call", d.Call, "queue", d.Queue, "detail", d.Detail,
		"result", d.Result)
	a.Journal.Append(d.Event())
	return err
}

// notTheirs is the answer to a supervisor who means what is in none of their queues. Whether there is such a thing is not told.
func notTheirs() *Problem {
	return NewProblem(http.StatusNotFound, "not_found", "There is nothing of this name in your queues.")
}

func (a *API) audit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	who, err := a.supervisor(ctx)
	if err != nil {
		return nil, err
	}
	found, err := a.History.Deeds(ctx, records.DeedFilter{
		By: in.By, Verb: in.Verb, Agent: in.Agent, Call: in.Call, Queue: in.Queue, Since: in.Since, Until: in.Until, Before: in.Before, Limit: in.Limit,
		Reader: a.reader(who.ID),
	})
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out := &auditOutput{}
	out.Body.Items = make([]DeedView, len(found))
	for n, d := range found {
		out.Body.Items[n] = DeedView{
			ID: d.ID, At: d.At, By: d.By, ByName: a.named(d.By), Verb: d.Verb, Agent: d.Agent, AgentName: a.named(d.Agent), Call: d.Call, Queue: d.Queue,
			QueueLabel: a.label(d.Queue), Detail: d.Detail, Address: d.Address, Node: d.Node, Result: d.Result,
		}
	}
	return out, nil
}
