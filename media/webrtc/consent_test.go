package webrtc

import (
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

// A browser that is heard of every half minute stays; one that falls silent has failed 30 s later (RFC 7675). The door's
// socket is real and outside; time is virtual.
func TestASilentBrowserHasFailed(t *testing.T) {
	d := open(t)
	synctest.Test(t, func(t *testing.T) {
		h := deaf{empty()}
		h.session = d.NewSession(h)
		defer h.session.Close()
		c := newCarrier(t, h.session)
		cert, err := selfsign.GenerateSelfSigned()
		if err != nil {
			t.Fatal(err)
		}
		g := &guest{t: t, cert: cert}
		h.session.Remote(g.fingerprint(), false)
		c.knock()
		conn, err := dtls.ClientWithOptions(c, c.LocalAddr(), dtls.WithCertificates(cert), dtls.WithInsecureSkipVerify(true),
			dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-h.keys
		_ = c.Close() // from here on nothing waits for the real world
		for range 4 {
			time.Sleep(consent - time.Second)
			c.knock()
		}
		synctest.Wait()
		if len(h.failed) > 0 {
			t.Fatal(<-h.failed)
		}
		before := time.Now()
		if err := <-h.failed; err == nil || time.Since(before) != consent {
			t.Errorf("noticed after %s: %v", time.Since(before), err)
		}
	})
}

// A browser that never comes has failed after 30 s, too.
func TestABrowserThatNeverComes(t *testing.T) {
	d := open(t)
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, d)
		before := time.Now()
		h.session.Remote("sha-256 00", false)
		if err := <-h.failed; err == nil || time.Since(before) != consent {
			t.Errorf("noticed after %s: %v", time.Since(before), err)
		}
		h.session.Close()
		synctest.Wait()
	})
}

// carrier brings a browser's packets into the session by hand, since the door reads outside virtual time; what we send
// comes back by the real socket.
type carrier struct {
	*net.UDPConn
	t *testing.T
	s *Session
}

func newCarrier(t *testing.T, s *Session) *carrier {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: localhost.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &carrier{conn, t, s}
}

func (c *carrier) knock() {
	ufrag, pwd := c.s.Local()
	c.s.check(check(c.t, ufrag, pwd, true).Raw, c.LocalAddr().(*net.UDPAddr).AddrPort())
}

func (c *carrier) WriteTo(b []byte, _ net.Addr) (int, error) {
	c.s.Packet(b)
	return len(b), nil
}

// deaf is a house that does not listen to its socket: no reader waits outside virtual time.
type deaf struct{ *house }

func (deaf) Connected(fd int, _ netip.AddrPort) { _ = os.NewFile(uintptr(fd), "browser").Close() }
