package calls

// State is where a leg is in its life.
//
//	          ringing          early        answered          held
//	Dialling ──────────▶ Ringing ───▶ Early ───────▶ Up ◀───────────▶ Held
//	   │                    │           │             │   resumed       │
//	   └────────────────────┴───────────┴──── gone ───┴─────────────────┴──▶ Gone
//
// Early may come without Ringing, and Up without either.
type State uint8

// The states of a leg.
const (
	Dialling State = iota + 1
	Ringing
	Early // not answered, and there is sound
	Up
	Held
	Gone
)

// String names the state as logs and the API write it.
func (st State) String() string {
	names := [...]string{"", "dialling", "ringing", "early", "up", "held", "gone"}
	if int(st) < len(names) {
		return names[st]
	}
	return "unknown"
}

// moveOf is every legal step of a leg. A signal not listed changes nothing.
func moveOf(from State, s SignalKind) (State, bool) {
	switch {
	case from == Gone:
		return from, false
	case s == SigGone:
		return Gone, true
	case from == Dialling && s == SigRinging:
		return Ringing, true
	case (from == Dialling || from == Ringing) && s == SigEarly:
		return Early, true
	case (from == Dialling || from == Ringing || from == Early) && s == SigAnswered:
		return Up, true
	case from == Up && s == SigHeld:
		return Held, true
	case from == Held && s == SigResumed:
		return Up, true
	}
	return from, false
}

// Next returns the state after s, and whether the step was legal.
func (st State) Next(s SignalKind) (State, bool) { return moveOf(st, s) }

// Talk is how far an agent's talk with the customer has come. A consult (consult.go) changes none of it: while the two agents talk in
// private the customer is on hold, and a swap is a resume or a hold.
//
//	        offer          accept            connect           hold
//	Alone ─────────▶ Offered ──────▶ Connecting ──────▶ Talking ◀────▶ OnHold
//	  ▲                 │               │                │  ▲ resume    │  ▲
//	  │                 │               │           lose │  │ regain    │  │
//	  │                 │               │                ▼  │           ▼  │
//	  └────release──────┴───────────────┴────────────── Lost ◀────▶ LostOnHold
type Talk uint8

// The states of a talk.
const (
	Alone Talk = iota
	Offered
	Connecting
	Talking
	OnHold
	Lost
	LostOnHold
)

// String names the state as the API writes it.
func (t Talk) String() string {
	names := [...]string{"alone", "offered", "connecting", "talking", "held", "lost", "lost"}
	if int(t) < len(names) {
		return names[t]
	}
	return "unknown"
}

// Turn is something that happens to a talk.
type Turn uint8

// The turns of a talk.
const (
	Offer Turn = iota + 1
	Accept
	Connect
	Hold
	Resume
	Lose
	Regain
	Release
	Mute  // changes no state
	Press // changes no state
	Pass  // to a queue: the talk ends when the customer stands there
	Swap  // a hold or a resume, with somebody consulted
	Hand  // to a guest
	Join  // by a supervisor
)

// String names the turn as errors write it.
func (t Turn) String() string {
	names := [...]string{"", "offer", "accept", "connect", "hold", "resume", "lose", "regain", "release", "mute", "send keys to", "transfer", "swap", "hand over", "join"}
	if int(t) < len(names) {
		return names[t]
	}
	return "unknown"
}

// Next returns the talk after the turn, and whether the turn was legal.
func (t Talk) Next(turn Turn) (Talk, bool) {
	type step struct {
		from Talk
		turn Turn
	}
	if turn == Release {
		return Alone, t != Alone
	}
	to, ok := map[step]Talk{
		{Alone, Offer}:        Offered,
		{Offered, Accept}:     Connecting,
		{Connecting, Connect}: Talking,
		{Talking, Hold}:       OnHold,
		{OnHold, Resume}:      Talking,
		{Talking, Lose}:       Lost,
		{OnHold, Lose}:        LostOnHold,
		{Lost, Regain}:        Talking,
		{LostOnHold, Regain}:  OnHold,
		{Lost, Hold}:          LostOnHold,
		{LostOnHold, Resume}:  Lost,
	}[step{t, turn}]
	if !ok {
		return t, false
	}
	return to, true
}
