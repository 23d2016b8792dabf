package sip

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/callfloor/callfloor/calls"
)

// page is a browser's phone: SIP over a WebSocket, under an address that leads nowhere (RFC 7118 section 5).
func page(t *testing.T, url string) *phone {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(-1)
	return phoneOn(t, nowhere{websocket.NetConn(context.Background(), c, websocket.MessageText)}, "WS")
}

type nowhere struct{ net.Conn }

func (nowhere) LocalAddr() net.Addr { return invalid{} }

type invalid struct{}

func (invalid) Network() string { return "ws" }
func (invalid) String() string  { return "df7jal23ls0d.invalid" }

// serve mounts the endpoint's WebSocket on an HTTP server.
func serve(t *testing.T, h *testHouse) (url string) {
	s := httptest.NewServer(h.e)
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func TestABrowserIsReachedOverItsOwnSocket(t *testing.T) {
	h := open(t)
	url := serve(t, h)
	other, p := page(t, url), page(t, url)
	other.proves(403, register("maria", other.contact(""), "Expires: 60"), "maria", "guessed")
	other.proves(403, register("maria-an-hour-ago", other.contact(""), "Expires: 60"), "maria-an-hour-ago", mariasPassword)
	h.quiet()
	mine := "Contact: <sip:kq7@df7jal23ls0d.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";expires=30" // brief, as pages are
	res := p.proves(200, register("maria", mine), "maria", mariasPassword)
	h.hears("maria came")
	if got := contacts(res); len(got) != 1 || !strings.Contains(got[0], "kq7@df7jal23ls0d.invalid") || !strings.HasSuffix(got[0], "expires=30") {
		t.Errorf("the page does not find itself in %q", got)
	}

	v := h.dial(Target{Agent: "maria", Browser: true})
	req := p.request("INVITE")
	if !strings.Contains(string(req.Body()), "UDP/TLS/RTP/SAVPF") || !strings.Contains(req.Via().String(), "SIP/2.0/WS") {
		t.Errorf("a browser cannot understand\n%s", req)
	}
	p.respond(req, 180, "page", "")
	v.is(calls.SigRinging)
	p.respond(req, 603, "page", "")
	p.request("ACK")
	v.isGone(calls.Declined)
	if other.count(isRequest("INVITE")) > 0 {
		t.Error("the other page was called, too")
	}

	// A call from the page, and a request of ours inside it.
	a, up, in := p.talks(h)
	if c := up.Contact(); c == nil || !strings.HasSuffix(c.Address.Host, ".invalid") {
		t.Errorf("our contact is %v", c)
	}
	in.leg.Hangup(calls.Normal)
	p.respond(p.request("BYE"), 200, "", "")
	in.isGone(calls.Normal)
	p.gets(481, a.in(up, "BYE"))

	p.proves(200, register("maria", strings.Replace(mine, "=30", "=1", 1)), "maria", mariasPassword)
	h.hears("maria left") // for the second is over
}

func TestACutSocketIsReported(t *testing.T) {
	h := open(t)
	url := serve(t, h)
	p, other := page(t, url), page(t, url)
	p.proves(200, register("maria", p.contact("")), "maria", mariasPassword)
	h.hears("maria came")
	_, _, talk := p.talks(h)
	a, res, elsewhere := other.talks(h)
	ringing := h.dial(Target{Agent: "maria", Browser: true})
	p.respond(p.request("INVITE"), 180, "page", "")
	ringing.is(calls.SigRinging)

	_ = p.conn.Close()
	h.hears("maria left")
	talk.is(calls.SigLost) // the page may come back; its sound goes on
	ringing.isGone(calls.Vanished)
	talk.leg.Hangup(calls.Vanished)
	talk.isGone(calls.Vanished)

	// Whoever is called in the moment after is told so at once, too.
	if _, err := h.e.Dial(t.Context(), talk.leg.Room(), Target{Agent: "maria", Browser: true}); err == nil {
		t.Error("a page that is gone is called")
	}
	other.gets(200, a.in(res, "BYE"))
	elsewhere.isGone(calls.Normal)
}

// TestMessagesInEveryFrame: fragments, binary frames, and a ping with a payload between two fragments.
func TestMessagesInEveryFrame(t *testing.T) {
	h := open(t)
	url := serve(t, h)
	d := ws.Dialer{Protocols: []string{"sip"}}
	conn, _, _, err := d.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(within))
	where := &phone{t: t, transport: "WS", conn: nowhere{}}
	frame := func(f ws.Frame) {
		t.Helper()
		if err := ws.WriteFrame(conn, ws.MaskFrame(f)); err != nil {
			t.Fatal(err)
		}
	}
	hears := func() string {
		t.Helper()
		text, err := wsutil.ReadServerText(conn)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}

	text := []byte(asks("OPTIONS", "100", "ann", "X-Padding: "+strings.Repeat("x", 30000)).text(where))
	frame(ws.NewFrame(ws.OpText, false, bytes.Clone(text[:10])))
	frame(ws.NewPingFrame([]byte("are you there")))
	frame(ws.NewFrame(ws.OpContinuation, false, bytes.Clone(text[10:20000])))
	frame(ws.NewFrame(ws.OpContinuation, true, bytes.Clone(text[20000:])))
	head, err := ws.ReadHeader(conn)
	pong := make([]byte, len("are you there"))
	if err == nil {
		_, err = io.ReadFull(conn, pong)
	}
	if err != nil || head.OpCode != ws.OpPong || string(pong) != "are you there" {
		t.Errorf("the pong is %v %q, %v", head, pong, err)
	}
	if got := hears(); !strings.HasPrefix(got, "SIP/2.0 200 OK") {
		t.Errorf("in fragments:\n%s", got)
	}
	frame(ws.NewBinaryFrame([]byte(asks("OPTIONS", "100", "ann").text(where))))
	if got := hears(); !strings.HasPrefix(got, "SIP/2.0 200 OK") {
		t.Errorf("binary:\n%s", got)
	}
	frame(ws.NewTextFrame([]byte("\r\n\r\n"))) // a keep-alive of RFC 5626
	if got := hears(); got != "\r\n" {
		t.Errorf("the pong is %q", got)
	}
}

