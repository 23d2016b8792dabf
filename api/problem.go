package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
)

// Problem is an error as the API writes it: a problem document (RFC 9457) with a code for programs. Whatever meets a
// port of this package may return one to choose status, code and words by itself.
type Problem struct {
	Title  string   `json:"title" doc:"The status in words."`
	Status int      `json:"status" doc:"The HTTP status."`
	Detail string   `json:"detail,omitempty" doc:"What went wrong this time, for people."`
	Code   string   `json:"code" doc:"What went wrong, for programs." example:"viewer"`
	Open   []string `json:"open,omitempty" doc:"With code open_work: the leases that are still open."`
	Errors []Flaw   `json:"errors,omitempty" doc:"With code invalid: every flaw of the request."`
}

// Flaw is one thing that is wrong with a request. It never repeats what was sent: that may be a password.
type Flaw struct {
	Where string `json:"where,omitempty" example:"body.chosen"`
	What  string `json:"what"`
}

// NewProblem is a problem document with the status' own title.
func NewProblem(status int, code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// Error is the problem in one line.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457 section 3, for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem is the one table that turns errors into problems. Whatever is not in it is a fault of ours: it is logged and
// its text is kept from the client.
func (a *API) problem(ctx context.Context, err error) error {
	var own *Problem
	var conflict *routing.Conflict
	var open *routing.OpenWork
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.As(err, &conflict):
		return Conflict(conflict.Code)
	case errors.As(err, &open):
		p := NewProblem(http.StatusConflict, "open_work", "There is work in hand: finish it first.")
		p.Open = open.Leases
		return p
	case errors.Is(err, records.ErrNotFound):
		return notFound()
	case ctx.Err() != nil:
		return NewProblem(http.StatusServiceUnavailable, "cancelled", "The request was given up.")
	}
	a.Log.ErrorContext(ctx, "request failed", "err", err)
	return NewProblem(http.StatusInternalServerError, "failed", "The server could not do this now.")
}

func notFound() *Problem {
	return NewProblem(http.StatusNotFound, "not_found", "There is nothing of this id.")
}

// Conflict is a race that somebody else won, in words.
func Conflict(code string) *Problem {
	words := map[string]string{
		"expired":       "The time to accept was over.",
		"taken":         "Somebody else has taken it.",
		"gone":          "It is over already.",
		"newer":         "The customer has said more meanwhile.",
		"not_online":    "The server lost this page for a moment.",
		"viewer":        "This agent works in another window. This one can only watch.",
		"full":          "It is full.",
		"in_call":       "There is a call in hand, or one rings.",
		"fenced":        "This session is over.",
		"at_max":        "There is as much in hand as may be at once.",
		"talking":       "A call is transferred by the agent who talks.",
		"there_already": "They wait there already.",
		"closed":        "This queue is closed.",
		"no_transfers":  "Nobody may be transferred to this queue.",
		"no_agents":     "Nobody is there for this queue.",
		"offering":      "It is offered to somebody already.",
		"nothing_waits": "Nothing waits that is for you.",
		"not_available": "Nothing can be taken now: be available first, with nothing in hand that keeps other work away.",
		"not_idle":      "They have something in hand.",
		"unknown_agent": "Nobody of this name takes calls here.",
	}[code]
	return NewProblem(http.StatusConflict, code, words)
}

// translate writes huma's own errors as ours: with a code, and without repeating what was sent.
func translate(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := NewProblem(e.Status, codeOf(e.Status), e.Detail)
	for _, d := range e.Errors {
		if d != nil {
			p.Errors = append(p.Errors, Flaw{Where: d.Location, What: d.Message})
		}
	}
	return p, nil
}

// codeOf names a status for which nothing more exact is known.
func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "invalid"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	}
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}
