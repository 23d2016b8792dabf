package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"slices"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/prompts"
	"github.com/callfloor/callfloor/sip"
)

// check looks at what no file can know alone.
func (l *loader) check() {
	l.checkMain()
	l.checkAgents()
	l.checkQueues()
	l.checkTrunks()
	l.checkHours()
	l.checkEntries()
	l.checkFlows()
	for _, d := range l.docs {
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
	for path, secret := range map[string]*string{"redis.password": &c.Redis.Password, "sql.url": &c.SQL.URL} {
		var err error
		if *secret, err = fetch(*secret); err != nil {
			d.Wrong(path, err.Error(), "")
		}
	}
	for path, err := range map[string]error{
		"http": c.HTTP.Validate(), "sip": c.SIP.Validate(), "media": c.Media.Validate(), "redis": c.Redis.Validate(),
		"prompts": c.Prompts.Validate(), "sql": c.SQL.Validate(), "limits": c.Limits.Validate(), "log": c.Log.Validate(),
	} {
		if err != nil {
			d.Wrong(path, err.Error(), "")
		}
	}
	if c.Data == "" {
		d.Wrong("data", "a data directory is needed", "")
	}
	if c.Flows[c.Default] == nil {
		d.Wrong("default_flow", fmt.Sprintf("there is no flow %q", c.Default), strictyaml.DidYouMean(c.Default, l.flowNames()))
	}
	used := map[string]string{}
	for _, p := range []struct{ name, address string }{{"http.listen", c.HTTP.Listen}, {"sip.tcp", c.SIP.TCP}, {"sip.tls", c.SIP.TLS}} {
		_, port, err := net.SplitHostPort(p.address)
		if err != nil || port == "0" {
			continue
		}
		if other, ok := used[p.address]; ok {
			d.Wrong(p.name, fmt.Sprintf("%s is the address of %s, too", p.address, other), "")
		}
		used[p.address] = p.name
	}
	l.sound(d, "hold_music", c.HoldMusic)
}

func (l *loader) sound(d *strictyaml.Doc, path, file string) {
	if file == "" {
		return
	}
	if _, err := fs.Stat(l.config.Sounds, file); err != nil {
		all, _ := fs.Glob(l.config.Sounds, "*.wav")
		d.Wrong(path, fmt.Sprintf("there is no sound %q", file), strictyaml.DidYouMean(file, all))
	}
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
		d.Wrong(path, what+" needs a name", "")
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
			if !slices.Contains(queues, q) {
				d.Wrong(fmt.Sprintf("%s.queues[%d]", path, j), fmt.Sprintf("there is no queue %q", q), strictyaml.DidYouMean(q, slices.Clone(queues)))
			}
		}
		if a.Device != Browser && a.Device != Phone {
			d.Wrong(path+".device", fmt.Sprintf("there is no device %q", a.Device), "browser or phone")
		}
		if a.Role != "agent" && a.Role != "supervisor" {
			d.Wrong(path+".role", fmt.Sprintf("there is no role %q", a.Role), "agent or supervisor")
		}
		if a.Password != "" {
			if err := api.CheckHash(string(a.Password)); err != nil {
				d.Wrong(path+".password", err.Error(), "make one with: callfloor passwd")
			}
		}
		if a.Device == Phone && a.PhonePassword == "" {
			d.Wrong(path, "a desk phone needs phone_password", "")
		}
	}
}

func (l *loader) checkQueues() {
	d, seen := l.doc("queues.yaml"), map[string]bool{}
	for i, q := range l.config.Queues {
		path := fmt.Sprintf("queues[%d]", i)
		unique(d, path+".name", "queue", q.Name, seen)
		if err := q.Validate(); err != nil {
			d.Wrong(path, err.Error(), "")
		}
		if !slices.ContainsFunc(l.config.People, func(a Agent) bool { return slices.Contains(a.Queues, q.Name) }) {
			d.Wrong(path+".name", fmt.Sprintf("nobody serves queue %q", q.Name), "")
		}
		l.sound(d, path+".music", q.Music)
		codes := map[string]bool{}
		for j, x := range q.Dispositions {
			unique(d, fmt.Sprintf("%s.dispositions[%d]", path, j), "disposition", x.Code, codes)
		}
	}
}

func (l *loader) checkTrunks() {
	d, seen := l.doc("trunks.yaml"), map[string]bool{}
	for i, t := range l.config.Trunks {
		path := fmt.Sprintf("trunks[%d]", i)
		unique(d, path+".name", "trunk", t.Name, seen)
		if err := t.Validate(); err != nil {
			d.Wrong(path, err.Error(), "")
		}
	}
}

func (l *loader) checkHours() {
	d := l.doc("hours.yaml")
	for name, h := range l.config.Hours {
		if h == nil {
			d.Wrong("hours."+name, "these hours are empty", "")
			continue
		}
		h.prepare(d, "hours."+name)
	}
}

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
			if other, ok := numbers[n]; ok {
				d.Wrong(fmt.Sprintf("%s.numbers[%d]", path, j), fmt.Sprintf("number %s belongs to %s", n, other), "")
			}
			numbers[n] = e.Name
		}
		if l.config.Flows[e.Flow] == nil {
			d.Wrong(path+".flow", fmt.Sprintf("there is no flow %q", e.Flow), strictyaml.DidYouMean(e.Flow, l.flowNames()))
		}
		for j, t := range e.Trunks {
			if !slices.Contains(trunks, t) {
				d.Wrong(fmt.Sprintf("%s.trunks[%d]", path, j), fmt.Sprintf("there is no trunk %q", t), strictyaml.DidYouMean(t, slices.Clone(trunks)))
			}
		}
	}
}

func (l *loader) checkFlows() {
	k := ivr.Known{Queues: names(l.config.Queues, func(q Queue) string { return q.Name }), Flows: l.flowNames()}
	for n := range l.config.Hours {
		k.Hours = append(k.Hours, n)
	}
	quiet := l.config.Prompts
	speaker, err := prompts.Open(quiet, l.config.Sounds, slog.New(slog.DiscardHandler))
	if err != nil {
		l.mistakes = append(l.mistakes, Mistake{File: "sounds/manifest.yaml", Line: 1, Column: 1, What: err.Error()})
	} else {
		k.Sound = func(p ivr.Prompt) error {
			err := speaker.Check(p.Text, p.File)
			if errors.Is(err, prompts.ErrUnspeakable) {
				return nil // the engine may be on the server and not here: a warning at start says so
			}
			return err
		}
	}
	for _, name := range k.Flows {
		l.mistakes = append(l.mistakes, l.config.Flows[name].Check(k)...)
	}
}
