package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// brisk lets sessions be as short as a test.
func brisk(t *testing.T) *testHouse {
	t.Helper()
	return openAsleep(t, func(*Config, *media.Config) {}, func(e *Endpoint) { e.session = session{wish: 2 * time.Second, least: time.Second} })
}

// talksWith is talks with headers of the INVITE.
func (p *phone) talksWith(h *testHouse, headers ...string) (ask, *sipmsg.Response, *visit) {
	p.t.Helper()
	a := invite("100", "ann", headers...)
	p.send(a.text(p))
	v := h.call()
	v.answer()
	res := p.expects(200, a)
	p.send(a.ack(res).text(p))
	return a, res, v
}

func sessionIs(t *testing.T, m sipmsg.Message, want string) {
	t.Helper()
	if h := m.GetHeaders("Session-Expires"); len(h) != 1 || h[0].Value() != want {
		t.Errorf("Session-Expires is %v, not %q", h, want)
	}
}

// TestTheRefresherIsNegotiated (RFC 4028 section 9, table 2).
func TestTheRefresherIsNegotiated(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := newPhone(t, h.e, "udp")
	for _, c := range []struct {
		asks, supported string
		want            string
		required        bool
	}{
		{"Session-Expires: 100;refresher=uac", "Supported: timer", "100;refresher=uac", true},
		{"Session-Expires: 100;refresher=uas", "Supported: timer", "100;refresher=uas", true},
		{"Session-Expires: 100", "Supported: replaces, timer", "100;refresher=uac", true},
		{"x: 100", "k: timer", "100;refresher=uac", true},
		{"Session-Expires: 100", "Supported: replaces", "100;refresher=uas", false}, // a proxy wants it, the caller knows no timers
		{"Session-Expires: 5", "Supported: replaces", "", false},                    // too often, and the caller could do nothing about it
		{"Session-Expires: soon", "Supported: timer", "", false},
		{"X-Other: 1", "Supported: timer", "", false},
	} {
		a, res, v := p.talksWith(h, c.asks, c.supported)
		if c.want == "" {
			if len(res.GetHeaders("Session-Expires")) > 0 {
				t.Errorf("%s: there is a session timer:\n%s", c.asks, res)
			}
		} else {
			sessionIs(t, res, c.want)
		}
		if c.required != lists(res, "timer", "Require", "") {
			t.Errorf("%s, %s: Require is wrong in\n%s", c.asks, c.supported, res)
		}
		p.gets(200, a.in(res, "BYE"))
		v.isGone(calls.Normal)
	}
}

// TestASessionThatIsTooBriefIsAnswered422 with what we agree to (RFC 4028 section 9), in calls and in refreshes.
func TestASessionThatIsTooBriefIsAnswered422(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := newPhone(t, h.e, "udp")
	res := p.gets(422, invite("100", "ann", "Session-Expires: 89", "Supported: timer"))
	if m := res.GetHeader("Min-SE"); m == nil || m.Value() != "90" {
		t.Errorf("Min-SE is %v", m)
	}
	h.quiet()
	a, first, v := p.talksWith(h, "Session-Expires: 90", "Supported: timer")
	u := a.in(first, "UPDATE", "Session-Expires: 10;refresher=uac", "Supported: timer")
	p.gets(422, u)
	u = u.in(first, "UPDATE", "Session-Expires: 91;refresher=uac", "Supported: timer")
	sessionIs(t, p.gets(200, u), "91;refresher=uac")
	u = u.in(first, "UPDATE", "Supported: timer") // for another reason: what was agreed goes on
	sessionIs(t, p.gets(200, u), "91;refresher=uac")
	p.gets(200, u.in(first, "BYE"))
	v.isGone(calls.Normal)
}

