package sip

import (
	"strings"
	"testing"

	"github.com/callfloor/callfloor/calls"
)

// TestALateOffer: the INVITE has no description; ours is an offer, and the ACK brings the answer (RFC 3261 section 13.2.1).
func TestALateOffer(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := asks("INVITE", "100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.answer()
	res := p.expects(200, a)
	if !strings.Contains(string(res.Body()), "RTP/AVP 0 8") {
		t.Errorf("our offer is\n%s", res.Body())
	}
	ack := a.ack(res)
	ack.body = offer
	p.send(ack.text(p))
	p.gets(200, a.in(res, "BYE"))
	v.isGone(calls.Normal)

	// An answer that fits nothing ends the call.
	b := asks("INVITE", "100", "ann")
	p.send(b.text(p))
	v = h.call()
	v.answer()
	ack = b.ack(p.expects(200, b))
	ack.body = strings.Replace(offer, "AVP 0 101", "AVP 18", 1)
	p.send(ack.text(p))
	p.respond(p.request("BYE"), 200, "", "")
	v.isGone(calls.NoMedia)
}

// TestHoldAndResume: each direction gets its counterpart (RFC 3264 section 6.1), and the house hears of it.
func TestHoldAndResume(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talks(h)
	latest := a
	for _, turn := range []struct {
		offers, answers string
		says            calls.SignalKind
	}{
		{"sendonly", "recvonly", calls.SigHeld},
		{"sendrecv", "sendrecv", calls.SigResumed},
		{"inactive", "inactive", calls.SigHeld},
		{"sendrecv", "sendrecv", calls.SigResumed},
	} {
		r := latest.in(first, "INVITE")
		r.body = offer + "a=" + turn.offers + "\r\n"
		res := p.gets(200, r)
		if !strings.Contains(string(res.Body()), "a="+turn.answers+"\r\n") {
			t.Errorf("%s is answered with\n%s", turn.offers, res.Body())
		}
		p.send(r.ack(res).text(p))
		v.is(turn.says)
		latest = r
	}

	// One that cannot be met leaves the call as it is, and the next one is taken.
	r := latest.in(first, "INVITE")
	r.body = strings.Replace(offer, "AVP 0 101", "AVP 18", 1)
	p.gets(488, r)
	r = r.in(first, "INVITE")
	r.body = offer
	res := p.gets(200, r)
	// The second without an ACK of the first is too early (RFC 3261 section 14.2).
	early := r.in(first, "INVITE")
	early.body = offer
	p.gets(491, early)
	p.send(r.ack(res).text(p))
	p.gets(200, early.in(first, "BYE"))
	v.isGone(calls.Normal)
}

// TestARefreshWithoutOffer: a re-INVITE without a description gets ours, once more.
func TestARefreshWithoutOffer(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talks(h)
	r := a.in(first, "INVITE", "Session-Expires: 120;refresher=uac", "Supported: timer")
	res := p.gets(200, r)
	if s := res.GetHeader("Session-Expires"); len(res.Body()) == 0 || s == nil || s.Value() != "120;refresher=uac" {
		t.Errorf("the answer is\n%s", res)
	}
	ack := r.ack(res)
	ack.body = offer
	p.send(ack.text(p))
	u := r.in(first, "UPDATE")
	p.gets(200, u)
	p.gets(200, u.in(first, "BYE"))
	v.isGone(calls.Normal)
}

// TestTheFarEndMoves: after a re-INVITE from another connection, our requests take that one.
func TestTheFarEndMoves(t *testing.T) {
	h := open(t)
	old := newPhone(t, h.e, "tcp")
	a, first, v := old.talks(h)
	_ = old.conn.Close()
	p := newPhone(t, h.e, "tcp")
	r := a.in(first, "INVITE")
	r.body = offer
	p.send(r.ack(p.gets(200, r)).text(p))
	v.leg.Hangup(calls.Normal)
	p.respond(p.request("BYE"), 200, "", "")
	v.isGone(calls.Normal)
}

func TestKeysByINFO(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, res, v := p.talks(h)
	last := a
	info := func(code int, kind, body string) {
		t.Helper()
		last = last.in(res, "INFO")
		last.kind, last.body = kind, body
		p.gets(code, last)
	}
	for body, key := range map[string]string{"Signal=5\r\nDuration=160\r\n": "5", "signal = *\r\n": "*", "Signal=11": "#", "Signal=d\r\n": "D"} {
		info(200, "application/dtmf-relay", body)
		if s := v.is(calls.SigDigit); s.Digit != key || s.Via != "info" {
			t.Errorf("%q is the key %q via %s", body, s.Digit, s.Via)
		}
	}
	info(200, "application/dtmf", "7")
	if s := v.is(calls.SigDigit); s.Digit != "7" {
		t.Errorf("the key is %q", s.Digit)
	}
	info(415, "application/dtmf-relay", "Signal=55\r\n")
	info(415, "text/plain", "5")
	info(200, "application/dtmf", "") // a keep-alive of some phones
	p.gets(481, asks("INFO", "100", "ann"))
	p.gets(200, last.in(res, "BYE"))
	v.isGone(calls.Normal)
}

// TestDescriptionsThatCannotBeMet are refused with a status that says why, and a warning that says more.
func TestDescriptionsThatCannotBeMet(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	for name, c := range map[string]struct {
		kind, body string
		code       int
		says       string
	}{
		"not SDP":           {"text/plain", "hello", 415, ""},
		"no SDP in it":      {"application/sdp", "hello", 400, "cannot be read"},
		"no audio":          {"application/sdp", strings.Replace(offer, "audio", "video", 1), 488, "no audio"},
		"no codec":          {"application/sdp", strings.Replace(offer, "AVP 0 101", "AVP 18", 1), 488, "none of our codecs"},
		"no address":        {"application/sdp", strings.Replace(offer, "c=IN IP4 127.0.0.1\r\n", "", 1), 400, "no connection address"},
		"SRTP, no key":      {"application/sdp", strings.Replace(offer, "RTP/AVP", "RTP/SAVP", 1), 488, "key"},
		"a port too high":   {"application/sdp", strings.Replace(offer, "audio 9", "audio 99999", 1), 400, ""},
		"NULs":              {"application/sdp", strings.Repeat("\x00", 100), 400, "cannot be read"},
		"a very long line":  {"application/sdp", "v=0\r\ns=" + strings.Repeat("x", 20000) + "\r\n", 400, "cannot be read"},
		"a quote in a line": {"application/sdp", "v=\"0\"\r\n\\\r\n", 400, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			a := invite("100", "ann")
			a.kind, a.body = c.kind, c.body
			res := p.gets(c.code, a)
			text := ""
			if w := res.GetHeader("Warning"); w != nil {
				text = w.Value()
			}
			if !strings.Contains(text, c.says) || c.code != 415 && !strings.HasPrefix(text, `399 callfloor "`) {
				t.Errorf("the warning is %q", text)
			}
			if c.code == 415 && res.GetHeader("Accept") == nil {
				t.Error("nobody says what is understood")
			}
		})
	}
	h.quiet()
	a, res, _ := p.talks(h)
	p.gets(200, a.in(res, "BYE"))
}

func TestExtensionsWeLackAreNamed(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	res := p.gets(420, invite("100", "ann", "Require: timer, 100rel, gruu", "Require: precondition"))
	if u := res.GetHeader("Unsupported"); u == nil || u.Value() != "gruu, precondition" {
		t.Errorf("Unsupported is %v", u)
	}
	a := invite("100", "ann", "Require: timer", "Session-Expires: 100;refresher=uas", "Supported: timer")
	p.send(a.text(p))
	v := h.call()
	v.answer()
	res = p.expects(200, a)
	p.send(a.ack(res).text(p))
	if s := res.GetHeader("Session-Expires"); s == nil || s.Value() != "100;refresher=uas" {
		t.Errorf("Session-Expires is %v", s)
	}
	p.gets(200, a.in(res, "BYE"))
	v.isGone(calls.Normal)
	p.gets(405, asks("SUBSCRIBE", "100", "ann"))
}
