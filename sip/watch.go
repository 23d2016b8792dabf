package sip

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// watches are the trunks that are asked by OPTIONS whether they live (RFC 3261 section 11).
type watches struct {
	mu    sync.Mutex
	begun bool
	all   map[string]*watch
}

// watch is one trunk. It is down after two silent answers, and up again after two good ones: one lost packet moves no calls.
type watch struct {
	trunk trunk
	stop  context.CancelFunc
	down  bool
	runs  int // of answers that say the contrary
	since time.Time
}

const (
	turns      = 2 // answers in a row that turn a trunk's state
	answerIn   = 2 * time.Second
	askAgainIn = time.Second // while an answer is missing
)

// TrunkState is how a trunk stands that sends calls.
type TrunkState struct {
	Name    string
	Watched bool // it is asked by OPTIONS; if not it counts as up
	Up      bool
	Since   time.Time // of the state
}

// Trunks are all that send calls, by name.
func (e *Endpoint) Trunks() []TrunkState {
	var all []TrunkState
	e.watches.mu.Lock()
	defer e.watches.mu.Unlock()
	for _, t := range *e.trunks.Load() {
		if t.Send == "" {
			continue
		}
		s := TrunkState{Name: t.Name, Up: true}
		if w := e.watches.all[t.Name]; w != nil {
			s.Watched, s.Up, s.Since = true, !w.down, w.since
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y TrunkState) int { return strings.Compare(x.Name, y.Name) })
	return all
}

// begin starts to ask, once requests can be sent.
func (ws *watches) begin(e *Endpoint) {
	ws.mu.Lock()
	ws.begun = true
	ws.mu.Unlock()
	ws.follow(e, *e.trunks.Load())
}

// follow asks these trunks from now on. One that is the same goes on as it stands.
func (ws *watches) follow(e *Endpoint, trunks []trunk) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if !ws.begun {
		return
	}
	now := map[string]*watch{}
	for _, t := range trunks {
		if t.Send == "" || t.Watch == 0 {
			continue
		}
		if w := ws.all[t.Name]; w != nil && w.trunk.Send == t.Send && w.trunk.Watch == t.Watch && w.trunk.Domain == t.Domain {
			now[t.Name] = w
			continue
		}
		ctx, stop := context.WithCancel(e.life)
		w := &watch{trunk: t, stop: stop, since: time.Now()}
		now[t.Name] = w
		e.run(func() { ws.run(ctx, e, w) })
	}
	for name, w := range ws.all {
		if now[name] != w {
			w.stop()
		}
	}
	ws.all = now
}

func (ws *watches) run(ctx context.Context, e *Endpoint, w *watch) {
	for {
		ok := e.alive(ctx, w.trunk)
		if ctx.Err() != nil {
			return
		}
		pause := w.trunk.Watch
		if ws.count(e, w, ok) {
			pause = min(askAgainIn, pause)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// count takes one answer; true when the next one may turn the state.
func (ws *watches) count(e *Endpoint, w *watch, ok bool) (unsure bool) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ok != w.down { // as it stands
		w.runs = 0
		return false
	}
	if w.runs++; w.runs < turns {
		return true
	}
	w.down, w.runs, w.since = !ok, 0, time.Now()
	if ok {
		e.log.Info("trunk is up", "trunk", w.trunk.Name)
	} else {
		e.log.Warn("trunk is down", "trunk", w.trunk.Name)
	}
	return false
}

// missed: a call was not answered at all. The next question that is not answered, either, makes the trunk down.
func (ws *watches) missed(name string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w := ws.all[name]; w != nil && !w.down {
		w.runs = max(w.runs, turns-1)
	}
}

func (ws *watches) down(name string) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w := ws.all[name]
	return w != nil && w.down
}

// alive asks a trunk. Any answer says yes, but one that it cannot serve: many refuse OPTIONS, and live.
func (e *Endpoint) alive(ctx context.Context, t trunk) bool {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	at, err := t.reach(ctx)
	if err != nil {
		return false
	}
	req := e.toTrunk(t, at, "", cmp.Or(t.Username, "callfloor"), "").request(e, sipmsg.OPTIONS)
	req.AppendHeader(sipmsg.NewHeader("Accept", "application/sdp"))
	tx, err := e.sender(req).TransactionRequest(ctx, req, as)
	if err != nil {
		return false
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			return res.StatusCode != 408 && (res.StatusCode < 500 || res.StatusCode == 501)
		case <-tx.Done():
			return false
		case <-ctx.Done():
			return false
		}
	}
}
