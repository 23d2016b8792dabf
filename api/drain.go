package api

import "time"

// Drain is how it stands with a server that is to stop.
type Drain struct {
	Left  time.Duration // for what goes on there
	Calls int           // that go on at this node
	Move  bool          // there is another node where pages can go
}

// DrainView is what an agent is told when the server of their page, or one on which their call depends, is to stop.
type DrainView struct {
	LeftMs int64 `json:"leftMs"`
	Moves  bool  `json:"moves"` // the page shall open its socket at another server now, and leave this one then
}

// drainView looks at the nodes on which the agent depends. With a call in hand, or one that rings, their page stays: the
// sound comes from here, or it would be a bad moment.
func (a *API) drainView(s State, call CallView, device string) *DrainView {
	var others []string
	if s.Call != nil {
		others = []string{call.Node, device}
	}
	d, draining := a.Drain(others...)
	if !draining {
		return nil
	}
	return &DrainView{LeftMs: d.Left.Milliseconds(), Moves: d.Move && s.Call == nil && s.Offer == nil}
}

// Look lets every page look anew at how it stands with the nodes.
func (a *API) Look() { a.hub.all(func(p *page) { p.mark(mine) }) }

// Deserted is closed while no page is open at this node.
func (a *API) Deserted() <-chan struct{} {
	a.hub.mu.Lock()
	defer a.hub.mu.Unlock()
	return a.hub.deserted
}
