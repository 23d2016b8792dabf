package records

import (
	"context"
	"fmt"
	"time"
)

// Day is what the calls of a day came to, by queue and by agent.
type Day struct {
	Queues map[string]*QueueDay
	Agents map[string]map[string]*AgentDay // by agent and queue
}

// QueueDay is what the callers of a queue came to. Who waits in two queues is a caller of both; who is declined by one agent and
// answered by the next is one caller.
type QueueDay struct {
	Tally
	Waited   time.Duration // of those who were answered, all together
	Quarters map[int64]*Tally
}

// Tally counts callers. Those who are neither answered nor abandoned still wait, or went another way: the queue's time was over, or
// somebody moved them.
type Tally struct {
	Offered   int // came to the queue
	Answered  int
	Prompt    int // answered within the queue's service level
	Abandoned int // hung up before
}

// AgentDay is what an agent did for a queue.
type AgentDay struct {
	Calls           int
	Talked, Wrapped time.Duration
	Missed          int // or declined
}

// Quarter is the length of time for which callers are counted together.
const Quarter = 15 * time.Minute

// Today counts the calls that began at a moment or later. prompt is a queue's service level.
func (s *Store) Today(ctx context.Context, since time.Time, prompt func(queue string) time.Duration) (Day, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT s.interaction, s.queue, s.agent, s.queued, s.connected, s.waited, s.talked, s.wrapped, s.outcome
		FROM interactions i JOIN segments s ON s.interaction = i.id WHERE i.started >= $1 ORDER BY s.interaction, s.n`, since.UnixMilli())
	if err != nil {
		return Day{}, fmt.Errorf("counting calls: %w", err)
	}
	defer rows.Close()
	c := counting{day: Day{map[string]*QueueDay{}, map[string]map[string]*AgentDay{}}, prompt: prompt}
	for rows.Next() {
		var id string
		var x Segment
		if err := rows.Scan(&id, &x.Queue, &x.Agent, ms{&x.Queued}, ms{&x.Connected}, span{&x.Waited}, span{&x.Talked}, span{&x.Wrapped}, &x.Outcome); err != nil {
			return Day{}, fmt.Errorf("counting calls: %w", err)
		}
		c.take(id, x)
	}
	return c.day, rows.Err()
}

// counting goes through the segments of one interaction after another, in their order.
type counting struct {
	day    Day
	prompt func(string) time.Duration

	interaction string
	queue       string // in which they wait now, "" when they do not
	began       int64  // the quarter in which that began
	waited      time.Duration
}

func (c *counting) take(interaction string, s Segment) {
	if interaction != c.interaction {
		c.interaction, c.queue = interaction, ""
	}
	c.agent(s)
	if s.Queue == "" || s.aside() {
		return
	}
	q := c.day.Queues[s.Queue]
	if q == nil {
		q = &QueueDay{Quarters: map[int64]*Tally{}}
		c.day.Queues[s.Queue] = q
	}
	if c.queue != s.Queue {
		c.queue, c.waited = s.Queue, 0
		first := s.Queued
		if first.IsZero() {
			first = s.Connected
		}
		c.began = first.Truncate(Quarter).UnixMilli()
		q.count(c.began, func(t *Tally) { t.Offered++ })
	}
	c.waited += s.Waited
	switch {
	case !s.Connected.IsZero():
		c.queue = ""
		q.Waited += c.waited
		q.count(c.began, func(t *Tally) { t.Answered++ })
		if c.waited <= c.prompt(s.Queue) {
			q.count(c.began, func(t *Tally) { t.Prompt++ })
		}
	case s.Outcome == "", s.unserved(): // they wait
	case s.Outcome == "abandoned" || s.Outcome == "customer_gone":
		c.queue = ""
		q.count(c.began, func(t *Tally) { t.Abandoned++ })
	default:
		c.queue = ""
	}
}

func (q *QueueDay) count(quarter int64, one func(*Tally)) {
	t := q.Quarters[quarter]
	if t == nil {
		t = &Tally{}
		q.Quarters[quarter] = t
	}
	one(t)
	one(&q.Tally)
}

func (c *counting) agent(s Segment) {
	if s.Agent == "" {
		return
	}
	of := c.day.Agents[s.Agent]
	if of == nil {
		of = map[string]*AgentDay{}
		c.day.Agents[s.Agent] = of
	}
	a := of[s.Queue]
	if a == nil {
		a = &AgentDay{}
		of[s.Queue] = a
	}
	switch {
	case !s.Connected.IsZero():
		a.Calls++
	case s.Outcome == "missed" || s.Outcome == "declined":
		a.Missed++
	}
	a.Talked += s.Talked
	a.Wrapped += s.Wrapped
}
