package calls

import "github.com/callfloor/callfloor/media"

// situation is all that decides who hears whom.
type situation struct {
	customer string // a line; "" when there is no such leg with audio
	agents   []seat // first who has the customer, then whom they consult
	talk     Talk
	sound    *media.Playback // what the customer hears instead of somebody: a prompt, the queue's music
	hold     *media.Playback // what the customer hears while held or while the agent's connection is lost
	tap      *media.Tap      // the call's recording, once begun
	recorded bool            // this talk is to be kept
}

// seat is an agent's place in the plan.
type seat struct {
	line  string // "" when there is no audio
	muted bool   // not to be heard
}

// heard is the line that others hear of a seat.
func (s seat) heard() string {
	if s.muted {
		return ""
	}
	return s.line
}

// plan is the whole law of listening, as a pure function.
//
//	            the customer   who has them     whom they consult
//	together    that agent     the customer     hold music
//	on hold     hold music     the consulted    that agent
//	lost        hold music     –                hold music
func (s situation) plan() media.Plan {
	p := media.Plan{Tap: s.tap}
	together := s.talk == Connecting || s.talk == Talking
	var agent seat
	if len(s.agents) > 0 {
		agent = s.agents[0]
	}
	if s.customer != "" {
		seat := media.Seat{Line: s.customer, Plays: s.sound}
		switch {
		case together:
			seat.Plays, seat.Hears = nil, agent.heard() // nothing is said over a connect
		case s.talk >= OnHold:
			seat.Plays = s.hold
		}
		p.Seats = append(p.Seats, seat)
	}
	for n, a := range s.agents {
		if a.line == "" {
			continue
		}
		seat := media.Seat{Line: a.line}
		switch {
		case n == 0 && together:
			seat.Hears = s.customer
		case s.talk == OnHold && len(s.agents) > 1 && s.agents[1-n].line != "":
			seat.Hears = s.agents[1-n].heard()
		case n > 0 || len(s.agents) > 1: // left by the other
			seat.Plays = s.hold
		}
		p.Seats = append(p.Seats, seat)
	}
	if s.tap != nil && s.recorded && s.talk >= Talking {
		p.Left = s.customer
		if s.talk == Talking {
			p.Right = agent.heard()
		}
	}
	return p
}
