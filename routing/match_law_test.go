package routing

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The law by which the model of match_test.go judges: who may have whom, and who comes first.

// demand is what a customer asks now, put together anew.
func (m *model) demand(c *customer) (needs map[string]int, only []string) {
	q := m.queue(c)
	waited := time.Duration(m.now.UnixMilli()-c.entered) * time.Millisecond
	needs = map[string]int{}
	wishes := []Wants{c.Wants, q.Wants}
	for _, w := range wishes {
		for skill, level := range w.Skills {
			needs[skill] = max(needs[skill], level)
		}
		if w.Language != "" {
			needs["@"+w.Language] = 0
		}
	}
	for _, w := range wishes {
		for _, r := range w.Relax {
			if waited < r.After {
				continue
			}
			for _, name := range r.Drop {
				if name == "language" {
					name = "@fr"
				}
				delete(needs, name)
			}
			for skill, level := range r.Lower {
				if _, ok := needs[skill]; ok {
					needs[skill] = min(needs[skill], level)
				}
			}
		}
	}
	switch {
	case waited < c.Wants.Prefer.For:
		only = c.Wants.Prefer.Agents
	case len(c.Agents) > 0 && (c.AgentsFor == 0 || waited < c.AgentsFor):
		only = c.Agents
	case waited < q.Prefer.For:
		only = q.Prefer.Agents
	}
	return needs, only
}

func (m *model) queue(c *customer) Queue {
	return m.floor.Queues[slices.IndexFunc(m.floor.Queues, func(q Queue) bool { return q.Name == c.Queue })]
}

// fits tells whether the agent may have the customer, and the mean of what is needed of their skills.
func (m *model) fits(c *customer, p *person) (ok bool, mean float64) {
	if !slices.Contains(p.Queues, c.Queue) || c.only != nil && !slices.Contains(c.only, p.ID) {
		return false, 0
	}
	n := 0
	for name, least := range c.needs {
		if language, is := strings.CutPrefix(name, "@"); is {
			if !slices.Contains(p.Languages, language) {
				return false, 0
			}
			continue
		}
		level, has := p.Skills[name]
		if !has || level < least {
			return false, 0
		}
		mean += float64(level)
		n++
	}
	return true, mean / float64(max(n, 1))
}

func (m *model) used(p *person) (n int) {
	for _, a := range m.leases {
		if a == p.ID {
			n++
		}
	}
	return n
}

func (m *model) free(p *person) bool {
	return p.here && p.available && m.used(p) < *m.floor.Limits.Capacity.Voice
}

// judge: of all who could have this customer the agent comes first, and of all whom this agent could have the customer.
func (m *model) judge(c *customer, p *person) {
	rings := c != nil && m.queue(c).Strategy == "ring_all"
	joins := rings && len(c.rung) > 0 && c.rung[p.ID] == ""
	if c == nil || !m.free(p) || !c.waiting && !joins {
		m.Fatalf("%+v was offered to %+v", c, p)
	}
	if rings {
		m.judgeRing(c, p)
		return
	}
	fresh := false // somebody fits who was not tried
	var best *person
	for _, fits := range []bool{true, false} { // first of those who were not tried
		for _, id := range slices.Sorted(maps.Keys(m.agents)) {
			other := m.agents[id]
			if ok, _ := m.fits(c, other); ok && m.free(other) && c.tried[id] != fits && (best == nil || m.before(c, other, best)) {
				best, fresh = other, fits
			}
		}
		if best != nil {
			break
		}
	}
	if best != p {
		m.Fatalf("%s (%v, only %v, tried %v) was offered to %s, not to %v", c.ID, c.needs, c.only, c.tried, p.ID, best)
	}
	if !fresh {
		c.tried, c.round = map[string]bool{}, 0
		return // a new round begins with whoever comes first again
	}
	for _, other := range m.wait {
		if ok, _ := m.fits(other, p); ok && other.waiting && !other.tried[p.ID] &&
			(other.Priority < c.Priority || other.Priority == c.Priority && other.entered < c.entered) {
			m.Fatalf("%s was offered %s before %s", p.ID, c.ID, other.ID)
		}
	}
}

// judgeRing: where it rings for everybody, the agent fits and was not tried; or everybody was who is free, and nobody is
// rung: a new round begins, in which the rest is rung, too.
func (m *model) judgeRing(c *customer, p *person) {
	if ok, _ := m.fits(c, p); !ok {
		m.Fatalf("%s rings for %s, who does not fit", c.ID, p.ID)
	}
	if !c.tried[p.ID] {
		return
	}
	for _, other := range m.agents {
		if ok, _ := m.fits(c, other); ok && m.free(other) && !c.tried[other.ID] {
			m.Fatalf("%s rings for %s, who was tried, and %s was not", c.ID, p.ID, other.ID)
		}
	}
	if !c.waiting {
		m.Fatalf("%s rings for others, and now for %s, who was tried", c.ID, p.ID)
	}
	c.tried, c.round = map[string]bool{}, 0
}

// before is the queue's strategy.
func (m *model) before(c *customer, a, b *person) bool {
	q := m.queue(c)
	var by [][2]float64
	idle := [2]float64{float64(a.idle), float64(b.idle)}
	switch q.Strategy {
	case "skills":
		_, meanA := m.fits(c, a)
		_, meanB := m.fits(c, b)
		by = [][2]float64{{-meanA, -meanB}, {float64(m.used(a)), float64(m.used(b))}, idle}
	case "longest_idle":
		by = [][2]float64{idle}
	case "fewest_calls":
		by = [][2]float64{{float64(a.calls), float64(b.calls)}, idle}
	case "round_robin":
		by = [][2]float64{{float64(a.turns[c.Queue]), float64(b.turns[c.Queue])}, {float64(a.place), float64(b.place)}}
	case "linear":
		by = [][2]float64{{float64(a.place), float64(b.place)}}
	}
	for _, x := range by {
		if x[0] != x[1] {
			return x[0] < x[1]
		}
	}
	return a.ID < b.ID
}

// nobodyForgotten: nobody waits whom somebody free could have, and each asks what the time says.
func (m *model) nobodyForgotten() {
	for id, c := range m.wait {
		rings := len(c.rung) > 0 && !c.taken && m.queue(c).Strategy == "ring_all"
		for _, p := range m.agents {
			ok, _ := m.fits(c, p)
			if ok && m.free(p) && (c.waiting || rings && c.rung[p.ID] == "" && !c.tried[p.ID]) {
				m.Fatalf("%s (%+v) waits although %s is free", id, c, p.ID)
			}
		}
		if !c.waiting && !rings {
			continue
		}
		if needs, only := m.demand(c); !maps.Equal(needs, c.needs) || !slices.Equal(only, c.only) {
			m.Fatalf("%s asks %v of %v, and should ask %v of %v", id, c.needs, c.only, needs, only)
		}
	}
}
