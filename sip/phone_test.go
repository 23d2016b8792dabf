package sip

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// phone is a SIP phone of few words: it writes what it is told to the wire, and keeps what comes back.
type phone struct {
	t         *testing.T
	transport string // UDP or TCP
	conn      net.Conn
	mu        sync.Mutex
	heard     []sipmsg.Message // not looked at yet
	news      chan struct{}
	closed    chan struct{} // the connection is over
	polite    atomic.Bool   // answers every BYE at once
}

func newPhone(t *testing.T, e *Endpoint, transport string) *phone {
	t.Helper()
	conn, err := net.Dial(transport, e.Address(transport).String())
	if err != nil {
		t.Fatal(err)
	}
	return phoneOn(t, conn, strings.ToUpper(transport))
}

func phoneOn(t *testing.T, conn net.Conn, transport string) *phone {
	p := &phone{t: t, transport: transport, conn: conn, news: make(chan struct{}, 1), closed: make(chan struct{})}
	go p.listen()
	t.Cleanup(func() {
		_ = conn.Close()
		<-p.closed
	})
	return p
}

func (p *phone) listen() {
	defer close(p.closed)
	stream := sipmsg.NewParser().NewSIPStream()
	buf := make([]byte, 65535)
	for {
		n, err := p.conn.Read(buf)
		if err != nil {
			if p.transport == "UDP" && !errors.Is(err, net.ErrClosed) {
				continue // an ICMP error
			}
			return
		}
		if p.transport != "TCP" && p.transport != "TLS" { // one message each
			if m, err := sipmsg.ParseMessage(buf[:n]); err == nil {
				p.keep(m)
			}
			continue
		}
		if err := stream.ParseSIPStream(buf[:n], p.keep); err != nil && !errors.Is(err, sipmsg.ErrParseSipPartial) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return
		}
	}
}

func (p *phone) keep(m sipmsg.Message) {
	if isRequest("BYE")(m) && p.polite.Load() {
		p.respond(m.(*sipmsg.Request), 200, "", "")
	}
	p.mu.Lock()
	p.heard = append(p.heard, m)
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// send writes to the wire, as it is.
func (p *phone) send(text string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

// waits returns the first message that matches; what was passed over stays for later.
func (p *phone) waits(what string, match func(sipmsg.Message) bool) sipmsg.Message {
	p.t.Helper()
	late := time.After(within)
	for {
		p.mu.Lock()
		for i, m := range p.heard {
			if match(m) {
				p.heard = append(p.heard[:i:i], p.heard[i+1:]...)
				p.mu.Unlock()
				return m
			}
		}
		p.mu.Unlock()
		select {
		case <-p.news:
		case <-late:
			p.mu.Lock()
			defer p.mu.Unlock()
			p.t.Fatalf("%s did not come; there was %v", what, p.heard)
		}
	}
}

// count is how many messages that match have come and were not looked at.
func (p *phone) count(match func(sipmsg.Message) bool) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.heard {
		if match(m) {
			n++
		}
	}
	return n
}

// request waits for a request from the endpoint.
func (p *phone) request(method sipmsg.RequestMethod) *sipmsg.Request {
	p.t.Helper()
	return p.waits(string(method), isRequest(method)).(*sipmsg.Request)
}

func isRequest(method sipmsg.RequestMethod) func(sipmsg.Message) bool {
	return func(m sipmsg.Message) bool {
		r, ok := m.(*sipmsg.Request)
		return ok && r.Method == method
	}
}

// final waits for the final response to a request; copies of it that come later are left.
func (p *phone) final(a ask) *sipmsg.Response {
	p.t.Helper()
	return p.waits("the answer to "+a.method, func(m sipmsg.Message) bool { return answers(m, a) && m.(*sipmsg.Response).StatusCode >= 200 }).(*sipmsg.Response)
}

func answers(m sipmsg.Message, a ask) bool {
	r, ok := m.(*sipmsg.Response)
	return ok && r.CallID() != nil && r.CallID().Value() == a.callID && r.CSeq() != nil && r.CSeq().SeqNo == uint32(a.seq) && string(r.CSeq().MethodName) == a.method
}

// gets sends a request and expects this status.
func (p *phone) gets(code int, a ask) *sipmsg.Response {
	p.t.Helper()
	p.send(a.text(p))
	return p.expects(code, a)
}

func (p *phone) expects(code int, a ask) *sipmsg.Response {
	p.t.Helper()
	res := p.final(a)
	if res.StatusCode != code {
		p.t.Fatalf("%s was answered\n%s\nand not with %d", a.method, res, code)
	}
	if a.method == "INVITE" && code >= 300 {
		p.send(a.ack(res).text(p)) // inside the transaction
	}
	return res
}

// respond answers a request of the endpoint.
func (p *phone) respond(req *sipmsg.Request, code int, tag, sdp string) {
	p.t.Helper()
	res := sipmsg.NewResponseFromRequest(req, code, reason(code), nil)
	if tag != "" {
		res.To().Params.Add("tag", tag)
		res.AppendHeader(sipmsg.NewHeader("Contact", "<sip:phone@"+p.conn.LocalAddr().String()+">"))
	}
	if sdp != "" {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		res.SetBody([]byte(sdp))
	}
	p.send(res.String())
}

// ask is a request as a phone writes it. Whatever is left out has a sensible value.
type ask struct {
	method, number, from string
	callID, branch       string
	fromTag, toTag       string
	to                   string // user of To, the number if left out
	seq                  int
	extra                []string // header lines
	body, kind           string
}

// asks is a new request with a Call-ID and a branch of its own.
func asks(method, number, from string, extra ...string) ask {
	return ask{method: method, number: number, from: from, callID: token(), branch: "z9hG4bK" + token(), fromTag: token(), seq: 1, extra: extra}
}

// invite is a caller's INVITE with an offer.
func invite(number, from string, extra ...string) ask {
	a := asks("INVITE", number, from, extra...)
	a.body = offer
	return a
}

func register(user string, extra ...string) ask { return asks("REGISTER", user, user, extra...) }

func (a ask) text(p *phone) string {
	to := a.to
	if to == "" {
		to = a.number
	}
	if a.toTag != "" {
		a.toTag = ";tag=" + a.toTag
	}
	if a.kind == "" {
		a.kind = "application/sdp"
	}
	lines := []string{
		fmt.Sprintf("%s sip:%s@callfloor SIP/2.0", a.method, a.number),
		fmt.Sprintf("Via: SIP/2.0/%s %s;branch=%s;rport", p.transport, p.conn.LocalAddr(), a.branch),
		fmt.Sprintf("From: <sip:%s@callfloor>;tag=%s", a.from, a.fromTag),
		fmt.Sprintf("To: <sip:%s@callfloor>%s", to, a.toTag),
		"Call-ID: " + a.callID,
		fmt.Sprintf("CSeq: %d %s", a.seq, a.method),
		"Max-Forwards: 70",
	}
	if !strings.Contains(strings.Join(a.extra, "\n"), "Contact:") && a.method != "REGISTER" {
		lines = append(lines, fmt.Sprintf("Contact: <sip:%s@%s;transport=%s>", a.from, p.conn.LocalAddr(), strings.ToLower(p.transport)))
	}
	lines = append(lines, a.extra...)
	if a.body != "" {
		lines = append(lines, "Content-Type: "+a.kind)
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(a.body)), "", a.body)
	return strings.Join(lines, "\r\n")
}

