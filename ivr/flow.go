package ivr

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/routing"
)

// Flow is a graph of steps with a start. It never changes: a call keeps the one with which it began.
type Flow struct {
	Name  string           `yaml:"flow"`
	Start string           `yaml:"start"`
	Error string           `yaml:"error"` // the step for faults that a step has no way for
	Steps map[string]*Step `yaml:"steps"`
	Tests []Test           `yaml:"tests"` // walks that check tries

	doc *strictyaml.Doc
}

// Step is one verb with its parameters, and the ways out of it.
type Step struct {
	Say     *Prompt `yaml:"say"`
	BargeIn bool    `yaml:"barge_in"` // of say; default true
	Menu    *Menu   `yaml:"menu"`
	Digits  *Digits `yaml:"digits"`
	Hours   string  `yaml:"hours"`
	Queue   *Queue  `yaml:"queue"`
	Goto    string  `yaml:"goto"`
	End     *Prompt `yaml:"end"`

	Keys    map[string]string `yaml:"keys"`    // of menu: key to step
	Open    string            `yaml:"open"`    // of hours
	Closed  string            `yaml:"closed"`  // of hours and queue
	Holiday string            `yaml:"holiday"` // of hours; default closed
	Full    string            `yaml:"full"`    // of queue
	NoAgent string            `yaml:"no_agents"`
	TimeOut string            `yaml:"timeout"`
	Reason  string            `yaml:"reason"` // of end; default normal

	Then   string `yaml:"then"`
	Failed string `yaml:"failed"`
	Error  string `yaml:"error"`
}

// FromNode reads a step over its defaults.
func (s *Step) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	s.BargeIn, s.Reason = true, "normal"
	type plain Step
	d.Value(n, reflect.ValueOf((*plain)(s)).Elem(), path)
	for _, of := range []struct {
		key, verb string
		there     bool
	}{{"barge_in", "say", s.Say != nil}, {"keys", "menu", s.Menu != nil}, {"reason", "end", s.End != nil}} {
		if !of.there && d.Has(path+"."+of.key) {
			d.Wrong(path+"."+of.key, fmt.Sprintf("only %s steps have %s", of.verb, of.key), "")
		}
	}
}

// exit is one way out of a step, by the key that names it.
type exit struct{ key, step string }

// verb is what a step does; one file each.
type verb interface {
	name() string
	run(r *run, s *Step) (next string, err error)
	// exits are the keys that lead on, needed says which of them must be there.
	exits(s *Step) []exit
	needed() []string
	check(s *Step, path string, d *strictyaml.Doc, k Known)
}

// verb is the step's one verb; nil when there is none, or more than one.
func (s *Step) verb() (found verb, all []string) {
	for _, v := range []struct {
		there bool
		verb  verb
	}{
		{s.Say != nil, sayStep{}},
		{s.Menu != nil, menuStep{}},
		{s.Digits != nil, digitsStep{}},
		{s.Hours != "", hoursStep{}},
		{s.Queue != nil, queueStep{}},
		{s.Goto != "", gotoStep{}},
		{s.End != nil, endStep{}},
	} {
		if v.there {
			found, all = v.verb, append(all, v.verb.name())
		}
	}
	return found, all
}

// Parse reads one flow. The mistakes are those of the file alone; Check finds the rest.
func Parse(file string, src []byte) (*Flow, []strictyaml.Mistake) {
	f := &Flow{}
	f.doc = strictyaml.Decode(file, src, f)
	return f, f.doc.Mistakes
}

// Unread is the flow of a file that cannot be read: others may lead there, and nothing more is said of it.
func Unread(file, why string) (*Flow, []strictyaml.Mistake) {
	f := &Flow{doc: strictyaml.Decode(file, nil, &struct{}{})}
	f.doc.Unread = true
	f.doc.Wrong("", why, "")
	return f, f.doc.Mistakes
}

// Known is what a flow may refer to; a nil list is not known, and nothing is said of it.
type Known struct {
	Queues, Hours, Flows []string
	// Wants reports what no agent can meet; nil says nothing of it.
	Wants     func(d *strictyaml.Doc, path string, w routing.Wants, agents []string)
	Variables []string // what steps keep, in any flow
	Flow      func(name string) *Flow
	Clock     func(profile string, wall time.Time) (Hours, error) // wall is what clocks of the profile's zone show
	Sound     func(Prompt) (what, hint string)                    // why a prompt cannot be said; "" when it can
}

// known reports a name that is not in the list.
func known(d *strictyaml.Doc, path, what, name string, all []string) {
	if all != nil && !slices.Contains(all, name) {
		d.Wrong(path, fmt.Sprintf("there %s %q", what, name), strictyaml.DidYouMean(name, all))
	}
}

