package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// devices is what this node knows of the devices agents talk with, from two witnesses: the registrar (is the device
// there?) and the console (does its microphone work?). The two may be at different nodes, so routing weighs what all
// nodes tell; kept here is only what must be told again to a Redis that has forgotten it.
type devices struct {
	mu    sync.Mutex
	state map[string]*device
	tell  func(ctx context.Context, agent, kind, what string, ok bool, reason string) error
}

type device struct {
	there map[string]bool // registered here, by kind
	mic   *microphone     // nil: no page here has checked it
}

type microphone struct {
	ok     bool
	reason string
}

func newDevices(r *routing.Router) *devices {
	return &devices{state: map[string]*device{}, tell: r.Devices}
}

func (d *devices) of(agent string) *device {
	s, ok := d.state[agent]
	if !ok {
		s = &device{there: map[string]bool{}}
		d.state[agent] = s
	}
	return s
}

// registered notes that a device came to this node or left it, and tells routing.
func (d *devices) registered(agent string, browser, there, worksWithBrowser bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(agent).there[kindOf(browser)] = there
	return d.told(agent, kindOf(worksWithBrowser), kindOf(browser), there, "")
}

// checked notes what the console found out about its microphone.
func (d *devices) checked(agent string, ok bool, reason string, worksWithBrowser bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(agent).mic = &microphone{ok, reason}
	return d.told(agent, kindOf(worksWithBrowser), routing.Microphone, ok, reason)
}

// changed looks anew after a reload: the agent may work with another kind of device now.
func (d *devices) changed(agent string, browser bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.told(agent, kindOf(browser), "", false, "") // the next report says it again
}

// again tells all that is known here about an agent, to a floor that did not count on this node.
func (d *devices) again(agent string, browser bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, known := d.state[agent]
	if !known {
		return nil
	}
	var errs []error
	if s.mic != nil {
		errs = append(errs, d.told(agent, kindOf(browser), routing.Microphone, s.mic.ok, s.mic.reason))
	}
	for kind, there := range s.there {
		if there {
			errs = append(errs, d.told(agent, kindOf(browser), kind, true, ""))
		}
	}
	return errors.Join(errs...)
}

func (d *devices) told(agent, kind, what string, ok bool, reason string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return d.tell(ctx, agent, kind, what, ok, reason)
}

func kindOf(browser bool) string {
	if browser {
		return routing.AtBrowser
	}
	return routing.AtPhone
}
