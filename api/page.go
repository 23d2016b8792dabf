package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"
)

const (
	silence   = 15 * time.Second       // a page that says nothing for so long is gone
	slowest   = 5 * time.Second        // to take one message
	recheck   = 20 * time.Second       // a logout here is told at once; one on another node is found out
	floorPace = 250 * time.Millisecond // between two states when only the queues' numbers changed
)

// Why a page's socket is closed by us.
var (
	errGoingAway = errors.New("the server stops")
	errLoggedOut = errors.New("logged out")
	errChatter   = errors.New("too many messages")
)

// signedOff is why a page is closed whose session routing has ended: its login is still kept. by is the supervisor who
// wanted it, "" when it was the agent's own will, or the clock's: then reason says why.
type signedOff struct{ by, reason string }

// Error says who ended it.
func (s signedOff) Error() string { return "signed off by " + word(s.by, word(s.reason, "routing")) }

// page is one open console page: a goroutine that reads, and one that writes.
type page struct {
	seat
	hub    *hub
	desk   *desk
	queues atomic.Pointer[[]string] // the agent's
	doubt  atomic.Bool              // the login may be over: the agents were read anew
	conn   *websocket.Conn
	cancel context.CancelCauseFunc

	mine, others chan struct{} // marks: something changed for the agent, or only on the floor
	call         atomic.Pointer[string]
	device       *report // the last one; guarded by the hub's mutex

	checked time.Time // the reader's own: when the login was last seen to stand

	// The writer's own:
	seq   int64
	facts facts
}

// mark says what changed.
type mark func(*page) chan struct{}

func mine(p *page) chan struct{}   { return p.mine }
func others(p *page) chan struct{} { return p.others }

// mark never blocks: a mark that stands already is enough.
func (p *page) mark(m mark) {
	select {
	case m(p) <- struct{}{}:
	default:
	}
}

// worksIn notes in which queues the page's agent works.
func (p *page) worksIn(people People) {
	person, _ := people.Person(p.Agent)
	p.queues.Store(&person.Queues)
}

func (p *page) sees(queues []string) bool {
	for _, q := range queues {
		if slices.Contains(*p.queues.Load(), q) {
			return true
		}
	}
	return false
}

func (p *page) watches(call string) bool {
	c := p.call.Load()
	return c != nil && *c == call
}

// leave closes the page's socket for a reason.
func (p *page) leave(why error) { p.cancel(why) }

// alive asks the browser for a sign of life.
func (p *page) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	return p.conn.Ping(ctx) == nil
}

func (a *API) eventsRoute(mux *http.ServeMux, rest huma.API) {
	mux.HandleFunc("GET /api/events", a.events)
	rest.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "events", Method: http.MethodGet, Path: "/api/events", Summary: "WebSocket: what is true for the agent now",
		Description: `The server sends {"seq","type":"state","state"} at once and after each change. The page sends {"type":"ping"} ` +
			`every 3 s, answered {"type":"pong"}, and {"type":"device","channel","ok","reason"}; {"type":"take"} makes it the page that works, and the one that did a viewer. ` +
			`The query "tab" is the page's name for itself; "leaves" is the node from which it comes while its socket there ` +
			`is open still: a state whose "drain" says "moves" asks for that, and that node answers 503. ` +
			`{"type":"signed_off","by","reason"} says before the end that a supervisor has ended the session, or the clock (logout_after, logout_at).`,
		Security:  []map[string][]string{{"session": {}}},
		Responses: map[string]*huma.Response{"101": {Description: "The socket is open."}},
	})
}

