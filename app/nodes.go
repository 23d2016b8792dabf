package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/routing"
)

// heartbeat is how often a node says that it lives, and looks at the others.
const heartbeat = time.Second

// live says that this node lives, and follows the others, until ctx ends.
func (a *App) live(ctx context.Context) error {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	var greeting sync.WaitGroup
	defer greeting.Wait()
	stale := false // devices that the floor has not been told of
	told := a.drain.told
	for {
		fresh, err := a.router.Alive(ctx, a.nodeAddress(), time.Since(a.started), a.drainLeft())
		stale = stale || fresh
		if err == nil && stale {
			stale = errors.Join(a.retell(), a.askMine(ctx)) != nil
		}
		if nodes, err := a.router.Nodes(ctx); err == nil {
			a.follows(nodes, func(n routing.Node) { greeting.Go(func() { a.greet(ctx, n) }) })
			a.succeeds(ctx, nodes, greeting.Go)
			a.buries(ctx, nodes, greeting.Go)
			greeting.Go(func() { a.lends(ctx) })
			a.reclaims(ctx)
		}
		select {
		case <-t.C:
		case <-told:
			told = nil
		case <-ctx.Done():
			a.bye(ctx)
			return ctx.Err()
		}
	}
}

// bye: a node that stops is not a dead one.
func (a *App) bye(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), heartbeat)
	defer cancel()
	if err := a.router.Bye(ctx); err != nil {
		a.log.Warn("the other nodes do not hear that this one stops", "err", err)
	}
}

func (a *App) nodeAddress() string {
	if a.cluster == nil {
		return ""
	}
	return a.cluster.Address().String()
}

// retell tells the floor all that is known here of devices.
func (a *App) retell() error {
	var errs []error
	for _, agent := range a.current().People {
		errs = append(errs, a.devices.again(agent.ID, agent.AtBrowser()))
	}
	return errors.Join(errs...)
}

// neighbour is a node of the floor; until is when its drain ends, by this machine's clock.
type neighbour struct {
	routing.Node
	until time.Time
}

// follows keeps the nodes, and has those looked at that came, or fell silent. Pages hear of a drain.
func (a *App) follows(nodes []routing.Node, look func(routing.Node)) {
	was, now := a.known(), map[string]neighbour{}
	turned := len(was) != len(nodes)
	for _, n := range nodes {
		now[n.ID] = neighbour{n, time.Now().Add(n.Left)}
		old, known := was[n.ID]
		changed := !known || old.Address != n.Address || old.Dead() != n.Dead()
		turned = turned || changed || old.Draining != n.Draining
		if a.cluster != nil && n.ID != a.node && n.Address != "" && changed && (known || !n.Dead()) {
			look(n)
		}
	}
	a.nodes.Store(&now)
	a.sip.SendAway(a.draining() && a.refuge())
	if turned {
		a.api.Look()
	}
}

func (a *App) known() map[string]neighbour {
	if p := a.nodes.Load(); p != nil {
		return *p
	}
	return nil
}

// greet finds out whether a node can be spoken to. One that is silent and cannot has taken its agents' legs with it.
func (a *App) greet(ctx context.Context, n routing.Node) {
	within := asking
	if n.Dead() { // its callers hear nothing meanwhile
		within = heartbeat
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := a.cluster.Do(ctx, n.Address, "/hello", nil, nil)
	switch {
	case err == nil && n.Dead():
		a.log.Warn("a node does not reach Redis", "node", n.ID)
	case err == nil:
		a.log.Info("node found", "node", n.ID, "address", n.Address)
	case errors.Is(ctx.Err(), context.Canceled): // this node stops
	case n.Dead():
		a.log.Error("a node is dead", "node", n.ID, "silent", n.Silence)
		a.sip.PeerGone(n.Address)
	default:
		a.log.Error("a node cannot be spoken to: is cluster.secret the same, and its port open?", "node", n.ID, "err", err)
	}
}

// address is where a living node is reached.
func (a *App) address(node string) (string, error) {
	n, ok := a.known()[node]
	if !ok || n.Dead() || n.Address == "" {
		return "", api.NewProblem(http.StatusServiceUnavailable, "unavailable", fmt.Sprintf("Server %s is not there.", node))
	}
	return n.Address, nil
}

// serveNodes answers other nodes until ctx ends.
func (a *App) serveNodes(ctx context.Context) error {
	if a.cluster == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hello", func(http.ResponseWriter, *http.Request) {})
	served(mux, "/standing", func(struct{}) (standing, error) { return a.standing(), nil })
	served(mux, "/command", func(m api.Command) (struct{}, error) { return struct{}{}, a.local(m) })
	served(mux, "/view", func(m api.Command) (seen, error) { return a.localCall(m.Agent), nil })
	served(mux, "/call", a.takes)
	served(mux, "/phones", func(all [][]byte) (int, error) { return a.recallAll(ctx, all), nil })
	mux.HandleFunc("POST /recording", a.serveRecording)
	return a.cluster.Serve(ctx, mux)
}

// served is a question and its answer as JSON; a refusal is a problem document.
func served[I, O any](mux *http.ServeMux, path string, do func(I) (O, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var in I
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
			refuse(w, api.NewProblem(http.StatusBadRequest, "invalid", "not understood"))
			return
		}
		out, err := do(in)
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // who asked may be gone
	})
}

func refuse(w http.ResponseWriter, err error) {
	p, ok := errors.AsType[*api.Problem](err)
	if !ok {
		p = api.NewProblem(http.StatusInternalServerError, "failed", "The server could not do this now.")
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
