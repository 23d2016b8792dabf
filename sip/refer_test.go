package sip

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// lifted is sam's desk phone in a talk: its side of the dialog, as a request that it would send.
func (p *phone) lifted(h *testHouse, answer string, headers ...string) (*visit, ask) {
	p.t.Helper()
	v := h.dial(Target{Agent: "sam"})
	req := p.request("INVITE")
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", []byte(answer))
	res.To().Params.Add("tag", "desk")
	res.AppendHeader(sipmsg.NewHeader("Contact", "<sip:phone@"+p.conn.LocalAddr().String()+">"))
	res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	for _, line := range headers {
		name, text, _ := strings.Cut(line, ": ")
		res.AppendHeader(sipmsg.NewHeader(name, text))
	}
	p.send(res.String())
	v.is(calls.SigAnswered)
	p.request("ACK")
	tag, _ := req.From().Params.Get("tag")
	return v, ask{
		method: "OPTIONS", number: "callfloor", from: "sam", fromTag: "desk", toTag: tag, callID: req.CallID().Value(), branch: "z9hG4bK" + token(), seq: 1,
	}
}

// says is the next request of the phone in its dialog.
func (a ask) says(method string, extra ...string) ask {
	b := a.again()
	b.method, b.extra, b.body = method, extra, ""
	return b
}

// notified waits for a NOTIFY and answers it.
func (p *phone) notified(code int, state string) *sipmsg.Request {
	p.t.Helper()
	n := p.request("NOTIFY")
	if s := n.GetHeader("Subscription-State"); s == nil || !strings.HasPrefix(s.Value(), state) {
		p.t.Errorf("Subscription-State is %v", s)
	}
	if ct := n.ContentType(); ct == nil || !strings.HasPrefix(ct.Value(), "message/sipfrag") || !strings.HasPrefix(string(n.Body()), fmt.Sprintf("SIP/2.0 %d ", code)) {
		p.t.Errorf("the NOTIFY is\n%s", n)
	}
	p.respond(n, 200, "", "")
	return n
}

// TestReferByAnAgentIsReportedAndItsProgressNotified (RFC 3515 sections 2.4.2 to 2.4.7).
func TestReferByAnAgentIsReportedAndItsProgressNotified(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			h := open(t)
			p := desk(t, h, transport)
			v, a := p.lifted(h, offer)
			refer := a.says("REFER", "Refer-To: \"Help\" <sip:support%2B1@callfloor;user=phone>")
			p.gets(202, refer)
			trying := p.notified(100, "active;expires=")
			if ev := trying.GetHeader("Event"); ev == nil || ev.Value() != fmt.Sprintf("refer;id=%d", refer.seq) {
				t.Errorf("Event is %v", ev)
			}
			r := v.is(calls.SigReferred).Refer
			if r.To != "support+1" || r.Replaces != "" {
				t.Errorf("it means %+v", r)
			}
			r.Tell(200)
			r.Tell(500) // after the last word nothing is said
			v.leg.Hangup(calls.Normal)
			final := p.request("NOTIFY")
			if p.count(isRequest("BYE")) > 0 {
				t.Error("the BYE overtook what it is about")
			}
			if !strings.HasPrefix(string(final.Body()), "SIP/2.0 200 ") || !strings.HasPrefix(final.GetHeader("Subscription-State").Value(), "terminated;") {
				t.Errorf("the last word is\n%s", final)
			}
			p.respond(final, 200, "", "")
			p.respond(p.request("BYE"), 200, "", "")
			v.isGone(calls.Normal)
			if p.count(isRequest("NOTIFY")) > 0 {
				t.Error("a word after the last one")
			}
		})
	}
}

