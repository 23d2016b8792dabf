package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Queue is where interactions wait.
type Queue struct {
	Name         string        `yaml:"name"`
	Label        string        `yaml:"label"`       // for people; default the name
	Priority     int           `yaml:"priority"`    // 1 first … 10, default 5
	Ring         time.Duration `yaml:"ring"`        // how long an offer rings; 0 is as its channel does
	FirstReply   time.Duration `yaml:"first_reply"` // what is no call is given to another agent without a reply in this time, default 0s: it is not
	Cooldown     time.Duration `yaml:"cooldown"`    // peace after a decline or a miss, default 15s
	MaxWaiting   int           `yaml:"max_waiting"` // 0 is no limit
	JoinEmpty    bool          `yaml:"join_empty"`  // callers may wait while no agent is logged in, default true
	Transfers    bool          `yaml:"transfers"`   // agents may transfer callers here, default true
	KeepAge      bool          `yaml:"keep_age"`    // whom they transfer keep their age, default true
	LeaveEmpty   time.Duration `yaml:"leave_empty"` // without join_empty: how long who waits already stays without agents, default 1m
	AfterWork    AfterWork     `yaml:"after_work"`
	Dispositions []Disposition `yaml:"dispositions"`
	Required     bool          `yaml:"disposition_required"`
	ServiceLevel time.Duration `yaml:"service_level"` // a wait that counts as answered in time, for the figures; default 20s
	Strategy     string        `yaml:"strategy"`      // one of strategies, default skills
	Wants        `yaml:",inline"`
}

// strategies are the ways to pick one of several free agents who fit.
var strategies = []string{
	"skills",       // best mean proficiency in what is required, then fewest used slots, then longest idle
	"longest_idle", // who is idle longest
	"round_robin",  // who was offered something of this queue least recently
	"fewest_calls", // who accepted least since their login, then longest idle
	"linear",       // the first in the order of the list of agents
	"ring_all",     // nobody comes first: it rings for all at once, and the first who accepts has it
}

// AfterWork is what follows a talk.
type AfterWork struct {
	Kind string        `yaml:"kind"` // immediate (default), timed or indefinite
	For  time.Duration `yaml:"for"`  // of timed
}

const systemCode = "system:" // begins the codes that no agent chose

// TimedOut is the disposition of a contact whose after-call work ended by its timer, until the agent's late word amends it.
const TimedOut = systemCode + "timeout"

// Disposition is one way a contact can have gone.
type Disposition struct {
	Code  string `yaml:"code" json:"code"`
	Label string `yaml:"label" json:"label"`
}

// DefaultQueue is a queue of which only the name is known.
func DefaultQueue() Queue {
	return Queue{Priority: 5, Cooldown: 15 * time.Second, JoinEmpty: true, Transfers: true, KeepAge: true, LeaveEmpty: time.Minute, ServiceLevel: 20 * time.Second, AfterWork: AfterWork{Kind: "immediate"}, Strategy: "skills"}
}

// rings is how long an offer of each channel waits for its agent, in a queue that says nothing else.
var rings = map[string]time.Duration{
	"voice": 20 * time.Second, "callback": 20 * time.Second, "chat": 30 * time.Second, "email": 5 * time.Minute, "voicemail": 5 * time.Minute,
}

// RingOf is how long an offer of a channel rings; 0 of a channel that there is not.
func (q Queue) RingOf(channel string) time.Duration {
	if q.Ring > 0 {
		return q.Ring
	}
	return rings[channel]
}

// rings is RingOf each channel in ms.
func (q Queue) rings() map[string]int64 {
	all := map[string]int64{}
	for channel := range rings {
		all[channel] = q.RingOf(channel).Milliseconds()
	}
	return all
}

// Validate says all that is wrong with the queue's numbers, each fault beginning with its key.
func (q Queue) Validate() error {
	var errs []error
	if q.Priority < 1 || q.Priority > 10 {
		errs = append(errs, fmt.Errorf("priority %d: 1 (first) to 10", q.Priority))
	}
	if q.Ring != 0 && (q.Ring < time.Second || q.Ring > 10*time.Minute) {
		errs = append(errs, fmt.Errorf("ring %s: 1s to 10m, or 0s, as the channel does", q.Ring))
	}
	if q.FirstReply < 0 {
		errs = append(errs, fmt.Errorf("first_reply %s: 0s (as long as it takes) or more", q.FirstReply))
	}
	if q.MaxWaiting < 0 {
		errs = append(errs, fmt.Errorf("max_waiting %d: 0 (no limit) or more", q.MaxWaiting))
	}
	if q.LeaveEmpty < 0 {
		errs = append(errs, fmt.Errorf("leave_empty %s: 0s (at once) or more", q.LeaveEmpty))
	}
	if q.ServiceLevel <= 0 {
		errs = append(errs, fmt.Errorf("service_level %s: more than 0s", q.ServiceLevel))
	}
	for _, d := range q.Dispositions {
		if strings.HasPrefix(d.Code, systemCode) {
			errs = append(errs, fmt.Errorf("dispositions %q: codes that begin with %s are the system's own", d.Code, systemCode))
		}
	}
	if !slices.Contains(strategies, q.Strategy) {
		errs = append(errs, fmt.Errorf("strategy %q: one of %s", q.Strategy, strings.Join(strategies, ", ")))
	}
	errs = append(errs, q.Wants.Validate())
	errs = append(errs, q.AfterWork.validate("after_work"))
	return errors.Join(errs...)
}

// validate says what is wrong with it, beginning with its key.
func (w AfterWork) validate(key string) error {
	switch w.Kind {
	case "immediate", "indefinite":
		return nil
	case "timed":
		if w.For <= 0 {
			return fmt.Errorf("%s: a timed one needs `for`", key)
		}
		return nil
	}
	return fmt.Errorf("%s.kind %q: immediate, timed or indefinite", key, w.Kind)
}
