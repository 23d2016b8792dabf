package sip

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/calls"
)

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