// TestAFailedReferLeavesTheTalk: it is told, and another one is taken.
func TestAFailedReferLeavesTheTalk(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	v, a := p.lifted(h, offer)
	first := a.says("REFER", "Refer-To: <sip:nobody@callfloor>")
	p.gets(202, first)
	p.notified(100, "active")
	v.is(calls.SigReferred).Refer.Tell(404)
	p.notified(404, "terminated")
	second := first.says("REFER", "Refer-To: tel:+15550199;phone-context=x", "Refer-Sub: false") // RFC 4488: it wants no word
	res := p.gets(202, second)
	if s := res.GetHeader("Refer-Sub"); s == nil || s.Value() != "false" {
		t.Errorf("Refer-Sub is %v", s)
	}
	r := v.is(calls.SigReferred).Refer
	if r.To != "+15550199" {
		t.Errorf("it means %q", r.To)
	}
	r.Tell(486)
	p.gets(200, second.says("BYE"))
	v.isGone(calls.Normal)
	r.Tell(200)
	if p.count(isRequest("NOTIFY")) > 0 {
		t.Error("who wants no word hears one")
	}
}

// TestOnlyAnAgentsDeviceMayRefer: a customer's or a trunk's REFER is forbidden, in a call and outside of one; it makes nobody call.
func TestOnlyAnAgentsDeviceMayRefer(t *testing.T) {
	h := open(t, Trunk{Name: "provider", Addresses: []string{"127.0.0.0/8"}})
	p := newPhone(t, h.e, "udp")
	a, res, v := p.talks(h)
	refer := a.in(res, "REFER", "Refer-To: <sip:+15550199@callfloor>")
	p.gets(403, refer)
	p.gets(403, asks("REFER", "100", "ann", "Refer-To: <sip:+15550199@callfloor>"))
	lost := refer.again()
	lost.toTag = "nobody's"
	p.gets(481, lost)
	p.gets(200, refer.in(res, "BYE"))
	v.isGone(calls.Normal)
}

// TestBadReferTosAreRefused (RFC 3515 section 2.4.2), and the talk goes on.
func TestBadReferTosAreRefused(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	v, a := p.lifted(h, offer)
	for _, bad := range []struct {
		code  int
		lines []string
	}{
		{400, nil},
		{400, []string{"Refer-To: <sip:a@b>", "Refer-To: <sip:c@b>"}},
		{400, []string{"Refer-To: <sip:callfloor>"}},
		{400, []string{"Refer-To: <sip:a@b"}},
		{400, []string{"Refer-To: <sip:a@b;method=BYE>"}},
		{400, []string{"Refer-To: <sip:%zz@b>"}},
		{400, []string{"Refer-To: <sip:a@b?Replaces=x>"}},
		{416, []string{"Refer-To: <http://example.com/>"}},
		{403, []string{"Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>"}}, // a dialog elsewhere: we would have to call
		{420, []string{"Refer-To: <sip:a@b>", "Require: multiple-refer"}},
	} {
		a = a.says("REFER", bad.lines...)
		p.gets(bad.code, a)
	}
	p.gets(200, a.says("BYE"))
	v.isGone(calls.Normal)
}

// TestAnAttendedReferNamesTheAgentsOtherLeg (RFC 5589 section 7, RFC 3891): of their own legs alone.
func TestAnAttendedReferNamesTheAgentsOtherLeg(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	v, a := p.lifted(h, offer)
	call := invite("200", "sam")
	challenge := p.gets(401, call)
	call = call.again(authorization(t, challenge, call, "sam", samsPassword, 1))
	p.send(call.text(p))
	second := h.call()
	second.answer()
	up := p.expects(200, call)
	p.send(call.ack(up).text(p))
	replaces := func(callID, to, from string) string {
		return "Refer-To: <sip:x@callfloor?Replaces=" + url.PathEscape(callID+";to-tag="+to+";from-tag="+from) + ">"
	}
	a = a.says("REFER", replaces(call.callID, tagOf(up), call.fromTag))
	p.gets(202, a)
	p.notified(100, "active")
	if r := v.is(calls.SigReferred).Refer; r.Replaces != second.leg.ID() {
		t.Errorf("it names %q, not %q", r.Replaces, second.leg.ID())
	}
	// Half a match is none, and a stranger's leg is not the agent's to give.
	a = a.says("REFER", replaces(call.callID, tagOf(up), "other"))
	p.gets(403, a)
	other, res, w := p.talks(h)
	a = a.says("REFER", replaces(other.callID, tagOf(res), other.fromTag))
	p.gets(403, a)
	for _, x := range []struct {
		bye ask
		v   *visit
	}{{a.says("BYE"), v}, {call.in(up, "BYE"), second}, {other.in(res, "BYE"), w}} {
		p.gets(200, x.bye)
		x.v.isGone(calls.Normal)
	}
}