// events opens a page's socket.
func (a *API) events(w http.ResponseWriter, r *http.Request) {
	if !a.sameOrigin(r) {
		writeProblem(w, NewProblem(http.StatusForbidden, "origin", "This page is not ours."))
		return
	}
	var token string
	if c, err := r.Cookie(cookieName); err == nil {
		token = c.Value
	}
	l, ok, err := a.session(r.Context(), token)
	if err != nil {
		a.Log.Error("session not read", "err", err)
		writeProblem(w, NewProblem(http.StatusServiceUnavailable, "unavailable", "Logins cannot be checked now."))
		return
	}
	if !ok {
		writeProblem(w, NewProblem(http.StatusUnauthorized, "no_session", "Log in first."))
		return
	}
	if r.URL.Query().Get("leaves") == a.Node { // the load balancer has not noticed yet: it tries again
		writeProblem(w, NewProblem(http.StatusServiceUnavailable, "draining", "This server is about to stop."))
		return
	}
	tab := r.URL.Query().Get("tab")
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // the origin was checked above
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(maxMessage)
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	p := &page{
		seat: seat{l, tab[:min(len(tab), 100)]}, hub: a.hub, conn: conn, cancel: cancel,
		mine: make(chan struct{}, 1), others: make(chan struct{}, 1),
	}
	if !a.hub.join(p) {
		_ = conn.Close(websocket.StatusGoingAway, errGoingAway.Error())
		return
	}
	defer a.hub.left(p)
	p.run(ctx)
}

// run is the page's life.
func (p *page) run(ctx context.Context) {
	p.hub.api.Log.Info("page open", "agent", p.Agent)
	if err := p.hub.claim(ctx, p, false); err != nil {
		p.hub.api.Log.Warn("seat not taken", "agent", p.Agent, "err", err)
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		p.cancel(p.read(ctx))
	}()
	p.mark(mine)
	p.cancel(p.write(ctx))
	why := context.Cause(ctx)
	if off, ok := errors.AsType[signedOff](why); ok {
		p.forget()
		p.explain(ctx, off)
	}
	p.hub.release(p, over(why))
	p.farewell(why)
	<-reading
	p.hub.api.Log.Info("page closed", "agent", p.Agent, "cause", why)
}

// over says whether a page leaves because its session has ended.
func over(why error) bool {
	_, off := errors.AsType[signedOff](why)
	return off || errors.Is(why, errLoggedOut)
}

// explain tells the page why its session has ended, unless its agent wanted it so.
func (p *page) explain(ctx context.Context, off signedOff) {
	if off == (signedOff{}) {
		return
	}
	_ = p.send(ctx, map[string]string{"type": "signed_off", "by": p.hub.api.named(off.by), "reason": off.reason}) // it may be gone
}

// forget ends the login of a page whose session routing has ended, before the page may ask for it again.
func (p *page) forget() {
	ctx, cancel := context.WithTimeout(context.Background(), parting) // the page's own context is over
	defer cancel()
	if err := p.hub.api.Sessions.Delete(ctx, p.hash); err != nil {
		p.hub.api.Log.Warn("a session that is over was not deleted", "agent", p.Agent, "err", err)
	}
}

// farewell closes the socket with a status that tells the page whether to come back.
func (p *page) farewell(why error) {
	switch {
	case errors.Is(why, errGoingAway):
		_ = p.conn.Close(websocket.StatusGoingAway, why.Error()) // the page may be gone already, here and below
	case over(why), errors.Is(why, errChatter):
		_ = p.conn.Close(websocket.StatusPolicyViolation, why.Error())
	default:
		_ = p.conn.CloseNow()
	}
}

// read takes what the page says until it is gone.
func (p *page) read(ctx context.Context) error {
	pace := rate.NewLimiter(20, 40)
	// The socket's own context is not the page's: cancelling a read would tear the connection before the farewell.
	for {
		quiet, cancel := context.WithTimeout(context.WithoutCancel(ctx), silence)
		kind, b, err := p.conn.Read(quiet)
		cancel()
		if err != nil {
			return fmt.Errorf("socket: %w", err)
		}
		if !pace.Allow() {
			return errChatter
		}
		if ctx.Err() != nil {
			continue // until the farewell has gone through
		}
		m, err := parseMessage(b)
		if err == nil && kind != websocket.MessageText {
			err = errors.New("not a text message")
		}
		if err != nil {
			p.say(ctx, map[string]string{"type": "error", "code": "invalid", "detail": err.Error()})
			continue
		}
		p.take(ctx, m)
	}
}

