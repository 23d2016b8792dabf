package app

import (
	"crypto/md5"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// deskPhone is an agent's desk phone: it registers at a node, rings, and is lifted when the test says so.
type deskPhone struct {
	t    *testing.T
	user string
	conn net.Conn
	*voice
	mu        sync.Mutex
	invite    string // the last one that began a dialog
	answers   chan string
	over      chan struct{} // closed by a BYE, or by a CANCEL that did not cross
	crosses   bool          // it is lifted when a CANCEL is on its way
	eager     bool          // it is lifted as soon as it rings
	acks      int
	elsewhere bool // a CANCEL said that somebody else has answered
	seq       int
	notified  []string // how far a transfer is, of NOTIFYs
}

const phonePassword = "a desk phone's password"

// phoneOf registers an agent's phone at a node.
func (n *node) phoneOf(user string, hz float64) *deskPhone {
	n.t.Helper()
	conn := roam(n.t, n.sipAt())
	sound, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	p := &deskPhone{t: n.t, user: user, conn: conn, voice: hums(n.t, sound, hz), answers: make(chan string, 10), over: make(chan struct{}), seq: 1}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.follow()
	}()
	n.t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	p.signsIn()
	return p
}

// signsIn registers, or once more.
func (p *deskPhone) signsIn() {
	p.t.Helper()
	asked := p.register("")
	realm, nonce := quoted(asked, "realm"), quoted(asked, "nonce")
	a, b := hashed(p.user+":"+realm+":"+phonePassword), hashed("REGISTER:sip:callfloor")
	if got := p.register(fmt.Sprintf(`Digest username="%s",realm="%s",nonce="%s",uri="sip:callfloor",algorithm=MD5,qop=auth,nc=00000001,cnonce="x",response="%s"`,
		p.user, realm, nonce, hashed(strings.Join([]string{a, nonce, "00000001", "x", "auth", b}, ":")))); !strings.HasPrefix(got, "SIP/2.0 200") {
		p.t.Fatalf("the phone is answered %q", got)
	}
}

func hashed(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

func quoted(text, name string) string {
	_, after, _ := strings.Cut(text, name+`="`)
	v, _, _ := strings.Cut(after, `"`)
	return v
}

func (p *deskPhone) register(credentials string) string {
	p.t.Helper()
	p.seq++
	at := p.conn.LocalAddr().String()
	lines := []string{
		"REGISTER sip:callfloor SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bKr%d%s", at, p.seq, p.user),
		"From: <sip:" + p.user + "@callfloor>;tag=1", "To: <sip:" + p.user + "@callfloor>", "Call-ID: r-" + at, fmt.Sprintf("CSeq: %d REGISTER", p.seq),
		"Contact: <sip:" + p.user + "@" + at + ">;expires=600", "Max-Forwards: 70", "Content-Length: 0",
	}
	if credentials != "" {
		lines = append(lines, "Authorization: "+credentials)
	}
	p.write(strings.Join(lines, "\r\n") + "\r\n\r\n")
	return p.answered()
}

// answered waits for the answer to a request of the phone.
func (p *deskPhone) answered() string {
	p.t.Helper()
	select {
	case text := <-p.answers:
		return text
	case <-time.After(20 * time.Second):
		p.t.Fatal("nobody answers the phone")
		return ""
	}
}

func (p *deskPhone) write(text string) { _, _ = p.conn.Write([]byte(text)) }

// follow takes what the node says.
func (p *deskPhone) follow() {
	b := make([]byte, 65_536)
	for {
		n, err := p.conn.Read(b)
		if err != nil {
			return
		}
		text := string(b[:n])
		method, _, _ := strings.Cut(text, " ")
		switch method {
		case "SIP/2.0":
			if !strings.HasPrefix(text, "SIP/2.0 1") {
				p.answers <- text
			}
		case "INVITE":
			if to, _, _ := strings.Cut(text[strings.Index(text, "\r\nTo: ")+2:], "\r\n"); strings.Contains(to, "tag=") { // within the dialog
				p.towards(p.t, text)
				p.write(p.response(text, "200 OK", p.sdp("sendrecv")))
				continue
			}
			p.mu.Lock()
			p.invite = text
			eager := p.eager
			if eager {
				p.over = make(chan struct{})
			}
			p.mu.Unlock()
			if eager {
				p.towards(p.t, text)
				p.write(p.response(text, "200 OK", p.sdp("sendrecv")))
				continue
			}
			p.write(p.response(text, "180 Ringing", ""))
		case "NOTIFY":
			_, body, _ := strings.Cut(text, "\r\n\r\n")
			p.mu.Lock()
			p.notified = append(p.notified, strings.TrimSpace(body))
			p.mu.Unlock()
			p.write(p.response(text, "200 OK", ""))
		case "OPTIONS":
			p.write(p.response(text, "200 OK", ""))
		case "BYE":
			p.write(p.response(text, "200 OK", ""))
			p.end()
		case "CANCEL":
			p.mu.Lock()
			p.elsewhere = strings.Contains(text, "Reason: SIP;cause=200")
			invite, crosses := p.invite, p.crosses
			p.mu.Unlock()
			p.write(p.response(text, "200 OK", ""))
			if crosses {
				p.write(p.response(invite, "200 OK", p.sdp("sendrecv")))
				continue
			}
			p.write(p.response(invite, "487 Request Terminated", ""))
			p.end()
		case "ACK":
			p.mu.Lock()
			p.acks++
			p.mu.Unlock()
		}
	}
}

