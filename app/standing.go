package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callfloor/callfloor/api"
)

// standing is what a node tells of itself to whoever looks at all of them.
type standing struct {
	Calls int
	Left  *time.Duration // nil: it serves
}

func (a *App) standing() standing { return standing{a.floor.size(), a.drainLeft()} }

// standings are all nodes of the floor, by name; those that live are asked, all at once.
func (a *App) standings(ctx context.Context) []api.NodeView {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	known := a.known()
	all := make([]api.NodeView, 0, len(known))
	for _, n := range known {
		all = append(all, api.NodeView{Name: n.ID, Address: n.Address, Alive: !n.Dead(), Draining: n.Draining, LeftMs: n.Left.Milliseconds()})
	}
	slices.SortFunc(all, func(x, y api.NodeView) int { return strings.Compare(x.Name, y.Name) })
	var asked sync.WaitGroup
	for i := range all {
		asked.Go(func() { a.stands(ctx, &all[i]) })
	}
	asked.Wait()
	return all
}

// stands fills in how a node stands, if it answers.
func (a *App) stands(ctx context.Context, n *api.NodeView) {
	s := a.standing()
	if n.Name != a.node && (!n.Alive || a.cluster == nil || a.cluster.Do(ctx, n.Address, "/standing", struct{}{}, &s) != nil) {
		return
	}
	n.Calls, n.Draining, n.LeftMs = &s.Calls, s.Left != nil, 0
	if s.Left != nil {
		n.LeftMs = s.Left.Milliseconds()
	}
}

// nodeLine is a node as a line for a terminal.
func nodeLine(n api.NodeView) string {
	state := "serving"
	switch {
	case !n.Alive:
		state = "dead"
	case n.Draining:
		state = fmt.Sprintf("draining, %s left", (time.Duration(n.LeftMs) * time.Millisecond).Round(time.Second))
	}
	calls := "does not answer"
	if n.Calls != nil {
		calls = fmt.Sprintf("%d calls", *n.Calls)
	}
	return fmt.Sprintf("  node   %-18s %-22s %s, %s\n", n.Name, dash(n.Address), state, calls)
}
