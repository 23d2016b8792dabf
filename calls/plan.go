package calls

import "github.com/callfloor/callfloor/media"

// situation is all that decides who hears whom.
type situation struct {
	customer string // line ids; "" when there is no such leg with audio
	agent    string
	talk     Talk
	muted    bool            // the agent is not to be heard
	sound    *media.Playback // what the customer hears instead of somebody: a prompt, the queue's music
	hold     *media.Playback // what the customer hears while held or while the agent's connection is lost
	tap      *media.Tap      // the call's recording, once begun
	recorded bool            // this talk is to be kept
}

// plan is the whole law of listening, as a pure function.
func (s situation) plan() media.Plan {
	var p media.Plan
	together := s.talk == Connecting || s.talk == Talking
	if s.customer != "" {
		seat := media.Seat{Line: s.customer, Plays: s.sound}
		switch {
		case together:
			seat.Plays = nil // nothing is said over a connect
			if !s.muted {
				seat.Hears = s.agent
			}
		case s.talk >= OnHold:
			seat.Plays = s.hold
		}
		p.Seats = append(p.Seats, seat)
	}
	if s.agent != "" {
		seat := media.Seat{Line: s.agent}
		if together {
			seat.Hears = s.customer
		}
		p.Seats = append(p.Seats, seat)
	}
	if s.tap != nil {
		p.Tap = s.tap
		if s.recorded && s.talk >= Talking {
			p.Left = s.customer
		}
		if s.recorded && s.talk == Talking && !s.muted {
			p.Right = s.agent
		}
	}
	return p
}
