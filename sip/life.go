package sip

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// stage is how far Close has come.
type stage uint8

const (
	serving stage = iota
	closing       // no new legs
	parting       // every goodbye is on its way
	closed        // nothing new is started
)

func (e *Endpoint) enter(s stage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stage = max(e.stage, s)
}

// run starts a goroutine that Close waits for, or nothing once everything has ended.
func (e *Endpoint) run(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage < closed {
		e.wait.Go(f)
	}
}

// join counts a new leg in; false when the endpoint closes.
func (e *Endpoint) join(l *Leg) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage >= closing {
		return false
	}
	e.legs[l] = true
	e.wait.Go(l.deliver)
	return true
}

// keep makes a leg's dialog known to requests inside it.
func (e *Endpoint) keep(l *Leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.legs[l] {
		e.dialog[l.key()] = l
	}
}

func (e *Endpoint) forget(l *Leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, l)
	if e.dialog[l.key()] == l {
		delete(e.dialog, l.key())
	}
}

// request sends a request of a dialog and gives its final response to done, which may be nil.
func (e *Endpoint) request(req *sipmsg.Request, done func(*sipmsg.Response, error)) {
	e.requestAfter(nil, req, done)
}

// requestAfter is request when before is closed, or has been waited for in vain.
func (e *Endpoint) requestAfter(before <-chan struct{}, req *sipmsg.Request, done func(*sipmsg.Response, error)) {
	if e.life.Err() != nil {
		return
	}
	send := func() {
		if before != nil {
			late := time.NewTimer(patience())
			defer late.Stop()
			select {
			case <-before:
			case <-late.C:
			}
		}
		e.reconnect(req)
		res, err := e.sender(req).Do(e.life, req, as)
		if done != nil {
			done(res, err)
		}
	}
	e.mu.Lock()
	counted := e.stage < parting
	if counted {
		e.requests.Go(send)
	}
	e.mu.Unlock()
	if !counted {
		e.run(send)
	}
}

// reconnect has a request of a connection that is over take a new one, to where the far end says that it listens. The connection of a
// dialog is kept as long as it lives: who called from behind a NAT is reached no other way.
func (e *Endpoint) reconnect(req *sipmsg.Request) {
	network := strings.ToLower(req.Transport())
	if network != "tcp" && network != "tls" || e.sender(req) != e.client {
		return
	}
	if c := e.ua.TransportLayer().Pool(network).Get(req.Destination()); c != nil {
		_, _ = c.TryClose() // the count alone
		return
	}
	d := dialog{target: req.Recipient, routes: req.GetHeaders("Route"), transport: network}
	req.SetDestination(d.firstHop())
}

// send sends what is never answered.
func (e *Endpoint) send(ack *sipmsg.Request) {
	e.reconnect(ack)
	_ = e.sender(ack).WriteRequest(ack, as)
}

// farewell is how long Close waits for the answers to its goodbyes.
const farewell = 2 * time.Second

// Close ends every leg and every listener, and returns when nothing of the endpoint runs any more. Whoever has a leg
// must read its signals to the end, or Close waits for them.
func (e *Endpoint) Close() error { return e.stop() }

// Abandon ends the endpoint as a crash of its process would: nobody is told anything on the wire. For tests of what comes
// after a crash. Signals must be read to the end, as with Close.
func (e *Endpoint) Abandon() error {
	e.abandoned.Store(true)
	e.enter(parting)
	e.end() // from here on nothing is sent
	return e.stop()
}

func (e *Endpoint) close() error {
	e.wake()
	e.draining.Store(true)
	e.enter(closing)
	e.mu.Lock()
	legs := slices.Collect(maps.Keys(e.legs))
	e.mu.Unlock()
	for _, l := range legs {
		if e.abandoned.Load() {
			l.gone(calls.Vanished)
			continue
		}
		l.Hangup(calls.Draining)
	}
	for _, l := range legs {
		<-l.over
	}
	e.enter(parting)
	answered := make(chan struct{})
	e.run(func() {
		e.requests.Wait()
		close(answered)
	})
	select {
	case <-answered:
	case <-time.After(farewell):
	}
	e.end()
	e.registrar.close()
	var errs []error
	for _, c := range e.closers {
		errs = append(errs, c())
	}
	if e.ua != nil {
		errs = append(errs, e.ua.Close())
	}
	e.enter(closed)
	e.wait.Wait()
	err := errors.Join(errs...)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
