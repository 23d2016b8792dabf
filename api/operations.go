package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// checkWithin is how long all readiness checks together may take.
const checkWithin = 3 * time.Second

// operations are the addresses for those who run the server.
func (a *API) operations(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "node": a.Node, "version": a.Version})
	})
	mux.HandleFunc("GET /readyz", a.ready)
	figures := promhttp.HandlerFor(a.Metrics, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if !a.Config.measures(r.RemoteAddr) || proxied(r) {
			writeProblem(w, NewProblem(http.StatusForbidden, "forbidden", "The metrics are not for this address (http.metrics)."))
			return
		}
		figures.ServeHTTP(w, r)
	})
}

// proxied says whether a proxy brought the request: its own address, of this machine perhaps, says nothing then.
func proxied(r *http.Request) bool {
	return r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != ""
}

// ready asks every check and says of each whether it holds; one that does not makes the answer a 503.
func (a *API) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkWithin)
	defer cancel()
	status, said := http.StatusOK, make(map[string]string, len(a.Checks))
	for _, c := range a.Checks {
		said[c.Name] = "ok"
		if err := c.Check(ctx); err != nil {
			status, said[c.Name] = http.StatusServiceUnavailable, "failed" // the reason is for the log: it may name hosts
			a.Log.Warn("not ready", "check", c.Name, "err", err)
		}
	}
	answer := map[string]any{"ready": status == http.StatusOK, "checks": said}
	if d, draining := a.Drain(); draining {
		answer["draining"] = map[string]any{"calls": d.Calls, "leftMs": d.Left.Milliseconds()}
	}
	writeJSON(w, status, answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client who left is no fault
}
