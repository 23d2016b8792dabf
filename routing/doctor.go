package routing

import "context"

// Doctor looks at the whole ledger in one moment and tells in words what is wrong with it; nothing is a healthy floor.
// It changes nothing. It takes Redis some microseconds for each agent and interaction.
func (r *Router) Doctor(ctx context.Context) (findings []string, err error) {
	return r.run(ctx, "doctor")
}
