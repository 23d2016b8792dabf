package app

import (
	"context"
	"sync"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// devices knows what each agent can talk with, from two witnesses: the registrar (is the device there?) and the
// console (does its microphone work?). Together they decide whether routing may offer a call.
type devices struct {
	mu    sync.Mutex
	state map[string]*device
	tell  func(ctx context.Context, agent, channel string, ok bool, reason string) error
}

type device struct {
	registered map[bool]bool // by kind: browser or not
	micOK      bool
	micReason  string
}

func newDevices(r *routing.Router) *devices {
	return &devices{state: map[string]*device{}, tell: r.Device}
}

func (d *devices) of(agent string) *device {
	s, ok := d.state[agent]
	if !ok {
		s = &device{registered: map[bool]bool{}, micReason: "the microphone was not checked yet"}
		d.state[agent] = s
	}
	return s
}

// registered notes that a device came or went, and tells routing.
func (d *devices) registered(agent string, browser, there, worksWithBrowser bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(agent).registered[browser] = there
	return d.report(agent, worksWithBrowser)
}

// checked notes what the console found out about its microphone.
func (d *devices) checked(agent string, ok bool, reason string, worksWithBrowser bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.of(agent)
	s.micOK, s.micReason = ok, reason
	return d.report(agent, worksWithBrowser)
}

// changed looks anew after a reload: the agent may work with another kind of device now.
func (d *devices) changed(agent string, browser bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.state[agent]; known {
		_ = d.report(agent, browser) // the next report says it again
	}
}

func (d *devices) report(agent string, browser bool) error {
	s := d.of(agent)
	reason := ""
	switch {
	case !s.registered[browser] && browser:
		reason = "the browser's phone is not connected"
	case !s.registered[browser]:
		reason = "the desk phone is not registered"
	case browser && !s.micOK:
		reason = s.micReason
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return d.tell(ctx, agent, "voice", reason == "", reason)
}
