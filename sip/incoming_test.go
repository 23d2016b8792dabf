package sip

import (
	"log/slog"
	"strings"
	"sync"
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

// TestALegEndsOnce, whoever says so at the same moment: the network, the house, the media.
func TestALegEndsOnce(t *testing.T) {
	h := open(t)
	l := h.e.newLeg(calls.Party{}, h.e.engine.Room())
	if !h.e.join(l) {
		t.Fatal("the endpoint closes")
	}
	v := h.visit(l, Source{}, "")
	var ends sync.WaitGroup
	l.mu.Lock() // they all come to the same door
	for range 8 {
		ends.Go(func() { l.gone(calls.Normal) })
	}
	<-time.After(10 * time.Millisecond) // after one, a mutex goes from hand to hand
	l.mu.Unlock()
	ends.Wait()
	v.isGone(calls.Normal)
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
		"no codec":          {"application/sdp", strings.Replace(offer, "AVP 0 101", "AVP 18", 1), 488, "neither PCMU nor PCMA"},
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
	res := p.gets(420, invite("100", "ann", "Require: timer, 100rel", "Require: precondition"))
	if u := res.GetHeader("Unsupported"); u == nil || u.Value() != "100rel, precondition" {
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

// TestACloseEndsCallsInEveryState: whatever a leg is doing, Close says goodbye and leaves nothing running.
func TestACloseEndsCallsInEveryState(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	desk := newPhone(t, h.e, "tcp")
	desk.proves(200, register("sam", desk.contact("")), "sam", samsPassword)
	h.hears("sam came")

	ringing := invite("100", "ringing") // 180
	p.send(ringing.text(p))
	r := h.call()
	r.leg.Ring()
	fresh := invite("100", "fresh") // nothing yet
	p.send(fresh.text(p))
	f := h.call()
	_, _, up := p.talks(h)
	unacked := invite("100", "unacked")
	p.send(unacked.text(p))
	u := h.call()
	u.answer()
	p.expects(200, unacked)
	dialled := h.dial(Target{Agent: "sam"}) // rings at the desk
	call := desk.request("INVITE")
	desk.respond(call, 180, "desk", "")
	dialled.is(calls.SigRinging)
	silent := h.dial(Target{Agent: "sam"}) // never answered
	desk.request("INVITE")

	closed := make(chan error)
	go func() { closed <- h.e.Close() }()
	if r := p.expects(503, ringing).GetHeader("Retry-After"); r == nil {
		t.Error("the caller is not told when to try again")
	}
	p.expects(503, fresh)
	for byes := map[string]bool{}; len(byes) < 2; { // of them may come twice
		bye := p.request("BYE")
		byes[bye.CallID().Value()] = true
		p.respond(bye, 200, "", "")
	}
	cancel := desk.request("CANCEL")
	desk.respond(cancel, 200, "", "")
	desk.respond(call, 487, "desk", "")
	for i, v := range []*visit{r, f, up, u, dialled, silent} {
		if got := v.is(calls.SigGone).Cause; got != calls.Draining {
			t.Errorf("call %d ended with %v", i, got)
		}
	}
	if err := next(t, closed, "the end of Close"); err != nil {
		t.Error(err)
	}
	if _, err := h.e.Dial(t.Context(), h.e.engine.Room(), Target{Agent: "sam"}); err == nil {
		t.Error("a closed endpoint calls")
	}
}

// TestSecretsAreNotLogged: not even at debug level, not even those of messages that cannot be parsed.
func TestSecretsAreNotLogged(t *testing.T) {
	h := open(t, Trunk{Name: "provider", Username: "acme", Password: trunkPassword})
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))) // sipgo's, if it dares
	url := serve(t, h)
	var secrets []string
	for _, transport := range []string{"udp", "tcp", "ws"} {
		for user, password := range map[string]string{"sam": samsPassword, "maria": mariasPassword, "acme": trunkPassword, "nobody": "guessed-by-one"} {
			for _, tried := range []string{password, "guessed-by-two"} {
				x := (*phone)(nil)
				if transport == "ws" {
					x = page(t, url)
				} else {
					x = newPhone(t, h.e, transport)
				}
				a, b := register(user, x.contact("")), invite("200", user)
				first := x.gets(401, a)
				proof := authorization(t, first, a, user, tried, 1)
				secrets = append(secrets, tried, proof[strings.Index(proof, "response="):])
				x.send(a.again(proof).text(x))
				x.final(a.again())
				b = b.again(authorization(t, first, b, user, tried, 2))
				x.send(b.text(x))
				if tried == "guessed-by-two" {
					x.send("REGISTER sip:callfloor SIP/2.0\r\nVia: broken\r\n" + proof + "\r\nContent-Length: x\r\n\r\n")
				}
				if tried == password && user != "nobody" {
					h.call().leg.Hangup(busy)
				}
			}
		}
	}
	text := h.log.String()
	if !strings.Contains(text, "registration refused") {
		t.Error("the test looks at no log")
	}
	for _, s := range append(secrets, "Digest ", "nonce=", "cnonce") {
		if strings.Contains(text, s) {
			t.Errorf("the log shows %q", s)
		}
	}
}
