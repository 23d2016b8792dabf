package routing

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Wants is what an interaction asks of its agent. A queue's wishes hold for all who wait there, beside their own.
type Wants struct {
	Skills   map[string]int `yaml:"skills"`   // required, each with the lowest proficiency, 0 (any) to 100
	Language string         `yaml:"language"` // required; "" is any
	Relax    []Relax        `yaml:"relax"`    // what is no longer required after a time
	Prefer   Prefer         `yaml:"prefer"`   // who alone is offered it at first
}

// Relax asks for less after some time in the queue.
type Relax struct {
	After time.Duration  `yaml:"after"`
	Drop  []string       `yaml:"drop"`  // skills, or "language"
	Lower map[string]int `yaml:"lower"` // skills with a new lowest proficiency
}

// Prefer lets some agents come first for a time: nobody else is offered it before that is over.
type Prefer struct {
	Agents []string      `yaml:"agents"`
	For    time.Duration `yaml:"for"`
}

// anyLanguage is what relax calls the required language.
const anyLanguage = "language"

// named is how skills, languages and groups of skills may be called: their names travel in texts with commas.
var named = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// Validate says all that is wrong with the wishes, each fault beginning with its key.
func (w Wants) Validate() error {
	errs := []error{levels("skills", w.Skills)}
	if w.Language != "" && !named.MatchString(w.Language) {
		errs = append(errs, fmt.Errorf("language %q: letters, digits and -_. alone, such as fr", w.Language))
	}
	for n, r := range w.Relax {
		at := fmt.Sprintf("relax[%d]", n)
		if r.After <= 0 {
			errs = append(errs, fmt.Errorf("%s.after %s: more than 0s", at, r.After))
		}
		if len(r.Drop)+len(r.Lower) == 0 {
			errs = append(errs, fmt.Errorf("%s: relaxes nothing: drop or lower is needed", at))
		}
		errs = append(errs, levels(at+".lower", r.Lower))
	}
	if len(w.Prefer.Agents) > 0 && w.Prefer.For <= 0 {
		errs = append(errs, fmt.Errorf("prefer.for %s: more than 0s", w.Prefer.For))
	}
	return errors.Join(errs...)
}

// levels checks names and proficiencies.
func levels(key string, all map[string]int) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if level := all[name]; level < 0 || level > 100 {
			errs = append(errs, fmt.Errorf("%s.%s %d: a proficiency is 0 to 100", key, name, level))
		}
		if !named.MatchString(name) || name == anyLanguage {
			errs = append(errs, fmt.Errorf("%s: %q is no name of a skill: letters, digits and -_. alone", key, name))
		}
	}
	return errors.Join(errs...)
}

// Groups are names that stand for several skills, wherever a skill's name may.
type Groups map[string][]string

// each are the skills that a name stands for: a group's, or itself.
func (g Groups) each(name string) []string {
	if all, ok := g[name]; ok {
		return all
	}
	return []string{name}
}

// expand puts a group's skills in place of its name. A skill that is named itself keeps its own level.
func (g Groups) expand(skills map[string]int) map[string]int {
	out := map[string]int{}
	for name, level := range skills {
		for _, skill := range g.each(name) {
			if _, itself := skills[skill]; !itself {
				out[skill] = max(out[skill], level)
			}
		}
		if _, group := g[name]; !group {
			out[name] = level
		}
	}
	return out
}

// Named are the skills that the wishes name, groups put out.
func (g Groups) Named(w Wants) []string { return slices.Sorted(maps.Keys(g.expand(w.Skills))) }

// Expand puts skills in place of groups in all wishes.
func (g Groups) Expand(w Wants) Wants {
	w.Skills = g.expand(w.Skills)
	relax := make([]Relax, 0, len(w.Relax))
	for _, r := range w.Relax {
		var drop []string
		for _, name := range r.Drop {
			drop = append(drop, g.each(name)...)
		}
		relax = append(relax, Relax{After: r.After, Drop: drop, Lower: g.expand(r.Lower)})
	}
	w.Relax = relax
	return w
}

// script is the wishes as the scripts read them, "" when there are none: times in ms, a language begins with @.
func (w Wants) script(agents []string, fallback time.Duration) string {
	type relax struct {
		After int64          `json:"after"`
		Drop  []string       `json:"drop,omitempty"`
		Lower map[string]int `json:"lower,omitempty"`
	}
	type only struct {
		Agents []string `json:"agents"`
		Till   int64    `json:"till"` // 0 is for ever
	}
	out := struct {
		Needs map[string]int `json:"needs,omitempty"`
		Relax []relax        `json:"relax,omitempty"`
		Only  []only         `json:"only,omitempty"` // the first whose time is not over holds
	}{Needs: maps.Clone(w.Skills)}
	if w.Language != "" {
		if out.Needs == nil {
			out.Needs = map[string]int{}
		}
		out.Needs["@"+w.Language] = 0
	}
	for _, r := range w.Relax {
		drop := slices.Clone(r.Drop)
		for i := range drop {
			if drop[i] == anyLanguage {
				drop[i] = "@"
			}
		}
		out.Relax = append(out.Relax, relax{r.After.Milliseconds(), drop, r.Lower})
	}
	slices.SortStableFunc(out.Relax, func(a, b relax) int { return int(a.After - b.After) })
	if len(w.Prefer.Agents) > 0 {
		out.Only = append(out.Only, only{w.Prefer.Agents, w.Prefer.For.Milliseconds()})
	}
	if len(agents) > 0 {
		out.Only = append(out.Only, only{agents, fallback.Milliseconds()})
	}
	if len(out.Needs)+len(out.Relax)+len(out.Only) == 0 {
		return ""
	}
	b, _ := json.Marshal(out) // strings and numbers alone
	return string(b)
}

// traits is what an agent can do, as the scripts read it: ",billing=80,@fr=100,"; "" is nothing.
func traits(a Agent, g Groups) string {
	var b strings.Builder
	skills := g.expand(a.Skills)
	for _, name := range slices.Sorted(maps.Keys(skills)) {
		fmt.Fprintf(&b, ",%s=%d", name, skills[name])
	}
	for _, name := range a.Languages {
		fmt.Fprintf(&b, ",@%s=100", name)
	}
	if b.Len() > 0 {
		b.WriteString(",")
	}
	return b.String()
}
