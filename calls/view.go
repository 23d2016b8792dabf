package calls

import (
	"slices"
	"time"

	"github.com/callfloor/callfloor/media"
)

// View is a call as one of its agents sees it.
type View struct {
	ID, Lease, Agent, Queue string
	State                   Talk
	From                    Party
	Talked, Held            time.Duration
	Muted, Recording        bool
	Toward                  Toward
	Place                   Place  // of a guest; 0 is who has the customer
	Owner                   string // of a guest: the agent who has the customer
	Asked                   bool   // of one who is aside: to come among everybody
	Members                 []Member
	Dialled                 bool  // the agent has made the call
	Far                     State // how far its customer's leg has come
}

// Member is a party of a talk and whom they hear now.
type Member struct {
	ID    string // an agent's id, of others their leg's
	Party Party
	Place Place  // 0 is the customer, and the agent who has them
	State string // ringing, connecting, talking, held (they hear music), lost
	Muted bool
	Asked bool
	Since time.Time
	Hears []string // ids of members
}

// View tells how the call stands for who has the customer.
func (c *Call) View() (View, error) { return c.ViewOf("") }

// ViewOf tells how the call stands for an agent: for a guest, else for who has the customer.
func (c *Call) ViewOf(agent string) (View, error) {
	var v View
	err := c.do(func() {
		t := c.talk
		t.tally(time.Now())
		v = View{
			ID: c.ID, Lease: t.lease, Agent: t.agent, Queue: t.queue, State: t.state, From: c.Customer.Party(),
			Talked: t.talked, Held: t.held, Muted: t.muted, Recording: t.recording, Toward: t.toward.Toward,
		}
		if c.dialled {
			v.Dialled, v.Far = true, c.customer.state
		}
		if g := t.guest(agent); g != nil {
			v.Lease, v.Agent, v.State, v.Muted, v.Place, v.Owner, v.Asked = g.lease, agent, t.seated(g), g.muted, g.place, t.agent, g.asked
			v.Talked, v.Held, v.Toward = time.Since(g.since), 0, Toward{}
			v.Recording = v.Recording && g.place != Aside
		}
		v.Members = c.membersFor(agent)
	})
	return v, err
}

// membersFor are who takes part; whoever only listens is shown to themselves, and, where the house wants it, to all.
func (c *Call) membersFor(agent string) []Member {
	t := &c.talk
	if t.state < Connecting && !t.meets() {
		return nil
	}
	all := []Member{{ID: c.customer.leg.ID(), Party: c.Customer.Party(), State: Talking.String()}}
	ids := map[string]string{c.customer.line(): c.customer.leg.ID()}
	if t.state != Alone {
		all = append(all, Member{ID: t.agent, Party: c.ownerParty(), State: ownerState(t.state), Muted: t.muted, Since: t.since})
		ids[c.agent.line()] = t.agent
	}
	for _, g := range t.guests {
		if g.place == Listening && g.party.Agent != agent && !c.ShowListeners {
			continue
		}
		all = append(all, Member{ID: g.id, Party: g.party, Place: g.place, State: g.state, Muted: g.muted, Asked: g.asked, Since: g.since})
		ids[g.leg.line()] = g.id
	}
	c.hearing(all, ids)
	return all
}

// hearing fills in who hears whom, as the plan has it.
func (c *Call) hearing(all []Member, ids map[string]string) {
	for _, seat := range c.situation().plan().Seats {
		n := slices.IndexFunc(all, func(m Member) bool { return m.ID == ids[seat.Line] })
		if n < 0 {
			continue
		}
		for _, line := range seat.Hears {
			if id := ids[line]; id != "" {
				all[n].Hears = append(all[n].Hears, id)
			}
		}
		if unheard(seat) && all[n].State == guestTalking {
			all[n].State = OnHold.String()
		}
	}
}

// unheard tells whether one hears music instead of somebody.
func unheard(s media.Seat) bool { return len(s.Hears) == 0 && s.Plays != nil }

func (c *Call) ownerParty() Party {
	if c.agent != nil {
		return c.agent.leg.Party()
	}
	return Party{Role: Agent, Agent: c.talk.agent, Address: c.talk.agent}
}

// ownerState is the agent's own: the customer's hold is not theirs.
func ownerState(t Talk) string {
	switch t {
	case Lost, LostOnHold:
		return guestLost
	case Alone, Offered, Connecting:
		return guestConnecting
	case Talking, OnHold:
	}
	return guestTalking
}
