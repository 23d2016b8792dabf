package api

import (
	"context"
	"sync"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// breath is how long heartbeats are gathered: two hundred pages are one question to Redis a second, and not forty.
const breath = time.Second

// pulse is the pages that own their agent's seat and have shown that they live since the last breath.
type pulse struct {
	mu    sync.Mutex
	alive map[string]*page // by agent
}

func (u *pulse) beat(p *page) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.alive == nil {
		u.alive = map[string]*page{}
	}
	u.alive[p.Agent] = p
}

func (u *pulse) take() map[string]*page {
	u.mu.Lock()
	defer u.mu.Unlock()
	alive := u.alive
	u.alive = nil
	return alive
}

// breathe tells routing who lives until ctx ends.
func (h *hub) breathe(ctx context.Context) {
	t := time.NewTicker(breath)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if alive := h.pulse.take(); len(alive) > 0 {
				h.tellAlive(ctx, alive)
			}
		case <-ctx.Done():
			return
		}
	}
}

// tellAlive takes the seat from pages that routing no longer knows as the agent's.
func (h *hub) tellAlive(ctx context.Context, alive map[string]*page) {
	sitters := make(map[string]routing.Sitter, len(alive))
	for agent, p := range alive {
		sitters[agent] = routing.Sitter{Session: p.ID, Page: p.tab}
	}
	refused, err := h.api.Presence.Heartbeats(ctx, sitters)
	if err != nil && ctx.Err() == nil {
		h.api.Log.Warn("heartbeats not told", "agents", len(alive), "err", err)
	}
	for agent := range refused {
		h.dethrone(alive[agent])
	}
}
