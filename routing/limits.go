package routing

import (
	"errors"
	"fmt"
	"time"
)

// Limits are what the organisation allows and expects of every agent.
type Limits struct {
	Capacity Capacity `yaml:"capacity"` // how much of each channel at once
	// DrainAfter is how long a call waits before an agent who is kept from it by chats gets no more of them, default 20s.
	DrainAfter time.Duration `yaml:"drain_after"`
	Misses     int           `yaml:"misses"`    // calls missed before away (idle), default 1
	Grace      time.Duration `yaml:"grace"`     // how long a lost connection may come back, default 20s
	Heartbeat  time.Duration `yaml:"heartbeat"` // silence after which a connection counts as lost, default 15s
	Shift      `yaml:",inline"`
}

// DefaultLimits are those of a configuration that says nothing.
func DefaultLimits() Limits {
	return Limits{Capacity: DefaultCapacity(), DrainAfter: 20 * time.Second, Misses: 1, Grace: 20 * time.Second, Heartbeat: 15 * time.Second, Shift: DefaultShift()}
}

// Validate says all that is wrong with the limits, each fault beginning with its key.
func (l Limits) Validate() error {
	errs := []error{l.Capacity.Within("capacity"), l.Shift.Validate()}
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
