package configs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/routing"
)

// checkGroups: a group of skills has skills, not groups.
func (l *loader) checkGroups() {
	d := l.doc("agents.yaml")
	for _, name := range slices.Sorted(maps.Keys(l.config.Groups)) {
		path := "skill_groups." + name
		if len(l.config.Groups[name]) == 0 {
			d.Wrong(path, fmt.Sprintf("group %q has no skills", name), "")
		}
		for i, skill := range l.config.Groups[name] {
			if _, group := l.config.Groups[skill]; group {
				d.Wrong(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%q is a group itself", skill), "skills alone")
			}
		}
	}
}

// checkOverflow: the queue's hours and flows exist.
func (l *loader) checkOverflow(d *strictyaml.Doc, path string, q Queue) {
	if _, ok := l.config.Hours[q.Hours]; q.Hours != "" && !ok && !l.doc("hours.yaml").Unread {
		d.Wrong(path+".hours", fmt.Sprintf("there are no hours %q", q.Hours), strictyaml.DidYouMean(q.Hours, slices.Collect(maps.Keys(l.config.Hours))))
	}
	for key, flow := range q.Overflow.ways() {
		if flow != "" && l.config.Flows[flow] == nil {
			d.Wrong(path+".overflow."+string(key), fmt.Sprintf("there is no flow %q", flow), strictyaml.DidYouMean(flow, l.flowNames()))
		}
	}
}

// checkWants reports skills and languages that nobody has, and agents who do not exist.
func (l *loader) checkWants(d *strictyaml.Doc, path string, w routing.Wants, agents []string) {
	if l.doc("agents.yaml").Unread {
		return
	}
	var skills, languages, people []string
	for _, a := range l.config.People {
		people = append(people, a.ID)
		languages = append(languages, a.Languages...)
		skills = append(skills, l.config.Groups.Named(routing.Wants{Skills: a.Skills})...)
	}
	has := func(path, name string) {
		for _, skill := range l.config.Groups.Named(routing.Wants{Skills: map[string]int{name: 0}}) {
			if !slices.Contains(skills, skill) {
				d.Wrong(path, fmt.Sprintf("nobody has the skill %q", skill), strictyaml.DidYouMean(skill, skills))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Skills)) {
		has(path+".skills."+name, name)
	}
	if w.Language != "" && !slices.Contains(languages, w.Language) {
		d.Wrong(path+".language", fmt.Sprintf("nobody speaks %q", w.Language), strictyaml.DidYouMean(w.Language, languages))
	}
	for n, r := range w.Relax {
		at := fmt.Sprintf("%s.relax[%d]", path, n)
		for i, name := range r.Drop {
			if name != "language" {
				has(fmt.Sprintf("%s.drop[%d]", at, i), name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(r.Lower)) {
			has(at+".lower."+name, name)
		}
	}
	for key, all := range map[string][]string{".agents": agents, ".prefer.agents": w.Prefer.Agents} {
		for i, id := range all {
			if !slices.Contains(people, id) {
				d.Wrong(fmt.Sprintf("%s%s[%d]", path, key, i), fmt.Sprintf("there is no agent %q", id), strictyaml.DidYouMean(id, people))
			}
		}
	}
}
