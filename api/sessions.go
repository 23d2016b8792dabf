package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"
)

// cookieName is the session's cookie.
const cookieName = "callfloor_session"

// Sessions keeps who is logged in. The token stays with the browser; what is kept is its hash. Memory is the default;
// the app may keep sessions where they outlast the process.
type Sessions interface {
	// Put keeps a value, or another one; it may be forgotten after expires.
	Put(ctx context.Context, hash, value string, expires time.Time) error
	Get(ctx context.Context, hash string) (value string, ok bool, err error)
	Delete(ctx context.Context, hash string) error
}

// login is one agent's session as it is kept.
type login struct {
	Agent string `json:"agent"`
	// ID is what routing knows the session by; it opens nothing.
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`

	hash string // under which it is kept
}

// newToken is 256 random bits.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// begin opens a session and returns the token for the browser.
func (a *API) begin(ctx context.Context, agent string) (token string, l login, err error) {
	token = newToken()
	l = login{Agent: agent, ID: "s-" + newToken()[:16], hash: hashOf(token)}
	return token, l, a.extend(ctx, &l)
}

// extend lets the session's time begin anew.
func (a *API) extend(ctx context.Context, l *login) error {
	l.Expires = time.Now().Add(a.Config.session())
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	if err := a.Sessions.Put(ctx, l.hash, string(b), l.Expires); err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	return nil
}

// session finds the request's session; false when there is none, or its agent may not log in any more.
func (a *API) session(ctx context.Context, cookie string) (l login, ok bool, err error) {
	if cookie == "" || len(cookie) > 100 {
		return l, false, nil
	}
	return a.kept(ctx, hashOf(cookie))
}

func (a *API) kept(ctx context.Context, hash string) (l login, ok bool, err error) {
	value, ok, err := a.Sessions.Get(ctx, hash)
	if err != nil || !ok {
		return l, false, err
	}
	if err := json.Unmarshal([]byte(value), &l); err != nil {
		return l, false, fmt.Errorf("reading a session: %w", err)
	}
	l.hash = hash
	if time.Now().After(l.Expires) {
		return l, false, a.Sessions.Delete(ctx, hash)
	}
	if p, there := a.People.Person(l.Agent); !there || p.Hash == "" {
		return l, false, nil
	}
	return l, true, nil
}

// cookie makes the browser keep the token; an empty one makes it forget. The server alone knows when it ends.
func (a *API) cookie(token string, secure bool) http.Cookie {
	c := http.Cookie{ //nolint:gosec // Secure where there is TLS; the demo on loopback has none
		Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: secure || a.Config.TLS.Certificate != "",
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// memory keeps sessions in this process.
type memory struct {
	mu   sync.Mutex
	kept map[string]shelved
}

type shelved struct {
	value   string
	expires time.Time
}

// NewMemory keeps sessions in this process: whoever is logged in logs in again after a restart.
func NewMemory() Sessions { return &memory{kept: map[string]shelved{}} }

// Put keeps a session, and forgets those that are over.
func (m *memory) Put(_ context.Context, hash, value string, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(m.kept, func(_ string, s shelved) bool { return now.After(s.expires) })
	m.kept[hash] = shelved{value, expires}
	return nil
}

// Get finds a session.
func (m *memory) Get(_ context.Context, hash string) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[hash]
	return s.value, ok, nil
}

// Delete forgets a session.
func (m *memory) Delete(_ context.Context, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, hash)
	return nil
}