// again is the same request once more, with more headers: a new transaction of the same call.
func (a ask) again(extra ...string) ask {
	a.seq++
	a.branch = "z9hG4bK" + token()
	a.extra = append(append([]string(nil), a.extra...), extra...)
	return a
}

// in is another request inside the dialog that res made.
func (a ask) in(res *sipmsg.Response, method string, extra ...string) ask {
	b := a.again()
	b.method, b.extra, b.body = method, extra, ""
	b.to, b.toTag = a.number, tagOf(res)
	return b
}

// ack is the ACK to a final response.
func (a ask) ack(res *sipmsg.Response) ask {
	b := a
	b.method, b.extra, b.body, b.toTag = "ACK", nil, "", tagOf(res)
	if res.StatusCode < 300 {
		b.branch = "z9hG4bK" + token()
	}
	return b
}

func tagOf(res *sipmsg.Response) string {
	tag, _ := res.To().Params.Get("tag")
	return tag
}

// proof is the Authorization line for a challenge; n is how often its nonce is used with this.
func authorization(t *testing.T, res *sipmsg.Response, a ask, user, password string, n int) string {
	t.Helper()
	h := res.GetHeader("WWW-Authenticate")
	if h == nil {
		t.Fatalf("there is no challenge in\n%s", res)
	}
	c, err := digest.ParseChallenge(h.Value())
	if err != nil {
		t.Fatal(err)
	}
	cred, err := digest.Digest(c, digest.Options{Method: a.method, URI: "sip:callfloor", Username: user, Password: password, Count: n})
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: " + cred.String()
}

// proves sends a request, meets the challenge with this password and expects this status.
func (p *phone) proves(code int, a ask, user, password string) *sipmsg.Response {
	p.t.Helper()
	res := p.gets(401, a)
	return p.gets(code, a.again(authorization(p.t, res, a, user, password, 1)))
}

// contact is the Contact line of a phone's registration.
func (p *phone) contact(params string) string {
	return fmt.Sprintf("Contact: <sip:phone@%s;transport=%s>%s", p.conn.LocalAddr(), strings.ToLower(p.transport), params)
}

// talks makes a call that is up: answered and acknowledged.
func (p *phone) talks(h *testHouse) (ask, *sipmsg.Response, *visit) {
	p.t.Helper()
	a := invite("100", "ann")
	p.send(a.text(p))
	v := h.call()
	v.answer()
	res := p.expects(200, a)
	p.send(a.ack(res).text(p))
	until(p.t, "the ACK is there", func() bool {
		v.leg.mu.Lock()
		defer v.leg.mu.Unlock()
		return v.leg.unacked == nil
	})
	return a, res, v
}
