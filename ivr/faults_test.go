package ivr

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A prompt that begins so cannot be spoken.
const unspeakable = "Mute"

func mute(p Prompt) error {
	if strings.HasPrefix(p.Text, unspeakable) {
		return errors.New("nobody can speak this")
	}
	return nil
}

// Whatever is wrong, the caller hears something, and is not led round for ever.
func TestEveryFaultLeadsTheCallerOn(t *testing.T) {
	const rescue = "start: hello\nerror: trouble\nsteps: {hello: {say: Default, then: bye}, bye: {end: Bye}, trouble: {end: Trouble of the default}}"
	for name, c := range map[string]struct {
		flow, other, want string
	}{
		"the step's own way": {
			flow: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a, error: b}, b: {end: Own way}, t: {end: Trouble}}",
			want: "0s Own way|normal",
		},
		"the step is its own way": {
			flow: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a, error: a}, t: {end: Trouble}}",
			want: "0s Trouble|normal",
		},
		"the flow's way": {
			flow: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a}, t: {end: Trouble, reason: failed}}",
			want: "0s Trouble|failed",
		},
		"the step's way fails, too": {
			flow: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a, error: b}, b: {end: Mute}, t: {end: Trouble}}",
			want: "0s Trouble|normal",
		},
		"the default flow": {
			flow: "start: a\nsteps: {a: {say: Mute, then: a}}",
			want: "0s Default|2s Bye|normal",
		},
		"the flow's way fails, too": {
			flow: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a}, t: {end: Mute}}",
			want: "0s Default|2s Bye|normal",
		},
		"a fault in a flow that was gone to": {
			flow:  "start: a\nerror: t\nsteps: {a: {goto: other}, t: {end: Trouble of the first}}",
			other: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a}, t: {end: Trouble of the other}}",
			want:  "0s Trouble of the other|normal",
		},
		"a fault in the middle of a menu": {
			flow: "start: m\nerror: t\nsteps: {m: {menu: {say: Press, silence: Mute}, keys: {\"1\": t}, failed: t}, t: {end: Trouble}}",
			want: "0s Press|8s Trouble|normal",
		},
		"steps that lead round": {
			flow: "start: a\nerror: t\nsteps: {a: {hours: x, open: b, closed: b}, b: {hours: x, open: a, closed: a}, t: {end: Trouble}}",
			want: "0s Trouble|normal",
		},
		"flows that lead round": {
			flow:  "start: a\nsteps: {a: {goto: other}}",
			other: "start: a\nsteps: {a: {goto: dialled}}",
			want:  "0s Default|2s Bye|normal",
		},
		"ways for faults that lead round": {
			flow: "start: a\nsteps: {a: {say: Mute, then: b, error: b}, b: {say: Mute, then: a, error: a}}",
			want: "0s Default|2s Bye|normal",
		},
		"a way for faults that leads into the same fault, slowly": {
			flow: "start: a\nerror: t\nsteps: {a: {say: Mute, then: a}, t: {say: Sorry, then: a}}",
			want: "0s Sorry|2s Sorry|4s Sorry|6s Sorry|8s Sorry|10s Default|12s Bye|normal",
		},
	} {
		t.Run(name, func(t *testing.T) {
			flows := map[string]string{"dialled": c.flow, "main": rescue}
			if c.other != "" {
				flows["other"] = c.other
			}
			open := func(string, time.Time) (Hours, error) { return IsOpen, nil }
			who, err := walk(t, visit{flows: flows, mute: mute, hours: open})
			if diff := cmp.Diff(c.want, strings.Join(append(who.diary, ended(err)), "|")); diff != "" {
				t.Error(diff)
			}
			if len(who.notes) > 3*longestWalk {
				t.Errorf("%d steps: it span", len(who.notes))
			}
		})
	}
}

// Where even the default flow cannot speak, the fault comes back to whoever runs the flow, who still has a tone to play.
func TestAFaultThatNoFlowHasAWayForComesBack(t *testing.T) {
	const silent = "start: a\nerror: t\nsteps: {a: {say: Mute, then: a}, t: {end: Mute}}"
	for name, flows := range map[string]map[string]string{
		"the default flow is silent, too": {"dialled": silent, "main": silent},
		"the default flow leads round":    {"dialled": silent, "main": "start: a\nsteps: {a: {goto: main}}"},
		"there is none":                   {"dialled": silent},
	} {
		who, err := walk(t, visit{flows: flows, mute: mute})
		if err == nil || !strings.HasPrefix(err.Error(), "flow ") || len(who.diary) > 0 || len(who.notes) > 10*longestWalk {
			t.Errorf("%s: %v, heard %v, %d steps", name, err, who.diary, len(who.notes))
		}
	}
}

// A long call is no loop: a caller may walk through more steps than any walk without a pause has.
func TestALongCallIsNoLoop(t *testing.T) {
	served := 0
	flow := "start: a\nerror: t\nsteps: {a: {say: Hello, then: b}, b: {queue: sales, then: a}, t: {end: Trouble}}"
	who, err := walk(t, visit{flows: map[string]string{"dialled": flow}, queue: func(Want) (Outcome, error) {
		if served++; served > 2*longestWalk {
			return "", &Ended{Reason: "enough"}
		}
		return Served, nil
	}})
	if ended(err) != "enough" || len(who.notes) < 4*longestWalk {
		t.Errorf("%v after %d steps", err, len(who.notes))
	}
}
