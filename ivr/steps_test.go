package ivr

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ended is the word with which a flow has ended; "" where it just stopped.
func ended(err error) string {
	var e *Ended
	if errors.As(err, &e) {
		return e.Reason
	}
	if err != nil {
		return "fault: " + err.Error()
	}
	return ""
}

const menu = `
start: menu
steps:
  menu:
    menu: {say: Press, silence: Silence, wrong: Wrong, timeout: 6s, tries: 3}
    keys: {"1": one, "2": two}
    failed: failed
    timeout: late
  one: {end: One, reason: one}
  two: {end: Two}
  failed: {end: Failed, reason: failed}
  late: {end: Late, reason: late}
`

const digits = `
start: ask
steps:
  ask:
    digits: {say: Number, min: 2, max: 4, timeout: 3s, tries: 2, wrong: Wrong, match: "^[1-8]", as: number}
    then: told
    failed: failed
  told: {end: "You said {{number}}, {{ number }}{{unset}} {{"}
  failed: {end: Failed, reason: failed}
`

func TestWhatACallerHears(t *testing.T) {
	with := func(flow string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(flow) }
	type keys = map[time.Duration]string
	s := time.Second
	for name, c := range map[string]struct {
		flow    string
		presses keys
		want    string
	}{
		"a key after the words":  {menu, keys{3 * s: "1"}, "0s Press|3s One|one"},
		"a key stops the words":  {menu, keys{s: "2"}, "0s Press|1s (stopped)|1s Two|normal"},
		"a key before all words": {menu, keys{0: "1"}, "0s One|one"},
		"no barge-in: words end, and the key counts": {
			with(menu, "say: Press", "barge_in: false, say: Press"), keys{s: "2"}, "0s Press|2s Two|normal",
		},
		"silence three times": {menu, nil, "0s Press|8s Silence|10s Press|18s Silence|20s Press|28s Silence|30s Late|late"},
		"silence, and no way for it": {
			with(menu, "    timeout: late\n", "", "  late: {end: Late, reason: late}\n", ""), nil,
			"0s Press|8s Silence|10s Press|18s Silence|20s Press|28s Silence|30s Failed|failed",
		},
		"a wrong key, then a right one":     {menu, keys{3 * s: "9", 6 * s: "1"}, "0s Press|3s Wrong|5s Press|6s (stopped)|6s One|one"},
		"silence, then a wrong key last":    {menu, keys{23 * s: "9"}, "0s Press|8s Silence|10s Press|18s Silence|20s Press|23s Wrong|25s Failed|failed"},
		"wrong keys ahead use up the tries": {menu, keys{s: "999"}, "0s Press|1s (stopped)|1s Wrong|3s Failed|failed"},
		"one try":                           {with(menu, "tries: 3", "tries: 1"), nil, "0s Press|8s Silence|10s Late|late"},

		"digits up to the end key":      {digits, keys{3 * s: "12#"}, "0s Number|3s You said 12, 12 {{|normal"},
		"digits up to the most":         {digits, keys{s: "12345"}, "0s Number|1s (stopped)|1s You said 1234, 1234 {{|normal"},
		"digits and then a pause":       {digits, keys{3 * s: "1", 5 * s: "2"}, "0s Number|8s You said 12, 12 {{|normal"},
		"each key has its own time":     {digits, keys{4 * s: "1", 6 * s: "2", 8 * s: "3", 10 * s: "4"}, "0s Number|10s You said 1234, 1234 {{|normal"},
		"too few":                       {digits, keys{3 * s: "1#", 8 * s: "23#"}, "0s Number|3s Wrong|5s Number|8s You said 23, 23 {{|normal"},
		"no match, twice":               {digits, keys{3 * s: "99#", 8 * s: "00#"}, "0s Number|3s Wrong|5s Number|8s Wrong|10s Failed|failed"},
		"silence, without words for it": {digits, nil, "0s Number|5s Number|10s Failed|failed"},
		"another end key":               {with(digits, "say: Number", `say: Number, end: "*"`), keys{3 * s: "1#*"}, "0s Number|3s You said 1#, 1# {{|normal"},
		"no end key":                    {with(digits, "say: Number", `say: Number, end: ""`), keys{3 * s: "1#"}, "0s Number|6s You said 1#, 1# {{|normal"},
		"none is enough":                {with(digits, "min: 2", "min: 0", `match: "^[1-8]", `, ""), keys{3 * s: "#"}, "0s Number|3s You said ,  {{|normal"},

		"keys ahead through several steps": {`
start: hello
steps:
  hello: {say: Hello, then: news}
  news: {say: News, barge_in: false, then: menu}
  menu: {menu: {say: Press}, keys: {"1": ask}, failed: bye}
  ask: {digits: {say: Number, max: 2, as: number}, then: bye, failed: bye}
  bye: {end: "Bye {{number}}"}
`, keys{s: "142"}, "0s Hello|1s (stopped)|1s News|3s Bye 42|normal"},
		"the end of all words": {"start: a\nsteps: {a: {end: \"\"}}", nil, "normal"},
		"a file":               {"start: a\nsteps: {a: {end: {file: a.wav}}}", nil, "0s a.wav|normal"},
	} {
		t.Run(name, func(t *testing.T) {
			who, err := walk(t, visit{flows: map[string]string{"dialled": c.flow}, presses: c.presses})
			got := strings.Join(append(who.diary, ended(err)), "|")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheWayIsNotedAndSecretKeysAreNot(t *testing.T) {
	flow := `
start: menu
steps:
  menu: {menu: {say: Press}, keys: {"1": order}, failed: order}
  order: {digits: {say: Order, as: order}, then: pin, failed: pin}
  pin: {digits: {say: Pin, as: pin, secure: true}, then: bye, failed: bye}
  bye: {end: "Order {{order}}, pin {{pin}}"}
`
	c, _ := walk(t, visit{flows: map[string]string{"dialled": flow}, presses: map[time.Duration]string{time.Second: "14711#2580#"}})
	want := []string{"dialled/menu", "dialled/menu=1", "dialled/order", "dialled/order=4711", "dialled/pin", "dialled/bye"}
	if diff := cmp.Diff(want, c.notes); diff != "" {
		t.Error(diff)
	}
	if got := c.diary[len(c.diary)-1]; got != "1s Order 4711, pin 2580" {
		t.Error(got)
	}
}

func TestHoursLeadThreeWays(t *testing.T) {
	flow := "start: h\nsteps: {h: {hours: office, open: o, closed: c, holiday: f}, o: {end: Open}, c: {end: Closed}, f: {end: Feast}}"
	plain := "start: h\nsteps: {h: {hours: office, open: o, closed: c}, o: {end: Open}, c: {end: Closed}}"
	for _, c := range []struct {
		flow string
		is   Hours
		want string
	}{{flow, IsOpen, "0s Open"}, {flow, IsClosed, "0s Closed"}, {flow, IsHoliday, "0s Feast"}, {plain, IsHoliday, "0s Closed"}} {
		who, _ := walk(t, visit{
			flows: map[string]string{"dialled": c.flow},
			hours: func(profile string, at time.Time) (Hours, error) {
				if profile != "office" || at.Year() != 2000 { // where virtual time begins
					return "", fmt.Errorf("asked for %s at %s", profile, at)
				}
				return c.is, nil
			},
		})
		if len(who.diary) != 1 || who.diary[0] != c.want {
			t.Errorf("%s: %v, want %s", c.is, who.diary, c.want)
		}
	}
}

func TestEachOutcomeOfAQueueHasItsWay(t *testing.T) {
	const ways = `
start: q
steps:
  q: {queue: {name: sales, priority: 2}, then: then, full: full, closed: closed, no_agents: nobody, timeout: late, failed: failed}
  then: {end: Then}
  full: {end: Full}
  closed: {end: Closed}
  nobody: {end: Nobody}
  late: {end: Late}
  failed: {end: Failed}
`
	const one = "start: q\nsteps: {q: {queue: sales, failed: failed}, failed: {end: Failed}}"
	const none = "start: q\nerror: trouble\nsteps: {q: {queue: sales}, trouble: {end: Trouble}}"
	for _, c := range []struct {
		flow string
		out  Outcome
		want string
	}{
		{ways, Served, "Then"},
		{ways, Full, "Full"},
		{ways, Closed, "Closed"},
		{ways, NoAgents, "Nobody"},
		{ways, TimedOut, "Late"},
		{one, Full, "Failed"},
		{one, TimedOut, "Failed"},
		{one, Served, ""},
		{none, Full, "Trouble"},
		{none, Served, ""}, // full without a way is a fault of the flow, and not the end
	} {
		who, _ := walk(t, visit{flows: map[string]string{"dialled": c.flow}, queue: func(Want) (Outcome, error) { return c.out, nil }})
		got := strings.TrimPrefix(strings.Join(who.diary[1:], "|"), "0s ")
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.out, got, c.want)
		}
	}
}

// The step's own way is the closest, then the queue's flow, then what the step does with all that fails.
func TestAQueuesOverflowIsAFlow(t *testing.T) {
	const own = "start: q\nsteps: {q: {queue: sales, full: full, failed: failed}, full: {end: Full}, failed: {end: Failed}}"
	const night = "start: n\nsteps: {n: {end: Night}}"
	for _, c := range []struct {
		out  Outcome
		want string
	}{{Full, "Full"}, {Closed, "Night"}, {TimedOut, "Failed"}} {
		who, _ := walk(t, visit{
			flows: map[string]string{"dialled": own, "night": night},
			queue: func(Want) (Outcome, error) { return c.out, nil },
			overflow: func(queue string, o Outcome) string {
				return map[Outcome]string{Full: "night", Closed: "night"}[o]
			},
		})
		if got := strings.TrimPrefix(strings.Join(who.diary[1:], "|"), "0s "); got != c.want {
			t.Errorf("%s: %q, want %q", c.out, got, c.want)
		}
	}
}

// Whoever was transferred is that queue's: its flow comes before the ways of the step that led to another one.
func TestTheWaysOfWhoWasTransferred(t *testing.T) {
	const own = "start: q\nsteps: {q: {queue: sales, full: full, timeout: late, failed: failed}, full: {end: Full}, late: {end: Late}, failed: {end: Failed}}"
	for _, c := range []struct {
		out  Outcome
		want string
	}{{TimedOut, "Support"}, {Full, "Full"}, {Closed, "Failed"}, {Served, ""}} {
		who, _ := walk(t, visit{
			flows: map[string]string{"dialled": own, "support": "start: n\nsteps: {n: {end: Support}}", "sales": "start: n\nsteps: {n: {end: Sales}}"},
			moved: "support",
			queue: func(Want) (Outcome, error) { return c.out, nil },
			overflow: func(queue string, o Outcome) string {
				return map[string]map[Outcome]string{"sales": {Full: "sales", TimedOut: "sales"}, "support": {TimedOut: "support"}}[queue][o]
			},
		})
		if got := strings.TrimPrefix(strings.Join(who.diary[1:], "|"), "0s "); got != c.want {
			t.Errorf("%s: %q, want %q", c.out, got, c.want)
		}
	}
}

func TestACallerWhoHangsUpEndsTheFlow(t *testing.T) {
	for name, at := range map[string]time.Duration{"in the words": time.Second, "while keys are awaited": 4 * time.Second} {
		who, err := walk(t, visit{flows: map[string]string{"dialled": menu, "main": menu}, hangsUp: at})
		if !errors.Is(err, errHungUp) || len(who.diary) != 1 {
			t.Errorf("%s: %v, heard %v", name, err, who.diary)
		}
	}
}
