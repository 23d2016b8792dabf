package calls

import "testing"

func TestLegStates(t *testing.T) {
	for _, row := range []struct {
		from State
		sig  SignalKind
		to   State
		ok   bool
	}{
		{Dialling, SigRinging, Ringing, true},
		{Dialling, SigAnswered, Up, true},
		{Ringing, SigAnswered, Up, true},
		{Up, SigHeld, Held, true},
		{Held, SigResumed, Up, true},
		{Dialling, SigEarly, Early, true},
		{Ringing, SigEarly, Early, true},
		{Early, SigAnswered, Up, true},
		{Early, SigGone, Gone, true},
		{Early, SigRinging, Early, false},
		{Early, SigEarly, Early, false},
		{Early, SigHeld, Early, false},
		{Up, SigEarly, Up, false},
		{Gone, SigEarly, Gone, false},
		{Dialling, SigGone, Gone, true},
		{Ringing, SigGone, Gone, true},
		{Up, SigGone, Gone, true},
		{Held, SigGone, Gone, true},
		{Up, SigAnswered, Up, false},
		{Up, SigRinging, Up, false},
		{Held, SigHeld, Held, false},
		{Ringing, SigHeld, Ringing, false},
		{Gone, SigAnswered, Gone, false},
		{Gone, SigGone, Gone, false},
		{Up, SigDigit, Up, false},
	} {
		if to, ok := row.from.Next(row.sig); to != row.to || ok != row.ok {
			t.Errorf("%s --%s--> %s %v, want %s %v", row.from, row.sig, to, ok, row.to, row.ok)
		}
	}
}

func TestTalkStates(t *testing.T) {
	legal := map[Talk]map[Turn]Talk{
		Alone:      {Offer: Offered},
		Offered:    {Accept: Connecting, Release: Alone},
		Connecting: {Connect: Talking, Release: Alone},
		Talking:    {Hold: OnHold, Lose: Lost, Release: Alone},
		OnHold:     {Resume: Talking, Lose: LostOnHold, Release: Alone},
		Lost:       {Regain: Talking, Hold: LostOnHold, Release: Alone},
		LostOnHold: {Regain: OnHold, Resume: Lost, Release: Alone},
	}
	for from := Alone; from <= LostOnHold; from++ {
		for turn := Offer; turn <= Hand; turn++ {
			want, ok := legal[from][turn]
			if !ok {
				want = from
			}
			if got, legal := from.Next(turn); got != want || legal != ok {
				t.Errorf("%s --%s--> %s %v, want %s %v", from, turn, got, legal, want, ok)
			}
		}
	}
}
