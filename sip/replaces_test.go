package sip

import (
	"strings"
	"testing"

	"github.com/callfloor/callfloor/calls"
)

// TestAnInviteWithReplacesContinuesTheLeg (RFC 3891 section 3): the leg goes on with the new device, the old one is said goodbye to.
func TestAnInviteWithReplacesContinuesTheLeg(t *testing.T) {
	h := open(t, Trunk{Name: "provider", Addresses: []string{"127.0.0.0/8"}})
	old, fresh := newPhone(t, h.e, "udp"), newPhone(t, h.e, "tcp")
	a, res, v := old.talks(h)
	b := invite("callfloor", "bob", "Replaces: "+a.callID+";to-tag="+tagOf(res)+";from-tag="+a.fromTag)
	up := fresh.gets(200, b)
	if !strings.Contains(string(up.Body()), "m=audio ") || tagOf(up) == "" || tagOf(up) == tagOf(res) {
		t.Errorf("the answer is\n%s", up)
	}
	fresh.send(b.ack(up).text(fresh))
	old.respond(old.request("BYE"), 200, "", "")
	old.gets(481, a.in(res, "BYE")) // its dialog is over
	hold := b.in(up, "INVITE")
	hold.body = offer + "a=sendonly\r\n"
	fresh.send(hold.ack(fresh.gets(200, hold)).text(fresh))
	v.is(calls.SigHeld)
	v.leg.Hangup(calls.Normal)
	bye := fresh.request("BYE")
	if bye.CallID().Value() != b.callID {
		t.Errorf("the BYE is of %s", bye.CallID().Value())
	}
	fresh.respond(bye, 200, "", "")
	v.isGone(calls.Normal)
}

// TestReplacesIsRefused (RFC 3891 section 3): what names no dialog, what is not the sender's, and what fits no state.
func TestReplacesIsRefused(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	call := invite("200", "sam")
	challenge := p.gets(401, call)
	call = call.again(authorization(t, challenge, call, "sam", samsPassword, 1))
	p.send(call.text(p))
	v := h.call()
	inside := func(params string) string { return "Replaces: " + call.callID + params }
	as := func(code int, user, password string, extra ...string) {
		t.Helper()
		b := invite("callfloor", user, extra...)
		if user == "" {
			b.from = "bob"
			p.gets(code, b)
			return
		}
		p.proves(code, b, user, password)
	}
	v.leg.Ring()
	var tag string
	until(t, "it has a dialog", func() bool {
		h.e.mu.Lock()
		defer h.e.mu.Unlock()
		tag = v.leg.dialog.localTag
		return h.e.dialog[v.leg.key()] == v.leg
	})
	tags := ";to-tag=" + tag + ";from-tag=" + call.fromTag
	as(481, "sam", samsPassword, inside(tags)) // an early dialog that we did not begin
	v.answer()
	up := p.expects(200, call)
	p.send(call.ack(up).text(p))
	as(401, "", "", inside(tags)) // a stranger learns nothing
	as(403, "sam", "wrong", inside(tags))
	as(403, "maria", mariasPassword, inside(tags))
	as(481, "sam", samsPassword, inside(";to-tag=x;from-tag=y"))
	as(486, "sam", samsPassword, inside(tags+";early-only"))
	p.gets(400, invite("callfloor", "sam", inside(";to-tag=x")))
	p.gets(400, invite("callfloor", "sam", inside(tags), inside(tags)))
	p.gets(400, invite("callfloor", "sam", inside(tags), "Join: x;to-tag=1;from-tag=2"))
	p.gets(200, call.in(up, "BYE"))
	v.isGone(calls.Normal)
	h.quiet()
}
