package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// cut is a talk that was at a node which is dead.
type cut struct {
	a     ask
	res   *sipmsg.Response
	sound net.PacketConn
	from  net.Addr // of what was heard there
	saved []byte
}

// cutTalk has a phone call a node, hear it, and the node die.
func cutTalk(t *testing.T, dead *testHouse, p *phone, a ask) (k cut) {
	t.Helper()
	k.sound, a.body = ear(t)
	k.a = a
	p.send(a.text(p))
	v := dead.call()
	v.answer()
	k.res = p.expects(200, a)
	p.send(a.ack(k.res).text(p))
	_, _, _, k.from = hears(t, k.sound)
	k.saved = v.leg.Save()
	if err := dead.e.Abandon(); err != nil {
		t.Fatal(err)
	}
	return k
}

// goesOn: the phone follows to the living node, is heard from there, and ends the call there.
func (k cut) goesOn(t *testing.T, alive *testHouse, at *phone, req *sipmsg.Request, done <-chan followed) {
	t.Helper()
	at.respond(req, 200, "", k.a.body)
	at.request("ACK")
	r := next(t, done, "the leg")
	if r.err != nil {
		t.Fatal(r.err)
	}
	w := alive.visit(r.leg, Source{}, "")
	w.is(calls.SigAnswered)
	w.is(calls.SigAudio)
	for _, _, _, now := hears(t, k.sound); now.String() == k.from.String(); _, _, _, now = hears(t, k.sound) {
	}
	at.gets(200, k.a.in(k.res, "BYE"))
	w.isGone(calls.Normal)
}

// TestAnotherNodeTakesOver: a node dies, another one sends the phone its own address in the same dialog, and the call goes on
// there.
func TestAnotherNodeTakesOver(t *testing.T) {
	dead, alive := open(t), open(t)
	p := newPhone(t, dead.e, "udp")
	a := invite("100", "ann")
	k := cutTalk(t, dead, p, a)

	at := neighbourPhone{newPhone(t, alive.e, "udp")} // the phone as the other node reaches it
	done := make(chan followed, 1)
	take := func() {
		l, err := alive.e.TakeOver(context.Background(), at.moved(t, k.saved), alive.e.engine.Room())
		done <- followed{l, err}
	}
	go take()
	refused := at.request("INVITE")
	at.respond(refused, 481, "", "")
	if r := next(t, done, "the refusal"); !errors.As(r.err, new(refusal)) {
		t.Fatalf("refused with %v", r.err)
	}
	go take()
	at.request("ACK") // of the refusal
	req := at.request("INVITE")
	if tag, _ := req.To().Params.Get("tag"); tag != a.fromTag || req.CallID().Value() != a.callID {
		t.Errorf("another dialog:\n%s", req)
	}
	if c := req.Contact(); c == nil || c.Address.Port != int(alive.e.Address("udp").Port()) {
		t.Errorf("the Contact is %v", c)
	}
	was, is := origin(t, k.res.Body()), origin(t, req.Body())
	if is[1] != was[1] || is[2] != "2" {
		t.Errorf("the origin was %v and is %v (RFC 3264 section 8)", was, is)
	}
	k.goesOn(t, alive, at.phone, req, done)
}

// A node dies whose trunk speaks TCP, or TLS: its connection is gone with it. Another one opens its own to the trunk's Contact, and
// the call goes on there; where nobody listens at the Contact, or it is not who it says, the leg is left as it is.
func TestAnotherNodeTakesOverByAConnectionOfItsOwn(t *testing.T) {
	id, err := identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			secure := func(c *Config, _ *media.Config) { c.TLS, c.Certificate, c.Key = "127.0.0.1:0", id.certificate, id.key }
			dead, alive := openWith(t, secure), openWith(t, secure)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil {
				err = l.(*net.TCPListener).SetDeadline(time.Now().Add(2 * within))
			}
			if err != nil {
				t.Fatal(err)
			}
			conn, err := net.Dial("tcp", dead.e.Address(transport).String())
			if err != nil {
				t.Fatal(err)
			}
			if transport == "tls" {
				l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{id.pair}})
				conn = tls.Client(conn, &tls.Config{ServerName: "127.0.0.1"})
			}
			t.Cleanup(func() { _ = l.Close() })
			p := phoneOn(t, conn, strings.ToUpper(transport))
			a := invite("100", "ann", "Contact: <sip:trunk@"+l.Addr().String()+";transport="+transport+">")
			k := cutTalk(t, dead, p, a)

			take := func(saved []byte) <-chan followed {
				done := make(chan followed, 1)
				go func() {
					leg, err := alive.e.TakeOver(t.Context(), saved, alive.e.engine.Room())
					done <- followed{leg, err}
				}()
				return done
			}
			nowhere := strings.ReplaceAll(string(k.saved), l.Addr().String(), freeAddress(t))
			if r := next(t, take([]byte(nowhere)), "the failure"); r.err == nil {
				t.Error("a trunk is taken over that nobody can dial")
			}
			if transport == "tls" {
				stranger := pretender(t)
				if r := next(t, take([]byte(strings.ReplaceAll(string(k.saved), l.Addr().String(), stranger))), "the refusal"); !errors.As(r.err, new(*tls.CertificateVerificationError)) {
					t.Errorf("somebody whom nobody knows: %v", r.err)
				}
			}
			done := take(k.saved)
			there, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			at := phoneOn(t, there, strings.ToUpper(transport))
			req := at.request("INVITE")
			if tag, _ := req.To().Params.Get("tag"); tag != a.fromTag || req.CallID().Value() != a.callID || req.Via().Transport != at.transport {
				t.Errorf("another dialog, or transport:\n%s", req)
			}
			c := req.Contact()
			if c == nil || c.Address.Port != int(alive.e.Address(transport).Port()) {
				t.Fatalf("the Contact is %v", c)
			}
			k.goesOn(t, alive, at, req, done)
		})
	}
}

// followed is what became of a leg.
type followed struct {
	leg *Leg
	err error
}

// pretender is where somebody speaks TLS with a certificate that nobody believes in.
func pretender(t *testing.T) string {
	t.Helper()
	cert, key, err := certify()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		if c, err := l.Accept(); err == nil {
			_ = c.(*tls.Conn).HandshakeContext(t.Context()) // who dials hangs up
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); wait.Wait() })
	return l.Addr().String()
}

// freeAddress is where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func origin(t *testing.T, sdp []byte) []string {
	t.Helper()
	for l := range strings.Lines(string(sdp)) {
		if strings.HasPrefix(l, "o=") {
			return strings.Fields(l)
		}
	}
	t.Fatalf("no origin in\n%s", sdp)
	return nil
}

// neighbourPhone is the phone's second socket: a connected one hears the first node alone.
type neighbourPhone struct{ *phone }

// moved is the saved leg of a phone that is at the second socket.
func (p neighbourPhone) moved(t *testing.T, saved []byte) []byte {
	t.Helper()
	s, err := readSaved(saved)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(saved), s.Destination, p.conn.LocalAddr().String())
	return []byte(text)
}
