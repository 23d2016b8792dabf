package api

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// desk is one agent's pages on this node. One of them owns the agent's seat: it reports the devices, beats the heart
// and may command. The others view, and one of them follows when the owner has been gone for a while.
type desk struct {
	turn  sync.Mutex // held while the owner changes, which asks routing
	pages []*page    // guarded by the hub's mutex, and so are the rest
	owner *page
	empty time.Time // since when nobody owns it
	moved bool      // to another node's page
}

const (
	// succession is how long the owner may be gone, reloading, before a viewer takes the seat.
	succession = 5 * time.Second
	// answering is how long the owner may take to show that it lives when another page asks for its seat.
	answering = 500 * time.Millisecond
	// parting is how long routing may take to hear that a page is gone.
	parting = 3 * time.Second
)

// claim makes a page the owner if it may be, or must (take). The first page wins; the same page loaded anew takes its
// seat back, and so does a page of the same login whose owner no longer answers.
func (h *hub) claim(ctx context.Context, p *page, take bool) error {
	p.desk.turn.Lock()
	defer p.desk.turn.Unlock()
	owner := h.owner(p.desk)
	if owner == p {
		return nil
	}
	if owner != nil && !take && owner.ID == p.ID && !owner.same(p.seat) {
		if owner.alive(ctx) {
			return nil
		}
		take = true
	}
	viewer, err := h.api.Presence.Sit(ctx, p.Agent, p.ID, p.tab, take)
	var refused *routing.Conflict
	if errors.As(err, &refused) && refused.Code == "fenced" {
		who, _ := h.api.Presence.Agent(ctx, p.Agent) // without an answer it is nobody
		p.leave(signedOff{by: who.EndedBy})
	}
	if err != nil || viewer {
		return err
	}
	h.mu.Lock()
	p.desk.owner, p.desk.moved = p, false
	d := p.device
	h.mu.Unlock()
	if owner != nil {
		owner.mark(mine) // it views from now on
	}
	p.mark(mine)
	if d != nil {
		return h.api.Presence.Device(ctx, p.Agent, d.Channel, d.OK, d.Reason)
	}
	return nil
}

// release gives the seat up when its owner's page is gone.
func (h *hub) release(p *page, loggedOut bool) {
	p.desk.turn.Lock()
	defer p.desk.turn.Unlock()
	if h.owner(p.desk) != p {
		return
	}
	h.mu.Lock()
	p.desk.owner, p.desk.empty = nil, time.Now()
	h.mu.Unlock()
	if loggedOut {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), parting) // the page's own context is over
	defer cancel()
	if err := h.api.Presence.Rise(ctx, p.Agent, p.ID, p.tab); err != nil && !fenced(err) {
		h.api.Log.Error("page's end not told", "agent", p.Agent, "err", err)
	}
}

// dethrone takes the seat from a page whose session routing no longer knows as the agent's.
func (h *hub) dethrone(p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.desk.owner == p {
		p.desk.owner, p.desk.empty = nil, time.Time{} // it may try to come back at once
	}
}

// moved takes the seat from this node's page when a page somewhere has taken it.
func (h *hub) moved(agent, session, tab string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.desks[agent]; d != nil && d.owner != nil && (d.owner.ID != session || d.owner.tab != tab) {
		d.owner.mark(mine)
		d.owner, d.empty, d.moved = nil, time.Time{}, true
	}
}

func (h *hub) owner(d *desk) *page {
	h.mu.Lock()
	defer h.mu.Unlock()
	return d.owner
}

// succeeds says whether a viewer may try to take the seat.
func (h *hub) succeeds(p *page) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return p.desk.owner == nil && time.Since(p.desk.empty) > succession
}

// same says whether a seat is this page's: its login, and its name where both have one.
func (p *page) same(s seat) bool {
	return p.ID == s.ID && (p.tab == s.tab || p.tab == "" || s.tab == "")
}

// fenced says whether an error means that the session does not own the agent any more.
func fenced(err error) bool {
	var c *routing.Conflict
	return errors.As(err, &c) && (c.Code == "viewer" || c.Code == "not_online" || c.Code == "fenced")
}
