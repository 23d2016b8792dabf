package app

import (
	"sync"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/routing"
)

// floor is every live call of this node, by id and by the agent whose device it called last.
type floor struct {
	mu     sync.Mutex
	live   map[string]*calls.Call
	with   map[string]string        // agent to call
	watch  map[string]routing.Place // supervisors of ours, and the call of another node that they listen to
	missed map[string]api.Unreached // agent to the last number that they called and did not reach
	idle   chan struct{}            // closed while no call lives
	kept   int                      // since the start
	relays int                      // legs of other nodes' calls that pass through here
	tolls  int                      // calls outside that are counted
}

func newFloor() *floor {
	f := &floor{live: map[string]*calls.Call{}, with: map[string]string{}, watch: map[string]routing.Place{}, missed: map[string]api.Unreached{}, idle: make(chan struct{})}
	close(f.idle)
	return f
}

// keep knows a call until it is over.
func (f *floor) keep(c *calls.Call) {
	f.mu.Lock()
	f.busy()
	f.live[c.ID] = c
	f.kept++
	f.mu.Unlock()
	go func() {
		why := c.Unreached()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.live, c.ID)
		if why != (calls.Cause{}) {
			f.missed[c.Facts["agent"]] = api.Unreached{Call: c.ID, Number: c.Facts["to"], Cause: why.Word}
		}
		f.rest()
	}()
}

// busy comes before a call or a relay is counted in, rest after it is counted out. The lock is held.
func (f *floor) busy() {
	if len(f.live)+f.relays+f.tolls == 0 {
		f.idle = make(chan struct{})
	}
}

func (f *floor) rest() {
	if len(f.live)+f.relays+f.tolls == 0 {
		close(f.idle)
	}
}

// relay carries a leg of another node's call: no call of ours, but a drain waits for it, too.
func (f *floor) relay(carry func()) {
	f.mu.Lock()
	f.busy()
	f.relays++
	f.mu.Unlock()
	go func() {
		carry()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.relays--
		f.rest()
	}()
}

// toll carries the counting of a call outside; a drain waits until it is counted out.
func (f *floor) toll(carry func()) {
	f.mu.Lock()
	f.busy()
	f.tolls++
	f.mu.Unlock()
	go func() {
		carry()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.tolls--
		f.rest()
	}()
}

// rings notes which call an agent's device is being called for: an agent has one voice slot.
func (f *floor) rings(agent, call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.with[agent] = call
	delete(f.missed, agent)
}

// watches notes which call of another node a supervisor listens to, of which routing knows nothing; the zero Place is none.
func (f *floor) watches(supervisor string, at routing.Place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at.Call == "" {
		delete(f.watch, supervisor)
		return
	}
	f.watch[supervisor] = at
}

func (f *floor) watched(supervisor string) routing.Place {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watch[supervisor]
}

// unlisten ends what an agent only listens to, for their device is called for another call.
func (f *floor) unlisten(agent, call string) {
	if c, v, ok := f.of(agent); ok && v.Place >= calls.Whispering && c.ID != call {
		_ = c.EndTalk(agent) // it may be over
	}
}

// unreached is the last number that an agent called and did not reach, until they are called or call again.
func (f *floor) unreached(agent string) api.Unreached {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.missed[agent]
}

// of finds the call an agent is on, or rings for, as it stands for them.
func (f *floor) of(agent string) (*calls.Call, calls.View, bool) {
	f.mu.Lock()
	c, ok := f.live[f.with[agent]]
	f.mu.Unlock()
	if !ok {
		return nil, calls.View{}, false
	}
	v, err := c.ViewOf(agent)
	return c, v, err == nil && v.Agent == agent && v.State != calls.Alone
}

// call finds a live call.
func (f *floor) call(id string) (*calls.Call, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.live[id]
	return c, ok
}

// total counts the calls since the start.
func (f *floor) total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept
}

// all lists the live calls.
func (f *floor) all() []*calls.Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	cs := make([]*calls.Call, 0, len(f.live))
	for _, c := range f.live {
		cs = append(cs, c)
	}
	return cs
}

// passing counts the legs of other nodes' calls.
func (f *floor) passing() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.relays
}

// size counts the live calls, and those of other nodes with a leg here.
func (f *floor) size() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.live) + f.relays
}

// empty is closed while no call lives, and none passes through.
func (f *floor) empty() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.idle
}
