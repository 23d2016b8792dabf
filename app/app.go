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
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/cluster"
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
	source configs.Source
	main   configs.Main // as started; what reloads is in now
	node   string
	log    *slog.Logger

	now       atomic.Pointer[edition]
	reloading sync.Mutex
	stale     atomic.Bool // the last reload failed

	kept        *state.Keep // what outlives the process
	share       *share      // what outlives the node; nil: it is alone
	seal        *cluster.Seal
	phones      *phoneBook
	heirs       deaths // whose calls were claimed
	moves       moves
	buried      deaths // whose rows were closed
	state       *state.State
	router      *routing.Router
	engine      *media.Engine
	recordings  *recordings.Library
	records     *records.Store
	sip         *sip.Endpoint
	api         *api.API
	credentials *api.SIPCredentials
	floor       *floor
	devices     *devices
	cluster     *cluster.Cluster                     // nil: this node is alone
	nodes       atomic.Pointer[map[string]neighbour] // as they were a moment ago
	figures     *figures
	counted     string // where in the journal counting begins
	http        net.Listener

	life    context.Context // of every call; ends when the node stops for good
	end     context.CancelFunc
	drain   *drain
	taken   []string // calls of a former life that go on
	undo    []func() // what was opened, closed last in first out
	started time.Time
}

// edition is all that a reload exchanges at once. A call keeps the one with which it began.
type edition struct {
	config    *configs.Config
	speaker   *prompts.Speaker
	holdMusic *media.Sound
	ringing   *media.Sound
}

// current is the configuration for whatever begins now.
func (a *App) current() *configs.Config { return a.now.Load().config }

// opened remembers how to close what was just opened.
func (a *App) opened(undo func()) { a.undo = append(a.undo, undo) }

// close stops everything, last opened first.
func (a *App) close() {
	for i := len(a.undo) - 1; i >= 0; i-- {
		a.undo[i]()
	}
	a.undo = nil
}
