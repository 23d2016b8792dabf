package sip

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// allow lists the methods we understand.
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE"

// Endpoint is this node's SIP.
type Endpoint struct {
	config    Config
	engine    *media.Engine
	house     House
	log       *slog.Logger
	ua        *sipgo.UserAgent
	client    *sipgo.Client
	secret    [32]byte // of nonces
	registrar *registrar
	strangers *strangers
	browsers  *browsers
	trunks    atomic.Pointer[[]trunk]
	draining  atomic.Bool
	closers   []func() error
	wait      sync.WaitGroup
	local     map[string]netip.AddrPort // by transport: what we listen on

	mu   sync.Mutex
	legs map[string]*Leg // by Call-ID and our tag
}

type trunk struct {
	Trunk
	networks []netip.Prefix
}

// New binds every address and starts to serve.
func New(c Config, trunks []Trunk, engine *media.Engine, house House, log *slog.Logger) (*Endpoint, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	sipmsg.UDPMTUSize = 65000 // our SDP fits no 1,300 bytes; fragments are the network's business
	e := &Endpoint{
		config: c, engine: engine, house: house, log: log, legs: map[string]*Leg{}, local: map[string]netip.AddrPort{},
		strangers: newStrangers(c.Rate),
	}
	_, _ = rand.Read(e.secret[:])
	e.registrar = newRegistrar(house)
	e.browsers = newBrowsers(e)
	if err := e.SetTrunks(trunks); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler) // sipgo's own log is for sipgo's authors; faults come back as errors
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("callfloor"),
		sipgo.WithUserAgentTransportLayerOptions(
			sipmsg.WithTransportLayerLogger(quiet),
			sipmsg.WithTransportLayerTransports(sipmsg.TransportsConfig{WS: e.browsers.transport()}),
		),
		sipgo.WithUserAgentTransactionLayerOptions(sipmsg.WithTransactionLayerLogger(quiet)))
	if err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	e.ua = ua
	srv, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	if e.client, err = sipgo.NewClient(ua, sipgo.WithClientLogger(quiet)); err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	e.handle(srv)
	if err := e.listen(srv); err != nil {
		return nil, errors.Join(fmt.Errorf("sip: %w", err), e.Close())
	}
	return e, nil
}

func (e *Endpoint) handle(srv *sipgo.Server) {
	srv.OnInvite(e.onInvite)
	srv.OnAck(e.onAck)
	srv.OnBye(e.onBye)
	srv.OnInfo(e.onInfo)
	srv.OnUpdate(e.onUpdate)
	srv.OnRegister(e.onRegister)
	srv.OnOptions(e.onOptions)
	srv.OnCancel(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) { e.refuse(req, tx, 481) })
	srv.OnNoRoute(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) { e.refuse(req, tx, 405) })
}

