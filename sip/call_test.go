package sip

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// tries are what a call's trunks said, in order.
type tries struct {
	mu  sync.Mutex
	all []string
}

func (x *tries) add(a Attempt) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, fmt.Sprintf("%s %s %d", a.Trunk, a.Word, a.Code))
}

func (x *tries) are(t *testing.T, want ...string) {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if got := strings.Join(x.all, ", "); got != strings.Join(want, ", ") {
		t.Errorf("the tries are %q, not %q", got, want)
	}
}

// callsOut calls a number outside by these trunks.
func (h *testHouse) callsOut(t *testing.T, rings time.Duration, trunks ...string) (*visit, *tries) {
	t.Helper()
	x := &tries{}
	to := Number{Party: calls.Party{Role: calls.Customer, Address: "+4420"}, Name: "Call \"floor\"\r\n", Rings: rings, Tried: x.add}
	for _, name := range trunks {
		to.Ways = append(to.Ways, Way{Trunk: name, Number: "+4420", CallerID: "+33100000000"})
	}
	l, err := h.e.Call(h.e.engine.Room(), to)
	if err != nil {
		t.Fatal(err)
	}
	return h.visit(l, Source{}, ""), x
}

// two are providers "first" and "second".
func two(t *testing.T) (h *testHouse, first, second *phone) {
	h = open(t)
	first, second = newPhone(t, h.e, "udp"), newPhone(t, h.e, "udp")
	if err := h.e.SetTrunks([]Trunk{
		{Name: "first", Send: first.conn.LocalAddr().String()},
		{Name: "second", Send: second.conn.LocalAddr().String(), Asserted: true, Domain: "provider.example"},
	}); err != nil {
		t.Fatal(err)
	}
	return h, first, second
}

func TestASilentTrunkIsFollowedByTheNextWithinTwoSeconds(t *testing.T) {
	h, first, second := two(t)
	began := time.Now()
	v, x := h.callsOut(t, 0, "first", "second")
	req := second.request("INVITE")
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("the second was asked after %v", d)
	}
	if s := req.String(); !strings.HasPrefix(s, "INVITE sip:+4420@provider.example SIP/2.0") ||
		!strings.Contains(s, `From: "Call floor" <sip:+33100000000@provider.example>`) ||
		!strings.Contains(s, `P-Asserted-Identity: "Call floor" <sip:+33100000000@provider.example>`) {
		t.Errorf("the INVITE is\n%s", s)
	}
	// The first wakes up: what it begins now is called off, and an answer that crosses hears goodbye.
	slow := first.request("INVITE")
	first.respond(slow, 180, "slow", "")
	first.respond(first.request("CANCEL"), 200, "", "")
	first.respond(slow, 200, "slow", offer)
	first.request("ACK")
	first.respond(first.request("BYE"), 200, "", "")
	second.respond(req, 200, "callee", offer)
	v.is(calls.SigAnswered)
	second.request("ACK")
	v.leg.Hangup(calls.Normal)
	second.respond(second.request("BYE"), 200, "", "")
	v.isGone(calls.Normal)
	x.are(t, "first silent 0", "second answered 200")
}

func TestATrunkThatRefusesIsFollowedAtOnce(t *testing.T) {
	h, first, second := two(t)
	for _, code := range []int{500, 502, 503, 403, 408} {
		v, x := h.callsOut(t, 0, "first", "second")
		req := first.request("INVITE")
		began := time.Now()
		first.respond(req, code, "gw", "")
		next := second.request("INVITE")
		if d := time.Since(began); d > 150*time.Millisecond {
			t.Errorf("after %d the second was asked after %v", code, d)
		}
		first.request("ACK")
		second.respond(next, 603, "callee", "")
		second.request("ACK")
		v.isGone(calls.Declined)
		x.are(t, fmt.Sprintf("first refused %d", code), "second declined 603")
	}
}