// TestOddWebSockets: what is no SIP, or too much of it, ends that connection and disturbs no other.
func TestOddWebSockets(t *testing.T) {
	h := open(t)
	url := serve(t, h)
	good := page(t, url)
	for what, c := range map[string]struct {
		protocol string
		message  string
	}{
		"no subprotocol":  {"", "OPTIONS sip:100@callfloor SIP/2.0\r\n\r\n"},
		"another one":     {"xmpp", "<stream/>"},
		"64 KB and more":  {"sip", strings.Repeat("x", longestMessage+1)},
		"noise":           {"sip", "hello\r\n\r\n"},
		"half a message":  {"sip", "OPTIONS sip:100@callfloor SIP/2.0\r\nVia: "},
		"a body too long": {"sip", "OPTIONS sip:100@callfloor SIP/2.0\r\nContent-Length: 99999\r\n\r\n"},
	} {
		d := &websocket.DialOptions{Subprotocols: []string{c.protocol}}
		if c.protocol == "" {
			d.Subprotocols = nil
		}
		conn, _, err := websocket.Dial(t.Context(), url, d)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		_ = conn.Write(t.Context(), websocket.MessageText, []byte(c.message))
		if c.protocol != "sip" || len(c.message) > longestMessage {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			want := websocket.StatusPolicyViolation
			if c.protocol == "sip" {
				want = websocket.StatusMessageTooBig
			}
			if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != want {
				t.Errorf("%s: the connection ends with %v", what, err)
			}
			cancel()
		}
		undisturbed(t, h, good)
		_ = conn.CloseNow()
	}
	idle, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://")) // says nothing at all
	if err != nil {
		t.Fatal(err)
	}
	undisturbed(t, h, good)
	_ = idle.Close()
}

// TestCloseEndsEveryWebSocket tells the browsers that the server goes away.
func TestCloseEndsEveryWebSocket(t *testing.T) {
	h := open(t)
	p := page(t, serve(t, h))
	p.proves(200, register("maria", p.contact("")), "maria", mariasPassword)
	if err := h.e.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-p.closed:
	case <-time.After(within):
		t.Error("the socket is still there")
	}
}
