package calls

import "errors"

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

// SetMuted keeps the agent's voice from the others and from the recording, or lets it through again.
func (c *Call) SetMuted(agent string, muted bool) error {
	return c.partOf(agent, Mute, Talking, func(p *part) error {
		if p.muted == muted {
			return nil
		}
		p.muted = muted
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

// EndTalk ends the agent's part; the customer goes on in the flow, which says goodbye or asks for more, unless a guest is with them, or they
// are on hold for whom is consulted: then they are that one's. A guest leaves.
func (c *Call) EndTalk(agent string) error {
	return c.partOf(agent, Release, Connecting, func(p *part) error {
		once(p.over)
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

// command runs f on the call's goroutine if the agent has the customer. ErrNotYours, ErrConsulted.
func (c *Call) command(agent string, f func() error) error {
	var err error
	if over := c.do(func() {
		switch {
		case c.talk.guest(agent) != nil:
			err = ErrConsulted
		case c.talk.state == Alone || c.talk.agent != agent:
			err = ErrNotYours
		default:
			err = f()
		}
	}); over != nil {
		return over
	}
	return err
}

// partOf runs f on the call's goroutine with the part of an agent: of the one who has the customer, in a talk that has come that far,
// or of a guest.
func (c *Call) partOf(agent string, want Turn, least Talk, f func(*part) error) error {
	var err error
	if over := c.do(func() {
		t := &c.talk
		g := t.guest(agent)
		switch {
		case g != nil:
			err = f(&g.part)
			c.stir()
		case t.state == Alone || t.agent != agent:
			err = ErrNotYours
		case t.state < least:
			err = &NotNow{Want: want, State: t.state}
		default:
			err = f(&t.part)
		}
	}); over != nil {
		return over
	}
	return err
}
