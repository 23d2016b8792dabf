package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// cookieName is the session's cookie.
const cookieName = "callfloor_session"

// Sessions keeps who is logged in, where it outlasts this process. The token stays with the browser; what is kept is
// its hash, from which nobody can make the token. Met by records.
type Sessions interface {
	// Put keeps a new session; it may be forgotten after expires.
	Put(ctx context.Context, hash, value string, expires time.Time) error
	// Extend exchanges the value of a session that is still kept; one that was deleted meanwhile stays deleted.
	Extend(ctx context.Context, hash, value string, expires time.Time) error
	Get(ctx context.Context, hash string) (value string, ok bool, err error)
	Delete(ctx context.Context, hash string) error
}

// login is one agent's session as it is kept.
type login struct {
	Agent string `json:"agent"`
	// ID is what routing knows the session by; it opens nothing.
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
	// Proof is which password was shown: the session ends when the agent gets another one.
	Proof string `json:"proof"`

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
func (a *API) begin(ctx context.Context, p Person) (token string, l login, err error) {
	token = newToken()
	l = login{Agent: p.ID, ID: "s-" + newToken()[:16], Proof: hashOf(p.Hash), hash: hashOf(token)}
	return token, l, a.keep(ctx, &l, a.Sessions.Put)
}

// extend lets the session's time begin anew.
func (a *API) extend(ctx context.Context, l *login) error { return a.keep(ctx, l, a.Sessions.Extend) }

func (a *API) keep(ctx context.Context, l *login, how func(context.Context, string, string, time.Time) error) error {
	l.Expires = time.Now().Add(a.Config.session())
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	if err := how(ctx, l.hash, string(b), l.Expires); err != nil {
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

// kept finds a session that is good now. One that is over, or was made with a former password, stays unusable even if
// it cannot be deleted.
func (a *API) kept(ctx context.Context, hash string) (l login, ok bool, err error) {
	value, ok, err := a.Sessions.Get(ctx, hash)
	if err != nil || !ok {
		return l, false, err
	}
	if err := json.Unmarshal([]byte(value), &l); err != nil {
		return l, false, fmt.Errorf("reading a session: %w", err)
	}
	l.hash = hash
	p, there := a.People.Person(l.Agent)
	if there && p.Hash != "" && hashOf(p.Hash) == l.Proof && time.Now().Before(l.Expires) {
		return l, true, nil
	}
	if err := a.Sessions.Delete(ctx, hash); err != nil {
		a.Log.Warn("a session that is over was not deleted", "agent", l.Agent, "err", err)
	}
	return l, false, nil
}

// Account finds whose browser registers by a name that was made at login, and what its password must be. The name is
// as good as the session it was made for: a logout ends both.
func (a *API) Account(ctx context.Context, user string) (agent, password string, ok bool) {
	agent, session, password, ok := a.Credentials.Verify(user)
	if !ok {
		return "", "", false
	}
	l, ok, err := a.kept(ctx, session)
	if err != nil {
		a.Log.Error("session not read", "agent", agent, "err", err)
	}
	return agent, password, ok && l.Agent == agent
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
