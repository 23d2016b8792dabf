package sip

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/calls"
)

// torture is every message of RFC 4475, and what becomes of it here: a status; taken, for a call that reaches the house;
// silent, for what gets no answer. Beside it stands what the RFC says where it says something else. Messages that sipgo
// cannot parse are dropped: whoever sends such over UDP gets no answer to reflect at somebody else.
var torture = map[string]int{
	// 3.1.1 valid syntax
	"wsinv":      400, // taken; spaces in Via are beyond sipgo
	"intmeth":    405,
	"esc01":      taken,
	"escnull":    401, // any answer of a registrar
	"esc02":      405, // RE%47IST%45R is no REGISTER
	"lwsdisp":    200,
	"longreq":    taken,
	"dblreq":     401, // what follows the first message in the datagram is ignored
	"semiuri":    200,
	"transports": 200,
	"mpart01":    405, // no MESSAGE here
	"unreason":   silent,
	"noreason":   silent,
	// 3.1.2 invalid syntax
	"badinv01":   silent, // 400
	"clerr":      silent, // 400: a body shorter than it says
	"ncl":        silent, // 400
	"scalar02":   silent, // 400
	"scalarlg":   silent,
	"quotbal":    silent, // 400
	"ltgtruri":   silent, // 400
	"lwsruri":    silent, // 400
	"lwsstart":   silent, // 400
	"trws":       silent, // 400, or taken
	"escruri":    400,
	"baddate":    taken,  // we have no use for its Date
	"regbadct":   401,    // before anything else is looked at
	"badaspec":   silent, // 400, or taken
	"baddn":      silent,
	"badvers":    505,
	"mismatch01": 400,
	"mismatch02": 400,
	"bigcode":    silent,
	// 3.2 transactions
	"badbranch": 200,
	// 3.3 the application
	"insuf":    400,
	"unkscm":   416,
	"novelsc":  silent, // 416
	"unksm2":   401,    // 404 or so, once it has a password
	"bext01":   420,
	"invut":    415,
	"regaut01": 401,
	"multi01":  400,
	"mcl01":    400,
	"bcast":    silent,
	"zeromf":   200, // 483 is for proxies
	"cparam01": 401,
	"cparam02": 401,
	"regescrt": 401,
	"sdp01":    406,
	// 3.4 older elements
	"inv2543": 400, // or taken, by whoever wants to speak RFC 2543
}

const (
	silent = 0
	taken  = 486 // the house is busy
)

var sentBy = regexp.MustCompile(`(?i)\nv(?:ia)?:\s+SIP/2.0/\w+\s+[^\s;:]+:(\d+)`)

func TestTortureOfRFC4475(t *testing.T) {
	files, err := filepath.Glob("testdata/torture/*.dat")
	if err != nil || len(files) != len(torture) {
		t.Fatalf("%d messages for %d answers: %v", len(files), len(torture), err)
	}
	h := open(t)
	h.any = true
	good := newPhone(t, h.e, "udp")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".dat")
		message, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// Many have one branch in common, and would be copies of one transaction.
		message = bytes.Replace(message, []byte("branch=z9hG4bKkdjuw"), []byte("branch=z9hG4bKkdjuw"+name), 1)
		if got := tortured(t, h, message, torture[name]); got != torture[name] {
			t.Errorf("%s is answered with %d, not %d", name, got, torture[name])
		}
		undisturbed(t, h, good)
	}
}

// tortured sends a message from the port its Via names, where answers go without rport, and returns the final status.
func tortured(t *testing.T, h *testHouse, message []byte, want int) int {
	t.Helper()
	port := 5060
	if m := sentBy.FindSubmatch(message); m != nil {
		port, _ = strconv.Atoi(string(m[1]))
	}
	ip := net.IPv4(127, byte(1+rand.N(250)), byte(rand.N(250)), byte(1+rand.N(250)))
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ip, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	to := net.UDPAddrFromAddrPort(h.e.Address("udp"))
	if _, err := conn.WriteToUDP(message, to); err != nil {
		t.Fatal(err)
	}
	if want == taken {
		h.call().leg.Hangup(calls.Busy)
	}
	patience := within
	if want == silent {
		patience = 20 * time.Millisecond // and the answer that comes later is found by undisturbed
	}
	buf := make([]byte, 65535)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		n, err := conn.Read(buf)
		if err != nil {
			return silent
		}
		var code int
		if _, err := fmt.Sscanf(string(buf[:n]), "SIP/2.0 %d ", &code); err != nil {
			t.Fatalf("the answer is\n%s", buf[:n])
		}
		if code >= 200 {
			return code
		}
	}
}