// TestReferOfOursIsFollowedToItsEnd (RFC 3515 section 2.4): the NOTIFYs tell, and nobody else's are taken.
func TestReferOfOursIsFollowedToItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		answer int
		words  []string // bodies of NOTIFYs
		state  string   // of the last
		want   int      // 0 is connected
	}{
		"connected":                {202, []string{"SIP/2.0 100 Trying\r\n", "SIP/2.0 180 Ringing\r\n", "SIP/2.0 200 OK\r\n"}, "terminated;reason=noresource", 0},
		"busy":                     {202, []string{"SIP/2.0 100 Trying\r\n", "SIP/2.0 486 Busy Here\r\n"}, "terminated;reason=noresource", 486},
		"refused":                  {603, nil, "", 603},
		"ended without a word":     {202, []string{"SIP/2.0 100 Trying\r\n"}, "terminated;reason=timeout", 487},
		"a word that is no status": {202, []string{"hello", "SIP/2.0 200 OK\r\n"}, "terminated", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			p := newPhone(t, h.e, "udp")
			a, first, v := p.talks(h)
			came := make(chan error, 1)
			go func() { came <- v.leg.Refer(context.Background(), "sip:+15550199@provider.example") }()
			req := p.request("REFER")
			if to := req.GetHeader("Refer-To"); to == nil || !strings.Contains(to.Value(), "<sip:+15550199@provider.example>") {
				t.Errorf("Refer-To is %v", to)
			}
			p.respond(req, c.answer, "", "")
			for i, word := range c.words {
				state := "active;expires=60"
				if i == len(c.words)-1 {
					state = c.state
				}
				a = a.in(first, "NOTIFY", fmt.Sprintf("Event: refer;id=%d", req.CSeq().SeqNo), "Subscription-State: "+state)
				a.kind, a.body = "message/sipfrag", word
				p.gets(200, a)
			}
			err := next(t, came, "what came of the REFER")
			u, refused := errors.AsType[*Unreferred](err)
			if (err == nil) != (c.want == 0) || refused && u.Code != c.want {
				t.Errorf("it came to %v", err)
			}
			a = a.in(first, "NOTIFY", "Event: refer;id=4711", "Subscription-State: active")
			p.gets(481, a) // of no REFER
			a = a.in(first, "NOTIFY", "Event: presence", "Subscription-State: active")
			p.gets(489, a)
			p.gets(200, a.in(first, "BYE"))
			v.isGone(calls.Normal)
		})
	}
}

// TestReferOfOursEnds also when nobody says a word: with its context, and with the call.
func TestReferOfOursEnds(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talks(h)
	ctx, cancel := context.WithCancel(t.Context())
	came := make(chan error, 1)
	go func() { came <- v.leg.Refer(ctx, "sip:x@provider.example") }()
	p.respond(p.request("REFER"), 202, "", "")
	cancel()
	if err := next(t, came, "the end of waiting"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	go func() { came <- v.leg.Refer(t.Context(), "sip:x@provider.example") }()
	p.respond(p.request("REFER"), 202, "", "")
	p.gets(200, a.in(first, "BYE"))
	if u, ok := errors.AsType[*Unreferred](next(t, came, "the end of the call")); !ok || u.Code != 487 {
		t.Errorf("%v", u)
	}
	v.isGone(calls.Normal)
	if err := v.leg.Refer(t.Context(), "sip:x@provider.example"); err == nil {
		t.Error("a leg that is gone refers")
	}
}
