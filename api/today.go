package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/records"
)

// QueueToday is what the callers of a queue have come to since midnight.
type QueueToday struct {
	Name     string         `json:"name"`
	PromptMs int64          `json:"promptMs" doc:"The queue's service level: who is answered within it is answered in time."`
	WaitedMs int64          `json:"waitedMs" doc:"The mean wait of those who were answered."`
	Tally    TallyView      `json:"tally"`
	Quarters []QuarterToday `json:"quarters" doc:"Of those in which somebody came, in order."`
}

// TallyView counts callers. Who is neither answered nor abandoned still waits, or went another way.
type TallyView struct {
	Offered   int `json:"offered" doc:"Came to the queue; calls that began since midnight count."`
	Answered  int `json:"answered"`
	Prompt    int `json:"prompt" doc:"Answered in time."`
	Abandoned int `json:"abandoned" doc:"Hung up while they waited or were offered."`
}

// QuarterToday is a quarter of an hour in which callers came.
type QuarterToday struct {
	At int64 `json:"at" doc:"Its beginning, unix ms."`
	TallyView
}

// AgentToday is what an agent did for the queues that the supervisor sees.
type AgentToday struct {
	Agent     string `json:"agent"`
	Calls     int    `json:"calls"`
	TalkedMs  int64  `json:"talkedMs"`
	WrappedMs int64  `json:"wrappedMs"`
	Missed    int    `json:"missed" doc:"Or declined."`
}

type todayOutput struct {
	Body struct {
		Since  int64        `json:"since" doc:"Midnight by the server's clock and time zone, unix ms."`
		Queues []QueueToday `json:"queues"`
		Agents []AgentToday `json:"agents"`
	}
}

func (a *API) todayRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/floor/today", "today",
		"What the calls of a supervisor's queues have come to since midnight; to be asked again when the page's socket tells of news", 401, 404), a.floorToday)
}

// today is what the calls of the day came to. All supervisors who look share an answer, and after news there is a new one.
type today struct {
	news atomic.Bool

	mu    sync.Mutex // held while the records count
	day   records.Day
	since time.Time
	asked time.Time
}

const (
	countPace = 2 * time.Second        // between two counts: a day of a large floor is tens of thousands of rows
	settle    = 300 * time.Millisecond // until what happened is in the records, too
	countAnew = time.Minute            // without news
)

func (t *today) ask(ctx context.Context, h History, prompt func(string) time.Duration) (records.Day, time.Time, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.news.Load() && time.Since(t.asked) < countAnew {
		return t.day, t.since, nil
	}
	select {
	case <-time.After(max(countPace-time.Since(t.asked), settle)):
	case <-ctx.Done():
		return t.day, t.since, ctx.Err()
	}
	t.news.Store(false)
	now := time.Now()
	since := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	day, err := h.Today(ctx, since, prompt)
	if err != nil {
		return day, since, err
	}
	t.day, t.since, t.asked = day, since, now
	return day, since, nil
}

func (a *API) floorToday(ctx context.Context, _ *struct{}) (*todayOutput, error) {
	who, err := a.supervisor(ctx)
	if err != nil {
		return nil, err
	}
	day, since, err := a.hub.today.ask(ctx, a.History, a.prompt)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	out := &todayOutput{}
	out.Body.Since, out.Body.Queues, out.Body.Agents = since.UnixMilli(), []QueueToday{}, []AgentToday{}
	for _, name := range who.Queues {
		out.Body.Queues = append(out.Body.Queues, a.queueToday(name, day.Queues[name]))
	}
	for agent, by := range day.Agents {
		t := AgentToday{Agent: agent}
		for queue, d := range by {
			if slices.Contains(who.Queues, queue) {
				t.Calls, t.Missed = t.Calls+d.Calls, t.Missed+d.Missed
				t.TalkedMs, t.WrappedMs = t.TalkedMs+d.Talked.Milliseconds(), t.WrappedMs+d.Wrapped.Milliseconds()
			}
		}
		if t != (AgentToday{Agent: agent}) {
			out.Body.Agents = append(out.Body.Agents, t)
		}
	}
	slices.SortFunc(out.Body.Agents, func(x, y AgentToday) int { return cmp.Compare(x.Agent, y.Agent) })
	return out, nil
}

func (a *API) prompt(queue string) time.Duration {
	q, _ := a.People.Queue(queue)
	return q.ServiceLevel
}

func (a *API) queueToday(name string, d *records.QueueDay) QueueToday {
	v := QueueToday{Name: name, PromptMs: a.prompt(name).Milliseconds(), Quarters: []QuarterToday{}}
	if d == nil {
		return v
	}
	v.Tally = TallyView(d.Tally)
	if d.Answered > 0 {
		v.WaitedMs = d.Waited.Milliseconds() / int64(d.Answered)
	}
	for at, t := range d.Quarters {
		v.Quarters = append(v.Quarters, QuarterToday{at, TallyView(*t)})
	}
	slices.SortFunc(v.Quarters, func(x, y QuarterToday) int { return cmp.Compare(x.At, y.At) })
	return v
}
