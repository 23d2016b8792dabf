package api

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// hub tells every open page what changed for its agent. It follows the journal and marks pages; each page asks anew
// what is true and sends that, so that nothing depends on having seen every event.
type hub struct {
	api   *API
	pages prometheus.Gauge

	mu       sync.Mutex
	desks    map[string]*desk // by agent
	closing  bool
	here     int            // pages
	deserted chan struct{}  // closed while there are none
	open     sync.WaitGroup // one for every page

	floor  floor
	roster roster
	today  today
	pulse  pulse
}

// floor is how the queues stand, asked once for all pages between two events.
type floor struct {
	mu     sync.Mutex
	states []routing.QueueState
	asked  time.Time // zero when an event came since
}

// fresh is how long the queues' numbers are good without an event.
const fresh = time.Second

func newHub(a *API) *hub {
	deserted := make(chan struct{})
	close(deserted)
	return &hub{api: a, desks: map[string]*desk{}, deserted: deserted, pages: prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "callfloor", Subsystem: "api", Name: "pages", Help: "Console pages that are connected.",
	})}
}

// run follows the journal until ctx ends, then closes every page.
func (h *hub) run(ctx context.Context) error {
	var breathing sync.WaitGroup
	breathing.Go(func() { h.breathe(ctx) })
	defer breathing.Wait()
	for ctx.Err() == nil {
		err := h.api.Journal.Read(ctx, "$", func(events []state.Event) error {
			for _, e := range events {
				h.event(e)
			}
			return nil
		})
		if ctx.Err() != nil {
			break
		}
		h.api.Log.Error("pages hear no news", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		h.all(func(p *page) { p.mark(mine) }) // who knows what was missed
	}
	h.close()
	return ctx.Err()
}

func (h *hub) close() {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.all(func(p *page) { p.leave(errGoingAway) })
	h.open.Wait()
}

// event marks the pages that an event concerns.
func (h *hub) event(e state.Event) {
	agent, queue := e.Get("agent"), e.Get("queue")
	call := e.Get("call")
	if call == "" {
		call = e.Get("interaction")
	}
	queues := []string{queue}
	if queue == "" && agent != "" { // their coming and going changes who is free in their queues
		p, _ := h.api.People.Person(agent)
		queues = p.Queues
	}
	h.stale()
	switch e.What {
	case "agent.offline":
		h.signedOff(e)
	case "agent.online", "agent.regained", "agent.moved":
		h.moved(e)
	}
	h.all(func(p *page) {
		switch {
		case agent != "" && p.Agent == agent, call != "" && p.watches(call):
			p.mark(mine)
		case queues != nil && p.sees(queues):
			p.mark(others)
		}
	})
}

// touch marks an agent's pages at once, without waiting for the journal.
func (h *hub) touch(agent string) {
	h.stale()
	h.all(func(p *page) {
		if p.Agent == agent {
			p.mark(mine)
		}
	})
}

// all calls f for every page. f must be quick.
func (h *hub) all(f func(*page)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, d := range h.desks {
		for _, p := range d.pages {
			f(p)
		}
	}
}

func (h *hub) stale() {
	h.roster.news.Store(true)
	h.today.news.Store(true)
	h.floor.mu.Lock()
	defer h.floor.mu.Unlock()
	h.floor.asked = time.Time{}
}

// queues is how the queues stand now.
func (h *hub) queues(ctx context.Context) ([]routing.QueueState, error) {
	h.floor.mu.Lock()
	defer h.floor.mu.Unlock()
	if time.Since(h.floor.asked) < fresh {
		return h.floor.states, nil
	}
	now := time.Now()
	states, err := h.api.Presence.Queues(ctx)
	if err != nil {
		return nil, err
	}
	h.floor.states, h.floor.asked = states, now
	return states, nil
}

// join adds a page; false when the server is closing.
func (h *hub) join(p *page) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	d, ok := h.desks[p.Agent]
	if !ok {
		d = &desk{}
		h.desks[p.Agent] = d
	}
	if h.here == 0 {
		h.deserted = make(chan struct{})
	}
	h.here++
	d.pages = append(d.pages, p)
	p.desk = d
	p.worksIn(h.api.People) // under the lock, so that no reload comes between
	h.open.Add(1)
	h.pages.Inc()
	return true
}

// left forgets a page.
func (h *hub) left(p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p.desk.pages = slices.DeleteFunc(p.desk.pages, func(q *page) bool { return q == p })
	if h.here--; h.here == 0 {
		close(h.deserted)
	}
	h.pages.Dec()
	h.open.Done()
}

// elsewhere says whether another page than this one owns the agent's seat here. A command without a page's name
// counts as one of the owner's if it comes from the same login.
func (h *hub) elsewhere(s seat) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, ok := h.desks[s.Agent]
	if !ok || d.owner == nil {
		return ok && d.moved
	}
	return !d.owner.same(s)
}

// reloaded tells every page of new words and queues, and looks at once whether its login still stands.
func (h *hub) reloaded() {
	h.stale()
	h.all(func(p *page) {
		p.worksIn(h.api.People)
		p.doubt.Store(true)
		p.mark(mine)
	})
}

// loggedOut closes the pages of a session that is over.
func (h *hub) loggedOut(l login) { h.dismiss(l.ID, errLoggedOut) }

// signedOff closes the pages of a session that routing ended for good: all of the agent's, if a supervisor wanted it,
// or one that views would be next.
func (h *hub) signedOff(e state.Event) {
	switch by, reason := e.Get("by"), e.Get("reason"); {
	case by != "":
		h.all(func(p *page) {
			if p.Agent == e.Get("agent") {
				p.leave(signedOff{by: by})
			}
		})
	case reason == "logout_after" || reason == "logout_at":
		h.dismiss(e.Get("session"), signedOff{reason: reason})
	case reason != "logout" && reason != "lost":
		h.dismiss(e.Get("session"), signedOff{})
	}
}

func (h *hub) dismiss(session string, why error) {
	h.all(func(p *page) {
		if p.ID == session {
			p.leave(why)
		}
	})
}
