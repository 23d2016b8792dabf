package ivr

import (
	"context"
	"strings"
	"testing"
	"time"
)

// FuzzFlow: whatever a file holds, it is told what is wrong with it, or it is a flow that can be walked to its end.
func FuzzFlow(f *testing.F) {
	for _, s := range []string{
		menu, digits, "start: a\nsteps: {a: {goto: dialled}}", "steps: {a: }", "start: a\nsteps: {a: {end: {file: x}}}",
		"start: a\nsteps: {a: {say: [x, [y, {text: z}]], then: a}}\ntests: [{press: [1], expect: {step: a}}]",
		"start: a\nsteps: {a: {hours: h, open: a, closed: a}}\ntests: [{at: 2026-03-02 10:00, expect: {queue: q, priority: 3}}]",
	} {
		f.Add("flow: dialled\n" + s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		flow, mistakes := Parse("f.yaml", []byte(text))
		known := Known{
			Flow:  func(name string) *Flow { return map[string]*Flow{flow.Name: flow}[name] },
			Flows: []string{flow.Name}, Queues: []string{"q"}, Hours: []string{"h"}, Variables: flow.Variables(),
			Clock: func(string, time.Time) (Hours, error) { return IsOpen, nil },
		}
		if mistakes = append(mistakes, flow.Check(known)...); len(mistakes) > 0 {
			return
		}
		flow.Try(known)
		w := World{Flow: known.Flow, Hours: known.Clock}
		err := flow.Run(context.Background(), &rehearsal{press: []string{"1", "", "12#"}}, w)
		if err != nil && ended(err) == "" {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzPrompt: a text without braces stays as it is, and a variable's value is never read as a text of its own.
func FuzzPrompt(f *testing.F) {
	for _, s := range []string{"", "Hello", "{{name}}", "{{ name }}{{name}}", "{{", "}}", "{{}}", "{{{name}}}", "{{na{{name}}", "a {{b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const value = "{{name}}"
		got := fill(text, map[string]string{"name": value})
		if !strings.Contains(text, "{{") && got != text {
			t.Errorf("%q became %q", text, got)
		}
		wanted := 0
		for _, name := range variables(text) {
			if name == "name" {
				wanted++
			}
		}
		if text == strings.Repeat("{{name}}", wanted) && got != strings.Repeat(value, wanted) {
			t.Errorf("%q became %q", text, got)
		}
		if len(got) > len(text)+wanted*len(value) {
			t.Errorf("%q grew to %q", text, got)
		}
	})
}
