// Package app wires Callfloor together: it opens every part, introduces those that are strangers to one another,
// reloads and stops. It is the only package that knows everybody; tests start it, too.
//
//	configs ─▶ app ─▶ state ─▶ routing
//	                ├▶ media ─▶ sip ──Incoming──▶ calls ◀──flow── ivr
//	                ├▶ recordings, records (fed by the journal)
//	                └▶ api, console
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/prompts"
	"github.com/callfloor/callfloor/recordings"
	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
	"github.com/callfloor/callfloor/state"
)

// App is one running node.
type App struct {
	node   string
	config *configs.Config // as started; what reloads is behind current
	live   atomic.Pointer[configs.Config]
	log    *slog.Logger

	state       *state.State
	router      *routing.Router
	engine      *media.Engine
	speaker     *prompts.Speaker
	recordings  *recordings.Library
	records     *records.Store
	sip         *sip.Endpoint
	api         *api.API
	credentials *api.SIPCredentials
	floor       *floor
	devices     *devices
	holdMusic   *media.Sound
	http        net.Listener

	life     context.Context // of every call; ends when the node stops for good
	end      context.CancelFunc
	draining atomic.Bool
	drained  chan struct{}
	once     sync.Once
	undo     []func() // what was opened, closed last in first out
	started  time.Time
}

// current is the configuration for whatever begins now.
func (a *App) current() *configs.Config { return a.live.Load() }

// opened remembers how to close what was just opened.
func (a *App) opened(undo func()) { a.undo = append(a.undo, undo) }

// Close stops everything, last opened first.
func (a *App) close() {
	for i := len(a.undo) - 1; i >= 0; i-- {
		a.undo[i]()
	}
	a.undo = nil
}

// lockData makes the data directory ours alone.
func (a *App) lockData() error {
	if err := os.MkdirAll(a.config.Data, 0o750); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(a.config.Data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data directory cannot be written: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("data directory %s is in use by another callfloor", a.config.Data), f.Close())
	}
	a.opened(func() { _ = f.Close() })
	return nil
}

// serveHTTP opens the one port for people and programs.
func (a *App) listenHTTP(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	a.http = l
	a.opened(func() { _ = l.Close() })
	return nil
}

var _ http.Handler = (*sip.Endpoint)(nil)

var _ calls.Leg = (*sip.Leg)(nil)