// TestWhatTheCalleeSaysIsFinal: no other trunk is asked, and a redirection is never followed.
func TestWhatTheCalleeSaysIsFinal(t *testing.T) {
	h, first, second := two(t)
	for code, cause := range map[int]calls.Cause{
		486: calls.Busy, 600: calls.Busy, 603: calls.Declined, 404: calls.NotFound, 480: calls.NoAnswer, 302: {Word: "unreachable", Code: 302},
	} {
		v, x := h.callsOut(t, 0, "first", "second")
		first.respond(first.request("INVITE"), code, "callee", "")
		first.request("ACK")
		v.isGone(cause)
		x.are(t, fmt.Sprintf("first %s %d", cause.Word, code))
	}
	// A trunk that breaks while the callee rings has rung them: they are not rung again.
	v, _ := h.callsOut(t, 0, "first", "second")
	req := first.request("INVITE")
	first.respond(req, 180, "callee", "")
	v.is(calls.SigRinging)
	first.respond(req, 503, "callee", "")
	v.isGone(calls.FromSIP(503))
	if n := second.count(isRequest("INVITE")); n > 0 {
		t.Errorf("%d INVITEs at the second trunk", n)
	}
}

func TestNobodyRingsForEver(t *testing.T) {
	h, first, _ := two(t)
	v, _ := h.callsOut(t, 200*time.Millisecond, "first")
	req := first.request("INVITE")
	first.respond(req, 180, "callee", "")
	v.is(calls.SigRinging)
	v.isGone(calls.NoAnswer)
	first.respond(first.request("CANCEL"), 200, "", "")
	first.respond(req, 487, "callee", "")
}

// TestSoundBeforeTheAnswer: 183 with a description, and an answer without one.
func TestSoundBeforeTheAnswer(t *testing.T) {
	h, first, _ := two(t)
	v, _ := h.callsOut(t, 0, "first")
	req := first.request("INVITE")
	first.respond(req, 183, "callee", offer)
	v.is(calls.SigEarly)
	first.respond(req, 183, "callee", offer) // again: it is no news
	first.respond(req, 200, "callee", "")
	v.is(calls.SigAnswered)
	first.request("ACK")
	first.polite.Store(true)
	v.leg.Hangup(calls.Normal)
	v.isGone(calls.Normal)
}

// TestATrunkIsWatched: it is down after two silent answers, asked last then, and up again after two good ones.
func TestATrunkIsWatched(t *testing.T) {
	h, first, second := two(t)
	_ = h.e.SetTrunks([]Trunk{
		{Name: "first", Send: first.conn.LocalAddr().String(), Watch: time.Second},
		{Name: "second", Send: second.conn.LocalAddr().String()},
	})
	up := func() bool { return h.e.Trunks()[0].Up }
	first.respond(first.request("OPTIONS"), 503, "gw", "")
	if !up() {
		t.Error("one bad answer turned it")
	}
	first.respond(first.request("OPTIONS"), 503, "gw", "")
	until(t, "down", func() bool { return !up() })
	v, x := h.callsOut(t, 0, "first", "second")
	second.respond(second.request("INVITE"), 486, "callee", "")
	v.isGone(calls.Busy)
	x.are(t, "second busy 486")
	first.respond(first.request("OPTIONS"), 405, "gw", "")
	first.respond(first.request("OPTIONS"), 200, "gw", "")
	until(t, "up", up)
}

