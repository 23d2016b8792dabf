package api

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/routing"
)

// FloorAgent is an agent as their supervisors see them.
type FloorAgent struct {
	AgentView
	Queues []string   `json:"queues" doc:"Those of them that the supervisor sees."`
	Work   []WorkView `json:"work"`
}

// FloorQueue is a queue as its supervisors see it.
type FloorQueue struct {
	QueueView
	Agents int         `json:"agents" doc:"Logged in."`
	Line   []FloorItem `json:"line" doc:"What waits, the first fifty."`
}

// FloorItem is an interaction in its queue.
type FloorItem struct {
	Asked
	Place int    `json:"place"`
	From  string `json:"from"`
	Name  string `json:"name"`
}

type floorOutput struct {
	Body struct {
		Agents []FloorAgent `json:"agents"`
		Queues []FloorQueue `json:"queues"`
		Calls  []FloorCall  `json:"calls" doc:"Which agents are on, or which ring; who waits stands in the queues. The longest first."`
		Now    int64        `json:"now" doc:"The server's clock, unix ms, to which since belongs."`
	}
}

func (a *API) floorRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/floor", "floor",
		"How the agents and queues of a supervisor stand; to be asked again when the page's socket tells of news", 401, 404), a.floor)
}

// supervisor is who asks; to everybody else there is nothing to see.
func (a *API) supervisor(ctx context.Context) (Person, error) {
	p, ok := a.People.Person(seatOf(ctx).Agent)
	if !ok || p.Role != Supervisor {
		return p, notFound()
	}
	return p, nil
}

// theirs are the queues of an agent that a supervisor sees.
func (a *API) theirs(supervisor Person, agent string) []string {
	p, _ := a.People.Person(agent)
	shared := []string{}
	for _, q := range p.Queues {
		if slices.Contains(supervisor.Queues, q) {
			shared = append(shared, q)
		}
	}
	return shared
}

func (a *API) floor(ctx context.Context, _ *struct{}) (*floorOutput, error) {
	who, err := a.supervisor(ctx)
	if err != nil {
		return nil, err
	}
	agents, err := a.hub.roster.ask(ctx, a.Presence.Agents)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	states, err := a.hub.queues(ctx)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	line, err := a.Work.Waiting(ctx, who.Queues...)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out := &floorOutput{}
	out.Body.Now, out.Body.Agents, out.Body.Queues = time.Now().UnixMilli(), []FloorAgent{}, []FloorQueue{}
	for _, r := range agents {
		if shared := a.theirs(who, r.ID); len(shared) > 0 {
			out.Body.Agents = append(out.Body.Agents, FloorAgent{a.agentView(facts{r, time.Now()}, false), shared, a.workViews(r.Leases)})
		}
	}
	out.Body.Calls = a.floorCalls(who, agents)
	for _, v := range a.queueViews(who.ID, states) {
		out.Body.Queues = append(out.Body.Queues, floorQueue(v, states, line))
	}
	return out, nil
}

func floorQueue(v QueueView, states []routing.QueueState, line []routing.Waiting) FloorQueue {
	q := FloorQueue{QueueView: v, Line: []FloorItem{}}
	for _, s := range states {
		if s.Name == v.Name {
			q.Agents = s.Agents
		}
	}
	for _, w := range line {
		if w.Queue == v.Name {
			q.Line = append(q.Line, FloorItem{asked(w.Asked), w.Place, w.Data["from"], w.Data["name"]})
		}
	}
	return q
}

// roster is how every agent stands. All supervisors who look share an answer, and after news there is a new one twice
// a second at most: a floor of a thousand agents is no small question.
type roster struct {
	news atomic.Bool

	mu     sync.Mutex // held while routing is asked
	states []routing.AgentState
	asked  time.Time
}

const rosterPace = 500 * time.Millisecond

func (r *roster) ask(ctx context.Context, agents func(context.Context) ([]routing.AgentState, error)) ([]routing.AgentState, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.news.Load() && time.Since(r.asked) < fresh {
		return r.states, nil
	}
	select {
	case <-time.After(rosterPace - time.Since(r.asked)):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.news.Store(false)
	now := time.Now()
	states, err := agents(ctx)
	if err != nil {
		return nil, err
	}
	r.states, r.asked = states, now
	return states, nil
}
