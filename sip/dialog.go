package sip

import (
	"errors"
	"strings"
	"sync"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// dialog is the state of RFC 3261 section 12.
type dialog struct {
	callID      string
	localTag    string
	local       sipmsg.Header    // our From of requests
	remote      *sipmsg.ToHeader // our To of requests
	target      sipmsg.Uri
	routes      []sipmsg.Header
	transport   string // lower case
	destination string // where the far end really is

	mu  sync.Mutex
	seq uint32
}

// key is of the half of the dialog's identity that is ours; remoteTag is theirs.
func (l *Leg) key() string { return l.dialog.callID + " " + l.dialog.localTag }

// next is the next request's number.
func (d *dialog) next() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	return d.seq
}

// remoteTag is the far end's half of the dialog's identity.
func (d *dialog) remoteTag() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	tag, _ := d.remote.Params.Get("tag")
	return tag
}

// goesTo says whether requests of the dialog take this connection.
func (d *dialog) goesTo(transport, address string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.transport == transport && d.destination == address
}

// goes says whether requests of the dialog take this transport.
func (d *dialog) goes(transport string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.transport == transport
}

// by is the transport that requests of the dialog take.
func (d *dialog) by() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.transport
}

// retarget follows the far end's Contact (RFC 3261 section 12.2.1.2), and the connection its request came on.
func (d *dialog) retarget(req *sipmsg.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := req.Contact(); c != nil {
		d.target = c.Address
	}
	if d.transport != peer { // a node is where it listens
		d.transport, d.destination = sipmsg.NetworkToLower(req.Transport()), req.Source()
	}
}

// request is a new request inside the dialog.
func (d *dialog) request(e *Endpoint, method sipmsg.RequestMethod) *sipmsg.Request {
	seq := d.next()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.build(e, method, seq)
}

// ack is the ACK of a 2xx to our request of that number.
func (d *dialog) ack(e *Endpoint, seq uint32) *sipmsg.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.build(e, sipmsg.ACK, seq)
}

func (d *dialog) build(e *Endpoint, method sipmsg.RequestMethod, seq uint32) *sipmsg.Request {
	req := sipmsg.NewRequest(method, d.target)
	e.via(req, d.transport)
	req.AppendHeader(d.local)
	req.AppendHeader(d.remote)
	id := sipmsg.CallIDHeader(d.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: seq, MethodName: method})
	hops := sipmsg.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.AppendHeader(e.contact(d.transport))
	for _, r := range d.routes {
		req.AppendHeader(r)
	}
	req.SetBody(nil)
	req.SetDestination(d.destination)
	return req
}

// via puts our address on a request and ties it to the socket we listen on.
func (e *Endpoint) via(req *sipmsg.Request, transport string) {
	host, port := e.hostPort(transport)
	v := &sipmsg.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(wire(transport)), Host: host, Port: port, Params: sipmsg.NewParams(),
	}
	v.Params.Add("branch", sipmsg.GenerateBranch())
	v.Params.Add("rport", "")
	req.PrependHeader(v)
	req.SetTransport(strings.ToUpper(wire(transport)))
	if a, ok := e.local[transport]; ok && transport == "udp" {
		req.Laddr = sipmsg.Addr{IP: a.Addr().AsSlice(), Port: int(a.Port())}
	}
}

func (e *Endpoint) onBye(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		e.refuse(req, tx, 481)
		return
	}
	e.refuse(req, tx, 200)
	l.gone(calls.Normal)
}

// onReinvite is the far end's wish to change the session: hold, another address, another codec.
func (e *Endpoint) onReinvite(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		e.refuse(req, tx, 481)
		return
	}
	u := newUnacked(req, len(req.Body()) == 0)
	if !l.takeTurn(u) { // RFC 3261 section 14.2: the one before is not acknowledged yet
		e.refuse(req, tx, 491)
		return
	}
	res, err := l.renegotiate(req)
	if err == nil {
		err = tx.Respond(res)
	}
	if err != nil {
		l.dropTurn(u)
		e.refuseSDP(req, tx, err)
		return
	}
	l.repeat(u, tx, res)
	<-u.done
}

// renegotiate answers a description inside the dialog, or makes an offer where there is none.
func (l *Leg) renegotiate(req *sipmsg.Request) (*sipmsg.Response, error) {
	sdp, err := l.describe(req)
	if err != nil {
		l.e.log.Warn("new description refused", "leg", l.id, "err", err)
		return nil, err
	}
	l.dialog.retarget(req)
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	l.dress(res, sdp)
	l.timers(req, res)
	return res, nil
}

// describe answers the offer of an INVITE, or makes one when it has none.
func (l *Leg) describe(req *sipmsg.Request) ([]byte, error) {
	body := req.Body()
	switch {
	case len(body) == 0:
		profile := l.line.Profile()
		if profile == 0 {
			profile = l.profile
		}
		return l.line.Offer(profile)
	case !isSDP(req):
		return nil, errNoSDP
	}
	return l.line.Answer(body)
}

// errNoSDP is for a body of another kind.
var errNoSDP = errors.New("only application/sdp is understood")

func isSDP(req *sipmsg.Request) bool {
	h := req.ContentType()
	if h == nil {
		return false
	}
	kind, _, _ := strings.Cut(h.Value(), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/sdp")
}

func (e *Endpoint) onUpdate(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		e.refuse(req, tx, 481)
		return
	}
	if len(req.Body()) > 0 {
		if !l.isUp() || l.isOffering() { // RFC 3311 section 5.2
			e.refuse(req, tx, 491)
			return
		}
		res, err := l.renegotiate(req)
		if err != nil {
			e.refuseSDP(req, tx, err)
			return
		}
		_ = tx.Respond(res)
		return
	}
	l.dialog.retarget(req)
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	l.dress(res, nil)
	l.timers(req, res)
	_ = tx.Respond(res)
}

func (e *Endpoint) onInfo(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		e.refuse(req, tx, 481)
		return
	}
	kind := ""
	if h := req.ContentType(); h != nil {
		kind = strings.ToLower(h.Value())
	}
	key, ok := infoKey(kind, string(req.Body()))
	if !ok && len(req.Body()) > 0 {
		e.refuse(req, tx, 415)
		return
	}
	e.refuse(req, tx, 200)
	if ok {
		l.say(calls.Signal{Kind: calls.SigDigit, Digit: key, Via: "info"})
	}
}

// infoKey reads a key from an INFO body: application/dtmf-relay ("Signal=5") or application/dtmf ("5").
func infoKey(kind, body string) (string, bool) {
	kind, _, _ = strings.Cut(kind, ";")
	var key string
	switch strings.TrimSpace(kind) {
	case "application/dtmf-relay":
		for line := range strings.Lines(body) {
			if name, v, ok := strings.Cut(line, "="); ok && strings.EqualFold(strings.TrimSpace(name), "signal") {
				key = strings.ToUpper(strings.TrimSpace(v))
			}
		}
	case "application/dtmf":
		key = strings.ToUpper(strings.TrimSpace(body))
	}
	switch key {
	case "10":
		key = "*"
	case "11":
		key = "#"
	}
	if len(key) != 1 || !strings.Contains("0123456789*#ABCD", key) {
		return "", false
	}
	return key, true
}

// as sends a request that is already whole.
func as(*sipgo.Client, *sipmsg.Request) error { return nil }
