package configs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/callfloor/callfloor/dialing"
	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/sip"
)

// checkDialing looks at the names that the dialing rules use.
func (l *loader) checkDialing(d *strictyaml.Doc) {
	c := l.config
	p := &c.Dialing
	d.Invalid("dialing", p.Validate())
	sends := map[string]bool{}
	for _, t := range c.Trunks {
		sends[t.Name] = t.Send != ""
	}
	trunks := func(path string, all []string) {
		for i, name := range all {
			at := fmt.Sprintf("dialing.%s.trunks[%d]", path, i)
			switch out, known := sends[name]; {
			case !known:
				d.Wrong(at, fmt.Sprintf("there is no trunk %q", name), strictyaml.DidYouMean(name, names(c.Trunks, func(t sip.Trunk) string { return t.Name })))
			case !out:
				d.Wrong(at, fmt.Sprintf("trunk %q has no send: no calls go out there", name), "")
			}
		}
	}
	for i, r := range p.Rules {
		trunks(fmt.Sprintf("rules[%d]", i), r.Trunks)
		l.checkWhose(d, fmt.Sprintf("dialing.rules[%d]", i), r.Whose)
	}
	for i, id := range p.CallerIDs {
		l.checkWhose(d, fmt.Sprintf("dialing.caller_ids[%d]", i), id.Whose)
	}
	trunks("emergency", p.Emergency.Trunks)
	if h := p.Limits.Hours; h != "" && c.Hours[h] == nil && !l.doc("hours.yaml").Unread {
		d.Wrong("dialing.limits.hours", fmt.Sprintf("there are no hours %q", h), strictyaml.DidYouMean(h, slices.Sorted(maps.Keys(c.Hours))))
	}
}

func (l *loader) checkWhose(d *strictyaml.Doc, path string, w dialing.Whose) {
	c := l.config
	for _, kind := range []struct {
		key, one     string
		names, known []string
		file         string
	}{
		{"teams", "team", w.Teams, slices.Sorted(maps.Keys(c.Teams)), "agents.yaml"},
		{"queues", "queue", w.Queues, names(c.Queues, func(q Queue) string { return q.Name }), "queues.yaml"},
		{"agents", "agent", w.Agents, names(c.People, func(a Agent) string { return a.ID }), "agents.yaml"},
	} {
		for i, name := range kind.names {
			if !slices.Contains(kind.known, name) && !l.doc(kind.file).Unread {
				d.Wrong(fmt.Sprintf("%s.%s[%d]", path, kind.key, i), fmt.Sprintf("there is no %s %q", kind.one, name), strictyaml.DidYouMean(name, kind.known))
			}
		}
	}
}
