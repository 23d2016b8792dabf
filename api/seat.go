package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// visitor is what is known of a request before anybody is logged in.
type visitor struct {
	address string
	cookie  string
	tab     string
	secure  bool
}

// seat is a logged-in agent at one page.
type seat struct {
	login
	tab string // the page's own name for itself, "" when it has none
}

type visitorKey struct{}

type seatKey struct{}

// seen notes where a request comes from.
func (a *API) seen(ctx huma.Context, next func(huma.Context)) {
	v := visitor{tab: ctx.Header("X-Callfloor-Tab")}
	v.address, v.secure = a.Config.from(ctx)
	if c, err := huma.ReadCookie(ctx, cookieName); err == nil {
		v.cookie = c.Value
	}
	next(huma.WithValue(ctx, visitorKey{}, v))
}

// seated lets only logged-in agents pass.
func (a *API) seated(rest huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		v := visitorOf(ctx.Context())
		l, ok, err := a.session(ctx.Context(), v.cookie)
		switch {
		case err != nil:
			a.Log.Error("session not read", "err", err)
			refuse(rest, ctx, NewProblem(http.StatusServiceUnavailable, "unavailable", "Logins cannot be checked now."))
		case !ok:
			refuse(rest, ctx, NewProblem(http.StatusUnauthorized, "no_session", "Log in first."))
		default:
			next(huma.WithValue(ctx, seatKey{}, seat{l, v.tab}))
		}
	}
}

func refuse(rest huma.API, ctx huma.Context, p *Problem) {
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = rest.Marshal(ctx.BodyWriter(), "application/json", p) // a client who left is no fault
}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

func seatOf(ctx context.Context) seat {
	s, _ := ctx.Value(seatKey{}).(seat)
	return s
}

// operation describes an address for logged-in agents.
func (a *API) operation(rest huma.API, method, path, id, summary string, errs ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Errors: errs, MaxBodyBytes: maxBody,
		Security:    []map[string][]string{{"session": {}}},
		Middlewares: huma.Middlewares{a.seen, a.seated(rest)},
	}
}