// TestWithoutARefreshTheSessionEnds with a BYE, and refreshes keep it (RFC 4028 section 10), as far as we answered it.
func TestWithoutARefreshTheSessionEnds(t *testing.T) {
	t.Parallel()
	h := brisk(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talksWith(h, "Session-Expires: 3;refresher=uac", "Supported: timer")
	began, refreshed, last := time.Now(), time.Now(), a
	for range 3 {
		<-time.After(400 * time.Millisecond) // time is the subject
		last = last.in(first, "UPDATE", "Session-Expires: 3;refresher=uac", "Supported: timer")
		refreshed = time.Now()
		p.gets(200, last)
	}
	p.respond(p.request("BYE"), 200, "", "")
	v.isGone(calls.Expired)
	if whole, d := time.Since(began), time.Since(refreshed); whole < 3*time.Second || d < 2*time.Second || d >= 3*time.Second {
		t.Errorf("it ended %v after the last refresh, and after %v", d, whole) // not later than the far end would end it
	}
}

// TestWeRefreshByUpdateWhereItIsAllowed, and by re-INVITE where not (RFC 3311 section 4): of calls that we answered.
func TestWeRefreshByUpdateWhereItIsAllowed(t *testing.T) {
	t.Parallel()
	for allow, method := range map[string]sipmsg.RequestMethod{"Allow: INVITE, ACK, BYE, UPDATE": "UPDATE", "Allow: INVITE, ACK, BYE": "INVITE"} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			h := brisk(t)
			p := newPhone(t, h.e, "udp")
			a, first, v := p.talksWith(h, "Session-Expires: 1;refresher=uas", "Supported: timer", allow)
			sessionIs(t, first, "1;refresher=uas")
			for range 3 { // longer than the session would last
				req := p.request(method)
				sessionIs(t, req, "1;refresher=uac")
				if (method == "INVITE") != (len(req.Body()) > 0) {
					t.Errorf("the refresh is\n%s", req)
				}
				p.agrees(req, "1;refresher=uac")
				if method == "INVITE" {
					p.request("ACK")
				}
			}
			p.gets(200, a.in(first, "BYE"))
			v.isGone(calls.Normal)
		})
	}
}

// agrees answers a refresh of ours.
func (p *phone) agrees(req *sipmsg.Request, expires string) {
	p.t.Helper()
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	res.AppendHeader(sipmsg.NewHeader("Contact", "<sip:phone@"+p.conn.LocalAddr().String()+">"))
	res.AppendHeader(sipmsg.NewHeader("Session-Expires", expires))
	if len(req.Body()) > 0 {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		res.SetBody([]byte(offer))
	}
	p.send(res.String())
}

// TestARefreshThatFailsEndsTheCall: 481 and silence do, a refusal for the moment does not (RFC 4028 section 10).
func TestARefreshThatFailsEndsTheCall(t *testing.T) {
	t.Parallel()
	for _, code := range []int{481, 408, 0} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			h := brisk(t)
			p := newPhone(t, h.e, "udp")
			_, _, v := p.talksWith(h, "Session-Expires: 2;refresher=uas", "Supported: timer", "Allow: UPDATE")
			p.respond(p.request("UPDATE"), 500, "", "") // not now
			req := p.request("UPDATE")
			want := calls.Vanished
			if code > 0 {
				p.respond(req, code, "", "")
			} else {
				want = calls.Expired // before the transaction is given up
			}
			p.respond(p.request("BYE"), 200, "", "")
			v.isGone(want)
		})
	}
}

// TestADeskPhoneMayRefresh, and ends with the session if it does not; it may want us to, or a longer session: of calls that we began.
func TestADeskPhoneMayRefresh(t *testing.T) {
	t.Parallel()
	h := brisk(t)
	p := desk(t, h, "udp")
	v, _ := p.lifted(h, offer, "Session-Expires: 1;refresher=uas", "Require: timer")
	p.respond(p.request("BYE"), 200, "", "")
	v.isGone(calls.Expired)

	v, a := p.lifted(h, offer, "Session-Expires: 1;refresher=uac", "Require: timer", "Allow: INVITE, UPDATE")
	req := p.request("UPDATE")
	res := sipmsg.NewResponseFromRequest(req, 422, "Session Interval Too Small", nil)
	res.AppendHeader(sipmsg.NewHeader("Min-SE", "2"))
	p.send(res.String())
	req = p.request("UPDATE")
	sessionIs(t, req, "2;refresher=uac")
	if m := req.GetHeader("Min-SE"); m == nil || m.Value() != "2" {
		t.Errorf("Min-SE is %v", m)
	}
	p.agrees(req, "2;refresher=uac")
	p.gets(200, a.says("BYE"))
	v.isGone(calls.Normal)
}

