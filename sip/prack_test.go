package sip

import (
	"fmt"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// ringing waits for a 180.
func (p *phone) ringing(a ask) *sipmsg.Response {
	p.t.Helper()
	return p.waits("180", func(m sipmsg.Message) bool { return answers(m, a) && m.(*sipmsg.Response).StatusCode == 180 }).(*sipmsg.Response)
}

// TestAReliable180IsRepeatedUntilItsPrack (RFC 3262 section 3).
func TestAReliable180IsRepeatedUntilItsPrack(t *testing.T) {
	for _, how := range []string{"Require", "Supported"} {
		t.Run(how, func(t *testing.T) {
			h := open(t)
			p := newPhone(t, h.e, "udp")
			a := invite("100", "ann", how+": 100rel")
			p.send(a.text(p))
			v := h.call()
			v.leg.Ring()
			res := p.ringing(a)
			seq := res.GetHeader("RSeq")
			if seq == nil || !lists(res, "100rel", "Require", "") {
				t.Fatalf("it is not reliable:\n%s", res)
			}
			p.ringing(a) // again
			p.ringing(a) // and again
			prack := a.in(res, "PRACK", fmt.Sprintf("RAck: %s %d INVITE", seq.Value(), a.seq))
			p.gets(200, prack)
			n := p.count(func(m sipmsg.Message) bool { return answers(m, a) })
			prack = prack.in(res, "PRACK", fmt.Sprintf("RAck: %s %d INVITE", seq.Value(), a.seq))
			p.gets(481, prack)           // a second one acknowledges nothing
			<-time.After(10 * sipmsg.T1) // the next would have come after 8*T1
			v.answer()
			up := p.expects(200, a)
			if tagOf(up) != tagOf(res) {
				t.Error("ringing and answer are not one dialog")
			}
			if more := p.count(func(m sipmsg.Message) bool { return answers(m, a) && m.(*sipmsg.Response).StatusCode == 180 }); more > n {
				t.Errorf("%d times 180 after the PRACK", more-n)
			}
			p.send(a.ack(up).text(p))
			p.gets(200, prack.in(up, "BYE"))
			v.isGone(calls.Normal)
		})
	}
}

// TestWithoutPrackTheCallIsRefused after 64*T1 (RFC 3262 section 3).
func TestWithoutPrackTheCallIsRefused(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann", "Require: 100rel")
	began := time.Now()
	p.send(a.text(p))
	v := h.call()
	v.leg.Ring()
	p.expects(504, a)
	v.isGone(calls.Cause{Word: "unreachable", Code: 504})
	if d := time.Since(began); d < 64*sipmsg.T1 {
		t.Errorf("it is refused after %v", d)
	}
	n := p.count(func(m sipmsg.Message) bool { return answers(m, a) && m.(*sipmsg.Response).StatusCode == 180 })
	if n < 4 || n > 9 { // at 0, 1, 3, 7, 15, 31, 63 times T1
		t.Errorf("it rang %d times", n)
	}
}

// TestAnAnswerMayComeBeforeThePrack, for our 180 describes nothing (RFC 3262 section 3); it is repeated no more.
func TestAnAnswerMayComeBeforeThePrack(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann", "Supported: 100rel")
	p.send(a.text(p))
	v := h.call()
	v.leg.Ring()
	res := p.ringing(a)
	v.answer()
	up := p.expects(200, a)
	p.send(a.ack(up).text(p))
	p.gets(200, a.in(up, "PRACK", fmt.Sprintf("RAck: %s %d INVITE", res.GetHeader("RSeq").Value(), a.seq)))
	p.gets(200, a.again().in(up, "BYE"))
	v.isGone(calls.Normal)
}

// TestBadPracksAreRefused: what matches nothing (RFC 3262 section 3), and an offer at the wrong time (section 5).
func TestBadPracksAreRefused(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann", "Require: 100rel")
	p.send(a.text(p))
	v := h.call()
	v.leg.Ring()
	res := p.ringing(a)
	last := a
	for line, code := range map[string]int{
		"RAck: 99 1 INVITE": 481, "RAck: 1 99 INVITE": 481, "RAck: 1 1 BYE": 400, "RAck: x": 400, "RAck: 4294967296 1 INVITE": 400, "X-None: 1": 400,
	} {
		last = last.in(res, "PRACK", line)
		p.gets(code, last)
	}
	last = last.in(res, "PRACK", "RAck: 1 1 INVITE")
	last.body = offer
	p.gets(488, last)
	p.gets(481, asks("PRACK", "100", "ann", "RAck: 1 1 INVITE"))
	p.ringing(a) // it still waits
	p.gets(200, last.in(res, "PRACK", "RAck: 1 1 INVITE"))
	v.leg.Hangup(busy)
	p.expects(486, a)
	v.isGone(busy)
}

// TestALateOfferIsNotRungReliably: a reliable 180 would have to carry our offer (RFC 3262 section 5). Who only supports it hears an
// ordinary one, who requires it hears the answer.
func TestALateOfferIsNotRungReliably(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	for _, how := range []string{"Supported", "Require"} {
		a := asks("INVITE", "100", "ann", how+": 100rel")
		p.send(a.text(p))
		v := h.call()
		v.leg.Ring()
		if how == "Supported" {
			if res := p.ringing(a); len(res.GetHeaders("RSeq")) > 0 {
				t.Errorf("it is reliable:\n%s", res)
			}
		}
		v.answer()
		res := p.expects(200, a)
		if n := p.count(func(m sipmsg.Message) bool { return answers(m, a) && m.(*sipmsg.Response).StatusCode == 180 }); n > 0 {
			t.Errorf("%s: it rang", how)
		}
		ack := a.ack(res)
		ack.body = offer
		p.send(ack.text(p))
		p.gets(200, a.in(res, "BYE"))
		v.isGone(calls.Normal)
	}
}

// TestAReliableResponseToOurInviteIsAcknowledgedOnce and in order, each of its own early dialog (RFC 3262 section 4).
func TestAReliableResponseToOurInviteIsAcknowledgedOnce(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	v := h.dial(Target{Agent: "sam"})
	req := p.request("INVITE")
	if !lists(req, "100rel", "Supported", "") {
		t.Errorf("it does not say that it may be reliable:\n%s", req)
	}
	rings := func(tag string, rseq int) {
		res := sipmsg.NewResponseFromRequest(req, 180, "Ringing", nil)
		res.To().Params.Add("tag", tag)
		res.AppendHeader(sipmsg.NewHeader("Contact", "<sip:"+tag+"@"+p.conn.LocalAddr().String()+">"))
		res.AppendHeader(sipmsg.NewHeader("Record-Route", "<sip:"+p.conn.LocalAddr().String()+";lr>"))
		res.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
		res.AppendHeader(sipmsg.NewHeader("RSeq", fmt.Sprint(rseq)))
		p.send(res.String())
	}
	last := req.CSeq().SeqNo
	acknowledged := func(tag string, rseq int) {
		t.Helper()
		prack := p.request("PRACK")
		to, _ := prack.To().Params.Get("tag")
		if h := prack.GetHeader("RAck"); to != tag || h == nil || h.Value() != fmt.Sprintf("%d %d INVITE", rseq, req.CSeq().SeqNo) ||
			prack.Recipient.User != tag || prack.GetHeader("Route") == nil || prack.CSeq().SeqNo <= last {
			t.Errorf("the PRACK is\n%s", prack)
		}
		last = prack.CSeq().SeqNo
		p.respond(prack, 200, "", "")
	}
	rings("one", 776655)
	v.is(calls.SigRinging)
	acknowledged("one", 776655)
	rings("one", 776655) // a copy: our PRACK was slow
	rings("one", 776657) // before its time
	rings("two", 5)      // another phone behind a proxy
	acknowledged("two", 5)
	rings("one", 776656)
	acknowledged("one", 776656)
	p.respond(req, 200, "one", offer)
	v.is(calls.SigRinging) // of the second phone
	v.is(calls.SigRinging) // and of the last word of the first
	v.is(calls.SigAnswered)
	p.request("ACK")
	if n := p.count(isRequest("PRACK")); n > 0 {
		t.Errorf("%d PRACKs too many", n)
	}
	v.leg.Hangup(calls.Normal)
	bye := p.request("BYE")
	if bye.CSeq().SeqNo <= last {
		t.Errorf("the BYE has the number %d", bye.CSeq().SeqNo)
	}
	p.respond(bye, 200, "", "")
	v.isGone(calls.Normal)
}
