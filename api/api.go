// Package api is the face for people's pages and for programs: HTTP for questions and commands, one WebSocket per page
// for what is true now. It decides who may do what, and nothing else; the house behind the ports does the rest.
//
//	POST /api/login ─▶ session (cookie) + SIP credentials
//	POST /api/…     ─▶ guard (origin, header, size) ─▶ session ─▶ owner of the seat? ─▶ Presence, Work, Calls
//	GET  /api/events ◀─ hub ◀─ journal      one agent, several pages: the first one owns the seat, the others view
//	GET  /api/history, /api/recordings ◀─ History, Recordings, as far as the agent may see
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
)

// Parts is what the faces are made of.
type Parts struct {
	Config      Config
	Node        string // this node's name
	Version     string
	Presence    Presence
	Work        Work
	Calls       Calls
	Sound       Sound
	History     History
	Recordings  Recordings
	People      People
	Phone       Phone
	Journal     Journal
	Sessions    Sessions
	Credentials *SIPCredentials
	Checks      []Check
	Drain       func(others ...string) (d Drain, draining bool) // nil: never
	Nodes       func(context.Context) []NodeView                // nil: none is told
	Metrics     *prometheus.Registry                            // nil: an own one
	Console     http.Handler                                    // the pages; nil: none
	SIP         http.Handler                                    // the browsers' way to register and talk (RFC 7118), at /sip; nil: none
	Log         *slog.Logger
}

// API is the faces of one node.
type API struct {
	Parts
	hub     *hub
	tries   *tries
	hashing chan struct{} // at most two passwords at a time: each costs a core that calls need, too
	handler http.Handler
}

// New puts the faces together. Nothing is served to pages that wait for news before Run.
func New(p Parts) (*API, error) {
	switch {
	case p.Presence == nil, p.Work == nil, p.Calls == nil, p.Sound == nil, p.History == nil, p.Recordings == nil, p.People == nil,
		p.Phone == nil, p.Journal == nil, p.Sessions == nil, p.Credentials == nil, p.Log == nil:
		return nil, errors.New("api: a part is missing")
	}
	if err := p.Config.Validate(); err != nil {
		return nil, err
	}
	if p.Drain == nil {
		p.Drain = func(...string) (Drain, bool) { return Drain{}, false }
	}
	if p.Metrics == nil {
		p.Metrics = prometheus.NewRegistry()
	}
	a := &API{Parts: p, tries: newTries(), hashing: make(chan struct{}, 2)}
	a.hub = newHub(a)
	if err := p.Metrics.Register(a.hub.pages); err != nil {
		return nil, err
	}
	a.handler = a.guard(a.routes())
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Run follows the journal for the pages until ctx ends, then closes every page's socket and waits for their end.
func (a *API) Run(ctx context.Context) error { return a.hub.run(ctx) }

// Reloaded tells every page at once that People and Queue may answer differently now: labels, names, who may log in.
func (a *API) Reloaded() { a.hub.reloaded() }

// routes is every address there is.
func (a *API) routes() http.Handler {
	mux := http.NewServeMux()
	a.operations(mux)
	rest := humago.New(mux, a.openAPI())
	a.loginRoutes(rest)
	a.commandRoutes(rest)
	a.historyRoutes(rest)
	a.explainRoutes(rest)
	a.assignRoutes(rest)
	a.transferRoutes(rest)
	a.consultRoutes(rest)
	a.dialRoutes(rest)
	a.listenRoutes(rest)
	a.floorRoutes(rest)
	a.nodeRoutes(rest)
	a.superviseRoutes(rest)
	a.auditRoutes(rest)
	a.todayRoutes(rest)
	a.trialRoutes(rest)
	a.phoneRoutes(rest)
	a.eventsRoute(mux, rest)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, NewProblem(http.StatusNotFound, "not_found", "There is no such address."))
	})
	if a.SIP != nil {
		mux.HandleFunc("GET /sip", a.sipSocket)
	}
	if a.Console != nil {
		mux.Handle("/", a.Console)
	}
	return mux
}

func (a *API) openAPI() huma.Config {
	c := huma.DefaultConfig("Callfloor", a.Version)
	c.DocsPath, c.SchemasPath = "", "" // the pages of the docs would need scripts from elsewhere
	c.CreateHooks = nil                // no $schema in answers
	c.Transformers = []huma.Transformer{translate}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName},
	}
	c.Info.Description = "Commands need the header X-Callfloor: 1. Errors are problem documents (RFC 9457) with a code."
	return c
}

// sipSocket lets a browser talk SIP: who it is shows by the credentials it registers with.
func (a *API) sipSocket(w http.ResponseWriter, r *http.Request) {
	if !a.sameOrigin(r) {
		writeProblem(w, NewProblem(http.StatusForbidden, "origin", "This page is not ours."))
		return
	}
	a.SIP.ServeHTTP(w, r)
}
