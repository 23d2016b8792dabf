package sip

import (
	"errors"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// desk is a registered desk phone of sam.
func desk(t *testing.T, h *testHouse, transport string) *phone {
	t.Helper()
	p := newPhone(t, h.e, transport)
	p.proves(200, register("sam", p.contact("")), "sam", samsPassword)
	h.hears("sam came")
	return p
}

func TestADeskPhoneRingsAndAnswers(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			h := open(t)
			p := desk(t, h, transport)
			v := h.dial(Target{Agent: "sam", AutoAnswer: true, Headers: map[string]string{"X-Callfloor-Call": "c-1"}})
			req := p.request("INVITE")
			if s := req.String(); !strings.Contains(s, "X-Callfloor-Call: c-1") || !strings.Contains(s, "answer-after=0") ||
				!strings.Contains(s, `"Ann" <sip:+15550100@127.0.0.1>`) || !strings.Contains(s, "m=audio ") {
				t.Errorf("the INVITE is\n%s", s)
			}
			p.respond(req, 100, "", "")
			p.respond(req, 180, "desk", "")
			v.is(calls.SigRinging)
			p.respond(req, 200, "desk", offer)
			v.is(calls.SigAnswered)
			ack := p.request("ACK")
			if ack.Recipient.String() != "sip:phone@"+p.conn.LocalAddr().String() || ack.CSeq().SeqNo != req.CSeq().SeqNo {
				t.Errorf("the ACK is\n%s", ack)
			}
			p.respond(req, 200, "desk", offer) // our ACK was lost: it comes again
			p.request("ACK")
			v.leg.Hangup(calls.Normal)
			bye := p.request("BYE")
			if tag, _ := bye.To().Params.Get("tag"); tag != "desk" || bye.CSeq().SeqNo <= req.CSeq().SeqNo {
				t.Errorf("the BYE is\n%s", bye)
			}
			p.respond(bye, 200, "", "")
			v.isGone(calls.Normal)
		})
	}
}

// TestRefusalsHaveACause: what the device answers is told in words.
func TestRefusalsHaveACause(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	for code, cause := range map[int]calls.Cause{
		302: {Word: "unreachable", Code: 302}, // redirects are not followed: an agent's device is where it registered
		404: calls.NotFound, 408: calls.NoAnswer, 480: calls.NoAnswer, 486: calls.Busy, 488: calls.NoMedia,
		500: {Word: "unreachable", Code: 500}, 503: {Word: "unreachable", Code: 503}, 600: calls.Busy, 603: calls.Declined, 604: calls.NotFound,
	} {
		v := h.dial(Target{Agent: "sam"})
		req := p.request("INVITE")
		p.respond(req, code, "desk", "")
		p.request("ACK")
		v.isGone(cause)
		p.respond(req, code, "desk", "") // a copy is acknowledged, and nothing more
	}
}

func TestNobodyIsCalledWithoutADevice(t *testing.T) {
	h := open(t)
	room := h.e.engine.Room()
	defer room.Close()
	if _, err := h.e.Dial(t.Context(), room, Target{Agent: "sam"}); !errors.Is(err, errNoDevice) {
		t.Errorf("%v", err)
	}
	desk(t, h, "udp")
	if _, err := h.e.Dial(t.Context(), room, Target{Agent: "sam", Browser: true}); !errors.Is(err, errNoDevice) {
		t.Errorf("the desk phone is taken for a browser: %v", err)
	}
}

// TestSeveralPhonesRing: the first that answers has the call, the others stop; one that answers late hears goodbye.
func TestSeveralPhonesRing(t *testing.T) {
	h := open(t)
	first, second, third := desk(t, h, "udp"), desk(t, h, "udp"), desk(t, h, "tcp")
	v := h.dial(Target{Agent: "sam"})
	a, b, c := first.request("INVITE"), second.request("INVITE"), third.request("INVITE")
	first.respond(a, 180, "first", "")
	v.is(calls.SigRinging)
	second.respond(b, 486, "second", "") // one that is busy ends nothing
	second.request("ACK")
	first.respond(a, 200, "first", offer)
	v.is(calls.SigAnswered)
	first.request("ACK")
	// The third has said nothing yet, so it may not be cancelled yet (RFC 3261 section 9.1). Now it rings.
	if third.count(isRequest("CANCEL")) > 0 {
		t.Error("a CANCEL before any answer")
	}
	third.respond(c, 180, "third", "")
	cancel := third.request("CANCEL")
	if reason := cancel.GetHeader("Reason"); reason == nil || !strings.Contains(reason.Value(), "cause=200") {
		t.Errorf("the third will show a missed call: %v", reason)
	}
	third.respond(cancel, 200, "", "")
	third.respond(c, 200, "third", offer) // it crossed
	third.request("ACK")
	third.respond(third.request("BYE"), 200, "", "")
	v.leg.Hangup(calls.Normal)
	first.respond(first.request("BYE"), 200, "", "")
	v.isGone(calls.Normal)
}

