package app

import (
	"sync"

	"github.com/callfloor/callfloor/calls"
)

// floor is every live call of this node, by id.
type floor struct {
	mu   sync.Mutex
	live map[string]*calls.Call
	idle chan struct{} // closed and made anew when the last call ends
}

func newFloor() *floor {
	f := &floor{live: map[string]*calls.Call{}, idle: make(chan struct{})}
	close(f.idle)
	return f
}

// add keeps a call until it is over.
func (f *floor) add(c *calls.Call) {
	f.mu.Lock()
	if len(f.live) == 0 {
		f.idle = make(chan struct{})
	}
	f.live[c.ID] = c
	f.mu.Unlock()
}

func (f *floor) remove(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.live, id)
	if len(f.live) == 0 {
		close(f.idle)
	}
}

func (f *floor) call(id string) (*calls.Call, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.live[id]
	return c, ok
}

func (f *floor) all() []*calls.Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	cs := make([]*calls.Call, 0, len(f.live))
	for _, c := range f.live {
		cs = append(cs, c)
	}
	return cs
}

// empty is closed while no call lives.
func (f *floor) empty() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.idle
}

// of finds the call an agent is on.
func (f *floor) of(agent string) (*calls.Call, calls.View, bool) {
	for _, c := range f.all() {
		if v, err := c.View(); err == nil && v.Agent == agent && v.State != calls.Alone {
			return c, v, true
		}
	}
	return nil, calls.View{}, false
}