func (p *deskPhone) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.over:
	default:
		close(p.over)
	}
}

// response answers a request of the node.
func (p *deskPhone) response(req, status, sdp string) string {
	var lines []string
	for line := range strings.SplitSeq(req, "\r\n") {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Via", "From", "Call-ID", "CSeq":
			lines = append(lines, line)
		case "To":
			if !strings.Contains(line, "tag=") {
				line += ";tag=p"
			}
			lines = append(lines, line)
		}
	}
	return "SIP/2.0 " + status + "\r\n" + strings.Join(lines, "\r\n") + "\r\nContact: <sip:" + p.user + "@" + p.conn.LocalAddr().String() + ">" +
		content(sdp)
}

func content(sdp string) string {
	kind := ""
	if sdp != "" {
		kind = "\r\nContent-Type: application/sdp"
	}
	return fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", kind, len(sdp), sdp)
}

func (p *deskPhone) rings() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.invite
}

// lifted answers what rings.
func (p *deskPhone) lifted() {
	p.t.Helper()
	until(p.t, "the phone rings", func() bool { return p.rings() != "" })
	p.towards(p.t, p.rings())
	p.write(p.response(p.rings(), "200 OK", p.sdp("sendrecv")))
}

// again: what rang is over, the next call is another story.
func (p *deskPhone) again(crosses bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.invite, p.over, p.acks, p.crosses = "", make(chan struct{}), 0, crosses
}

// ended waits until what rang, or was lifted, is over, and tells how long that took since then.
func (p *deskPhone) ended(since time.Time) time.Duration {
	p.t.Helper()
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	select {
	case <-over:
	case <-time.After(20 * time.Second):
		p.t.Fatal("the phone is never told that it is over")
	}
	return time.Since(since)
}

// refuses what rings, with a status.
func (p *deskPhone) refuses(status string) {
	p.t.Helper()
	until(p.t, "the phone rings", func() bool { return p.rings() != "" })
	p.write(p.response(p.rings(), status, ""))
}

// within is a request of the phone inside the dialog.
func (p *deskPhone) within(method, sdp string, headers ...string) {
	p.t.Helper()
	invite := p.rings()
	field := func(name string) string {
		_, after, _ := strings.Cut(invite, "\r\n"+name+": ")
		v, _, _ := strings.Cut(after, "\r\n")
		return v
	}
	target := strings.Trim(field("Contact"), "<>")
	request := func(method, sdp string) {
		at := p.conn.LocalAddr().String()
		p.write(strings.Join(append([]string{
			method + " " + target + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s%d%s", at, method, p.seq, p.user),
			"From: " + field("To") + ";tag=p", "To: " + field("From"), "Call-ID: " + field("Call-ID"), fmt.Sprintf("CSeq: %d %s", p.seq, method),
			"Contact: <sip:" + p.user + "@" + at + ">", "Max-Forwards: 70",
		}, headers...), "\r\n") + content(sdp))
	}
	p.seq++
	request(method, sdp)
	if got := p.answered(); !strings.HasPrefix(got, "SIP/2.0 20") {
		p.t.Fatalf("%s of the phone is answered %q", method, got)
	}
	if method == "INVITE" {
		request("ACK", "")
	}
}

// transfers presses the transfer key: a REFER inside the dialog.
func (p *deskPhone) transfers(to string) {
	p.t.Helper()
	p.mu.Lock()
	p.notified = nil
	p.mu.Unlock()
	p.within("REFER", "", "Refer-To: <sip:"+to+"@callfloor>")
}

// hearsOfIt waits for the transfer's last word.
func (p *deskPhone) hearsOfIt(want string) {
	p.t.Helper()
	until(p.t, "the phone is told "+want, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.notified) > 1 && p.notified[0] == "SIP/2.0 100 Trying" && strings.HasPrefix(p.notified[len(p.notified)-1], "SIP/2.0 "+want+" ")
	})
}
