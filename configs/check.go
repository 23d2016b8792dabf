package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/dialing"
	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/prompts"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
)

// check looks at what no file can know alone.
func (l *loader) check() {
	l.checkSounds()
	l.checkMain()
	l.checkAgents()
	l.checkGroups()
	l.checkTeams()
	l.checkQueues()
	l.checkTrunks()
	l.checkHours()
	l.checkEntries()
	l.checkFlows()
	for _, d := range l.docs { // in any order: they are sorted
		l.mistakes = append(l.mistakes, d.Mistakes...)
	}
}

func names[T any](all []T, name func(T) string) []string {
	out := make([]string, 0, len(all))
	for _, x := range all {
		out = append(out, name(x))
	}
	return out
}

func (l *loader) checkMain() {
	d, c := l.doc("callfloor.yaml"), l.config
	for _, s := range []struct {
		path   string
		secret *string
	}{{"redis.password", &c.Redis.Password}, {"sql.url", &c.SQL.URL}, {"cluster.secret", &c.Cluster.Secret}} {
		var err error
		if *s.secret, err = fetch(*s.secret); err != nil {
			d.Wrong(s.path, err.Error(), "")
		}
	}
	for _, part := range []struct {
		path string
		err  error
	}{
		{"http", c.HTTP.Validate()},
		{"sip", c.SIP.Validate()},
		{"media", c.Media.Validate()},
		{"redis", c.Redis.Validate()},
		{"cluster", c.Cluster.Validate()},
		{"prompts", c.Prompts.Validate()},
		{"sql", c.SQL.Validate()},
		{"limits", c.Limits.Validate()},
		{"log", c.Log.Validate()},
	} {
		d.Invalid(part.path, part.err)
	}
	if c.Cluster.On() && c.Redis.Embedded() {
		d.Wrong("cluster.listen", "several nodes need one Redis: redis.address is empty", "")
	}
	if c.Cluster.On() && !c.SQL.Shared() {
		d.Wrong("cluster.listen", "several nodes need one Postgres: sql.url is not one", "")
	}
	if c.Data == "" {
		d.Wrong("data", "a data directory is needed", "")
	}
	if c.Flows[c.Default] == nil {
		d.Wrong("default_flow", fmt.Sprintf("there is no flow %q", c.Default), strictyaml.DidYouMean(c.Default, l.flowNames()))
	}
	for what, reasons := range map[string][]api.Choice{"away": c.Reasons, "busy": c.BusyReasons} {
		codes := map[string]bool{}
		for i, r := range reasons {
			unique(d, fmt.Sprintf("%s_reasons[%d].code", what, i), what+" reason", r.Code, codes)
		}
	}
	l.checkAddresses(d)
	l.sound(d, "hold_music", c.HoldMusic)
	if c.Drain <= 0 {
		d.Wrong("drain", "live calls need some time", "such as 10m")
	}
	c.DrainWords.CheckAny("drain_words", d, ivr.Known{Variables: []string{}, Sound: l.unsound})
}

func (l *loader) checkAddresses(d *strictyaml.Doc) {
	c, used := l.config, map[string]string{}
	for _, p := range []struct{ name, address string }{{"http.listen", c.HTTP.Listen}, {"sip.tcp", c.SIP.TCP}, {"sip.tls", c.SIP.TLS}, {"cluster.listen", c.Cluster.Listen}} {
		_, port, err := net.SplitHostPort(p.address)
		if err != nil || port == "0" {
			continue
		}
		if other, ok := used[p.address]; ok {
			d.Wrong(p.name, fmt.Sprintf("%s is the address of %s, too", p.address, other), "")
		}
		used[p.address] = p.name
	}
}

func (l *loader) sound(d *strictyaml.Doc, path, file string) {
	if file == "" {
		return
	}
	if what, hint := l.unsound(ivr.Prompt{File: file}); what != "" {
		d.Wrong(path, what, hint)
	}
}

// unsound says why a prompt cannot be heard, "" when it can.
func (l *loader) unsound(p ivr.Prompt) (what, hint string) {
	err := l.speaker.Check(p.Text, p.File)
	switch {
	case err == nil || errors.Is(err, prompts.ErrUnspeakable): // the engine may be on the server and not here
		return "", ""
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		all, _ := fs.Glob(l.config.Sounds, "*.wav")
		return fmt.Sprintf("there is no sound %q", p.File), strictyaml.DidYouMean(p.File, all)
	}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Path + " " + strictyaml.Unreadable(err), ""
	}
	return strings.TrimPrefix(err.Error(), "sound "), ""
}

