package calls

import "github.com/callfloor/callfloor/media"

// situation is all that decides who hears whom.
type situation struct {
	customer string // a line; "" when there is no such leg with audio
	owner    seat   // the agent who has the customer
	guests   []seat
	talk     Talk
	apart    bool            // the owner talks with the guest who is aside
	sound    *media.Playback // what the customer hears instead of somebody: a prompt, the queue's music
	hold     *media.Playback // what one hears who is kept waiting by those on the call
	early    string          // the line of somebody outside who is called on the owner's behalf, once it has sound
	rings    *media.Playback // what the owner hears until then
	tap      *media.Tap      // the call's recording, once begun
	recorded bool            // this talk is to be kept
}

// seat is an agent's, or somebody else's, place in the plan.
type seat struct {
	line  string // "" when there is no audio
	muted bool   // not to be heard
	place Place  // of a guest
}

// plan is the whole law of listening, as a pure function.
//
//	                the customer    the owner       who is aside   who is among   who whispers   who listens
//	together        owner, among    customer, among hold music     all of these   all            all
//	apart           among           aside           the owner      customer,among all            all
//	on hold         hold music      among           as above       owner, among   all            all
//	the owner lost  among           –               hold music     customer,among all            all
//
// Who would hear nobody, though they are to talk with somebody, hears hold music. Whispers reach the owner wherever they are.
func (s situation) plan() media.Plan {
	var p media.Plan
	take := media.Take{Tap: s.tap}
	if s.customer != "" {
		seat := media.Seat{Line: s.customer}
		switch {
		case s.held():
			seat.Plays = s.hold
		case s.talk < Connecting && !s.meets():
			seat.Plays = s.sound
		default: // nothing is said over a connect
			seat.Hears, seat.Plays = s.circle(s.customer)
			if s.talk <= Connecting {
				seat.Plays = nil
			}
		}
		p.Seats = append(p.Seats, seat)
		if s.recorded && (s.talk >= Talking || s.meets()) {
			take.Left, take.Right = []string{s.customer}, seat.Hears
		}
	}
	if s.owner.line != "" {
		p.Seats = append(p.Seats, s.ownerSeat())
	}
	for _, g := range s.guests {
		if g.line != "" {
			p.Seats = append(p.Seats, s.guestSeat(g))
		}
	}
	if s.tap != nil {
		p.Takes = append(p.Takes, take)
	}
	return p
}

func (s situation) held() bool { return s.talk == OnHold || s.talk == LostOnHold }

// meets tells whether a guest talks with the customer.
func (s situation) meets() bool {
	for _, g := range s.guests {
		if g.place == Among {
			return true
		}
	}
	return false
}

// ownerSeat is what the agent who has the customer hears.
func (s situation) ownerSeat() media.Seat {
	seat := media.Seat{Line: s.owner.line}
	switch {
	case s.apart:
		seat.Hears, seat.Plays = s.with(Aside, s.hold)
	case s.held() && s.early != "":
		seat.Hears = []string{s.early}
	case s.held() && s.rings != nil:
		seat.Plays = s.rings
	case s.talk == Connecting && s.customer == "": // who is called has no sound yet
		seat.Plays = s.rings
	case s.talk >= Connecting:
		seat.Hears, _ = s.circle(s.owner.line)
	}
	if whispers, _ := s.with(Whispering, nil); len(whispers) > 0 {
		seat.Hears, seat.Plays = append(seat.Hears, whispers...), nil
	}
	return seat
}

func (s situation) guestSeat(g seat) media.Seat {
	seat := media.Seat{Line: g.line}
	switch {
	case g.place == Among:
		seat.Hears, seat.Plays = s.circle(g.line)
	case g.place != Aside:
		seat.Hears = s.all(g.line)
	case s.apart && s.owner.line != "":
		seat.Hears = heard(s.owner)
	default: // left by the other
		seat.Plays = s.hold
	}
	return seat
}

// circle is whom one hears of those who are with the customer; hold music while nobody else is there.
func (s situation) circle(but string) (lines []string, plays *media.Playback) {
	plays = s.hold
	if s.customer != "" && s.customer != but && !s.held() {
		lines, plays = append(lines, s.customer), nil
	}
	members := s.guests
	if s.talk >= Connecting && !s.apart {
		members = append([]seat{{line: s.owner.line, muted: s.owner.muted, place: Among}}, s.guests...)
	}
	for _, m := range members {
		if m.place == Among && m.line != "" && m.line != but {
			lines, plays = append(lines, heard(m)...), nil
		}
	}
	return lines, plays
}

// with are the lines of the guests in a place; otherwise while none of them has audio.
func (s situation) with(place Place, otherwise *media.Playback) (lines []string, plays *media.Playback) {
	plays = otherwise
	for _, g := range s.guests {
		if g.place == place && g.line != "" {
			lines, plays = append(lines, heard(g)...), nil
		}
	}
	return lines, plays
}

// all are the lines of everybody who speaks to somebody, but for the one's own.
func (s situation) all(but string) (lines []string) {
	if s.customer != "" {
		lines = append(lines, s.customer)
	}
	for _, m := range append([]seat{s.owner}, s.guests...) {
		if m.line != "" && m.line != but && m.place != Listening {
			lines = append(lines, heard(m)...)
		}
	}
	return lines
}

// heard is the line that others hear of a seat.
func heard(s seat) []string {
	if s.muted {
		return nil
	}
	return []string{s.line}
}
