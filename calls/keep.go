package calls

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What another life of the process needs to go on with a call is kept outside of it: after each turn, and every few
// seconds, since packets are counted and addresses may change without a turn.

const (
	keptFormat = 2
	keepEvery  = 5 * time.Second
)

// Keeper stores what outlives the process. It never blocks. Met by the app around state.
type Keeper interface {
	Put(call string, kept []byte)
	Drop(call string)
}

// ErrKept is returned for a kept call that cannot be read.
var ErrKept = errors.New("the kept call is of no use")

// Kept is a call as it was. It holds keys: whoever stores it keeps it as a secret.
type Kept struct {
	Format   int               `json:"format"`
	ID       string            `json:"id"`
	Began    time.Time         `json:"began"`
	Facts    map[string]string `json:"facts"`
	Customer []byte            `json:"customer"`         // their leg
	Script   []byte            `json:"script,omitempty"` // where it was, as it said with At
	Talked   time.Duration     `json:"talked"`
	Taped    bool              `json:"taped"` // a recording was begun
	Stay     *KeptStay         `json:"stay,omitempty"`
	Talk     *KeptTalk         `json:"talk,omitempty"`
	Guests   []KeptGuest       `json:"guests,omitempty"`
}

// KeptStay is a stay in a queue.
type KeptStay struct {
	Queue  string    `json:"queue"`
	Ticket []byte    `json:"ticket"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`           // of the longest wait; zero is for ever
	Place  int       `json:"place"`           // announced last
	Moved  bool      `json:"moved,omitempty"` // by an agent, and the script has not come to it
	Alone  bool      `json:"alone,omitempty"` // with somebody outside, and no agent: routing knows of nothing
}

// KeptTalk is an agent's part: a talk, or what was to become one.
type KeptTalk struct {
	State    Talk          `json:"state"`
	Agent    string        `json:"agent"`
	Lease    string        `json:"lease"`
	Leg      []byte        `json:"leg,omitempty"` // nil for a browser's, which comes back by itself
	ByAnswer bool          `json:"by_answer"`
	Muted    bool          `json:"muted"`
	Recorded bool          `json:"recorded"`
	Since    time.Time     `json:"since"`
	Talked   time.Duration `json:"talked"`
	Held     time.Duration `json:"held"`
}

// KeptGuest is whoever took part beside the customer and the agent who had them.
type KeptGuest struct {
	Party    Party     `json:"party"`
	Place    Place     `json:"place"`
	Lease    string    `json:"lease,omitempty"`
	Leg      []byte    `json:"leg,omitempty"` // nil for a browser's
	ByAnswer bool      `json:"by_answer,omitempty"`
	Muted    bool      `json:"muted,omitempty"`
	Stepped  bool      `json:"stepped,omitempty"` // the agent was aside with them, while others were with the customer
	Since    time.Time `json:"since"`
}

// ReadKept reads what was kept of a call. Errors wrap ErrKept.
func ReadKept(b []byte) (k Kept, err error) {
	if err := json.Unmarshal(b, &k); err != nil {
		return k, fmt.Errorf("%w: %w", ErrKept, err)
	}
	switch {
	case k.Format != keptFormat:
		err = fmt.Errorf("%w: format %d", ErrKept, k.Format)
	case k.ID == "" || len(k.Customer) == 0:
		err = fmt.Errorf("%w: nobody is on it", ErrKept)
	case k.Talk != nil && (k.Stay == nil || k.Talk.State == Alone || k.Talk.State > LostOnHold || k.Talk.Agent == "" || k.Talk.Lease == ""):
		err = fmt.Errorf("%w: half a talk", ErrKept)
	case slices.ContainsFunc(k.Guests, func(g KeptGuest) bool {
		return g.Place < Aside || g.Place > Listening || g.Party.Agent != "" && g.Lease == "" && g.Place <= Among
	}):
		err = fmt.Errorf("%w: half a guest", ErrKept)
	}
	return k, err
}

// GoesOn tells whether others than the customer are on the call, and stay.
func (k Kept) GoesOn() bool { return k.Talks() || k.Stay != nil && k.Stay.Alone }

// Waits tells whether routing has the customer in its hands.
func (k Kept) Waits() bool { return k.Stay != nil && !k.Stay.Alone }

// Talks tells whether an agent and the customer had begun to talk.
func (k Kept) Talks() bool { return k.Talk != nil && k.Talk.State >= Talking }

// stay is a visit to a queue as run knows it.
type stay struct {
	queue  string
	ticket Ticket
	since  time.Time
	until  time.Time
	place  int
	moved  bool // by an agent, and the script has not come to it
	alone  bool // with somebody outside
}

// At keeps where the script is; another life's script gets it back.
func (c *Call) At(place []byte) error {
	return c.do(func() { c.place, c.changed = place, true })
}

// Waits tells whether the customer stands in a queue while nobody's device rings for them.
func (c *Call) Waits() (waits bool) {
	_ = c.do(func() { waits = c.stay != nil && !c.stay.alone && c.talk.state == Alone })
	return waits
}

// Give is the call as it stands, for another node that tries to go on with it (Forsake); nil before the customer's leg is up,
// and for one that is bound to this process.
func (c *Call) Give() (kept []byte) {
	_ = c.do(func() { kept, c.changed = c.kept(Leg.Give), true })
	return kept
}

// keep stores how the call stands, if that has changed.
func (c *Call) keep() {
	if !c.changed || c.Keeper == nil {
		return
	}
	c.changed = false
	if kept := c.kept(Leg.Save); kept != nil {
		c.Keeper.Put(c.ID, kept)
	}
}

func (c *Call) kept(save func(Leg) []byte) []byte {
	k := Kept{
		Format: keptFormat, ID: c.ID, Began: c.began, Facts: c.Facts, Customer: save(c.Customer),
		Script: c.place, Talked: c.talked, Taped: c.tap != nil,
	}
	if len(k.Customer) == 0 {
		return nil
	}
	if s := c.stay; s != nil {
		k.Stay = &KeptStay{Queue: s.queue, Since: s.since, Until: s.until, Place: s.place, Moved: s.moved, Alone: s.alone}
		if !s.alone {
			k.Stay.Ticket = s.ticket.Save()
		}
		k.Talk = c.keptTalk(save)
		k.Guests = c.keptGuests(save)
	}
	b, err := json.Marshal(k)
	if err != nil {
		return nil
	}
	return b
}

func (c *Call) keptTalk(save func(Leg) []byte) *KeptTalk {
	t := c.talk
	if t.state == Alone {
		return nil
	}
	k := &KeptTalk{
		State: t.state, Agent: t.agent, Lease: t.lease, ByAnswer: t.byAnswer, Muted: t.muted, Recorded: t.recording,
		Since: t.since, Talked: t.talked, Held: t.held,
	}
	if c.agent != nil {
		k.Leg = save(c.agent.leg)
	}
	return k
}

func (c *Call) keptGuests(save func(Leg) []byte) (all []KeptGuest) {
	for _, g := range c.talk.guests {
		if g.state == guestConnecting {
			continue
		}
		k := KeptGuest{
			Party: g.party, Place: g.place, Lease: g.lease, ByAnswer: g.byAnswer, Muted: g.muted, Since: g.since,
			Stepped: g.place == Aside && c.talk.stepped,
		}
		if g.leg != nil {
			k.Leg = save(g.leg.leg)
		}
		all = append(all, k)
	}
	return all
}
