package sip

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// dialog is the state of RFC 3261 section 12.
type dialog struct {
	callID      string
	localTag    string
	local       sipmsg.Header // our From of requests
	remote      sipmsg.Header // our To of requests
	target      sipmsg.Uri
	routes      []sipmsg.Header
	transport   string // lower case
	destination string // where the far end really is

	mu  sync.Mutex
	seq uint32
}

func (l *Leg) key() string { return l.dialog.callID + " " + l.dialog.localTag }

// next is the next request's number.
func (d *dialog) next() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	return d.seq
}

// retarget follows the far end's Contact (RFC 3261 section 12.2.1.2). The destination stays where packets come from.
func (d *dialog) retarget(c *sipmsg.ContactHeader) {
	if c == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.target = c.Address
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
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(transport), Host: host, Port: port, Params: sipmsg.NewParams(),
	}
	v.Params.Add("branch", sipmsg.GenerateBranch())
	v.Params.Add("rport", "")
	req.PrependHeader(v)
	req.SetTransport(strings.ToUpper(transport))
	if a, ok := e.local[transport]; ok && transport == "udp" {
		req.Laddr = sipmsg.Addr{IP: a.Addr().AsSlice(), Port: int(a.Port())}
	}
}

// unacked is a 2xx of ours that is repeated until its ACK comes (RFC 3261 section 13.3.1.4).
type unacked struct {
	late bool // the ACK carries the answer to our offer
	done chan struct{}
	once sync.Once
}

func (u *unacked) stop() { u.once.Do(func() { close(u.done) }) }

const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

func (l *Leg) repeat(res *sipmsg.Response, late bool) *unacked {
	u := &unacked{late: late, done: make(chan struct{})}
	l.e.wait.Go(func() {
		giveUp := time.NewTimer(64 * t1)
		defer giveUp.Stop()
		for pause := t1; ; pause = min(2*pause, t2) {
			again := time.NewTimer(pause)
			select {
			case <-u.done:
				again.Stop()
				return
			case <-again.C:
				_ = l.e.ua.TransportLayer().WriteMsg(res)
			case <-giveUp.C:
				again.Stop()
				l.e.log.Warn("the answer was never acknowledged", "leg", l.id)
				l.Hangup(calls.NoAnswer)
				return
			}
		}
	})
	return u
}

func (e *Endpoint) onAck(req *sipmsg.Request, _ sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		return
	}
	l.mu.Lock()
	u := l.unacked
	l.unacked = nil
	l.mu.Unlock()
	if u == nil {
		return
	}
	u.stop()
	if u.late {
		if err := l.line.Accept(req.Body()); err != nil {
			e.log.Warn("late answer not understood", "leg", l.id, "err", err)
			l.Hangup(calls.NoMedia)
		}
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
	l.mu.Lock()
	busy := l.unacked != nil
	l.mu.Unlock()
	if busy { // RFC 3261 section 14.2: the one before is not acknowledged yet
		e.refuse(req, tx, 491)
		return
	}
	res, late, code := l.renegotiate(req)
	if code != 0 {
		e.refuse(req, tx, code)
		return
	}
	if err := tx.Respond(res); err != nil {
		return
	}
	u := l.repeat(res, late)
	l.mu.Lock()
	l.unacked = u
	l.mu.Unlock()
	<-u.done
}

// renegotiate answers a description inside the dialog, or makes an offer where there is none.
func (l *Leg) renegotiate(req *sipmsg.Request) (res *sipmsg.Response, late bool, code int) {
	var sdp []byte
	var err error
	if body := req.Body(); len(body) > 0 {
		sdp, err = l.line.Answer(body)
	} else {
		late = true
		sdp, err = l.line.Offer(l.profile)
	}
	if err != nil {
		l.e.log.Warn("new description refused", "leg", l.id, "err", err)
		return nil, false, statusOf(err)
	}
	l.dialog.retarget(req.Contact())
	res = sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	l.dress(res, sdp)
	l.timers(req, res)
	return res, late, 0
}

func (e *Endpoint) onUpdate(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		e.refuse(req, tx, 481)
		return
	}
	if len(req.Body()) > 0 {
		res, _, code := l.renegotiate(req)
		if code != 0 {
			e.refuse(req, tx, code)
			return
		}
		_ = tx.Respond(res)
		return
	}
	l.dialog.retarget(req.Contact())
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	l.dress(res, nil)
	l.timers(req, res)
	_ = tx.Respond(res)
}

// timers agrees to a session timer (RFC 4028): the far end refreshes unless it wants us to.
func (l *Leg) timers(req *sipmsg.Request, res *sipmsg.Response) {
	h := req.GetHeader("Session-Expires")
	if h == nil {
		return
	}
	text, params, _ := strings.Cut(h.Value(), ";")
	seconds, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || seconds < 90 {
		return
	}
	refresher := "uac"
	if strings.Contains(params, "refresher=uas") {
		refresher = "uas"
		l.refreshEvery(time.Duration(seconds) * time.Second / 2)
	}
	res.AppendHeader(sipmsg.NewHeader("Session-Expires", text+";refresher="+refresher))
	if s := req.GetHeader("Supported"); s != nil && strings.Contains(s.Value(), "timer") {
		res.AppendHeader(sipmsg.NewHeader("Require", "timer"))
	}
}

func (l *Leg) refreshEvery(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refresh != nil {
		l.refresh.Stop()
	}
	l.refresh = time.AfterFunc(d, func() {
		l.e.request(context.Background(), l.dialog.request(l.e, sipmsg.UPDATE), func(res *sipmsg.Response, err error) {
			if err == nil && res.StatusCode == 481 {
				l.gone(calls.Vanished)
				return
			}
			select {
			case <-l.over:
			default:
				l.refreshEvery(d)
			}
		})
	})
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
