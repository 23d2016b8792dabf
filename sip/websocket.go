package sip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/callfloor/callfloor/calls"
)

// Limits of a browser's connection.
const (
	longestMessage = 64 << 10
	pingEvery      = 20 * time.Second
	pongWithin     = 10 * time.Second
)

// browsers takes WebSockets from the HTTP server and gives sipgo the other end of a pipe for each: its own WebSocket
// listener can be stopped by one idle client and never tells of a close. To sipgo this is a net.Listener.
type browsers struct {
	e    *Endpoint
	conn chan net.Conn
	done chan struct{}
	once sync.Once
	mu   sync.Mutex
	open map[string]chan struct{} // by remote address; closed when the connection is
}

func newBrowsers(e *Endpoint) *browsers {
	return &browsers{e: e, conn: make(chan net.Conn), done: make(chan struct{}), open: map[string]chan struct{}{}}
}

// transport never dials a browser's port: a connection that is gone is gone.
func (b *browsers) transport() *sipmsg.TransportWS {
	return &sipmsg.TransportWS{DialerCreate: func(net.Addr) ws.Dialer {
		return ws.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("the browser's connection is closed")
		}}
	}}
}

// Accept hands sipgo the next browser.
func (b *browsers) Accept() (net.Conn, error) {
	select {
	case c := <-b.conn:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener and every connection.
func (b *browsers) Close() error {
	b.once.Do(func() { close(b.done) })
	return nil
}

// Addr is a name: there is no port.
func (b *browsers) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// closed is closed when a dialog's connection is; nil, which is never, for dialogs without one.
func (b *browsers) closed(d *dialog) <-chan struct{} {
	if d.transport != "ws" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.open[d.destination]; ok {
		return c
	}
	gone := make(chan struct{})
	close(gone)
	return gone
}

// ServeHTTP is SIP over WebSocket (RFC 7118). Who mounts it has checked the origin.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}, InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = c.CloseNow() }()
	if c.Subprotocol() != "sip" {
		_ = c.Close(websocket.StatusPolicyViolation, "the subprotocol sip is needed")
		return
	}
	c.SetReadLimit(longestMessage)
	if err := e.browsers.carry(r.Context(), c, r.RemoteAddr); err != nil {
		e.log.Debug("browser left", "source", r.RemoteAddr, "err", err)
	}
}

// carry moves messages between a browser and sipgo until one of them ends.
func (b *browsers) carry(ctx context.Context, c *websocket.Conn, remote string) error {
	addr, err := net.ResolveTCPAddr("tcp", remote)
	if err != nil {
		return err
	}
	ours, theirs := net.Pipe()
	defer ours.Close()
	gone := make(chan struct{})
	b.mu.Lock()
	b.open[remote] = gone
	b.mu.Unlock()
	defer b.left(remote, gone)
	select {
	case b.conn <- &named{theirs, addr}:
	case <-b.done:
		return net.ErrClosed
	}
	d := ws.Dialer{Protocols: []string{"sip"}}
	if _, _, err := d.Upgrade(ours, &url.URL{Scheme: "ws", Host: "callfloor", Path: "/"}); err != nil {
		return fmt.Errorf("handing over: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { cancel(b.inward(ctx, c, ours)) })
	wait.Go(func() { cancel(b.outward(ctx, c, ours)) })
	wait.Go(func() { cancel(b.ping(ctx, c)) })
	select {
	case <-ctx.Done():
	case <-b.done:
		_ = c.Close(websocket.StatusGoingAway, "the server stops")
	}
	cancel(net.ErrClosed)
	_ = ours.Close()
	_ = c.CloseNow()
	return context.Cause(ctx)
}

func (b *browsers) inward(ctx context.Context, c *websocket.Conn, to net.Conn) error {
	for {
		_, message, err := c.Read(ctx)
		if err != nil {
			return err
		}
		if err := wsutil.WriteClientText(to, message); err != nil {
			return err
		}
	}
}

func (b *browsers) outward(ctx context.Context, c *websocket.Conn, from net.Conn) error {
	for {
		message, _, err := wsutil.ReadServerData(from)
		if err != nil {
			return err
		}
		if err := c.Write(ctx, websocket.MessageText, message); err != nil {
			return err
		}
	}
}

func (b *browsers) ping(ctx context.Context, c *websocket.Conn) error {
	t := time.NewTicker(pingEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		within, cancel := context.WithTimeout(ctx, pongWithin)
		err := c.Ping(within)
		cancel()
		if err != nil {
			return err
		}
	}
}

// left tells everybody that a browser's connection closed.
func (b *browsers) left(remote string, gone chan struct{}) {
	b.mu.Lock()
	delete(b.open, remote)
	b.mu.Unlock()
	close(gone)
	b.e.registrar.removeConnection(remote)
	b.e.mu.Lock()
	var legs []*Leg
	for _, l := range b.e.dialog {
		if l.dialog.goesTo("ws", remote) {
			legs = append(legs, l)
		}
	}
	b.e.mu.Unlock()
	for _, l := range legs {
		l.say(calls.Signal{Kind: calls.SigLost})
	}
}

// named is a pipe with the browser's address.
type named struct {
	net.Conn
	remote net.Addr
}

// RemoteAddr is the browser's.
func (n *named) RemoteAddr() net.Addr { return n.remote }

// LocalAddr is a name only.
func (n *named) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

var _ io.Closer = (*browsers)(nil)
