package sip

import (
	"errors"
	"fmt"
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// retryAfter is what a draining node asks callers to wait, in seconds.
const retryAfter = "30"

func (e *Endpoint) onInvite(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if to := req.To(); to != nil && to.Params != nil && to.Params.Has("tag") {
		e.onReinvite(req, tx)
		return
	}
	release, merged := e.merges(req)
	if merged {
		e.refuse(req, tx, 482)
		return
	}
	defer release()
	if h := req.GetHeader("Replaces"); h != nil {
		e.onReplace(req, tx, h.Value())
		return
	}
	source, code := e.admit(req)
	switch {
	case code == 401:
		e.challenge(req, tx)
		return
	case code == 503:
		e.refuse(req, tx, code, sipmsg.NewHeader("Retry-After", retryAfter))
		return
	case code != 0:
		e.log.Info("call refused", "from", fromOf(req), "to", req.Recipient.User, "source", req.Source(), "code", code)
		e.refuse(req, tx, code)
		return
	}
	l, err := e.incomingLeg(req, tx, netip.Addr{})
	if err != nil {
		e.log.Info("call refused", "from", fromOf(req), "to", req.Recipient.User, "err", err)
		e.refuseSDP(req, tx, err)
		return
	}
	l.source = source
	e.keep(l)
	if !tx.OnCancel(func(*sipmsg.Request) { l.gone(calls.Cancelled) }) { // sipgo answers with 487
		l.gone(calls.Cancelled) // it was quicker than we
	}
	e.house.Incoming(l, source, req.Recipient.User)
	<-l.over // sipgo ends the transaction when its handler returns
}

// merges says whether the same INVITE has come already by another way, through a proxy that forked it (RFC 3261 section 8.2.2.2);
// release forgets this one.
func (e *Endpoint) merges(req *sipmsg.Request) (release func(), merged bool) {
	tag, _ := req.From().Params.Get("tag")
	key := fmt.Sprintf("%s %s %d", req.CallID().Value(), tag, req.CSeq().SeqNo)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.invites[key] {
		return func() {}, true
	}
	e.invites[key] = true
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.invites, key)
	}, false
}

func fromOf(req *sipmsg.Request) string {
	if f := req.From(); f != nil {
		return f.Address.User
	}
	return ""
}

// incomingLeg makes a leg of an INVITE and answers its description, without telling yet. inside is where another node reaches
// us when the INVITE is one's.
func (e *Endpoint) incomingLeg(req *sipmsg.Request, tx sipmsg.ServerTransaction, inside netip.Addr) (*Leg, error) {
	from := req.From()
	room := e.engine.Room()
	l := e.newLeg(calls.Party{Role: calls.Customer, Name: from.DisplayName, Address: from.Address.User}, room)
	l.incoming, l.profile = &incoming{req: req, tx: tx, late: len(req.Body()) == 0}, media.PlainRTP
	l.dialog.take(req)
	if inside.IsValid() {
		l.line.Inside(inside)
	}
	var err error
	if l.incoming.answer, err = l.describe(req); err == nil && !e.join(l) {
		err = errClosing
	}
	if err != nil {
		l.line.Close()
		room.Close()
		return nil, err
	}
	return l, nil
}

// take fills the dialog from the caller's INVITE: their From is our To.
func (d *dialog) take(req *sipmsg.Request) {
	d.callID, d.localTag = req.CallID().Value(), token()
	to := req.To()
	params := sipmsg.NewParams()
	params.Add("tag", d.localTag)
	d.local = &sipmsg.FromHeader{DisplayName: to.DisplayName, Address: to.Address, Params: params}
	from := req.From()
	d.remote = &sipmsg.ToHeader{DisplayName: from.DisplayName, Address: from.Address, Params: from.Params}
	d.target = req.Contact().Address
	for _, h := range req.GetHeaders("Record-Route") {
		d.routes = append(d.routes, sipmsg.NewHeader("Route", h.Value()))
	}
	d.transport, d.destination = sipmsg.NetworkToLower(req.Transport()), req.Source()
}

var (
	errNobody   = errors.New("the far end does not answer")
	errNoDevice = errors.New("no device is registered")
	errClosing  = errors.New("the endpoint closes")
)