func (l *loader) flowNames() []string {
	var all []string
	for n := range l.config.Flows {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// unique reports a name that is missing or stands twice.
func unique(d *strictyaml.Doc, path, what, name string, seen map[string]bool) {
	switch {
	case name == "":
		d.Wrong(path, what+" without "+path[strings.LastIndex(path, ".")+1:], "")
	case seen[name]:
		d.Wrong(path, fmt.Sprintf("there is another %s %q", what, name), "")
	}
	seen[name] = true
}

func (l *loader) checkAgents() {
	d, seen := l.doc("agents.yaml"), map[string]bool{}
	queues := names(l.config.Queues, func(q Queue) string { return q.Name })
	for i, a := range l.config.People {
		path := fmt.Sprintf("agents[%d]", i)
		unique(d, path+".id", "agent", a.ID, seen)
		for j, q := range a.Queues {
			if !slices.Contains(queues, q) && !l.doc("queues.yaml").Unread {
				d.Wrong(fmt.Sprintf("%s.queues[%d]", path, j), fmt.Sprintf("there is no queue %q", q), strictyaml.DidYouMean(q, queues))
			}
		}
		d.Invalid(path, a.Validate())
		l.checkCapacity(d, path, a)
		if a.Device != Browser && a.Device != Phone {
			d.Wrong(path+".device", fmt.Sprintf("there is no device %q", a.Device), "browser or phone")
		}
		if a.Country != "" && !dialing.IsCountry(a.Country) {
			d.Wrong(path+".country", fmt.Sprintf("%q is no country", a.Country), "such as GB")
		}
		if a.Role != "agent" && a.Role != "supervisor" {
			d.Wrong(path+".role", fmt.Sprintf("there is no role %q", a.Role), "agent or supervisor")
		}
		if a.Password != "" {
			if err := api.CheckHash(string(a.Password)); err != nil {
				d.Wrong(path+".password", err.Error(), "")
			}
		}
		if a.Device == Phone && a.PhonePassword == "" {
			d.Wrong(path, "a desk phone needs phone_password", "")
		}
	}
}

// checkCapacity looks at an agent's team, and at their own numbers within those of the team and the limits.
func (l *loader) checkCapacity(d *strictyaml.Doc, path string, a Agent) {
	c := l.config
	var team routing.Capacity
	if t := c.Teams[a.Team]; t != nil {
		team = t.Capacity
	} else if a.Team != "" {
		d.Wrong(path+".team", fmt.Sprintf("there is no team %q", a.Team), strictyaml.DidYouMean(a.Team, slices.Sorted(maps.Keys(c.Teams))))
	}
	d.Invalid(path, a.Capacity.Within("capacity", team, c.Limits.Capacity))
}

func (l *loader) checkTeams() {
	d := l.doc("agents.yaml")
	for _, name := range slices.Sorted(maps.Keys(l.config.Teams)) {
		if t := l.config.Teams[name]; t != nil {
			d.Invalid("teams."+name, errors.Join(t.Capacity.Within("capacity", l.config.Limits.Capacity), t.Validate()))
		}
	}
}

func (l *loader) checkQueues() {
	d, seen := l.doc("queues.yaml"), map[string]bool{}
	for i, q := range l.config.Queues {
		path := fmt.Sprintf("queues[%d]", i)
		unique(d, path+".name", "queue", q.Name, seen)
		d.Invalid(path, q.Validate())
		l.checkOverflow(d, path, q)
		l.checkWants(d, path, q.Wants, nil)
		if !l.doc("agents.yaml").Unread && !slices.ContainsFunc(l.config.People, func(a Agent) bool { return slices.Contains(a.Queues, q.Name) }) {
			d.Wrong(path+".name", fmt.Sprintf("nobody serves queue %q", q.Name), "")
		}
		l.sound(d, path+".music", q.Music)
		words := ivr.Known{Variables: []string{}, Sound: l.unsound}
		q.Welcome.CheckAny(path+".welcome", d, words)
		q.Sorry.CheckAny(path+".sorry", d, words)
		words.Variables = []string{"queue.position", "queue.waiting"}
		if q.Announce.Every > 0 {
			q.Announce.Say.Check(path+".announce.say", d, words)
		} else {
			q.Announce.Say.CheckAny(path+".announce.say", d, words)
		}
		codes := map[string]bool{}
		for j, x := range q.Dispositions {
			unique(d, fmt.Sprintf("%s.dispositions[%d].code", path, j), "disposition", x.Code, codes)
		}
	}
}

func (l *loader) checkTrunks() {
	d, seen := l.doc("trunks.yaml"), map[string]bool{}
	for i, t := range l.config.Trunks {
		path := fmt.Sprintf("trunks[%d]", i)
		unique(d, path+".name", "trunk", t.Name, seen)
		d.Invalid(path, t.Validate())
	}
	l.checkDialing(d)
}

func (l *loader) checkHours() {
	d := l.doc("hours.yaml")
	for _, name := range slices.Sorted(maps.Keys(l.config.Hours)) {
		h := l.config.Hours[name]
		if h == nil {
			d.Wrong("hours."+name, "these hours are empty", "")
			continue
		}
		h.prepare(d, "hours."+name)
	}
}

// dialable is the user part of an address, as phones and trunks send it.
var dialable = regexp.MustCompile(`^\+?[0-9A-Za-z*#._~-]+$`)

func (l *loader) checkEntries() {
	d, seen, numbers := l.doc("entries.yaml"), map[string]bool{}, map[string]string{}
	trunks := names(l.config.Trunks, func(t sip.Trunk) string { return t.Name })
	for i, e := range l.config.Entries {
		path := fmt.Sprintf("entries[%d]", i)
		unique(d, path+".name", "entry", e.Name, seen)
		if len(e.Numbers) == 0 {
			d.Wrong(path, "an entry needs numbers", "")
		}
		for j, n := range e.Numbers {
			at := fmt.Sprintf("%s.numbers[%d]", path, j)
			if other, ok := numbers[n]; ok {
				d.Wrong(at, fmt.Sprintf("number %s belongs to %s", n, other), "")
			} else if !dialable.MatchString(n) {
				d.Wrong(at, fmt.Sprintf("nobody can dial %q: expected digits, * and #, or a name", n), "such as 100, +15550100 or sales")
			}
			numbers[n] = e.Name
		}
		if l.config.Flows[e.Flow] == nil {
			d.Wrong(path+".flow", fmt.Sprintf("there is no flow %q", e.Flow), strictyaml.DidYouMean(e.Flow, l.flowNames()))
		}
		for j, t := range e.Trunks {
			if !slices.Contains(trunks, t) && !l.doc("trunks.yaml").Unread {
				d.Wrong(fmt.Sprintf("%s.trunks[%d]", path, j), fmt.Sprintf("there is no trunk %q", t), strictyaml.DidYouMean(t, trunks))
			}
		}
	}
}

// checkSounds reads the manifest, and opens the sounds for whoever names one.
func (l *loader) checkSounds() {
	quiet := slog.New(slog.DiscardHandler)
	texts, d := prompts.Manifest(l.config.Sounds)
	l.docs[d.File] = d
	var err error
	if l.speaker, err = prompts.Open(l.config.Prompts, l.config.Sounds, quiet); err != nil { // the manifest is wrong, which is told
		l.speaker, _ = prompts.Open(l.config.Prompts, unlisted{l.config.Sounds}, quiet)
	}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		l.sound(d, text, texts[text])
	}
}

// known is what flows may refer to; lists that could not be read are nil.
func (l *loader) known() ivr.Known {
	c := l.config
	k := ivr.Known{Flows: l.flowNames(), Variables: []string{}, Sound: l.unsound, Clock: c.clock, Wants: l.checkWants}
	k.Flow = func(name string) *ivr.Flow { return c.Flows[name] }
	if !l.doc("queues.yaml").Unread {
		k.Queues = names(c.Queues, func(q Queue) string { return q.Name })
	}
	if !l.doc("hours.yaml").Unread {
		k.Hours = slices.AppendSeq([]string{}, maps.Keys(c.Hours))
	}
	for _, f := range c.Flows {
		k.Variables = append(k.Variables, f.Variables()...)
	}
	return k
}

func (l *loader) checkFlows() {
	k := l.known()
	for _, name := range k.Flows {
		l.mistakes = append(l.mistakes, l.config.Flows[name].Check(k)...)
	}
	if len(l.mistakes)+len(l.doc("hours.yaml").Mistakes) > 0 {
		return // walks would fail for these
	}
	for _, name := range k.Flows {
		l.mistakes = append(l.mistakes, l.config.Flows[name].Try(k)...)
	}
}
