package sip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// FuzzReceive takes a datagram the way a message goes: sipgo's parser, whole and in a stream, its transaction keys, our
// checks, and the handler of the method, behind its password, too. Nothing may panic: it would end every call.
func FuzzReceive(f *testing.F) {
	files, err := filepath.Glob("testdata/torture/*.dat")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(message)
	}
	where := &phone{transport: "UDP", conn: nowhere{}}
	for _, a := range []ask{
		invite("100", "ann", "Session-Expires: 120;refresher=uac", "Supported: timer", "Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr>"),
		register("sam", "Contact: \"S, a\" <sip:sam@192.0.2.1:5060>;expires=60, <sip:sam@192.0.2.2>", "Expires: 1", `Authorization: Digest username="sam", nc=00000001`),
		register("sam", "Contact: *", "Expires: 0"), asks("INFO", "100", "ann"), asks("UPDATE", "100", "ann"), asks("OPTIONS", "100", "ann", "Require: a,b"),
		invite("100", "ann", "Replaces: a@b;to-tag=1;from-tag=2;early-only"), asks("PRACK", "100", "ann", "RAck: 1 1 INVITE"),
		asks("REFER", "100", "ann", "Refer-To: <sip:support@callfloor?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>", "Refer-Sub: false"),
		asks("NOTIFY", "100", "ann", "Event: refer;id=1", "Subscription-State: terminated;reason=noresource"),
	} {
		f.Add([]byte(a.text(where)))
	}
	h := open(f)
	h.any = true
	quit := make(chan struct{})
	defer close(quit)
	go func() {
		for {
			select {
			case v := <-h.calls:
				v.leg.Hangup(busy)
			case <-h.news:
			case <-quit:
				return
			}
		}
	}()
	f.Fuzz(func(t *testing.T, data []byte) {
		stream := sipmsg.NewParser().NewSIPStream()
		half := len(data) / 2
		_ = stream.ParseSIPStream(data[:half], func(sipmsg.Message) {})
		_ = stream.ParseSIPStream(data[half:], func(sipmsg.Message) {})
		stream.Close()
		m, err := sipmsg.ParseMessage(data)
		if err != nil {
			return
		}
		_, _ = sipmsg.ServerTxKeyMake(m)
		_, _ = sipmsg.ClientTxKeyMake(m)
		m.SetTransport("UDP")
		m.SetSource("127.0.0.1:9")
		switch m := m.(type) {
		case *sipmsg.Request:
			received(h.e, m)
		case *sipmsg.Response:
			var d dialog
			d.answered(m)
		}
	})
}

func received(e *Endpoint, req *sipmsg.Request) {
	handle, ok := e.handlers()[req.Method]
	if !ok {
		handle = func(req *sipmsg.Request, tx sipmsg.ServerTransaction) { e.refuse(req, tx, 405) }
	}
	e.checked(handle)(req, dump{})
	if code, _ := fault(req); code != 0 {
		return
	}
	if req.Method == sipmsg.REGISTER {
		e.register(req, dump{}, Account{Agent: "sam"})
	}
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	(&Leg{e: e, ended: true}).timers(req, res)
	_, _ = readReferTo(req)
	_, _ = eventOf(req)
}

// dump is a transaction that writes nowhere.
type dump struct{ sipmsg.ServerTransaction }

func (dump) Respond(res *sipmsg.Response) error {
	_ = res.String()
	return nil
}
func (dump) OnCancel(sipmsg.FnTxCancel) bool { return true }

func FuzzInfoKey(f *testing.F) {
	for kind, body := range map[string]string{
		"application/dtmf-relay": "Signal=5\r\nDuration=160\r\n", "application/dtmf": "#", "application/dtmf-relay;x=y": "signal = 10", "text/plain": "5",
	} {
		f.Add(kind, body)
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		if key, ok := infoKey(kind, body); ok != (len(key) == 1 && strings.Contains("0123456789*#ABCD", key)) {
			t.Errorf("%q of %q is the key %q", body, kind, key)
		}
	})
}

func FuzzReferTo(f *testing.F) {
	for _, text := range []string{
		"<sip:support@callfloor>", "sip:support@callfloor;method=INVITE", "<tel:+1555;phone-context=x>", `"S" <sips:%61@b?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&X=y>`, "<", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		to, code := parseReferTo(text)
		if (code == 0) != (code != 400 && code != 416 && to.user != "") {
			t.Errorf("%q means %+v, %d", text, to, code)
		}
		if r := to.replaces; code == 0 && r != nil && (r.callID == "" || r.to == "" || r.from == "") {
			t.Errorf("%q replaces half a dialog: %+v", text, *r)
		}
	})
}

// FuzzParameters takes what the headers of timers and of reliable responses say, and the fragment of a NOTIFY.
func FuzzParameters(f *testing.F) {
	for _, text := range []string{"1800;refresher=uac", "90", "99999999999999999999", "-1", "1 1 INVITE", "4294967296 1 INVITE", "SIP/2.0 200 OK\r\n", "a@b;to-tag=1;from-tag=2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, _, ok := parseSession(text); ok && d < time.Second {
			t.Errorf("%q is a session of %v", text, d)
		}
		if rseq, _, ok := parseRAck(text); ok && rseq == 0 {
			t.Errorf("%q acknowledges nothing", text)
		}
		if code := fragment(text); code != 0 && (code < 100 || code > 699) {
			t.Errorf("%q is the status %d", text, code)
		}
		if r, ok := parseReplaces(text); ok && (r.callID == "" || r.to == "" || r.from == "") {
			t.Errorf("%q names half a dialog", text)
		}
	})
}

func FuzzNonce(f *testing.F) {
	n := newNonces()
	f.Add("")
	f.Add(strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, nonce string) {
		if n.fresh(nonce) {
			t.Errorf("%q was never made", nonce)
		}
	})
}

func FuzzTrunkAddress(f *testing.F) {
	for _, a := range []string{"192.0.2.1", "198.51.100.0/28", "2001:db8::/32", "fe80::1%eth0", "", "x"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		nets, err := Trunk{Addresses: []string{address}}.networks()
		if err == nil && (len(nets) != 1 || !nets[0].IsValid()) {
			t.Errorf("%q is the network %v", address, nets)
		}
	})
}
