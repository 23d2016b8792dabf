package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// maxBody is the longest request body; a note is the longest thing anybody sends.
const maxBody = 64 << 10

// writeWithin is how long a client may take to read an answer; recordings and sockets set their own.
const writeWithin = 30 * time.Second

// guard stands before every request: headers that make a browser careful, a limit to the body, and the refusal of
// commands that another site's page may have caused. SameSite cookies alone leave sibling hosts; the header that no
// form can set, and the Origin, do not.
func (a *API) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer a.recover(w, r)
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if api(r) {
			h.Set("Cache-Control", "no-store")
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin)) // a recorder in a test has none
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		if p := a.refusal(r); p != nil {
			writeProblem(w, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func api(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// refusal is why a request is not let in, nil when it is.
func (a *API) refusal(r *http.Request) *Problem {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if !a.sameOrigin(r) {
		return NewProblem(http.StatusForbidden, "origin", "This page is not ours.")
	}
	if api(r) && r.Header.Get("X-Callfloor") == "" {
		return NewProblem(http.StatusForbidden, "csrf", "The header X-Callfloor is missing.")
	}
	return nil
}

// sameOrigin says whether the page that caused the request is one of ours. Programs send no Origin.
func (a *API) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	host, err := originHost(origin)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, r.Host) {
		return true
	}
	for _, o := range a.Config.Origins {
		if strings.EqualFold(o, origin) {
			return true
		}
	}
	return false
}

// originHost is the host, with its port, of an origin as a browser writes it.
func originHost(origin string) (string, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !strings.EqualFold(origin, u.Scheme+"://"+u.Host) {
		return "", fmt.Errorf("%q is no origin, want https://host", origin)
	}
	return u.Host, nil
}

// recover keeps a fault in one request from ending the server.
func (a *API) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p) // net/http's own way to give up a connection
	}
	a.Log.Error("request panicked", "method", r.Method, "path", r.URL.Path, "err", p, "stack", string(debug.Stack()))
	writeProblem(w, NewProblem(http.StatusInternalServerError, "failed", "The server could not do this now."))
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client who left is no fault
}
