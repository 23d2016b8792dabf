package sip

import (
	"context"
	"fmt"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// branch is our INVITE to one device. Several may ring; the first that answers is the leg.
type branch struct {
	l      *Leg
	dialog *dialog
	invite *sipmsg.Request
	mu     sync.Mutex
	heard  bool // a provisional response came: it may be cancelled
	wanted bool // to be cancelled as soon as it may
	done   bool
}

// Dial calls every device of the kind that the agent has. It returns when the INVITEs are on their way; the leg's
// signals tell the rest.
func (e *Endpoint) Dial(_ context.Context, room *media.Room, to Target) (*Leg, error) {
	devices := e.registrar.find(to.Agent, to.Browser)
	if len(devices) == 0 {
		return nil, fmt.Errorf("%w for %s", errNoDevice, to.Agent)
	}
	l := e.newLeg(to.Party, room)
	switch {
	case to.Browser:
		l.profile = media.WebRTC
	case to.SRTP:
		l.profile = media.SDES
	default:
		l.profile = media.PlainRTP
	}
	offer, err := l.line.Offer(l.profile)
	if err != nil {
		l.gone(calls.Failed)
		go drainSignals(l)
		return nil, err
	}
	for _, d := range devices {
		l.branches = append(l.branches, l.branch(d, to, offer))
	}
	branches := l.branches
	for _, b := range branches {
		e.wait.Go(b.run)
	}
	return l, nil
}

func (l *Leg) branch(d *binding, to Target, offer []byte) *branch {
	e := l.e
	host, _ := e.hostPort(d.transport)
	if d.transport == "ws" {
		host = e.config.Domain
	}
	params := sipmsg.NewParams()
	tag := token()
	params.Add("tag", tag)
	g := &dialog{
		callID: token() + token(), localTag: tag, target: d.uri, transport: d.transport, destination: d.source,
		local:  &sipmsg.FromHeader{DisplayName: to.FromName, Address: sipmsg.Uri{Scheme: "sip", User: to.From, Host: host}, Params: params},
		remote: &sipmsg.ToHeader{Address: sipmsg.Uri{Scheme: "sip", User: d.uri.User, Host: host}, Params: sipmsg.NewParams()},
	}
	req := g.request(e, sipmsg.INVITE)
	req.AppendHeader(sipmsg.NewHeader("Allow", allow))
	req.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	if to.AutoAnswer {
		req.AppendHeader(sipmsg.NewHeader("Call-Info", "<sip:callfloor>;answer-after=0"))
	}
	for name, v := range to.Headers {
		req.AppendHeader(sipmsg.NewHeader(name, v))
	}
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(offer)
	return &branch{l: l, dialog: g, invite: req}
}

// run carries one INVITE to its final response.
func (b *branch) run() {
	l, e := b.l, b.l.e
	tx, err := e.client.TransactionRequest(context.Background(), b.invite, as)
	if err != nil {
		b.failed(calls.Unreachable)
		return
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				b.provisional(res)
			case res.IsSuccess():
				b.answered(res)
				return
			default:
				b.failed(calls.FromSIP(res.StatusCode))
				return
			}
		case <-tx.Done():
			b.failed(calls.Unreachable)
			return
		case <-l.e.browsers.closed(b.dialog):
			b.failed(calls.Vanished)
			return
		}
	}
}

func (b *branch) provisional(res *sipmsg.Response) {
	b.mu.Lock()
	b.heard = true
	cancel := b.wanted
	b.mu.Unlock()
	if cancel {
		b.sendCancel()
		return
	}
	if res.StatusCode >= 180 {
		b.l.say(calls.Signal{Kind: calls.SigRinging})
	}
}

// answered makes this branch the leg, or says goodbye to a late one (RFC 3261 section 13.2.2.4).
func (b *branch) answered(res *sipmsg.Response) {
	l, e := b.l, b.l.e
	b.mu.Lock()
	b.done = true
	b.mu.Unlock()
	if to := res.To(); to != nil {
		b.dialog.remote = to
	}
	b.dialog.retarget(res.Contact())
	for _, h := range res.GetHeaders("Record-Route") {
		b.dialog.routes = append([]sipmsg.Header{sipmsg.NewHeader("Route", h.Value())}, b.dialog.routes...)
	}
	_ = e.client.WriteRequest(b.dialog.ack(e, b.invite.CSeq().SeqNo), as)
	l.mu.Lock()
	late := l.up || l.ended
	if !late {
		l.up = true
		l.dialog.become(b.dialog)
	}
	others := l.branches
	l.mu.Unlock()
	if late {
		e.request(context.Background(), b.dialog.request(e, sipmsg.BYE), nil)
		return
	}
	e.keep(l)
	for _, o := range others {
		if o != b {
			o.cancel()
		}
	}
	if err := l.line.Accept(res.Body()); err != nil {
		e.log.Warn("the device's answer is not understood", "leg", l.id, "err", err)
		l.Hangup(calls.NoMedia)
		return
	}
	l.say(calls.Signal{Kind: calls.SigAnswered})
}

// become copies the winning branch's dialog.
func (d *dialog) become(o *dialog) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.callID, d.localTag, d.local, d.remote, d.target = o.callID, o.localTag, o.local, o.remote, o.target
	d.routes, d.transport, d.destination, d.seq = o.routes, o.transport, o.destination, o.seq
}

// failed ends the leg when no other branch can still answer.
func (b *branch) failed(cause calls.Cause) {
	l := b.l
	b.mu.Lock()
	b.done = true
	b.mu.Unlock()
	l.mu.Lock()
	last := !l.up
	for _, o := range l.branches {
		o.mu.Lock()
		last = last && o.done
		o.mu.Unlock()
	}
	l.mu.Unlock()
	if last {
		l.gone(cause)
	}
}

// cancel stops the ringing; before the first provisional response it must wait (RFC 3261 section 9.1).
func (b *branch) cancel() {
	b.mu.Lock()
	b.wanted = true
	now := b.heard && !b.done
	b.mu.Unlock()
	if now {
		b.sendCancel()
	}
}

func (b *branch) sendCancel() {
	req := sipmsg.NewRequest(sipmsg.CANCEL, b.invite.Recipient)
	req.AppendHeader(b.invite.Via().Clone()) // the same branch: that is how it is found
	req.AppendHeader(b.invite.From())
	req.AppendHeader(b.invite.To())
	req.AppendHeader(b.invite.CallID())
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: b.invite.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	hops := sipmsg.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.SetBody(nil)
	req.SetTransport(b.invite.Transport())
	req.SetDestination(b.dialog.destination)
	req.Laddr = b.invite.Laddr
	b.l.e.request(context.Background(), req, nil)
}
