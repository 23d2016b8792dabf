package sip

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// branch is our INVITE to one device. Several may ring; the first that answers is the leg.
type branch struct {
	l      *Leg
	dialog *dialog
	invite *sipmsg.Request
	stop   chan struct{} // closed when it is to be cancelled
	hunt   *hunt         // nil: one of several devices, and not a try at a trunk

	mu    sync.Mutex
	heard bool // a provisional response came: it may be cancelled
	taken bool // it is cancelled because somebody else has answered
	early bool // a description came before the answer; of run alone
}

// Dial calls every device of the kind that the agent has. It returns when the INVITEs are on their way; the leg's
// signals tell the rest.
func (e *Endpoint) Dial(_ context.Context, room *media.Room, to Target) (*Leg, error) {
	devices := e.registrar.find(to.Agent, to.Browser)
	if len(devices) == 0 {
		return nil, fmt.Errorf("%w for %s", errNoDevice, to.Agent)
	}
	profile := media.PlainRTP
	switch {
	case to.Browser:
		profile = media.WebRTC
	case to.SRTP:
		profile = media.SDES
	}
	return e.dial(room, to, profile, devices)
}

// dial calls these devices.
func (e *Endpoint) dial(room *media.Room, to Target, profile media.Profile, devices []*binding) (*Leg, error) {
	l := e.newLeg(to.Party, room)
	l.profile = profile
	if devices[0].transport == peer {
		l.line.Inside(e.peers.Load().Address.Addr())
	}
	offer, err := l.line.Offer(l.profile)
	if err != nil {
		l.line.Close()
		return nil, err
	}
	for _, d := range devices {
		l.branches = append(l.branches, l.branch(d, to, offer))
	}
	l.open = len(l.branches)
	if !e.join(l) {
		l.line.Close()
		return nil, errClosing
	}
	for _, b := range l.branches {
		e.run(b.run)
	}
	return l, nil
}

func (l *Leg) branch(d *binding, to Target, offer []byte) *branch {
	e := l.e
	host, _ := e.hostPort(d.transport)
	if d.transport == "ws" {
		host = e.config.Domain
	}
	g := e.toward(d, sipmsg.Uri{Scheme: "sip", User: to.From, Host: host}, to.FromName)
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
	return &branch{l: l, dialog: g, invite: req, stop: make(chan struct{})}
}

// toward is half a dialog with a device: what a request to it is made of.
func (e *Endpoint) toward(d *binding, from sipmsg.Uri, name string) *dialog {
	params := sipmsg.NewParams()
	tag := token()
	params.Add("tag", tag)
	return &dialog{
		callID: token() + token(), localTag: tag, target: d.contact.Address, transport: d.transport, destination: d.source,
		local:  &sipmsg.FromHeader{DisplayName: name, Address: from, Params: params},
		remote: &sipmsg.ToHeader{Address: sipmsg.Uri{Scheme: "sip", User: d.contact.Address.User, Host: from.Host}, Params: sipmsg.NewParams()},
	}
}

// run carries one INVITE to its final response, and stays for the copies of that.
func (b *branch) run() {
	l, e := b.l, b.l.e
	tx, err := b.begin()
	if err != nil {
		b.lose(calls.Unreachable, nil)
		return
	}
	defer tx.Terminate()
	tx.OnRetransmission(b.again)
	stop, lost := b.stop, e.browsers.closed(b.dialog)
	silent, over := b.hunt.silence(l)
	var giveUp <-chan time.Time
	for {
		select {
		case <-stop:
			stop, giveUp = nil, time.After(64*sipmsg.T1) // RFC 3261 section 9.1: some never answer
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				b.final(res)
				<-tx.Done()
				return
			}
			silent = nil
			b.provisional(res)
		case <-silent:
			silent = nil
			b.lose(calls.Unreachable, nil)
			b.cancel(false)
		case <-over: // it ended while this try began
			over = nil
			b.cancel(false)
		case <-tx.Done():
			b.lose(calls.Unreachable, nil)
			return
		case <-lost:
			b.lose(calls.Vanished, nil)
			return
		case <-giveUp:
			b.lose(calls.Cancelled, nil)
			return
		}
	}
}

func (b *branch) provisional(res *sipmsg.Response) {
	b.mu.Lock()
	first := !b.heard
	b.heard = true
	cancelled := b.cancelled()
	b.mu.Unlock()
	switch {
	case cancelled && first:
		b.sendCancel()
	case !cancelled && b.hunt != nil:
		b.hunt.heard(b, res)
	case !cancelled && res.StatusCode >= 180:
		b.l.say(calls.Signal{Kind: calls.SigRinging})
	}
}

