package sip

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/calls"
)

// TestAnotherNodeTakesOver: a node dies, another one sends the phone its own address in the same dialog, and the call goes on
// there.
func TestAnotherNodeTakesOver(t *testing.T) {
	dead, alive := open(t), open(t)
	p := newPhone(t, dead.e, "udp")
	sound, sdp := ear(t)
	a := invite("100", "ann")
	a.body = sdp
	p.send(a.text(p))
	v := dead.call()
	v.answer()
	res := p.expects(200, a)
	p.send(a.ack(res).text(p))
	_, _, _, from := hears(t, sound)
	saved := v.leg.Save()
	if err := dead.e.Abandon(); err != nil {
		t.Fatal(err)
	}

	at := neighbourPhone{newPhone(t, alive.e, "udp")} // the phone as the other node reaches it
	type result struct {
		leg *Leg
		err error
	}
	done := make(chan result, 1)
	take := func() {
		l, err := alive.e.TakeOver(context.Background(), at.moved(t, saved), alive.e.engine.Room())
		done <- result{l, err}
	}
	go take()
	refused := at.request("INVITE")
	at.respond(refused, 481, "", "")
	if r := next(t, done, "the refusal"); !errors.As(r.err, new(refusal)) {
		t.Fatalf("refused with %v", r.err)
	}
	go take()
	at.request("ACK") // of the refusal
	req := at.request("INVITE")
	if tag, _ := req.To().Params.Get("tag"); tag != a.fromTag || req.CallID().Value() != a.callID {
		t.Errorf("another dialog:\n%s", req)
	}
	if c := req.Contact(); c == nil || c.Address.Port != int(alive.e.Address("udp").Port()) {
		t.Errorf("the Contact is %v", c)
	}
	was, is := origin(t, res.Body()), origin(t, req.Body())
	if is[1] != was[1] || is[2] != "2" {
		t.Errorf("the origin was %v and is %v (RFC 3264 section 8)", was, is)
	}
	at.respond(req, 200, "", sdp)
	at.request("ACK")
	r := next(t, done, "the leg")
	if r.err != nil {
		t.Fatal(r.err)
	}
	w := alive.visit(r.leg, Source{}, "")
	w.is(calls.SigAnswered)
	w.is(calls.SigAudio)
	for _, _, _, now := hears(t, sound); now.String() == from.String(); _, _, _, now = hears(t, sound) {
	}
	at.gets(200, a.in(res, "BYE"))
	w.isGone(calls.Normal)
}

func origin(t *testing.T, sdp []byte) []string {
	t.Helper()
	for l := range strings.Lines(string(sdp)) {
		if strings.HasPrefix(l, "o=") {
			return strings.Fields(l)
		}
	}
	t.Fatalf("no origin in\n%s", sdp)
	return nil
}

// neighbourPhone is the phone's second socket: a connected one hears the first node alone.
type neighbourPhone struct{ *phone }

// moved is the saved leg of a phone that is at the second socket.
func (p neighbourPhone) moved(t *testing.T, saved []byte) []byte {
	t.Helper()
	s, err := readSaved(saved)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(saved), s.Destination, p.conn.LocalAddr().String())
	return []byte(text)
}