// undisturbed checks that a well-behaved phone is served as ever, and that no call is in the house that should not be.
func undisturbed(t *testing.T, h *testHouse, good *phone) {
	t.Helper()
	good.gets(200, asks("OPTIONS", "100", "ann"))
	h.quiet()
	a, res, v := good.talks(h)
	good.gets(200, a.in(res, "BYE"))
	v.isGone(calls.Normal)
}

// TestGarbage comes by datagram and does no harm.
func TestGarbage(t *testing.T) {
	h := open(t)
	good := newPhone(t, h.e, "udp")
	huge := invite("100", "ann", "X-Padding: "+strings.Repeat("x", 40000))
	for _, data := range map[string][]byte{
		"NULs":            make([]byte, 1000),
		"noise":           noise(1400),
		"64 KB of noise":  noise(65000),
		"a start line":    []byte("INVITE sip:100@callfloor SIP/2.0\r\n"),
		"a bare line end": []byte("\r\n"),
		"no line end":     []byte("OPTIONS sip:100@callfloor SIP/2.0"),
		"headers, no end": []byte("OPTIONS sip:100@callfloor SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n"),
		"no headers":      []byte("OPTIONS sip:100@callfloor SIP/2.0\r\n\r\n"),
		"RTP":             append([]byte{0x80, 0, 0, 1}, noise(168)...),
		"STUN":            append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, noise(12)...),
		"colons":          bytes.Repeat([]byte(":"), 60000),
		"commas":          []byte("REGISTER sip:callfloor SIP/2.0\r\nContact: " + strings.Repeat("<sip:a@b>,", 5000) + "\r\n\r\n"),
		"40 KB of header": []byte(huge.text(good)),
	} {
		conn, err := net.Dial("udp", h.e.Address("udp").String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(data); err != nil {
			t.Fatal(err)
		}
		undisturbed(t, h, good)
		_ = conn.Close()
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.N(256))
	}
	return b
}

// TestOddTCPClients: one that sends a byte at a time is served; one that never ends its message, one that sends noise and
// one that says nothing disturb nobody, and those that cannot be understood are cut.
func TestOddTCPClients(t *testing.T) {
	h := open(t)
	good := newPhone(t, h.e, "tcp")
	connect := func() net.Conn {
		c, err := net.Dial("tcp", h.e.Address("tcp").String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	cut := func(what string, c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(within))
		if n, err := c.Read(make([]byte, 1000)); err == nil || os.IsTimeout(err) {
			t.Errorf("%s: %d bytes, %v: the connection is still there", what, n, err)
		}
	}

	connect() // says nothing
	unfinished := connect()
	_, _ = unfinished.Write([]byte("INVITE sip:100@callfloor SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n"))
	body := connect()
	_, _ = body.Write([]byte("INVITE sip:100@callfloor SIP/2.0\r\nContent-Length: 60000\r\n\r\nv=0"))
	undisturbed(t, h, good)

	for what, data := range map[string][]byte{
		"noise":            append(noise(2000), "\r\n\r\n"...),
		"HTTP":             []byte("GET / HTTP/1.1\r\nHost: callfloor\r\n\r\n"),
		"an endless line":  bytes.Repeat([]byte("x"), 70000),
		"endless headers":  append([]byte("OPTIONS sip:1@callfloor SIP/2.0\r\n"), bytes.Repeat([]byte("A: b\r\n"), 20000)...),
		"a body too large": []byte("OPTIONS sip:1@callfloor SIP/2.0\r\nContent-Length: 100000\r\n\r\n"),
		"no body length":   []byte("OPTIONS sip:1@callfloor SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n"),
	} {
		c := connect()
		_, _ = c.Write(data)
		cut(what, c)
		undisturbed(t, h, good)
	}

	slow := newPhone(t, h.e, "tcp")
	a := invite("100", "ann")
	for _, b := range []byte(a.text(slow)) {
		slow.send(string([]byte{b}))
	}
	v := h.call()
	v.leg.Hangup(calls.Busy)
	slow.expects(486, a)

	// Two messages in one segment, and a keep-alive (RFC 5626 section 3.5.1).
	one, two := asks("OPTIONS", "100", "ann"), asks("OPTIONS", "100", "ann")
	slow.send(one.text(slow) + two.text(slow))
	slow.expects(200, one)
	slow.expects(200, two)
	raw := connect()
	_, _ = raw.Write([]byte("\r\n\r\n"))
	pong := make([]byte, 2)
	_ = raw.SetReadDeadline(time.Now().Add(within))
	if _, err := raw.Read(pong); err != nil || string(pong) != "\r\n" {
		t.Errorf("the pong is %q, %v", pong, err)
	}
}
