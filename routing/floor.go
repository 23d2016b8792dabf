package routing

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Floor is who works where: what Configure writes.
type Floor struct {
	Agents []Agent
	Queues []Queue
	Limits Limits
}

// Agent is one person who answers.
type Agent struct {
	ID     string   `yaml:"id"`
	Name   string   `yaml:"name"`
	Queues []string `yaml:"queues"`
	Device string   `yaml:"device"` // browser (default) or phone
}

// Limits are what the organisation allows and expects of every agent.
type Limits struct {
	Voice     int           `yaml:"-"`         // calls at once: 1
	Misses    int           `yaml:"misses"`    // calls missed before away (idle), default 1
	Grace     time.Duration `yaml:"grace"`     // how long a lost connection may come back, default 20s
	Heartbeat time.Duration `yaml:"heartbeat"` // silence after which a connection counts as lost, default 15s
}

// DefaultLimits are those of a configuration that says nothing.
func DefaultLimits() Limits {
	return Limits{Voice: 1, Misses: 1, Grace: 20 * time.Second, Heartbeat: 15 * time.Second}
}

// Validate says all that is wrong with the limits, each fault beginning with its key.
func (l Limits) Validate() error {
	var errs []error
	if l.Misses < 1 {
		errs = append(errs, fmt.Errorf("misses %d: at least 1", l.Misses))
	}
	if l.Grace < time.Second {
		errs = append(errs, fmt.Errorf("grace %s: at least 1s", l.Grace))
	}
	if l.Heartbeat < 5*time.Second {
		errs = append(errs, fmt.Errorf("heartbeat %s: at least 5s, for the console reports every few seconds", l.Heartbeat))
	}
	return errors.Join(errs...)
}

// Queue is where interactions wait.
type Queue struct {
	Name         string        `yaml:"name"`
	Label        string        `yaml:"label"`       // for people; default the name
	Priority     int           `yaml:"priority"`    // 1 first … 10, default 5
	Ring         time.Duration `yaml:"ring"`        // how long an offer rings, default 20s
	Cooldown     time.Duration `yaml:"cooldown"`    // peace after a decline or a miss, default 15s
	MaxWaiting   int           `yaml:"max_waiting"` // 0 is no limit
	JoinEmpty    bool          `yaml:"join_empty"`  // callers may wait while no agent is logged in, default true
	AfterWork    AfterWork     `yaml:"after_work"`
	Dispositions []Disposition `yaml:"dispositions"`
	Required     bool          `yaml:"disposition_required"`
	Strategy     string        `yaml:"strategy"` // longest_idle
}

// AfterWork is what follows a talk.
type AfterWork struct {
	Kind string        `yaml:"kind"` // immediate (default), timed or indefinite
	For  time.Duration `yaml:"for"`  // of timed
}

// Disposition is one way a contact can have gone.
type Disposition struct {
	Code  string `yaml:"code" json:"code"`
	Label string `yaml:"label" json:"label"`
}

// DefaultQueue is a queue of which only the name is known.
func DefaultQueue() Queue {
	return Queue{Priority: 5, Ring: 20 * time.Second, Cooldown: 15 * time.Second, JoinEmpty: true, AfterWork: AfterWork{Kind: "immediate"}, Strategy: "longest_idle"}
}

// Validate says all that is wrong with the queue's numbers, each fault beginning with its key.
func (q Queue) Validate() error {
	var errs []error
	if q.Priority < 1 || q.Priority > 10 {
		errs = append(errs, fmt.Errorf("priority %d: 1 (first) to 10", q.Priority))
	}
	if q.Ring < time.Second || q.Ring > 10*time.Minute {
		errs = append(errs, fmt.Errorf("ring %s: 1s to 10m", q.Ring))
	}
	if q.MaxWaiting < 0 {
		errs = append(errs, fmt.Errorf("max_waiting %d: 0 (no limit) or more", q.MaxWaiting))
	}
	if q.Strategy != "longest_idle" {
		errs = append(errs, fmt.Errorf("strategy %q: longest_idle", q.Strategy))
	}
	switch q.AfterWork.Kind {
	case "immediate", "indefinite":
	case "timed":
		if q.AfterWork.For <= 0 {
			errs = append(errs, errors.New("after_work: a timed one needs `for`"))
		}
	default:
		errs = append(errs, fmt.Errorf("after_work.kind %q: immediate, timed or indefinite", q.AfterWork.Kind))
	}
	return errors.Join(errs...)
}

// script is the floor as configure.lua reads it; times in ms.
func (f Floor) script() (string, error) {
	type queue struct {
		Name       string `json:"name"`
		Priority   int    `json:"priority"`
		Ring       int64  `json:"ring"`
		Cooldown   int64  `json:"cooldown"`
		MaxWaiting int    `json:"max_waiting"`
		JoinEmpty  bool   `json:"join_empty"`
		Kind       string `json:"acw_kind"`
		For        int64  `json:"acw_ms"`
	}
	type agent struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Queues    string `json:"queues"`
		Voice     int    `json:"voice"`
		Misses    int    `json:"max_misses"`
		Grace     int64  `json:"grace"`
		Heartbeat int64  `json:"heartbeat"`
	}
	out := struct {
		Agents []agent `json:"agents"`
		Queues []queue `json:"queues"`
	}{[]agent{}, []queue{}}
	for _, q := range f.Queues {
		out.Queues = append(out.Queues, queue{
			q.Name, q.Priority, q.Ring.Milliseconds(), q.Cooldown.Milliseconds(), q.MaxWaiting, q.JoinEmpty, q.AfterWork.Kind, q.AfterWork.For.Milliseconds(),
		})
	}
	for _, a := range f.Agents {
		out.Agents = append(out.Agents, agent{
			a.ID, a.Name, strings.Join(a.Queues, ","), f.Limits.Voice, f.Limits.Misses, f.Limits.Grace.Milliseconds(), f.Limits.Heartbeat.Milliseconds(),
		})
	}
	b, err := json.Marshal(out)
	return string(b), err
}