// take does what a message asks.
func (p *page) take(ctx context.Context, m message) {
	var err error
	switch m.Type {
	case "ping":
		p.say(ctx, map[string]string{"type": "pong"})
		err = p.beat(ctx)
	case "take":
		err = p.hub.claim(ctx, p, true)
	case "device":
		r := m.report
		p.hub.mu.Lock()
		p.device = &r
		owns := p.desk.owner == p
		p.hub.mu.Unlock()
		if owns {
			err = p.hub.api.Presence.Device(ctx, p.Agent, r.Channel, r.OK, r.Reason)
		}
	}
	if err != nil && ctx.Err() == nil {
		p.hub.api.Log.Warn("page not heard", "agent", p.Agent, "what", m.Type, "err", err)
	}
}

// beat keeps the agent online and the login alive.
func (p *page) beat(ctx context.Context) error {
	if time.Since(p.checked) > recheck {
		if err := p.renew(ctx); err != nil {
			return err
		}
	}
	switch {
	case p.hub.owner(p.desk) == p:
		p.hub.pulse.beat(p)
	case p.hub.succeeds(p):
		return p.hub.claim(ctx, p, false)
	}
	return nil
}

// renew looks whether the login still stands, and lets it live longer in its second half.
func (p *page) renew(ctx context.Context) error {
	l, ok, err := p.stillIn(ctx)
	if err != nil || !ok {
		return err
	}
	p.checked = time.Now()
	if a := p.hub.api; time.Until(l.Expires) < a.Config.session()/2 {
		return a.extend(ctx, &l)
	}
	return nil
}

// stillIn is the page's login as it is kept now. A page whose login is over is closed.
func (p *page) stillIn(ctx context.Context) (l login, ok bool, err error) {
	l, ok, err = p.hub.api.kept(ctx, p.hash)
	if err == nil && !ok {
		p.leave(errLoggedOut)
	}
	return l, ok, err
}

// write sends the state whenever it may have changed, at once at first and no more than 20 times a second.
func (p *page) write(ctx context.Context) error {
	pace := rate.NewLimiter(16, 4)
	var floorDue <-chan time.Time
	var sent time.Time
	for {
		full := true
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.mine:
		case <-p.others:
			if floorDue == nil {
				floorDue = time.After(floorPace - time.Since(sent))
			}
			continue
		case <-floorDue:
			full = false
		}
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		floorDue = nil
		select {
		case <-p.mine:
			full = true
		default:
		}
		sent = time.Now()
		if err := p.push(ctx, full); err != nil {
			return err
		}
	}
}

// push sends what is true now. What cannot be found out now is tried again with the next mark.
func (p *page) push(ctx context.Context, full bool) error {
	if p.doubt.Swap(false) {
		if _, ok, err := p.stillIn(ctx); err == nil && !ok {
			return errLoggedOut
		}
	}
	v, err := p.hub.view(ctx, p, full)
	if err != nil {
		if ctx.Err() == nil {
			p.hub.api.Log.Warn("page not told", "agent", p.Agent, "err", err)
		}
		return nil
	}
	p.seq++
	return p.send(ctx, map[string]any{"seq": p.seq, "type": "state", "state": v})
}

// say answers; a page that does not listen is found out by the next state.
func (p *page) say(ctx context.Context, v any) {
	if err := p.send(ctx, v); err != nil {
		p.cancel(err)
	}
}

func (p *page) send(ctx context.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing a message: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), slowest)
	defer cancel()
	if err := p.conn.Write(ctx, websocket.MessageText, b); err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	return nil
}
