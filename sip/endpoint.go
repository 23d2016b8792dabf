package sip

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

var errNotYet = errors.New("sip: not built yet")

// Endpoint is the SIP side of one node.
type Endpoint struct{}

// New opens the listeners.
func New(c Config, trunks []Trunk, engine *media.Engine, house House, log *slog.Logger) (*Endpoint, error) {
	return nil, errNotYet
}

// ServeHTTP takes a browser's WebSocket.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

// WithAgent marks a WebSocket's request as that of a logged-in agent.
func WithAgent(ctx context.Context, agent string) context.Context { return ctx }

// Devices lists an agent's contacts.
func (e *Endpoint) Devices(agent string) []Device { return nil }

// Dial calls an agent's device.
func (e *Endpoint) Dial(ctx context.Context, room *media.Room, to Target) (*Leg, error) {
	return nil, errNotYet
}

// SetTrunks replaces the trunks.
func (e *Endpoint) SetTrunks(trunks []Trunk) error { return errNotYet }

// Drain refuses new calls.
func (e *Endpoint) Drain() {}

// Close ends everything.
func (e *Endpoint) Close() error { return nil }

// Leg is one dialog and its line.
type Leg struct{}

var _ calls.Leg = (*Leg)(nil)

// ID names the leg.
func (l *Leg) ID() string { return "" }

// Party is who is on it.
func (l *Leg) Party() calls.Party { return calls.Party{} }

// Signals reports what happens.
func (l *Leg) Signals() <-chan calls.Signal { return nil }

// Ring sends 180.
func (l *Leg) Ring() {}

// Answer sends 200.
func (l *Leg) Answer(context.Context) error { return errNotYet }

// Digits sends keys.
func (l *Leg) Digits(keys string) {}

// Hangup ends the leg.
func (l *Leg) Hangup(calls.Cause) {}

// Room is the leg's media room.
func (l *Leg) Room() *media.Room { return nil }

// From is who calls.
func (l *Leg) From() (number, name string) { return "", "" }
