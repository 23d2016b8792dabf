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
	Groups Groups // of skills
	Teams  map[string]*Team
}

// Agent is one person who answers.
type Agent struct {
	ID     string   `yaml:"id"`
	Name   string   `yaml:"name"`
	Queues []string `yaml:"queues"`
	Device string   `yaml:"device"` // browser (default) or phone
	// Team is whose capacity the agent has, "" for nobody's.
	Team string `yaml:"team"`
	// Capacity is the agent's own.
	Capacity Capacity `yaml:"capacity"`
	// Skills are what they can do, each with a proficiency of 0 to 100.
	Skills map[string]int `yaml:"skills"`
	// Languages are those they speak.
	Languages []string `yaml:"languages"`
	Shift     `yaml:",inline"`
}

// Validate says what is wrong with the agent's skills, languages and shift, each fault beginning with its key.
func (a Agent) Validate() error {
	errs := []error{levels("skills", a.Skills), a.Shift.Validate()}
	for n, name := range a.Languages {
		if !named.MatchString(name) {
			errs = append(errs, fmt.Errorf("languages[%d] %q: letters, digits and -_. alone, such as fr", n, name))
		}
	}
	return errors.Join(errs...)
}

// script is the floor as configure.lua reads it; times in ms.
func (f Floor) script() (string, error) {
	type queue struct {
		Name       string           `json:"name"`
		Priority   int              `json:"priority"`
		Rings      map[string]int64 `json:"rings"`
		DrainAfter int64            `json:"drain_after"`
		Cooldown   int64            `json:"cooldown"`
		MaxWaiting int              `json:"max_waiting"`
		JoinEmpty  bool             `json:"join_empty"`
		Kind       string           `json:"acw_kind"`
		For        int64            `json:"acw_ms"`
		Codes      bool             `json:"codes"`
		LeaveEmpty int64            `json:"leave_empty"`
		Strategy   string           `json:"strategy"`
		Wants      string           `json:"wants"`
		Transfers  bool             `json:"transfers"`
		KeepAge    bool             `json:"keep_age"`
		FirstReply int64            `json:"first_reply"`
	}
	type agent struct {
		ID          string            `json:"id"`
		Name        string            `json:"name"`
		Queues      string            `json:"queues"`
		Capacity    map[string]string `json:"capacity"`
		Misses      int               `json:"max_misses"`
		Digital     int               `json:"max_digital_misses"`
		Grace       int64             `json:"grace"`
		DigitalWait int64             `json:"digital_grace"`
		Heartbeat   int64             `json:"heartbeat"`
		Traits      string            `json:"traits"`
		LoginPrep   int64             `json:"login_prep"`
		LogoutAfter int64             `json:"logout_after"`
		LogoutAt    string            `json:"logout_at"`
	}
	out := struct {
		Agents   []agent           `json:"agents"`
		Queues   []queue           `json:"queues"`
		Evenings map[string]string `json:"evenings"`
		Kind     string            `json:"acw_kind"` // after a call that an agent has made
		For      int64             `json:"acw_ms"`
	}{[]agent{}, []queue{}, map[string]string{}, f.Limits.Outbound.Kind, f.Limits.Outbound.For.Milliseconds()}
	for _, q := range f.Queues {
		out.Queues = append(out.Queues, queue{
			q.Name, q.Priority, q.rings(), f.Limits.DrainAfter.Milliseconds(), q.Cooldown.Milliseconds(), q.MaxWaiting, q.JoinEmpty, q.AfterWork.Kind, q.AfterWork.For.Milliseconds(),
			len(q.Dispositions) > 0,
			q.LeaveEmpty.Milliseconds(), q.Strategy, f.Groups.Expand(q.Wants).script(nil, 0), q.Transfers, q.KeepAge, q.FirstReply.Milliseconds(),
		})
	}
	for _, a := range f.Agents {
		s := f.shift(a)
		at, err := wallClock(*s.LogoutAt)
		if err != nil {
			return "", fmt.Errorf("routing: agent %s: logout_at: %w", a.ID, err)
		}
		if at != nil {
			out.Evenings[*s.LogoutAt] = at.script(time.Now())
		}
		out.Agents = append(out.Agents, agent{
			a.ID, a.Name, strings.Join(a.Queues, ","), f.capacity(a).script(), f.Limits.Misses, f.Limits.DigitalMisses, f.Limits.Grace.Milliseconds(),
			f.Limits.DigitalGrace.Milliseconds(), f.Limits.Heartbeat.Milliseconds(),
			traits(a, f.Groups), s.LoginPrep.Milliseconds(), s.LogoutAfter.Milliseconds(), *s.LogoutAt,
		})
	}
	b, err := json.Marshal(out)
	return string(b), err
}
