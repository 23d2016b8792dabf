package sip

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// Peers are the other nodes of one floor: a transport and a user agent of their own, so that what comes this way came
// from a node, and nothing else ever does. In a dialog its name is "peer"; on the wire it is TLS.
type Peers struct {
	Listener net.Listener   // of connections that have shown their certificate
	TLS      *tls.Config    // for connections to other nodes
	Address  netip.AddrPort // where they reach us
	// Incoming takes a call for an agent whose device is registered here. It returns at once.
	Incoming func(*Leg, PeerCall)
}

// PeerCall is what another node says of the leg it sends.
type PeerCall struct {
	Call, Lease    string
	Agent          string
	Browser        bool // which device of the agent is meant
	From, FromName string
}

const peer = "peer"

// The headers of an INVITE to a device: which call and which offer it is for; between nodes also whose device of which kind.
const (
	CallHeader  = "X-Callfloor-Call"
	OfferHeader = "X-Callfloor-Offer"
	agentHeader = "X-Callfloor-Agent"
	kindHeader  = "X-Callfloor-Device"
)

type peers struct {
	Peers
	client *sipgo.Client
}

// Join lets other nodes reach this one's devices, and this one theirs. It is called once, before any call.
func (e *Endpoint) Join(p Peers) error {
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("callfloor"), sipgo.WithUserAgenTLSConfig(p.TLS),
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sipmsg.WithTransactionLayerLogger(quiet)))
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	srv, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(quiet))
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	for method, h := range e.handlers() {
		if method == sipmsg.REGISTER {
			continue
		}
		srv.OnRequest(method, e.checked(h))
	}
	srv.OnInvite(e.checked(e.onPeerInvite))
	srv.OnInfo(e.checked(e.onPeerInfo))
	srv.OnNoRoute(e.checked(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) { e.refuse(req, tx, 405) }))
	e.peers.Store(&peers{Peers: p, client: client})
	e.closers = append(e.closers, p.Listener.Close, ua.Close)
	e.run(func() { _ = srv.ServeTLS(p.Listener) })
	return nil
}

// sender is who sends a request of ours: what carries the peers' address goes to a peer.
func (e *Endpoint) sender(req *sipmsg.Request) *sipgo.Client {
	if p := e.peers.Load(); p != nil {
		if v := req.Via(); v != nil && v.Transport == "TLS" && v.Host == p.Address.Addr().String() && v.Port == int(p.Address.Port()) {
			return p.client
		}
	}
	return e.client
}

// wire is a transport's name in messages.
func wire(transport string) string {
	if transport == peer {
		return "tls"
	}
	return transport
}

// DialPeer calls an agent's device that is registered at the node at an address. It returns when the INVITE is on its
// way; the leg behaves as one to the device itself.
func (e *Endpoint) DialPeer(_ context.Context, room *media.Room, address string, to Target) (*Leg, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || e.peers.Load() == nil {
		return nil, fmt.Errorf("%w for %s", errNoDevice, to.Agent)
	}
	kind := "phone"
	if to.Browser {
		kind = "browser"
	}
	headers := map[string]string{agentHeader: to.Agent, kindHeader: kind}
	for name, v := range to.Headers {
		headers[name] = v
	}
	to.Headers, to.AutoAnswer = headers, false // the other node knows what its device needs
	contact := &sipmsg.ContactHeader{Address: sipmsg.Uri{
		Scheme: "sip", User: "agent", Host: at.Addr().String(), Port: int(at.Port()), UriParams: sipmsg.NewParams(),
	}}
	contact.Address.UriParams.Add("transport", "tls")
	device := &binding{account: Account{Agent: to.Agent, Browser: to.Browser}, contact: contact, transport: peer, source: address}
	return e.dial(room, to, media.SDES, []*binding{device})
}

// onPeerInvite is another node's call for a device of ours.
func (e *Endpoint) onPeerInvite(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if to := req.To(); to.Params != nil && to.Params.Has("tag") {
		e.onReinvite(req, tx)
		return
	}
	said := func(name string) string {
		if h := req.GetHeader(name); h != nil {
			return h.Value()
		}
		return ""
	}
	call := PeerCall{
		Call: said(CallHeader), Lease: said(OfferHeader), Agent: said(agentHeader), Browser: said(kindHeader) == "browser",
		From: req.From().Address.User, FromName: req.From().DisplayName,
	}
	if call.Agent == "" {
		e.refuse(req, tx, 404)
		return
	}
	l, err := e.incomingLeg(req, tx, e.peers.Load().Address.Addr())
	if err != nil {
		e.log.Warn("another node's call refused", "call", call.Call, "agent", call.Agent, "err", err)
		e.refuseSDP(req, tx, err)
		return
	}
	l.profile = media.SDES
	l.dialog.peered(req.Contact())
	e.keep(l)
	if !tx.OnCancel(func(*sipmsg.Request) { l.gone(calls.Cancelled) }) {
		l.gone(calls.Cancelled)
	}
	e.peers.Load().Incoming(l, call)
	<-l.over
}

// peered lets requests go to where the other node listens: the connection its INVITE came on may end.
func (d *dialog) peered(c *sipmsg.ContactHeader) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.transport, d.destination = peer, net.JoinHostPort(c.Address.Host, fmt.Sprint(c.Address.Port))
}

// signalKind is the type of an INFO in which a node tells another what its device's leg reports.
const signalKind = "application/callfloor-signal"

// told finds the signal of such an INFO's body: those that a device's leg may have and a leg between nodes not.
func told(body string) calls.SignalKind {
	for _, k := range []calls.SignalKind{calls.SigHeld, calls.SigResumed, calls.SigSilent, calls.SigLost} {
		if body == k.String() {
			return k
		}
	}
	return 0
}

// tellWithin is how long another node may take to hear a signal.
const tellWithin = 2 * time.Second

// Tell passes on to the other node what the device's leg reports: held, resumed, silent, lost. It returns when the other
// node has heard, or in vain after 2 s, so that signals keep their order.
func (l *Leg) Tell(k calls.SignalKind) {
	req := l.dialog.request(l.e, sipmsg.INFO)
	req.AppendHeader(sipmsg.NewHeader("Content-Type", signalKind))
	req.SetBody([]byte(k.String()))
	heard := make(chan struct{})
	l.e.request(req, func(*sipmsg.Response, error) { close(heard) })
	late := time.NewTimer(tellWithin)
	defer late.Stop()
	select {
	case <-heard:
	case <-late.C:
	case <-l.over:
	}
}

func (e *Endpoint) onPeerInfo(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	h := req.ContentType()
	if h == nil || !strings.EqualFold(h.Value(), signalKind) {
		e.onInfo(req, tx)
		return
	}
	l, kind := e.leg(req), told(string(req.Body()))
	switch {
	case l == nil:
		e.refuse(req, tx, 481)
	case kind == 0:
		e.refuse(req, tx, 415)
	default:
		l.say(calls.Signal{Kind: kind})
		e.refuse(req, tx, 200)
	}
}

// PeerGone says that the node at an address is dead: legs to it are lost at once, and not when their silence is noticed.
func (e *Endpoint) PeerGone(address string) {
	e.mu.Lock()
	var legs []*Leg
	for _, l := range e.dialog {
		if l.dialog.goesTo(peer, address) {
			legs = append(legs, l)
		}
	}
	e.mu.Unlock()
	for _, l := range legs {
		l.say(calls.Signal{Kind: calls.SigLost})
	}
}