// begin sends the INVITE.
func (b *branch) begin() (sipmsg.ClientTransaction, error) {
	ctx, cancel := b.hunt.patience(b.l.e.life)
	defer cancel()
	return b.l.e.sender(b.invite).TransactionRequest(ctx, b.invite, as)
}

// lose says that this branch will not be the leg; res is the far end's refusal, if it said anything.
func (b *branch) lose(cause calls.Cause, res *sipmsg.Response) {
	if b.hunt != nil {
		b.hunt.lost(b, cause, res)
		return
	}
	b.l.failed(cause)
}

func (b *branch) final(res *sipmsg.Response) {
	if res.IsSuccess() {
		b.answered(res)
		return
	}
	b.lose(calls.FromSIP(res.StatusCode), res)
}

// answered makes this branch the leg, or says goodbye to a late one (RFC 3261 section 13.2.2.4).
func (b *branch) answered(res *sipmsg.Response) {
	l, e := b.l, b.l.e
	b.dialog.answered(res)
	e.send(b.dialog.ack(e, b.invite.CSeq().SeqNo))
	l.mu.Lock()
	late := l.up || l.ended || b.hunt != nil && b.cancelled() // another trunk is tried already
	if !late {
		l.up = true
		l.dialog.become(b.dialog)
	}
	l.mu.Unlock()
	if late {
		e.request(b.dialog.request(e, sipmsg.BYE), nil)
		return
	}
	e.keep(l)
	l.mu.Lock()
	others := slices.Clone(l.branches)
	l.mu.Unlock()
	for _, o := range others {
		if o != b {
			o.cancel(true)
		}
	}
	if b.hunt != nil {
		b.hunt.answered(b)
	}
	if err := b.describe(res); err != nil {
		e.log.Warn("the device's answer is not understood", "leg", l.id, "err", err)
		l.Hangup(calls.NoMedia)
		return
	}
	l.say(calls.Signal{Kind: calls.SigAnswered})
}

// describe takes the description of an answer. One that came before it stands, when the answer has none.
func (b *branch) describe(res *sipmsg.Response) error {
	if len(res.Body()) == 0 && b.early {
		return nil
	}
	return b.l.line.Accept(res.Body())
}

// again takes what comes after the first 2xx: a copy of it, whose ACK was lost, or the answer of another device behind a
// proxy that forked our INVITE. Every one gets its ACK, the others a BYE, too (RFC 3261 section 13.2.2.4).
func (b *branch) again(res *sipmsg.Response) {
	if !res.IsSuccess() || res.To() == nil {
		return
	}
	e, seq := b.l.e, b.invite.CSeq().SeqNo
	if tag, _ := res.To().Params.Get("tag"); tag == b.dialog.remoteTag() {
		e.send(b.dialog.ack(e, seq))
		return
	}
	var other dialog
	other.become(b.dialog)
	other.seq, other.routes = seq, nil
	other.answered(res)
	e.send(other.ack(e, seq))
	e.request(other.request(e, sipmsg.BYE), nil)
}

// answered completes the dialog of our INVITE from its 2xx (RFC 3261 section 12.1.2).
func (d *dialog) answered(res *sipmsg.Response) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if to := res.To(); to != nil {
		d.remote = to
	}
	if c := res.Contact(); c != nil {
		d.target = c.Address
	}
	for _, h := range res.GetHeaders("Record-Route") {
		d.routes = append([]sipmsg.Header{sipmsg.NewHeader("Route", h.Value())}, d.routes...)
	}
}

// become copies another dialog.
func (d *dialog) become(o *dialog) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.callID, d.localTag, d.local, d.remote, d.target = o.callID, o.localTag, o.local, o.remote, o.target
	d.routes, d.transport, d.destination, d.seq = o.routes, o.transport, o.destination, o.seq
}

// failed ends the leg when no other branch can still answer.
func (l *Leg) failed(cause calls.Cause) {
	l.mu.Lock()
	l.open--
	last := !l.up && l.open == 0
	l.mu.Unlock()
	if last {
		l.gone(cause)
	}
}

// cancel stops the ringing; before the first provisional response it must wait (RFC 3261 section 9.1).
func (b *branch) cancel(taken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancelled() {
		return
	}
	b.taken = taken
	close(b.stop)
	if b.heard {
		b.sendCancel()
	}
}

func (b *branch) cancelled() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
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
	if b.taken { // RFC 3326 section 3.1: a phone that knows this shows no missed call
		req.AppendHeader(sipmsg.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`))
	}
	req.SetBody(nil)
	req.SetTransport(b.invite.Transport())
	req.SetDestination(b.dialog.destination)
	req.Laddr = b.invite.Laddr
	b.l.e.request(req, nil)
}
