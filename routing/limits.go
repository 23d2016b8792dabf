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
	Misses     int           `yaml:"misses"` // calls missed before away (idle), default 1
	// DigitalMisses are chats and the like missed, or not answered in time, before away (idle), default 3.
	DigitalMisses int           `yaml:"digital_misses"`
	Grace         time.Duration `yaml:"grace"` // how long a lost connection may come back, default 20s
	// DigitalGrace is the same for who has chats and the like in hand, default 60s.
	DigitalGrace time.Duration `yaml:"digital_grace"`
	Heartbeat    time.Duration `yaml:"heartbeat"` // silence after which a connection counts as lost, default 15s
	// Outbound is after a call that the agent has made, default immediate.
	Outbound AfterWork `yaml:"outbound_after_work"`
	Shift    `yaml:",inline"`
}

// DefaultLimits are those of a configuration that says nothing.
func DefaultLimits() Limits {
	return Limits{Capacity: DefaultCapacity(), DrainAfter: 20 * time.Second, Misses: 1, DigitalMisses: 3, Grace: 20 * time.Second, DigitalGrace: time.Minute, Heartbeat: 15 * time.Second, Outbound: AfterWork{Kind: "immediate"}, Shift: DefaultShift()}
}

// Validate says all that is wrong with the limits, each fault beginning with its key.
func (l Limits) Validate() error {
	errs := []error{l.Capacity.Within("capacity"), l.Shift.Validate()}
	if l.Misses < 1 {
		errs = append(errs, fmt.Errorf("misses %d: at least 1", l.Misses))
	}
	if l.DigitalMisses < 1 {
		errs = append(errs, fmt.Errorf("digital_misses %d: at least 1", l.DigitalMisses))
	}
	if l.DigitalGrace < time.Second {
		errs = append(errs, fmt.Errorf("digital_grace %s: at least 1s", l.DigitalGrace))
	}
	if l.Grace < time.Second {
		errs = append(errs, fmt.Errorf("grace %s: at least 1s", l.Grace))
	}
	if l.Heartbeat < 5*time.Second {
		errs = append(errs, fmt.Errorf("heartbeat %s: at least 5s, for the console reports every few seconds", l.Heartbeat))
	}
	errs = append(errs, l.Outbound.validate("outbound_after_work"))
	return errors.Join(errs...)
}
