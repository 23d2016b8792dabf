// Package console carries the built browser application: the agents' console at /, the customer's phone at /phone,
// and their assets. It only hands out files; what the pages ask for goes to package api.
//
//	dist/index.html   /         never cached, a fresh CSP nonce each time
//	dist/phone.html   /phone    the same
//	dist/assets/*     /assets/  names carry a hash of the content: cached for a year, gzipped once
//	dist/README       -         the only file when nothing was built
package console

import (
	"crypto/rand"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// nonceMark stands in the built pages wherever the nonce of the Content-Security-Policy belongs (vite.config.ts).
const nonceMark = "CALLFLOOR_NONCE"

// notBuilt is what visitors of an unbuilt console read.
const notBuilt = "the console is not built: run make console\n"

// Handler serves the two pages and their assets. A server built without them answers 503 and says what to run.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directory is part of this binary
	}
	return handler(files)
}

// Built says whether this binary carries the built pages.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}

func handler(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	page := func(name string) http.HandlerFunc {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, notBuilt, http.StatusServiceUnavailable) }
		}
		return servePage(string(b))
	}
	mux.HandleFunc("GET /{$}", page("index.html"))
	mux.HandleFunc("GET /phone", page("phone.html"))
	mux.Handle("GET /phone/{$}", http.RedirectHandler("/phone", http.StatusMovedPermanently))
	for path, a := range load(files) {
		mux.Handle("GET /"+path, a)
	}
	return mux
}

// servePage writes a page with a nonce of its own in the policy and in the text.
func servePage(html string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		nonce := newNonce()
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", policy(nonce))
		h.Set("Permissions-Policy", "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), payment=()")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		_, _ = w.Write([]byte(strings.ReplaceAll(html, nonceMark, nonce))) // a visitor who left is no fault
	}
}

// policy allows what comes from this server and nothing else. The nonce is for the style elements that the component
// library writes at run time; no script may be inline.
func policy(nonce string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self'",
		"media-src 'self' blob:",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; ")
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawStdEncoding.EncodeToString(b[:])
}
