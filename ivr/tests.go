package ivr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Test is a walk through a flow that check tries, without any call.
type Test struct {
	At     string   `yaml:"at"`    // what clocks show, such as "2026-03-02 10:00"; steps that look at hours need it
	Press  []string `yaml:"press"` // what is keyed, one text for each question; "" is silence, as is all after the last
	Expect Expect   `yaml:"expect"`
}

// Expect is what has to become of a test; what it does not name may be anything.
type Expect struct {
	Queue    string `yaml:"queue"`    // where the walk leads
	Priority int    `yaml:"priority"` // in that queue, as the flow wants it
	Step     string `yaml:"step"`     // which the walk passes, in whichever flow
}

// Try walks every test and reports what went another way. Every flow must be right.
func (f *Flow) Try(k Known) []strictyaml.Mistake {
	d := f.blank()
	for i, t := range f.Tests {
		path := fmt.Sprintf("tests[%d]", i)
		at, err := time.Parse("2006-01-02 15:04", t.At)
		if t.At != "" && err != nil {
			d.Wrong(path+".at", fmt.Sprintf("%q is no time", t.At), `such as "2026-03-02 10:00"`)
			continue
		}
		if t.Expect == (Expect{}) {
			d.Wrong(path, "the test expects nothing", "expect: {queue: NAME}, or {step: NAME}")
			continue
		}
		r := &rehearsal{press: slices.Clone(t.Press)}
		err = f.Run(context.Background(), r, World{Flow: k.Flow, Hours: func(profile string, _ time.Time) (Hours, error) {
			if t.At == "" {
				r.timeless = true
			}
			return k.Clock(profile, at)
		}})
		if r.timeless {
			d.Wrong(path, "at is missing: the walk looks at the clock", `such as "2026-03-02 10:00"`)
			continue
		}
		r.compare(t.Expect, err, path, d)
	}
	return d.Mistakes
}

// errQueued ends a rehearsal: what follows depends on agents.
var errQueued = &Ended{Reason: "queued"}

// rehearsal is a contact that hears nothing and presses what it was told.
type rehearsal struct {
	press    []string
	steps    []string
	want     *Want
	timeless bool // it asked for a time that the test does not say
}

func (r *rehearsal) Say(context.Context, Prompt, bool) error { return nil }

func (r *rehearsal) Keys(_ context.Context, limit int, end string, _ time.Duration) (string, error) {
	if len(r.press) == 0 {
		return "", ErrTimeout
	}
	all := r.press[0]
	r.press = r.press[1:]
	for i, key := range all {
		if string(key) == end {
			return all[:i], nil
		}
		if i+1 == limit {
			return all[:limit], nil
		}
	}
	return all, ErrTimeout
}

func (r *rehearsal) Queue(_ context.Context, w Want) (Outcome, string, error) {
	r.want = &w
	return "", "", errQueued
}

func (r *rehearsal) At(Place) {}

func (r *rehearsal) Note(_, step, key string) {
	if key == "" {
		r.steps = append(r.steps, step)
	}
}

func (r *rehearsal) compare(e Expect, err error, path string, d *strictyaml.Doc) {
	var ended *Ended
	if err != nil && !errors.As(err, &ended) {
		d.Wrong(path, err.Error(), "")
		return
	}
	passed := slices.Contains(r.steps, e.Step)
	const most = 12
	way := "the walk is "
	if n := len(r.steps); n > most {
		way, r.steps = "the walk ends with ", r.steps[n-most:]
	}
	way += strings.Join(r.steps, ", ")
	if e.Step != "" && !passed {
		d.Wrong(path+".expect.step", way, "")
	}
	switch {
	case e.Queue == "" && e.Priority == 0:
	case r.want == nil:
		d.Wrong(path+".expect.queue", way+", and in no queue", "")
	case e.Queue != "" && r.want.Queue != e.Queue:
		d.Wrong(path+".expect.queue", way+", in queue "+r.want.Queue, "")
	case e.Priority != 0 && r.want.Priority != e.Priority:
		d.Wrong(path+".expect.priority", fmt.Sprintf("%s, in queue %s with priority %d", way, r.want.Queue, r.want.Priority), "")
	}
}