func (e *Endpoint) listen(srv *sipgo.Server) error {
	var lc net.ListenConfig
	ctx := context.Background() // a listener lives until Close
	if a := e.config.UDP; a != "" {
		conn, err := lc.ListenPacket(ctx, "udp", a)
		if err != nil {
			return fmt.Errorf("udp: %w", err)
		}
		e.serve("udp", conn.LocalAddr(), conn.Close, func() error { return srv.ServeUDP(conn) })
	}
	if a := e.config.TCP; a != "" {
		l, err := lc.Listen(ctx, "tcp", a)
		if err != nil {
			return fmt.Errorf("tcp: %w", err)
		}
		e.serve("tcp", l.Addr(), l.Close, func() error { return srv.ServeTCP(l) })
	}
	if a := e.config.TLS; a != "" {
		cert, err := tls.LoadX509KeyPair(e.config.Certificate, e.config.Key)
		if err != nil {
			return fmt.Errorf("tls: %w", err)
		}
		l, err := tls.Listen("tcp", a, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		if err != nil {
			return fmt.Errorf("tls: %w", err)
		}
		e.serve("tls", l.Addr(), l.Close, func() error { return srv.ServeTLS(l) })
	}
	e.serve("ws", e.browsers.Addr(), e.browsers.Close, func() error { return srv.ServeWS(e.browsers) })
	return nil
}

func (e *Endpoint) serve(transport string, at net.Addr, closer func() error, run func() error) {
	if a, err := netip.ParseAddrPort(at.String()); err == nil {
		e.local[transport] = a
	}
	e.closers = append(e.closers, closer)
	e.wait.Go(func() { _ = run() })
}

// Address is where a transport (udp, tcp, tls) is served; invalid when it is off.
func (e *Endpoint) Address(transport string) netip.AddrPort { return e.local[transport] }

// SetTrunks changes the trunks for new calls.
func (e *Endpoint) SetTrunks(trunks []Trunk) error {
	all := make([]trunk, 0, len(trunks))
	for _, t := range trunks {
		nets, err := t.networks()
		if err != nil {
			return err
		}
		all = append(all, trunk{t, nets})
	}
	e.trunks.Store(&all)
	return nil
}

// Drain refuses new calls with 503 and Retry-After; dialogs go on.
func (e *Endpoint) Drain() { e.draining.Store(true) }

// Close ends every dialog and every listener.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	var legs []*Leg
	for _, l := range e.legs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	for _, l := range legs {
		l.Hangup(calls.Draining)
	}
	for _, l := range legs {
		<-l.over
	}
	var errs []error
	for _, c := range e.closers {
		errs = append(errs, c())
	}
	if e.ua != nil {
		errs = append(errs, e.ua.Close())
	}
	e.wait.Wait()
	err := errors.Join(errs...)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// leg finds the leg of a request inside a dialog.
func (e *Endpoint) leg(req *sipmsg.Request) *Leg {
	id, to := req.CallID(), req.To()
	if id == nil || to == nil {
		return nil
	}
	tag, _ := to.Params.Get("tag")
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.legs[id.Value()+" "+tag]
}

func (e *Endpoint) keep(l *Leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.legs[l.key()] = l
}

func (e *Endpoint) forget(l *Leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, l.key())
}

// refuse answers a request with a status and no more.
func (e *Endpoint) refuse(req *sipmsg.Request, tx sipmsg.ServerTransaction, code int, headers ...sipmsg.Header) {
	res := sipmsg.NewResponseFromRequest(req, code, reason(code), nil)
	if code == 405 {
		res.AppendHeader(sipmsg.NewHeader("Allow", allow))
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if err := tx.Respond(res); err != nil {
		e.log.Debug("answer not sent", "code", code, "err", err)
	}
}

func (e *Endpoint) onOptions(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	code := 200
	if e.draining.Load() {
		code = 503
	}
	e.refuse(req, tx, code, sipmsg.NewHeader("Allow", allow), sipmsg.NewHeader("Accept", "application/sdp"),
		sipmsg.NewHeader("Supported", "timer"))
}

func reason(code int) string {
	if w, ok := reasons[code]; ok {
		return w
	}
	return "Error"
}

var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 408: "Request Timeout", 415: "Unsupported Media Type", 420: "Bad Extension", 423: "Interval Too Brief",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
	503: "Service Unavailable", 603: "Decline",
}

func token() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// contact is where the far end sends requests of a dialog to.
func (e *Endpoint) contact(transport string) *sipmsg.ContactHeader {
	host, port := e.hostPort(transport)
	u := sipmsg.Uri{Scheme: "sip", User: "callfloor", Host: host, Port: port, UriParams: sipmsg.NewParams()}
	if transport != "udp" {
		u.UriParams.Add("transport", transport)
	}
	return &sipmsg.ContactHeader{Address: u}
}

func (e *Endpoint) hostPort(transport string) (string, int) {
	a, ok := e.local[transport]
	if !ok || transport == "ws" {
		return "callfloor.invalid", 0 // reached over the browser's own connection (RFC 7118 section 5)
	}
	host := a.Addr().String()
	if e.config.Advertise != "" {
		host = e.config.Advertise
	}
	return host, int(a.Port())
}

// request sends a request of a dialog and gives its final response to done, which may be nil.
func (e *Endpoint) request(ctx context.Context, req *sipmsg.Request, done func(*sipmsg.Response, error)) {
	e.wait.Go(func() {
		res, err := e.client.Do(ctx, req, as)
		if done != nil {
			done(res, err)
		}
	})
}
