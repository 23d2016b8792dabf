package calls

// Verbs of a conference: more than two of the customer, the agent who has them, and guests who are among everybody.

// Merge brings whom the agent consults together with the customer, and with all who are with them. A colleague is asked first, unless they
// talk by a desk phone, which has nothing to be asked by. ErrNoConsult.
func (c *Call) Merge(agent string) error {
	return c.command(agent, func() error {
		g := c.talk.aside()
		switch {
		case g == nil || g.state != guestTalking:
			return ErrNoConsult
		case g.party.Agent != "" && !g.byAnswer:
			if !g.asked {
				g.asked = true
				c.guestFact("call.party_asked", g)
			}
		default:
			c.merge(g)
		}
		return nil
	})
}

// Meet says yes to a Merge. ErrNotYours when nobody has asked.
func (c *Call) Meet(agent string) error {
	return c.guestOf(agent, func(g *guest) error {
		if !g.asked {
			return ErrNotYours
		}
		c.merge(g)
		return nil
	})
}

// merge: a guest is among everybody from now on, and the agent with them; run calls it.
func (c *Call) merge(g *guest) {
	g.place, g.asked = Among, false
	c.talk.stepped = false
	_ = c.turn(Resume) // who was on hold for this
	c.replan()
	c.guestFact("call.party_moved", g)
	c.Log.Info("conference", "party", g.id, "agent", c.talk.agent)
}

// Drop ends a guest's part, for the agent who has the customer. ErrNoParty.
func (c *Call) Drop(agent, party string) error {
	return c.command(agent, func() error {
		g := c.talk.guest(party)
		if g == nil || g.place > Among {
			return ErrNoParty
		}
		g.why = guestEnded
		once(g.over)
		c.stir()
		return nil
	})
}

// SetPartyMuted keeps a guest's voice from everybody, or lets it through again, for the agent who has the customer. ErrNoParty.
func (c *Call) SetPartyMuted(agent, party string, muted bool) error {
	return c.command(agent, func() error {
		g := c.talk.guest(party)
		if g == nil || g.place > Among {
			return ErrNoParty
		}
		if g.muted != muted {
			g.muted = muted
			c.replan()
			c.guestFact("call.party_"+map[bool]string{true: "muted", false: "unmuted"}[muted], g)
		}
		return nil
	})
}

// guestOf runs f on the call's goroutine with the guest who is that agent. ErrNotYours.
func (c *Call) guestOf(agent string, f func(*guest) error) error {
	var err error
	if over := c.do(func() {
		if g := c.talk.guest(agent); g != nil {
			err = f(g)
		} else {
			err = ErrNotYours
		}
	}); over != nil {
		return over
	}
	return err
}
