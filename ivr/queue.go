package ivr

import (
	"fmt"
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/routing"
)

// Queue names where to wait. In YAML a name alone will do.
type Queue struct {
	Name     string `yaml:"name"`
	Priority int    `yaml:"priority"` // 1 first … 10; 0 is the queue's
	// Wants are asked beside what the queue asks of all.
	routing.Wants `yaml:",inline"`
	Agents        []string      `yaml:"agents"`     // who alone may have it
	AgentsFor     time.Duration `yaml:"agents_for"` // then anybody; 0 is never
}

// FromNode reads a name or a mapping.
func (q *Queue) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		type plain Queue
		d.Value(n, reflect.ValueOf((*plain)(q)).Elem(), path)
	default:
		q.Name, _ = d.Text(n, path)
	}
}

type queueStep struct{}

func (queueStep) name() string     { return "queue" }
func (queueStep) needed() []string { return nil }

func (queueStep) exits(s *Step) []exit {
	return []exit{
		{"then", s.Then},
		{"full", s.Full},
		{"closed", s.Closed},
		{"no_agents", s.NoAgent},
		{"timeout", s.TimeOut},
		{"failed", s.Failed},
		{"error", s.Error},
	}
}

func (queueStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	known(d, path+".queue.name", "is no queue", s.Queue.Name, k.Queues)
	if s.Queue.Priority < 0 || s.Queue.Priority > 10 {
		d.Wrong(path+".queue.priority", fmt.Sprintf("priority %d: 1 (first) to 10", s.Queue.Priority), "")
	}
	if s.Queue.AgentsFor > 0 && len(s.Queue.Agents) == 0 {
		d.Wrong(path+".queue.agents_for", "agents_for without agents", "")
	}
	d.Invalid(path+".queue", s.Queue.Validate())
	if k.Wants != nil {
		k.Wants(d, path+".queue", s.Queue.Wants, s.Queue.Agents)
	}
}

func (queueStep) run(r *run, s *Step) (string, error) {
	out, last, err := r.contact.Queue(r.ctx, Want{
		Queue: s.Queue.Name, Priority: s.Queue.Priority, Wants: s.Queue.Wants, Agents: s.Queue.Agents, AgentsFor: s.Queue.AgentsFor,
	})
	if err != nil {
		return "", err
	}
	way := map[Outcome]string{Full: s.Full, Closed: s.Closed, NoAgents: s.NoAgent, TimedOut: s.TimeOut}[out]
	if out == Served || out == Gone {
		return s.Then, nil
	}
	flow := r.world.overflow(last, out)
	switch {
	case way != "" && (flow == nil || last == s.Queue.Name): // the step's own way is closer than its queue's
		return way, nil
	case flow != nil:
		r.flow = flow
		return flow.Start, nil
	case s.Failed != "":
		return s.Failed, nil
	}
	return "", fmt.Errorf("queue %s: %s, and the step has no way for that", last, out)
}