// TestAForkedAnswer: a proxy sent our INVITE to two phones and both answered. The second is acknowledged and hung up, and
// its goodbye is not taken for the first's (RFC 3261 section 13.2.2.4).
func TestAForkedAnswer(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	v := h.dial(Target{Agent: "sam"})
	req := p.request("INVITE")
	p.respond(req, 200, "one", offer)
	v.is(calls.SigAnswered)
	p.request("ACK")
	p.respond(req, 200, "two", offer)
	for _, method := range []sipmsg.RequestMethod{"ACK", "BYE"} {
		r := p.request(method)
		if tag, _ := r.To().Params.Get("tag"); tag != "two" {
			t.Errorf("%s goes to %q", method, tag)
		}
		if method == "BYE" {
			p.respond(r, 200, "", "")
		}
	}
	tag, _ := req.From().Params.Get("tag")
	bye := ask{
		method: "BYE", number: "callfloor", from: "sam", fromTag: "two", toTag: tag, callID: req.CallID().Value(), branch: "z9hG4bK" + token(), seq: 1,
	}
	p.gets(481, bye)
	bye.fromTag, bye.branch = "one", "z9hG4bK"+token()
	p.gets(200, bye)
	v.isGone(calls.Normal)
}

// TestRingingIsCancelled, also at a device that never says a last word after it (RFC 3261 section 9.1).
func TestRingingIsCancelled(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	for _, polite := range []bool{true, false} {
		v := h.dial(Target{Agent: "sam"})
		req := p.request("INVITE")
		p.respond(req, 180, "desk", "")
		v.is(calls.SigRinging)
		v.leg.Hangup(calls.NoAnswer)
		v.isGone(calls.NoAnswer)
		cancel := p.request("CANCEL")
		if v1, _ := req.Via().Params.Get("branch"); !strings.Contains(cancel.Via().String(), v1) || cancel.CSeq().SeqNo != req.CSeq().SeqNo {
			t.Errorf("the CANCEL is\n%s", cancel)
		}
		p.respond(cancel, 200, "", "")
		if polite {
			p.respond(req, 487, "desk", "")
			p.request("ACK")
		}
	}
}

// TestAPhoneThatVanished never answers: the call ends by itself.
func TestAPhoneThatVanished(t *testing.T) {
	h := open(t)
	gone := desk(t, h, "tcp")
	_ = gone.conn.Close()
	h.hears("sam left") // its connection was the only way to it
	desk(t, h, "udp")
	h.dial(Target{Agent: "sam"}).isGone(calls.Unreachable)
}

func TestAnAnswerWithoutSense(t *testing.T) {
	h := open(t)
	p := desk(t, h, "udp")
	v := h.dial(Target{Agent: "sam"})
	p.respond(p.request("INVITE"), 200, "desk", "hello")
	p.request("ACK")
	p.respond(p.request("BYE"), 200, "", "")
	v.isGone(calls.NoMedia)
}

// TestTheAgentHangsUpAndHolds: requests inside a dialog that we began.
func TestTheAgentHangsUpAndHolds(t *testing.T) {
	h := open(t)
	p := desk(t, h, "tcp")
	v := h.dial(Target{Agent: "sam"})
	req := p.request("INVITE")
	p.respond(req, 200, "desk", offer)
	v.is(calls.SigAnswered)
	p.request("ACK")
	tag, _ := req.From().Params.Get("tag")
	hold := ask{
		method: "INVITE", number: "callfloor", from: "sam", fromTag: "desk", toTag: tag, callID: req.CallID().Value(), branch: "z9hG4bK" + token(), seq: 1,
		body: offer + "a=sendonly\r\n",
	}
	res := p.gets(200, hold)
	p.send(hold.ack(res).text(p))
	v.is(calls.SigHeld)
	bye := hold.again()
	bye.method, bye.body = "BYE", ""
	p.gets(200, bye)
	v.isGone(calls.Normal)
}
