package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Session is what a page needs after a login, or after it was loaded anew.
type Session struct {
	Agent       SessionAgent `json:"agent"`
	Viewer      bool         `json:"viewer" doc:"Another page of this agent was first: this one may only watch."`
	SIP         SIPAccount   `json:"sip"`
	Reasons     []Choice     `json:"reasons" doc:"The choices for being away."`
	BusyReasons []Choice     `json:"busyReasons" doc:"The choices for being busy."`
}

// SessionAgent is who is logged in.
type SessionAgent struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Role   string   `json:"role" example:"agent"`
	Queues []string `json:"queues"`
	Device string   `json:"device" doc:"What the agent talks with: browser or phone."`
}

// SIPAccount is what a browser registers with, over the WebSocket at Path.
type SIPAccount struct {
	User     string `json:"user"`
	Password string `json:"password"`
	URI      string `json:"uri" example:"sip:maria.Zm9v.1700000000@callfloor"`
	Path     string `json:"path" example:"/sip"`
	Expires  int64  `json:"expires" doc:"Seconds until the password is no longer good."`
}

type loginInput struct {
	Body struct {
		Agent    string `json:"agent" minLength:"1" maxLength:"100"`
		Password string `json:"password" minLength:"1" maxLength:"500"`
	}
}

type sessionOutput struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
	Body      Session
}

type goodbye struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) loginRoutes(rest huma.API) {
	huma.Register(rest, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: "/api/login", Summary: "Log in",
		Errors: []int{401, 403, 422, 429}, MaxBodyBytes: maxBody, Middlewares: huma.Middlewares{a.seen},
	}, a.login)
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/session", "session", "Who is logged in", 401), a.current)
	huma.Register(rest, a.operation(rest, http.MethodPost, "/api/logout", "logout", "Log out", 401, 403, 409), a.logout)
}

// login checks a password. An unknown agent and a wrong password look alike, and take alike.
func (a *API) login(ctx context.Context, in *loginInput) (*sessionOutput, error) {
	v := visitorOf(ctx)
	agent := in.Body.Agent
	if wait := a.tries.begin(agent, v.address, time.Now()); wait > 0 {
		a.Log.Warn("too many logins", "agent", agent, "address", v.address)
		return nil, huma.ErrorWithHeaders(NewProblem(http.StatusTooManyRequests, "too_many_tries", "Too many tries. Wait a few minutes."),
			http.Header{"Retry-After": {strconv.Itoa(int(wait.Seconds()) + 1)}})
	}
	person, right, err := a.right(ctx, agent, in.Body.Password)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	if !right {
		a.Log.Info("login refused", "agent", agent, "address", v.address)
		return nil, NewProblem(http.StatusUnauthorized, "wrong_password", "The name or the password is wrong.")
	}
	a.tries.right(agent, v.address)
	if err := a.replace(ctx, v.cookie); err != nil {
		return nil, a.problem(ctx, err)
	}
	token, l, err := a.begin(ctx, person)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	viewer, err := a.Presence.Login(ctx, agent, l.ID)
	if err != nil {
		return nil, a.problem(ctx, err)
	}
	a.Log.Info("logged in", "agent", agent, "viewer", viewer)
	cookie := a.cookie(token, v.secure)
	return &sessionOutput{SetCookie: &cookie, Body: a.describe(l, viewer)}, nil
}

// replace ends the login that this browser had before: its pages are closed, so that the new one finds the seat free.
func (a *API) replace(ctx context.Context, cookie string) error {
	l, ok, err := a.session(ctx, cookie)
	if err != nil || !ok {
		return err
	}
	if err := a.Sessions.Delete(ctx, l.hash); err != nil {
		return err
	}
	a.hub.loggedOut(l)
	if err := a.Presence.Disconnect(ctx, l.Agent, l.ID); !fenced(err) {
		return err
	}
	return nil
}

// right checks a password, and says whose it is as the configuration was when it was checked.
func (a *API) right(ctx context.Context, agent, password string) (Person, bool, error) {
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return Person{}, false, ctx.Err()
	}
	p, ok := a.People.Person(agent)
	if !ok || p.Hash == "" {
		nobody().matches(password)
		return p, false, nil
	}
	h, err := parseHash(p.Hash)
	if err != nil {
		return p, false, fmt.Errorf("password of agent %s: %w", agent, err)
	}
	return p, h.matches(password), nil
}

// describe is a session with new SIP credentials.
func (a *API) describe(l login, viewer bool) Session {
	p, _ := a.People.Person(l.Agent)
	account := a.Credentials.Issue(l.Agent, l.hash)
	role := p.Role
	if role == "" {
		role = "agent"
	}
	return Session{
		Agent:       SessionAgent{ID: l.Agent, Name: p.Name, Role: role, Queues: listed(p.Queues), Device: p.Device},
		Viewer:      viewer,
		Reasons:     listed(a.People.AwayReasons()),
		BusyReasons: listed(a.People.BusyReasons()),
		SIP: SIPAccount{
			User: account.User, Password: account.Password, URI: "sip:" + account.User + "@" + a.Phone.Domain(), Path: "/sip",
			Expires: int64(time.Until(account.Expires).Seconds()),
		},
	}
}

// listed makes an empty list out of none, for pages that go through it.
func listed[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func (a *API) current(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	s := seatOf(ctx)
	if err := a.extend(ctx, &s.login); err != nil {
		return nil, a.problem(ctx, err)
	}
	return &sessionOutput{Body: a.describe(s.login, a.hub.elsewhere(s))}, nil
}

// logout ends the session. The one who owns the seat may only go with no work in hand; who only views may always.
func (a *API) logout(ctx context.Context, _ *struct{}) (*goodbye, error) {
	s := seatOf(ctx)
	if !a.hub.elsewhere(s) {
		if err := a.Presence.Logout(ctx, s.Agent, s.ID); err != nil && !fenced(err) {
			return nil, a.problem(ctx, err)
		}
	}
	if err := a.Sessions.Delete(ctx, s.hash); err != nil {
		return nil, a.problem(ctx, err)
	}
	a.hub.loggedOut(s.login)
	a.Log.Info("logged out", "agent", s.Agent)
	return &goodbye{SetCookie: a.cookie("", false)}, nil
}
