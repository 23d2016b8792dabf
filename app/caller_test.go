package app

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// caller is a phone of few words: SIP over UDP, keys by INFO (RFC 6086), no sound but a port for it.
type caller struct {
	t      *testing.T
	sip    net.Conn
	sound  net.PacketConn
	id     string
	tag    string // of the other side
	answer string // with its description
	sdp    string // its own
	seq    int
}

// dials calls a number of the node and is answered.
func (n *node) dials(number, from string) *caller {
	n.t.Helper()
	conn := roam(n.t, n.sipAt())
	sound, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	c := &caller{t: n.t, sip: conn, sound: sound, id: fmt.Sprintf("%s-%d", from, time.Now().UnixNano())}
	n.t.Cleanup(func() { _, _ = conn.Close(), sound.Close() })
	port := sound.LocalAddr().(*net.UDPAddr).Port
	c.sdp = fmt.Sprintf(
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port)
	c.send("INVITE", number, from, "application/sdp", c.sdp)
	answer := c.hears("SIP/2.0 ")
	for strings.HasPrefix(answer, "SIP/2.0 1") {
		answer = c.hears("SIP/2.0 ")
	}
	if !strings.HasPrefix(answer, "SIP/2.0 200") {
		c.tag = answer[:min(len(answer), 40)]
		return c
	}
	c.answer = answer
	to := answer[strings.Index(answer, "To:"):]
	_, c.tag, _ = strings.Cut(to[:strings.Index(to, "\r\n")], ";tag=")
	c.seq--
	c.send("ACK", number, from, "", "")
	return c
}

// refused is the answer of a call that was not taken.
func (c *caller) refused() string { return c.tag }

func (c *caller) send(method, number, from, kind, body string) {
	c.t.Helper()
	c.seq++
	to := "<sip:" + number + "@127.0.0.1>"
	if c.tag != "" {
		to += ";tag=" + c.tag
	}
	local := c.sip.LocalAddr().String()
	lines := []string{
		method + " sip:" + number + "@127.0.0.1 SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK-%s-%s-%d", local, c.id, method, c.seq),
		"From: <sip:" + from + "@127.0.0.1>;tag=1", "To: " + to, "Call-ID: " + c.id,
		fmt.Sprintf("CSeq: %d %s", c.seq, method), "Contact: <sip:" + from + "@" + local + ">", "Max-Forwards: 70",
	}
	if kind != "" {
		lines = append(lines, "Content-Type: "+kind)
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	if _, err := c.sip.Write([]byte(strings.Join(lines, "\r\n"))); err != nil {
		c.t.Fatal(err)
	}
}

// hears waits for a message that begins so, and answers nothing.
func (c *caller) hears(begins string) string {
	c.t.Helper()
	b := make([]byte, 65_536)
	_ = c.sip.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		k, err := c.sip.Read(b)
		if err != nil {
			c.t.Fatalf("waited in vain for %s: %v", begins, err)
		}
		if strings.HasPrefix(string(b[:k]), begins) {
			return string(b[:k])
		}
		if strings.HasPrefix(string(b[:k]), "BYE ") {
			c.t.Fatalf("hung up on while it waited for %s", begins)
		}
	}
}

// presses a key; the answer is not waited for.
func (c *caller) presses(number, from, key string) {
	c.t.Helper()
	c.send("INFO", number, from, "application/dtmf-relay", "Signal="+key+"\r\nDuration=100\r\n")
	c.hears("SIP/2.0 200")
}

func (c *caller) hangsUp(number, from string) {
	c.t.Helper()
	c.send("BYE", number, from, "", "")
	c.hears("SIP/2.0 200")
}

// follows answers the re-INVITE of another node, and returns its description.
func (c *caller) follows() string {
	c.t.Helper()
	invite := c.hears("INVITE")
	c.respond(invite, "200 OK", c.sdp)
	c.hears("ACK")
	return invite
}

// respond answers a request of the node.
func (c *caller) respond(req, status, sdp string) {
	c.t.Helper()
	var lines []string
	for line := range strings.SplitSeq(req, "\r\n") {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Via", "From", "To", "Call-ID", "CSeq":
			lines = append(lines, line)
		}
	}
	_, err := c.sip.Write([]byte("SIP/2.0 " + status + "\r\n" + strings.Join(lines, "\r\n") + "\r\nContact: <sip:x@" + c.sip.LocalAddr().String() + ">" + content(sdp)))
	if err != nil {
		c.t.Fatal(err)
	}
}

// roaming is a phone's socket: it speaks to whoever spoke to it last.
type roaming struct {
	net.PacketConn
	mu sync.Mutex
	to net.Addr
}

// roam opens one that first speaks to a node.
func roam(t *testing.T, to string) *roaming {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &roaming{PacketConn: conn}
	r.speaksTo(t, to)
	return r
}

// speaksTo turns to a node.
func (r *roaming) speaksTo(t *testing.T, node string) {
	t.Helper()
	at, err := net.ResolveUDPAddr("udp", node)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = at
}

// Read is the next message.
func (r *roaming) Read(b []byte) (int, error) {
	n, from, err := r.ReadFrom(b)
	if err == nil {
		r.mu.Lock()
		r.to = from
		r.mu.Unlock()
	}
	return n, err
}

// Write answers.
func (r *roaming) Write(b []byte) (int, error) { return r.WriteTo(b, r.RemoteAddr()) }

// RemoteAddr is who spoke last.
func (r *roaming) RemoteAddr() net.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.to
}