// File is the name of the file that the flow was read from.
func (f *Flow) File() string { return f.doc.File }

// Mistake is one at a path of the flow's file.
func (f *Flow) Mistake(path, what string) strictyaml.Mistake {
	d := f.blank()
	d.Wrong(path, what, "")
	return d.Mistakes[0]
}

// blank is the flow's file with no mistakes.
func (f *Flow) blank() *strictyaml.Doc {
	d := *f.doc
	d.Mistakes = nil
	return &d
}

// Check reports every mistake of a flow that reads well: steps that do not exist or are never reached, dead ends,
// names nobody knows.
func (f *Flow) Check(k Known) []strictyaml.Mistake {
	d := f.blank()
	if f.Name == "" {
		d.Wrong("", "the flow has no name", "flow: NAME")
	}
	if f.doc.Unread {
		return nil // Parse has said why
	}
	if len(f.Steps) == 0 {
		d.Wrong("steps", "the flow has no steps", "")
		return d.Mistakes
	}
	names := f.names()
	begins := f.target(d, "start", f.Start, names)
	if f.Error != "" {
		f.target(d, "error", f.Error, names)
	}
	for _, name := range names {
		f.checkStep(name, names, d, k)
	}
	reached := map[string]bool{}
	f.reach(f.Start, reached)
	f.reach(f.Error, reached)
	for _, name := range names {
		if begins && !reached[name] {
			d.Wrong("steps."+name, fmt.Sprintf("nothing leads to step %q", name), "")
		}
	}
	return d.Mistakes
}

// Variables are what the flow's steps keep.
func (f *Flow) Variables() []string {
	var all []string
	for _, s := range f.Steps {
		if s != nil && s.Digits != nil && s.Digits.As != "" {
			all = append(all, s.Digits.As)
		}
	}
	return all
}

func (f *Flow) names() []string {
	names := make([]string, 0, len(f.Steps))
	for n := range f.Steps {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// target reports whether a way leads to a step.
func (f *Flow) target(d *strictyaml.Doc, path, step string, names []string) bool {
	switch {
	case step == "":
		d.Wrong(path, "a step's name is needed", "")
		return false
	case !slices.Contains(names, step):
		d.Wrong(path, fmt.Sprintf("there is no step %q", step), strictyaml.DidYouMean(step, names))
		return false
	}
	return true
}

func (f *Flow) checkStep(name string, names []string, d *strictyaml.Doc, k Known) {
	s, path := f.Steps[name], "steps."+name
	if s == nil {
		d.Wrong(path, fmt.Sprintf("step %q is empty", name), "")
		return
	}
	v, all := s.verb()
	switch {
	case len(all) == 0:
		d.Wrong(path, fmt.Sprintf("step %q does nothing", name), "one of say, menu, digits, hours, queue, goto, end")
		return
	case len(all) > 1:
		d.Wrong(path, fmt.Sprintf("step %q does several things: %v", name, all), "one verb a step")
		return
	}
	ways := v.exits(s)
	for _, e := range ways {
		if e.step != "" {
			f.target(d, path+"."+e.key, e.step, names)
		}
	}
	for _, need := range v.needed() {
		if !slices.ContainsFunc(ways, func(e exit) bool { return e.key == need && e.step != "" }) {
			d.Wrong(path, fmt.Sprintf("step %q leads nowhere: %s is missing", name, need), "")
		}
	}
	for _, e := range s.given() {
		if !slices.ContainsFunc(ways, func(w exit) bool { return w.key == e.key }) {
			d.Wrong(path+"."+e.key, fmt.Sprintf("%s is no way out of %s", e.key, v.name()), "")
		}
	}
	v.check(s, path, d, k)
}

// given are the ways out that the step names, whether its verb has them or not.
func (s *Step) given() []exit {
	var all []exit
	for _, e := range []exit{
		{"open", s.Open},
		{"closed", s.Closed},
		{"holiday", s.Holiday},
		{"full", s.Full},
		{"no_agents", s.NoAgent},
		{"timeout", s.TimeOut},
		{"then", s.Then},
		{"failed", s.Failed},
		{"error", s.Error},
	} {
		if e.step != "" {
			all = append(all, e)
		}
	}
	return all
}

func (f *Flow) reach(step string, seen map[string]bool) {
	s := f.Steps[step]
	if s == nil || seen[step] {
		return
	}
	seen[step] = true
	if v, _ := s.verb(); v != nil {
		for _, e := range v.exits(s) {
			f.reach(e.step, seen)
		}
	}
}
