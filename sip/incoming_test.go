package sip

import (
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

func TestACallFromRingToBye(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			h := open(t)
			p := newPhone(t, h.e, transport)
			a := invite("100", "ann")
			p.send(a.text(p))
			v := h.call()
			v.leg.Ring()
			v.leg.Ring() // once is enough
			ringing := p.waits("180", func(m sipmsg.Message) bool { return answers(m, a) && m.(*sipmsg.Response).StatusCode == 180 })
			v.answer()
			res := p.expects(200, a)
			if tagOf(res) == "" || tagOf(ringing.(*sipmsg.Response)) != tagOf(res) {
				t.Error("ringing and answer are not one dialog")
			}
			if !strings.Contains(string(res.Body()), "m=audio ") || res.ContentType().Value() != "application/sdp" {
				t.Errorf("the answer describes nothing:\n%s", res)
			}
			p.send(a.ack(res).text(p))
			v.leg.Ring() // too late: nothing happens
			if err := v.leg.Answer(t.Context()); err == nil {
				t.Error("it could be answered twice")
			}
			v.leg.Hangup(calls.Normal)
			bye := p.request("BYE") // over the connection the call came on
			if !strings.Contains(bye.Recipient.String(), p.conn.LocalAddr().String()) {
				t.Errorf("BYE goes to %s", bye.Recipient.String())
			}
			p.respond(bye, 200, "", "")
			v.isGone(calls.Normal)
			v.leg.Hangup(calls.Normal)
			p.gets(481, a.in(res, "BYE"))
		})
	}
}

// TestBothHangUpAtOnce: two BYEs cross, many times, and the leg ends once.
func TestBothHangUpAtOnce(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	p.polite.Store(true)
	for range 20 {
		a, res, v := p.talks(h)
		done := make(chan struct{})
		go func() {
			v.leg.Hangup(calls.Silent)
			close(done)
		}()
		bye := a.in(res, "BYE")
		p.send(bye.text(p))
		<-done
		if code := p.final(bye).StatusCode; code != 200 && code != 481 {
			t.Fatalf("their BYE is answered with %d", code)
		}
		if c := v.is(calls.SigGone).Cause; c != calls.Silent && c != calls.Normal {
			t.Fatalf("the leg ended with %v", c)
		}
		if _, more := <-v.signals; more {
			t.Fatal("the leg went on after its end")
		}
	}
}

// hasty is a transaction whose leg is hung up as soon as the answer is on its way.
type hasty struct {
	sipmsg.ServerTransaction
	leg *Leg
}

func (h hasty) Respond(res *sipmsg.Response) error {
	defer h.leg.Hangup(calls.Silent)
	return h.ServerTransaction.Respond(res)
}

func TestHungUpWhileAnswering(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.leg.incoming.tx = hasty{v.leg.incoming.tx, v.leg}
	if err := v.leg.Answer(t.Context()); err == nil {
		t.Error("it is answered, and gone")
	}
	p.expects(200, a)
	p.respond(p.request("BYE"), 200, "", "") // the caller does not talk to nobody
	v.isGone(calls.Silent)
}

func TestTheCallerGivesUpBeforeTheAnswer(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.leg.Ring()
	cancel := a
	cancel.method, cancel.body = "CANCEL", ""
	p.gets(200, cancel)
	p.expects(487, a)
	v.isGone(calls.Cancelled)
	if err := v.leg.Answer(t.Context()); err == nil {
		t.Error("a call that is gone could be answered")
	}
	never := asks("CANCEL", "100", "ann")
	p.gets(481, never) // of nothing
}

// TestCancelAndAnswerCross: the CANCEL comes when the 200 is on its way. It is too late, and the caller says BYE
// (RFC 3261 section 9.2).
func TestCancelAndAnswerCross(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.answer()
	cancel := a
	cancel.method, cancel.body = "CANCEL", ""
	p.gets(200, cancel)
	res := p.expects(200, a)
	p.send(a.ack(res).text(p))
	p.gets(200, a.in(res, "BYE"))
	v.isGone(calls.Normal)
}

// TestCancelAtAnyMoment races CANCEL with the call's arrival at the house: it ends, whoever is quicker.
func TestCancelAtAnyMoment(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	for range 20 {
		a := invite("100", "ann")
		cancel := a
		cancel.method, cancel.body = "CANCEL", ""
		p.send(a.text(p))
		p.send(cancel.text(p))
		if code := p.final(cancel).StatusCode; code == 481 { // it overtook the INVITE
			h.call().leg.Hangup(busy)
			p.expects(486, a)
			continue
		}
		p.expects(487, a)
		select {
		case v := <-h.calls:
			v.isGone(calls.Cancelled)
		case <-time.After(20 * time.Millisecond): // refused before the house knew
		}
	}
}

// TestAnAnswerIsRepeatedUntilItsAck (RFC 3261 section 13.3.1.4).
func TestAnAnswerIsRepeatedUntilItsAck(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.answer()
	res := p.expects(200, a)
	p.expects(200, a) // again
	p.expects(200, a) // and again
	wrong := a.ack(res)
	wrong.seq = 99 // another request's
	p.send(wrong.text(p))
	p.expects(200, a)
	p.send(a.ack(res).text(p))
	p.gets(200, asks("OPTIONS", "100", "ann"))
	before := p.count(func(m sipmsg.Message) bool { return answers(m, a) })
	p.gets(200, a.in(res, "BYE"))
	v.isGone(calls.Normal)
	if n := p.count(func(m sipmsg.Message) bool { return answers(m, a) }); n > before+1 { // one may have been on its way
		t.Errorf("%d answers after the ACK", n-before)
	}
}

func TestWithoutAckTheCallEnds(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.answer()
	p.expects(200, a)
	p.respond(p.request("BYE"), 200, "", "")
	v.isGone(calls.NoAnswer)
}

func TestARepeatedInviteIsOneCall(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	for range 3 {
		p.send(a.text(p))
	}
	v := h.call()
	p.send(a.text(p))
	v.leg.Hangup(busy)
	p.expects(486, a)
	p.gets(200, asks("OPTIONS", "100", "ann"))
	h.quiet()
}

// TestAStrangerCannotEndACall: all of the dialog's identity must be right, both tags.
func TestAStrangerCannotEndACall(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, res, v := p.talks(h)
	for what, spoil := range map[string]func(*ask){
		"their tag": func(b *ask) { b.fromTag = "x" }, "our tag": func(b *ask) { b.toTag = "x" },
		"no tag": func(b *ask) { b.toTag = "" }, "Call-ID": func(b *ask) { b.callID = "x" },
	} {
		b := a.in(res, "BYE")
		spoil(&b)
		p.send(b.text(p))
		if code := p.final(b).StatusCode; code != 481 {
			t.Errorf("%s: %d", what, code)
		}
	}
	p.gets(200, a.in(res, "BYE"))
	v.isGone(calls.Normal)
}
