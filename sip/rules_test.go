package sip

import (
	"net"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// TestAMergedInviteIsAnswered482: the same call by two ways, through a proxy that forked it (RFC 3261 section 8.2.2.2).
func TestAMergedInviteIsAnswered482(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	second := a
	second.branch = "z9hG4bK" + token()
	p.send(second.text(p))
	p.waits("482", func(m sipmsg.Message) bool { return answers(m, second) && m.(*sipmsg.Response).StatusCode == 482 })
	h.quiet()
	v.leg.Hangup(busy)
	p.expects(486, a)
	v.isGone(busy)
	until(t, "it is forgotten", func() bool {
		h.e.mu.Lock()
		defer h.e.mu.Unlock()
		return len(h.e.invites) == 0
	})
}

// TestMaxForwardsOfNoneIsForProxies: whom a request is for takes it (RFC 3261 section 16.3, RFC 4475 section 3.1.2.9).
func TestMaxForwardsOfNoneIsForProxies(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := asks("OPTIONS", "100", "ann")
	p.send(strings.Replace(a.text(p), "Max-Forwards: 70", "Max-Forwards: 0", 1))
	p.expects(200, a)
}

// TestOptionsInsideADialogAndOutside say what we can (RFC 3261 section 11).
func TestOptionsInsideADialogAndOutside(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talks(h)
	inside := a.in(first, "OPTIONS")
	for _, o := range []ask{inside, asks("OPTIONS", "100", "ann")} {
		res := p.gets(200, o)
		for _, method := range []string{"REFER", "UPDATE", "PRACK"} {
			if !lists(res, method, "Allow", "") {
				t.Errorf("%s is not allowed in\n%s", method, res)
			}
		}
		for _, extension := range []string{"timer", "100rel", "replaces"} {
			if !lists(res, extension, "Supported", "") {
				t.Errorf("%s is not supported in\n%s", extension, res)
			}
		}
	}
	res := p.gets(405, inside.in(first, "PUBLISH"))
	if !lists(res, "INVITE", "Allow", "") {
		t.Errorf("nobody says what is allowed:\n%s", res)
	}
	p.gets(200, inside.again().in(first, "BYE"))
	v.isGone(calls.Normal)
}

// TestAReinviteWithAnotherAddressAndCodec is answered as such (RFC 3261 section 14.2, RFC 3264 section 8).
func TestAReinviteWithAnotherAddressAndCodec(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talks(h)
	if !strings.Contains(string(first.Body()), "RTP/AVP 0 101") {
		t.Errorf("the first answer is\n%s", first.Body())
	}
	r := a.in(first, "INVITE")
	r.body = strings.NewReplacer("AVP 0 101", "AVP 8 96", "rtpmap:101", "rtpmap:96", "IN IP4 127.0.0.1\r\nt=", "IN IP4 127.0.0.2\r\nt=", "audio 9", "audio 4000").Replace(offer)
	res := p.gets(200, r)
	if body := string(res.Body()); !strings.Contains(body, "RTP/AVP 8 96") || !strings.Contains(body, "a=rtpmap:96 telephone-event/8000") {
		t.Errorf("the answer is\n%s", body)
	}
	p.send(r.ack(res).text(p))
	p.gets(200, r.in(first, "BYE"))
	v.isGone(calls.Normal)
}

// TestTheTargetIsRefreshed by a re-INVITE, by an UPDATE, and by the 2xx to a request of ours (RFC 3261 section 12.2, RFC 3311 section 5);
// the route stays what it was (section 12.2).
func TestTheTargetIsRefreshed(t *testing.T) {
	h := brisk(t)
	p := newPhone(t, h.e, "udp")
	at := p.conn.LocalAddr().String()
	a, first, v := p.talksWith(h, "Record-Route: <sip:"+at+";lr>", "Session-Expires: 1;refresher=uas", "Supported: timer", "Allow: UPDATE")
	is := func(req *sipmsg.Request, user string) {
		t.Helper()
		if routes := req.GetHeaders("Route"); req.Recipient.User != user || len(routes) != 1 || !strings.Contains(routes[0].Value(), at+";lr") {
			t.Errorf("it goes to %s by %v, not to %s", req.Recipient.String(), routes, user)
		}
	}
	contact := func(user string) string { return "Contact: <sip:" + user + "@" + at + ">" }
	r := a.in(first, "INVITE", contact("second"), "Record-Route: <sip:192.0.2.1;lr>", "Session-Expires: 1;refresher=uas", "Supported: timer")
	r.body = offer
	p.send(r.ack(p.gets(200, r)).text(p))
	refresh := p.request("UPDATE")
	is(refresh, "second")
	res := sipmsg.NewResponseFromRequest(refresh, 200, "OK", nil)
	res.AppendHeader(sipmsg.NewHeader("Contact", "<sip:third@"+at+">"))
	res.AppendHeader(sipmsg.NewHeader("Session-Expires", "1;refresher=uac"))
	p.send(res.String())
	refresh = p.request("UPDATE")
	is(refresh, "third")
	p.agrees(refresh, "1;refresher=uac")
	until(t, "the answer is taken", func() bool {
		v.leg.dialog.mu.Lock()
		defer v.leg.dialog.mu.Unlock()
		return v.leg.dialog.target.User == "phone"
	})
	u := r.in(first, "UPDATE", contact("fourth"))
	p.gets(200, u)
	v.leg.Hangup(calls.Normal)
	bye := p.request("BYE")
	is(bye, "fourth")
	p.respond(bye, 200, "", "")
	v.isGone(calls.Normal)
}

// TestADeadConnectionIsDialledAnew where the far end says that it listens (RFC 3261 section 18.1.1); while it lives it is taken, as
// TestACallFromRingToBye shows.
func TestADeadConnectionIsDialledAnew(t *testing.T) {
	h := open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	old := newPhone(t, h.e, "tcp")
	a := invite("100", "ann", "Contact: <sip:ann@"+l.Addr().String()+";transport=tcp>")
	old.send(a.text(old))
	v := h.call()
	v.answer()
	old.send(a.ack(old.expects(200, a)).text(old))
	until(t, "the ACK is there", func() bool {
		v.leg.mu.Lock()
		defer v.leg.mu.Unlock()
		return v.leg.unacked == nil
	})
	gone := old.conn.LocalAddr().String()
	_ = old.conn.Close()
	until(t, "the connection is gone", func() bool {
		c := h.e.ua.TransportLayer().Pool("tcp").Get(gone)
		if c != nil {
			_, _ = c.TryClose()
		}
		return c == nil
	})
	v.leg.Hangup(calls.Normal)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	fresh := phoneOn(t, conn, "TCP")
	fresh.respond(fresh.request("BYE"), 200, "", "")
	v.isGone(calls.Normal)
}

// TestALateOfferOfAnEncryptedCallIsEncrypted: who asks for our offer in a call with SDES gets keys in it.
func TestALateOfferOfAnEncryptedCallIsEncrypted(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a := invite("100", "ann")
	a.body = strings.Replace(offer, "RTP/AVP", "RTP/SAVP", 1) + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("A", 40) + "\r\n"
	p.send(a.text(p))
	v := h.call()
	v.answer()
	first := p.expects(200, a)
	p.send(a.ack(first).text(p))
	r := a.in(first, "INVITE")
	res := p.gets(200, r)
	if body := string(res.Body()); !strings.Contains(body, "RTP/SAVP") || !strings.Contains(body, "a=crypto:") {
		t.Errorf("our offer is\n%s", body)
	}
	ack := r.ack(res)
	ack.body = a.body
	p.send(ack.text(p))
	p.gets(200, r.in(first, "BYE"))
	v.isGone(calls.Normal)
}
