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
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

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
	peers     atomic.Pointer[peers] // nil: this node is alone
	nonces    *nonces
	registrar *registrar
	strangers *strangers
	browsers  *browsers
	trunks    atomic.Pointer[[]trunk]
	watches   watches
	draining  atomic.Bool
	away      atomic.Bool // desk phones shall register elsewhere
	abandoned atomic.Bool
	closers   []func() error
	local     map[string]netip.AddrPort // by transport: what we listen on
	life      context.Context           // ends when Close has said goodbye
	end       context.CancelFunc
	stop      func() error  // close, once
	awake     chan struct{} // closed when requests are served
	wake      func()
	wait      sync.WaitGroup // everything of ours that runs
	requests  sync.WaitGroup // requests inside dialogs that wait for their answer

	mu     sync.Mutex
	stage  stage
	legs   map[*Leg]bool   // every one that is not gone
	dialog map[string]*Leg // those with a dialog, by Call-ID and our tag
}

// prepare sets what sipgo keeps in package variables. Its own log is for its authors, faults come back as errors; and a
// message that it cannot parse would be logged whole, with the caller's credentials.
var prepare = sync.OnceFunc(func() {
	sipmsg.UDPMTUSize = 65000 // our SDP fits no 1,300 bytes; fragments are the network's business
	sipmsg.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

type trunk struct {
	Trunk
	networks []netip.Prefix
}

// New binds every address and starts to serve.
func New(c Config, trunks []Trunk, engine *media.Engine, house House, log *slog.Logger) (*Endpoint, error) {
	e, err := Reopen(c, trunks, engine, house, log)
	if err == nil {
		e.Ready()
	}
	return e, err
}

// longestSleep is how long a reopened endpoint holds requests back at most: long enough to restore what was saved, short
// enough that nobody's transaction times out (RFC 3261 section 17: 32 s).
const longestSleep = 5 * time.Second

// Reopen is New for a node that has legs to restore: what comes in is held back until Ready is called, 5 s at most. So no
// new call takes a saved leg's ports, and a request inside a dialog finds its leg instead of a 481 that would end the call.
func Reopen(c Config, trunks []Trunk, engine *media.Engine, house House, log *slog.Logger) (*Endpoint, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	prepare()
	e := &Endpoint{
		config: c, engine: engine, house: house, log: log, legs: map[*Leg]bool{}, dialog: map[string]*Leg{},
		local: map[string]netip.AddrPort{}, strangers: newStrangers(c.Rate), nonces: newNonces(),
	}
	e.stop = sync.OnceValue(e.close)
	e.awake = make(chan struct{})
	e.wake = sync.OnceFunc(func() { close(e.awake) })
	time.AfterFunc(longestSleep, e.wake)
	e.life, e.end = context.WithCancel(context.Background())
	e.registrar = newRegistrar(house)
	e.browsers = newBrowsers(e)
	if err := e.SetTrunks(trunks); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
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
	e.watches.begin(e)
	return e, nil
}

func (e *Endpoint) handle(srv *sipgo.Server) {
	for method, h := range e.handlers() {
		srv.OnRequest(method, e.checked(h))
	}
	srv.OnNoRoute(e.checked(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) { e.refuse(req, tx, 405) }))
}

func (e *Endpoint) handlers() map[sipmsg.RequestMethod]handler {
	return map[sipmsg.RequestMethod]handler{
		sipmsg.INVITE: e.onInvite, sipmsg.ACK: e.onAck, sipmsg.BYE: e.onBye, sipmsg.INFO: e.onInfo, sipmsg.UPDATE: e.onUpdate,
		sipmsg.REGISTER: e.onRegister, sipmsg.OPTIONS: e.onOptions,
		sipmsg.CANCEL: func(req *sipmsg.Request, tx sipmsg.ServerTransaction) { e.refuse(req, tx, 481) },
	}
}

func (e *Endpoint) listen(srv *sipgo.Server) error {
	var lc net.ListenConfig
	ctx := context.Background() // a listener lives until Close
	if a := e.config.UDP; a != "" {
		conn, err := lc.ListenPacket(ctx, "udp", a)
		if err != nil {
			return fmt.Errorf("udp: %w", err)
		}
		udp := newCrowd(conn, mostSources)
		e.serve("udp", conn.LocalAddr(), udp.leave, func() error { return serveUDP(srv, udp) })
	}
	if a := e.config.TCP; a != "" {
		l, err := lc.Listen(ctx, "tcp", a)
		if err != nil {
			return fmt.Errorf("tcp: %w", err)
		}
		e.serve("tcp", l.Addr(), l.Close, func() error { return srv.ServeTCP(watched{l, e.registrar}) })
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
		e.serve("tls", l.Addr(), l.Close, func() error { return srv.ServeTLS(watched{l, e.registrar}) })
	}
	e.serve("ws", e.browsers.Addr(), e.browsers.Close, func() error { return srv.ServeWS(e.browsers) })
	return nil
}

func (e *Endpoint) serve(transport string, at net.Addr, closer func() error, run func() error) {
	if a, err := netip.ParseAddrPort(at.String()); err == nil {
		e.local[transport] = a
	}
	e.closers = append(e.closers, closer)
	e.run(func() { _ = run() })
}

// Ready lets requests in, when every leg that was saved has been restored.
func (e *Endpoint) Ready() { e.wake() }

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
	e.watches.follow(e, all)
	return nil
}

// Drain refuses new calls with 503 and Retry-After; dialogs go on.
func (e *Endpoint) Drain() { e.draining.Store(true) }

// SendAway lets desk phones that register hear that this server is not to be used (503): those that know another one go
// there.
func (e *Endpoint) SendAway(away bool) { e.away.Store(away) }

// leg finds the leg of a request inside a dialog.
func (e *Endpoint) leg(req *sipmsg.Request) *Leg {
	id, to := req.CallID(), req.To()
	if id == nil || to == nil {
		return nil
	}
	tag, _ := to.Params.Get("tag")
	e.mu.Lock()
	l := e.dialog[id.Value()+" "+tag]
	e.mu.Unlock()
	if l == nil || req.From() == nil {
		return nil
	}
	if theirs, _ := req.From().Params.Get("tag"); theirs != l.dialog.remoteTag() { // another branch of a forked INVITE
		return nil
	}
	return l
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
	405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension", 423: "Interval Too Brief",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
	503: "Service Unavailable", 505: "Version Not Supported", 603: "Decline",
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
		u.UriParams.Add("transport", wire(transport))
	}
	return &sipmsg.ContactHeader{Address: u}
}

func (e *Endpoint) hostPort(transport string) (string, int) {
	if p := e.peers.Load(); p != nil && transport == peer {
		return p.Address.Addr().String(), int(p.Address.Port())
	}
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