// TestTheTrunksPasswordIsShown to another server of ours, which a real phone has proved to know a right one.
func TestTheTrunksPasswordIsShown(t *testing.T) {
	pbx := open(t, Trunk{Name: "us", Username: "callfloor", Password: trunkPassword})
	h := open(t)
	for password, want := range map[string]string{trunkPassword: "pbx answered 200", "wrong": "pbx refused 403"} {
		_ = h.e.SetTrunks([]Trunk{{Name: "pbx", Send: pbx.e.Address("tcp").String() + ";transport=tcp", Username: "callfloor", Password: password}})
		x := &tries{}
		l, err := h.e.Call(h.e.engine.Room(), Number{Ways: []Way{{Trunk: "pbx", Number: "200", CallerID: "+33"}}, Tried: x.add})
		if err != nil {
			t.Fatal(err)
		}
		v := h.visit(l, Source{}, "")
		if password == "wrong" {
			v.isGone(calls.Forbidden)
		} else {
			in := pbx.call()
			if in.source != (Source{"trunk", "us"}) {
				t.Errorf("the call is from %v", in.source)
			}
			in.answer()
			v.is(calls.SigAnswered)
			l.Hangup(calls.Normal)
			v.isGone(calls.Normal)
		}
		x.are(t, want)
	}
}

// provider is a real SIPp that asks for a password, plays before it answers, and echoes what it hears.
const provider = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="provider">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 %[1]d Authenticate
[last_Via:]
[last_From:]
[last_To:];tag=ask[call_number]
[last_Call-ID:]
[last_CSeq:]
%[2]s: Digest realm="provider", nonce="abc%[1]d", qop="auth", algorithm=MD5
Content-Length: 0

]]></send>
<recv request="ACK"/>
<recv request="INVITE"><action>
<ereg regexp="username=.callfloor., .*nc=00000001" search_in="hdr" header="%[3]s:" check_it="true" assign_to="shown"/>
</action></recv>
<send><![CDATA[
SIP/2.0 183 Progress
[last_Via:]
[last_From:]
[last_To:];tag=sipp[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0

]]></send>
<pause milliseconds="300"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=sipp[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0

]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<nop hide="true"><action><log message="[$shown]"/></action></nop>
</scenario>`

// TestAProviderWithAPassword: a real SIPp asks for a password, is heard before it answers, and echoes what we play.
func TestAProviderWithAPassword(t *testing.T) {
	if _, err := exec.LookPath("sipp"); err != nil {
		t.Skip("no sipp")
	}
	for code, headers := range map[int][2]string{401: {"WWW-Authenticate", "Authorization"}, 407: {"Proxy-Authenticate", "Proxy-Authorization"}} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			h := open(t)
			free, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			at := free.LocalAddr().(*net.UDPAddr)
			_ = free.Close()
			dir := t.TempDir()
			script := filepath.Join(dir, "provider.xml")
			if err := os.WriteFile(script, fmt.Appendf(nil, provider, code, headers[0], headers[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			sipp := exec.CommandContext(t.Context(), "sipp", "-sf", script, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", fmt.Sprint(30000+at.Port%4000*2),
				"-p", fmt.Sprint(at.Port), "-rtp_echo", "-m", "1", "-nostdin", "-timeout", "20")
			sipp.Dir = dir
			var said strings.Builder
			sipp.Stdout, sipp.Stderr = &said, &said
			if err := sipp.Start(); err != nil {
				t.Fatal(err)
			}
			_ = h.e.SetTrunks([]Trunk{{Name: "sipp", Send: at.String(), Username: "callfloor", Password: trunkPassword}})
			v, x := h.callsOut(t, 0, "sipp")
			v.is(calls.SigEarly)
			_ = v.leg.Room().Set(media.Plan{Seats: []media.Seat{{
				Line: v.leg.ID(), Plays: media.NewPlayback([]*media.Sound{media.NewSound(audio.Tone(440, 0.3, time.Second))}, true),
			}}})
			heard, answered := false, false
			for !heard || !answered {
				switch s := next(t, v.signals, "sound and an answer"); s.Kind {
				case calls.SigAudio:
					heard = true // our own tone came back
				case calls.SigAnswered:
					answered = true
				default:
					t.Fatalf("the leg says %s", s.Kind)
				}
			}
			v.leg.Hangup(calls.Normal)
			if err := sipp.Wait(); err != nil {
				t.Errorf("sipp: %v\n%s", err, said.String())
			}
			x.are(t, "sipp answered 200")
		})
	}
}
