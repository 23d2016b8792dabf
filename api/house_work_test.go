package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// The fake world's work: what waits, what is offered, and the calls.

func (h *house) Explain(_ context.Context, id string) (routing.Explanation, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.explained[id], h.refuses
}

func (h *house) WhyNot(context.Context, string) ([]routing.Waiting, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting, h.refuses
}

func (h *house) Waiting(_ context.Context, queues ...string) ([]routing.Waiting, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []routing.Waiting
	for _, w := range h.waiting {
		if slices.Contains(queues, w.Queue) {
			all = append(all, w)
		}
	}
	return all, h.refuses
}

func (h *house) Queues(context.Context) ([]routing.QueueState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []routing.QueueState
	for _, name := range slices.Sorted(maps.Keys(h.queues)) {
		all = append(all, routing.QueueState{Name: name})
	}
	return all, nil
}

// Work.

func (h *house) Lease(_ context.Context, id string) (routing.Lease, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, ok := h.leases[id]
	if !ok {
		return l, &routing.Conflict{Code: "gone"}
	}
	return l, nil
}

func (h *house) Accept(_ context.Context, lease, _ string) error  { return h.ask("accept", lease) }
func (h *house) Decline(_ context.Context, lease, _ string) error { return h.ask("decline", lease) }

func (h *house) Next(_ context.Context, agent, _, channel string) (lease, interaction string, err error) {
	return "o-next", "c-next", h.ask("next", agent, channel)
}

func (h *house) Assign(_ context.Context, interaction, agent, by string) (string, error) {
	return "w-1", h.ask("assign", interaction, agent, by)
}

func (h *house) Move(_ context.Context, interaction, queue, by string) error {
	return h.ask("move", interaction, queue, by)
}

func (h *house) Snooze(_ context.Context, lease, _ string, wake time.Duration) error {
	return h.ask("snooze", lease, wake.String())
}

func (h *house) Replied(_ context.Context, lease, _ string) error { return h.ask("replied", lease) }

func (h *house) Submit(_ context.Context, lease, _ string, o routing.Outcome) error {
	return h.ask("submit", lease, o.Code, o.Note)
}

// Calls.

func (h *house) Call(_ context.Context, agent string) (CallView, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.calls[agent]
	return c, ok
}

func (h *house) Do(_ context.Context, c Command) error {
	words := []string{c.Verb, c.Agent, c.Call, c.Party, c.As, c.Keys, c.Number, c.CallerID, c.Purpose, c.Of}
	if c.Direct != nil {
		words = append(words, c.Direct.Agent, c.Direct.Purpose, c.Direct.Note)
	}
	if c.To != nil {
		words = append(words, fmt.Sprint(*c.To))
	}
	return h.ask(slices.DeleteFunc(words, func(w string) bool { return w == "" })...)
}

func (h *house) Targets() []Target {
	return []Target{{"sales", "Sales", true}, {"support", "Support", false}}
}

func (h *house) Try(agent, offer string) (answer, at string, err error) {
	return "v=0 ours", "127.0.0.1:8089", h.ask("try", agent, offer)
}
