package configs

import (
	"strings"
	"testing"
)

// What is wrong in flows and sounds, and the lines that tell it.
func TestEachMistakeOfAFlowIsToldWithItsPlace(t *testing.T) {
	toldExactly(t, map[string]wrong{
		"unknown step, flow, queue, hours": {[]edit{
			{"flows/main.yaml", "then: menu                  #", "then: menue #"},
			{"flows/main.yaml", "goto: support", "goto: suppor"},
			{"flows/main.yaml", "name: sales ", "name: sale "},
			{"flows/main.yaml", "hours: office", "hours: ofice"},
			{"flows/main.yaml", "start: welcome", "start: welcom"},
			{"flows/main.yaml", "error: trouble                  #", "error: truble #"},
		}, `
flows/main.yaml:4:8: there is no step "welcom" (did you mean welcome?)
flows/main.yaml:5:8: there is no step "truble" (did you mean trouble?)
flows/main.yaml:10:11: there is no step "menue" (did you mean menu?)
flows/main.yaml:25:13: there is no queue "sale" (did you mean sales?)
flows/main.yaml:34:11: there is no flow "suppor" (did you mean support?)
flows/main.yaml:36:12: there are no hours "ofice" (did you mean office?)
`},
		"step that nothing reaches": {[]edit{{"flows/main.yaml", "tests:", "  lost: {say: \"We are open now.\", then: bye}\ntests:"}}, `
flows/main.yaml:48:9: nothing leads to step "lost"
`},
		"dead ends": {[]edit{
			{"flows/main.yaml", "    then: menu                  # needed\n", ""},
			{"flows/main.yaml", "    failed: sales               # needed: after the last try\n", ""},
			{"flows/main.yaml", "    closed: closed              # needed\n", ""},
		}, `
flows/main.yaml:8:5: step "welcome" leads nowhere: then is missing
flows/main.yaml:11:5: nothing leads to step "menu"
flows/main.yaml:11:5: step "menu" leads nowhere: failed is missing
flows/main.yaml:22:5: nothing leads to step "sales"
flows/main.yaml:32:5: nothing leads to step "support"
flows/main.yaml:34:5: nothing leads to step "hours"
flows/main.yaml:34:5: step "hours" leads nowhere: closed is missing
flows/main.yaml:37:9: nothing leads to step "open"
flows/main.yaml:38:11: nothing leads to step "closed"
flows/main.yaml:39:9: nothing leads to step "full"
flows/main.yaml:40:9: nothing leads to step "late"
flows/main.yaml:43:5: nothing leads to step "bye"
`},
		"key that leads nowhere": {[]edit{{"flows/main.yaml", `keys: {"1": sales, "2": support, "3": hours}`, `keys: {"1": sales, "2": , "3": hors, "11": hours}`}}, `
flows/main.yaml:19:28: the key 2 leads nowhere
flows/main.yaml:19:36: there is no step "hors" (did you mean hours?)
flows/main.yaml:19:48: no telephone has the key 11 (0 to 9, * and #)
flows/main.yaml:34:5: nothing leads to step "support"
`},
		"menu without keys": {[]edit{{"flows/main.yaml", "    keys: {\"1\": sales, \"2\": support, \"3\": hours} # needed\n", ""}}, `
flows/main.yaml:12:5: a menu needs keys (keys: {"1": step})
flows/main.yaml:33:5: nothing leads to step "support"
flows/main.yaml:35:5: nothing leads to step "hours"
flows/main.yaml:39:9: nothing leads to step "open"
flows/main.yaml:40:11: nothing leads to step "closed"
`},
		"unquoted yes, no, on, off": {[]edit{{"flows/main.yaml", "tests:", "  no: {goto: support}\n  Off: {goto: support}\ntests:"}}, `
flows/main.yaml:48:3: the key no must stand in quotes: many YAML readers take it for true or false
flows/main.yaml:49:3: the key Off must stand in quotes: many YAML readers take it for true or false
`},
		"step that does nothing, or too much": {[]edit{
			{"flows/main.yaml", "    goto: support               # another flow\n", "    then: bye\n"},
			{"flows/main.yaml", "  bye:\n", "  bye:\n    say: \"We are open now.\"\n"},
		}, `
flows/main.yaml:34:5: step "support" does nothing (one of say, menu, digits, hours, queue, goto, end)
flows/main.yaml:46:5: step "bye" does several things: [say end] (one verb a step)
`},
		"way out that the step has not": {[]edit{{"flows/main.yaml", "    full: full ", "    open: full "}}, `
flows/main.yaml:28:11: open is no way out of queue
flows/main.yaml:42:9: nothing leads to step "full"
`},
		"key of another step": {[]edit{{"flows/main.yaml", "    goto: support ", "    barge_in: false\n    keys: {\"1\": bye}\n    reason: x\n    goto: support "}}, `
flows/main.yaml:34:15: only say steps have barge_in
flows/main.yaml:35:11: only menu steps have keys
flows/main.yaml:36:13: only end steps have reason
`},
		"numbers of questions": {[]edit{
			{"flows/main.yaml", "tries: 3", "tries: 0"},
			{"flows/main.yaml", "timeout: 6s", "timeout: 0s"},
			{"flows/support.yaml", "max: 10", "max: 100"},
			{"flows/support.yaml", `end: "#"`, "end: x"},
			{"flows/support.yaml", "as: order", "as: my order"},
			{"flows/main.yaml", "priority: 0 ", "priority: 11 "},
		}, `
flows/main.yaml:15:16: timeout 0s: more than 0s
flows/main.yaml:16:14: tries 0: 1 or more
flows/main.yaml:26:17: priority 11: 1 (first) to 10
flows/support.yaml:11:12: max 100: 1 to 64 keys
flows/support.yaml:12:12: no telephone has the key x (one of 0 to 9, * and #)
flows/support.yaml:16:11: "my order" is no name of a variable (letters, digits and _)
`},
		"min above max": {[]edit{{"flows/support.yaml", "min: 1 ", "min: 11 "}}, `
flows/support.yaml:10:12: min 11: 0 to max, which is 10
`},
		"bad regular expression": {[]edit{{"flows/support.yaml", `match: "^[0-9]+$"`, `match: "^([0-9]+$"`}}, "flows/support.yaml:15:14: error parsing regexp: missing closing ): `^([0-9]+$`"},
		"missing sound of a prompt, of one variant": {[]edit{
			{"flows/main.yaml", `say: "Welcome to Callfloor."`, `say: ["Welcome to Callfloor.", {file: welcom.wav}]`},
			{"flows/main.yaml", `silence: "I did not hear a key." #`, "silence: {file: ../agents.yaml} #"},
		}, `
flows/main.yaml:8:10: there is no sound "welcom.wav" (did you mean welcome.wav?)
flows/main.yaml:17:16: there is no sound "../agents.yaml"
`},
		"prompt of nothing": {[]edit{
			{"flows/main.yaml", `say: "Welcome to Callfloor."`, "say: {}"},
			{"flows/main.yaml", `silence: "I did not hear a key." #`, "silence: {flie: x.wav} #"},
			{"flows/main.yaml", `open: {say: "We are open now."`, `open: {say: ""`},
		}, `
flows/main.yaml:8:10: there is nothing to say (a text, or file: NAME.wav)
flows/main.yaml:17:16: there is nothing to say (a text, or file: NAME.wav)
flows/main.yaml:17:17: unknown key "flie" (did you mean file?)
flows/main.yaml:40:15: there is nothing to say (a text, or file: NAME.wav)
`},
		"variable that nothing keeps": {[]edit{{"flows/support.yaml", `bye: {end: "Thank you for calling. Goodbye."`, `bye: {end: "Thank you for {{ordr}}."`}}, `
flows/support.yaml:26:14: there is no variable "ordr" (did you mean order?)
`},
		"flow twice": {[]edit{
			{"flows/support.yaml", "flow: support", "flow: main"},
			{"flows/main.yaml", "    goto: support               # another flow\n", "    goto: main\n"},
			{"entries.yaml", "flow: support", "flow: main"},
		}, `
flows/support.yaml:2:7: there is another flow "main", in flows/main.yaml
`},
		"tests of a flow": {[]edit{
			{"flows/main.yaml", "      queue: sales              #", "      queue: support #"},
			{"flows/main.yaml", "step: open ", "step: closed "},
			{"flows/support.yaml", `  - {press: ["4711#"], expect: {queue: support}}`, "  - {press: [\"4711#\"]}\n  - {at: tomorrow, expect: {queue: support}}\n  - {press: [\"12345678901\"], expect: {queue: support, priority: 1}}"},
			{"flows/main.yaml", `{at: "2026-12-25 10:00", press`, "{press"},
		}, `
flows/main.yaml:51:14: the walk is welcome, menu, sales, in queue sales
flows/main.yaml:56:13: the walk is welcome, menu, hours, open, menu, support, order, wait
flows/main.yaml:57:5: at is missing: the walk looks at the clock (such as "2026-03-02 10:00")
flows/support.yaml:28:5: the test expects nothing (expect: {queue: NAME}, or {step: NAME})
flows/support.yaml:29:10: "tomorrow" is no time (such as "2026-03-02 10:00")
flows/support.yaml:30:65: the walk is order, wait, in queue support with priority 0
`},
		"manifest": {[]edit{{"sounds/manifest.yaml", `"2": 2.wav`, "\"2\": 22.wav\n\"1.\": 1.wav\n\"...\": 1.wav\n\"3\": [x]"}}, `
sounds/manifest.yaml:20:6: there is no sound "22.wav" (did you mean 12.wav?)
sounds/manifest.yaml:21:7: "1." stands here twice, but for case and marks
sounds/manifest.yaml:22:8: there are no words
sounds/manifest.yaml:23:6: expected a text
sounds/manifest.yaml:24:1: "3" stands here twice
`},
		"bomb of aliases": {[]edit{{"flows/main.yaml", "", "a: &a [x, x]\nb: &b [*a, *a]\nflow: main\nstart: bye\nsteps: {bye: {end: *b}}\n"}}, `
flows/main.yaml:1:1: unknown key "a" (one of error, flow, start, steps, tests)
flows/main.yaml:2:1: unknown key "b" (one of error, flow, start, steps, tests)
flows/main.yaml:5:14: step "bye" does nothing (one of say, menu, digits, hours, queue, goto, end)
flows/main.yaml:5:20: anchors (&) and aliases (*) are not read (write it out, or quote the text)
`},
		"deep nesting": {[]edit{{"flows/main.yaml", "", "steps: " + strings.Repeat("[", 99)}}, `
flows/main.yaml:1:72: more than 64 levels of brackets
`},
	})
}