// TestACallThatIsTooBriefForAPhoneIsMadeAnew (RFC 4028 section 7.3).
func TestACallThatIsTooBriefForAPhoneIsMadeAnew(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := desk(t, h, "udp")
	v := h.dial(Target{Agent: "sam"})
	req := p.request("INVITE")
	sessionIs(t, req, "1800")
	res := sipmsg.NewResponseFromRequest(req, 422, "Session Interval Too Small", nil)
	res.To().Params.Add("tag", "no")
	res.AppendHeader(sipmsg.NewHeader("Min-SE", "3600"))
	p.send(res.String())
	p.request("ACK")
	again := p.request("INVITE")
	sessionIs(t, again, "3600")
	if again.CSeq().SeqNo <= req.CSeq().SeqNo || again.CallID().Value() != req.CallID().Value() || again.To().Params.Has("tag") {
		t.Errorf("the second INVITE is\n%s", again)
	}
	p.respond(again, 422, "no", "") // it wants nothing that we could give
	p.request("ACK")
	v.isGone(calls.Cause{Word: "unreachable", Code: 422})
}

// TestOurOfferThatMeetsAnotherIsMadeAgain (RFC 3261 section 14.1): 491 both ways, and then it is taken.
func TestOurOfferThatMeetsAnotherIsMadeAgain(t *testing.T) {
	t.Parallel()
	h := brisk(t)
	p := newPhone(t, h.e, "udp")
	a, first, v := p.talksWith(h, "Session-Expires: 5;refresher=uas", "Supported: timer", "Allow: INVITE")
	ours := p.request("INVITE")
	theirs := a.in(first, "INVITE") // they cross
	theirs.body = offer
	p.gets(491, theirs)
	update := theirs.in(first, "UPDATE")
	update.body = offer
	p.gets(491, update)
	refused := time.Now()
	p.respond(ours, 491, "", "")
	p.request("ACK")
	seq := ours.CSeq().SeqNo // of which copies may have come
	ours = p.waits("the offer once more", func(m sipmsg.Message) bool {
		return isRequest("INVITE")(m) && m.(*sipmsg.Request).CSeq().SeqNo > seq
	}).(*sipmsg.Request)
	if d := time.Since(refused); d > 2200*time.Millisecond { // they made the Call-ID: at most two seconds
		t.Errorf("it is made again after %v", d)
	}
	p.agrees(ours, "5;refresher=uac")
	p.request("ACK")
	until(t, "the offer is over", func() bool { return !v.leg.isOffering() })
	theirs = update.in(first, "INVITE")
	theirs.body = strings.Replace(offer, "AVP 0", "AVP 8", 1)
	p.send(theirs.ack(p.gets(200, theirs)).text(p))
	p.gets(200, theirs.in(first, "BYE"))
	v.isGone(calls.Normal)
}

// TestWhoMadeTheCallIDWaitsLongerAfterGlare (RFC 3261 section 14.1).
func TestWhoMadeTheCallIDWaitsLongerAfterGlare(t *testing.T) {
	t.Parallel()
	for range 1000 {
		if d := (&Leg{}).afterGlare(); d < 2100*time.Millisecond || d > 4*time.Second {
			t.Fatalf("ours is made again after %v", d)
		}
		if d := (&Leg{incoming: &incoming{}}).afterGlare(); d < 0 || d > 2*time.Second {
			t.Fatalf("theirs is made again after %v", d)
		}
	}
}
