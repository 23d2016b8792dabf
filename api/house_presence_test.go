package api

import (
	"cmp"
	"context"

	"github.com/callfloor/callfloor/routing"
)

// The fake world's agents: who is there, and how they stand.

func (h *house) Login(_ context.Context, agent, session string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if session == h.ended {
		return false, &routing.Conflict{Code: "fenced"}
	}
	if owner := h.online[agent]; owner != "" && owner != session {
		return true, nil
	}
	h.online[agent] = session
	return false, nil
}

// Sit: the seat is of the page that came first, or took it. The page's name stands behind the session's.
func (h *house) Sit(ctx context.Context, agent, session, page string, take bool) (routing.Seat, error) {
	h.mu.Lock()
	owner, at := h.online[agent], h.pages[agent]
	if take && owner != "" && session != h.ended {
		h.online[agent], h.pages[agent] = session, page
		h.mu.Unlock()
		h.happens("agent.moved", "agent", agent, "session", session, "page", page)
		return routing.Seat{}, nil
	}
	h.mu.Unlock()
	if owner == session && at != "" && at != page {
		return routing.Seat{Viewer: true}, nil
	}
	viewer, err := h.Login(ctx, agent, session)
	if viewer || err != nil {
		return routing.Seat{Viewer: viewer}, err
	}
	h.with(func() { h.pages[agent] = page })
	if h.meanwhile != nil {
		h.meanwhile()
	}
	return routing.Seat{Turn: h.turn}, nil
}

func (h *house) Rise(ctx context.Context, agent, session, page string) error {
	h.mu.Lock()
	at := h.pages[agent]
	h.mu.Unlock()
	if at != page {
		return nil
	}
	return h.Disconnect(ctx, agent, session)
}

func (h *house) Heartbeats(_ context.Context, sitters map[string]routing.Sitter) (map[string]*routing.Conflict, error) {
	refused := map[string]*routing.Conflict{}
	for agent, s := range sitters {
		if err := h.owned("heartbeat", agent, s.Session); err != nil {
			refused[agent] = &routing.Conflict{Code: "viewer"}
		}
	}
	return refused, nil
}

func (h *house) Disconnect(_ context.Context, agent, session string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.online[agent] != session {
		return &routing.Conflict{Code: "viewer"}
	}
	delete(h.online, agent)
	h.asked = append(h.asked, "disconnect "+agent)
	return nil
}

func (h *house) Logout(_ context.Context, agent, session string) error {
	if err := h.owned("logout", agent, session); err != nil {
		return err
	}
	h.with(func() { delete(h.online, agent) })
	return nil
}

func (h *house) Choose(_ context.Context, agent, session string, c routing.Choice) error {
	return h.owned("choose", agent, session, c.State, c.Reason)
}

func (h *house) ChooseFor(_ context.Context, agent, by string, c routing.Choice) error {
	return h.ask("choose", c.State, c.Reason, "for", agent, "by", by)
}

func (h *house) SignOut(_ context.Context, agent, by string) error {
	return h.ask("sign out", agent, "by", by)
}

func (h *house) Stay(_ context.Context, agent, session string) error {
	return h.owned("stay", agent, session)
}

func (h *house) Back(_ context.Context, agent, session string) error {
	return h.owned("back", agent, session)
}

func (h *house) Device(_ context.Context, agent, _ string, ok bool, reason string) error {
	if ok {
		reason = ""
	}
	h.with(func() { h.device[agent] = reason })
	return h.ask("device", agent, reason)
}

func (h *house) Agent(_ context.Context, id string) (routing.AgentState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.people[id]; !ok {
		return routing.AgentState{}, &routing.Conflict{Code: "unknown_agent"}
	}
	a := h.stands
	a.ID, a.Session, a.Chosen, a.EndedBy = id, "online", cmp.Or(a.Chosen, "available"), h.endedBy
	if id == "bot" {
		a.Why = "on a break"
	}
	for _, l := range h.leases {
		if l.Agent == id {
			a.Leases = append(a.Leases, l)
		}
	}
	return a, nil
}

func (h *house) Agents(ctx context.Context) ([]routing.AgentState, error) {
	h.with(func() { h.rolls++ })
	var all []routing.AgentState
	for _, id := range []string{"bot", "maria", "sam"} {
		a, err := h.Agent(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
