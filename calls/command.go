package calls

import (
	"errors"
	"time"
)

// ErrNotYours is returned to an agent who is not on the call.
var ErrNotYours = errors.New("this call is not yours")

// Hold gives the customer music instead of the agent.
func (c *Call) Hold(agent string) error {
	return c.command(agent, func() error { return c.turn(Hold) })
}

// Resume takes the customer back.
func (c *Call) Resume(agent string) error {
	return c.command(agent, func() error { return c.turn(Resume) })
}

// SetMuted keeps the agent's voice from the customer and from the recording, or lets it through again.
func (c *Call) SetMuted(agent string, muted bool) error {
	return c.command(agent, func() error {
		if c.talk.state < Talking {
			return &NotNow{Want: Mute, State: c.talk.state}
		}
		if c.talk.muted == muted {
			return nil
		}
		c.talk.muted = muted
		c.replan()
		word := map[bool]string{true: "muted", false: "unmuted"}[muted]
		c.fact("call."+word, map[string]string{"agent": agent})
		c.Log.Info(word, "agent", agent)
		return nil
	})
}

// Digits sends the agent's keys to the customer's side.
func (c *Call) Digits(agent, keys string) error {
	return c.command(agent, func() error {
		if c.talk.state != Talking {
			return &NotNow{Want: Press, State: c.talk.state}
		}
		c.customer.leg.Digits(keys)
		return nil
	})
}

// EndTalk ends the agent's part; the customer goes on in the flow, which says goodbye or asks for more.
func (c *Call) EndTalk(agent string) error {
	return c.command(agent, func() error {
		if c.talk.state < Connecting {
			return &NotNow{Want: Release, State: c.talk.state}
		}
		once(c.talk.over)
		return nil
	})
}

// Back says that an agent's device is there again, after a reload of the page or a lost connection.
func (c *Call) Back(agent string) {
	select {
	case c.back <- agent:
	default: // four tellings wait already
	}
}

// command runs f on the call's goroutine if the agent is on the call.
func (c *Call) command(agent string, f func() error) error {
	var err error
	if over := c.do(func() {
		if c.talk.state == Alone || c.talk.agent != agent {
			err = ErrNotYours
			return
		}
		err = f()
	}); over != nil {
		return over
	}
	return err
}

// View is a call as its agent sees it.
type View struct {
	ID, Lease, Agent, Queue string
	State                   Talk
	From                    Party
	Talked, Held            time.Duration
	Muted, Recording        bool
	Toward                  Toward
}

// View tells how the call stands.
func (c *Call) View() (View, error) {
	var v View
	err := c.do(func() {
		t := c.talk
		t.tally(time.Now())
		v = View{
			ID: c.ID, Lease: t.lease, Agent: t.agent, Queue: t.queue, State: t.state, From: c.Customer.Party(),
			Talked: t.talked, Held: t.held, Muted: t.muted, Recording: t.recording, Toward: t.toward,
		}
	})
	return v, err
}
