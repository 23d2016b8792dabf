package webrtc

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
	"github.com/pion/ice/v4"
	"github.com/pion/stun/v3"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; a loaded machine is slow.
const patience = 20 * time.Second

var localhost = netip.MustParseAddr("127.0.0.1")

func open(t *testing.T) *Door {
	t.Helper()
	d, err := Open(netip.AddrPortFrom(localhost, 0), []netip.Addr{localhost}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// house is a host as the media engine is one: it owns the browser's socket, keeps the sound and gives the rest back.
type house struct {
	session *Session
	mu      sync.Mutex
	socket  *os.File
	wait    sync.WaitGroup
	moved   chan netip.AddrPort
	keys    chan SRTPKeys
	failed  chan error
	closed  chan struct{}
	sound   chan []byte
}

func empty() *house {
	return &house{
		moved: make(chan netip.AddrPort, 64), keys: make(chan SRTPKeys, 4), failed: make(chan error, 4),
		closed: make(chan struct{}, 4), sound: make(chan []byte, 4096),
	}
}

func newHouse(t *testing.T, d *Door) *house {
	t.Helper()
	h := empty()
	h.mu.Lock() // the door may know the session before we do
	h.session = d.NewSession(h)
	h.mu.Unlock()
	t.Cleanup(func() {
		h.session.Close()
		h.take(nil)
		h.wait.Wait()
	})
	return h
}

func (h *house) take(f *os.File) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.socket != nil {
		_ = h.socket.Close()
	}
	h.socket = f
}

func (h *house) Connected(fd int, remote netip.AddrPort) {
	f := os.NewFile(uintptr(fd), "browser")
	h.take(f)
	h.mu.Lock()
	s := h.session
	h.mu.Unlock()
	defer func() { h.moved <- remote }() // last: who has waited for it may close the house
	h.wait.Go(func() {
		b := make([]byte, 2048)
		for {
			n, err := f.Read(b)
			if err != nil {
				return
			}
			if b[0] >= 128 && b[0] <= 191 {
				h.sound <- append([]byte(nil), b[:n]...)
				continue
			}
			s.Packet(b[:n])
		}
	})
}

func (h *house) Keys(k SRTPKeys)  { h.keys <- k }
func (h *house) Failed(err error) { h.failed <- err }
func (h *house) Closed()          { h.closed <- struct{}{} }

// guest is a browser: pion's whole ICE agent, the controlling side, and its DTLS.
type guest struct {
	t     *testing.T
	door  *Door
	agent *ice.Agent
	conn  *ice.Conn
	cert  tls.Certificate
}

func newGuest(t *testing.T, d *Door) *guest {
	t.Helper()
	agent, err := ice.NewAgentWithOptions(
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4}), ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithIncludeLoopback(), ice.WithIPFilter(net.IP.IsLoopback), ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithCheckInterval(20*time.Millisecond), ice.WithKeepaliveInterval(50*time.Millisecond),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = agent.GracefulClose() })
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, door: d, agent: agent, cert: cert}
	if err := agent.SetRemoteICELite(true); err != nil {
		t.Fatal(err)
	}
	g.gather()
	return g
}

// gather finds the guest's own candidates and tells it ours.
func (g *guest) gather() {
	g.t.Helper()
	done := make(chan struct{})
	if err := g.agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(done)
		}
	}); err != nil {
		g.t.Fatal(err)
	}
	if err := g.agent.GatherCandidates(); err != nil {
		g.t.Fatal(err)
	}
	await(g.t, done, "the guest's candidates")
	for _, text := range g.door.Candidates() {
		c, err := ice.UnmarshalCandidate(text)
		if err != nil {
			g.t.Fatal(err)
		}
		if err := g.agent.AddRemoteCandidate(c); err != nil {
			g.t.Fatal(err)
		}
	}
}

// connect runs ICE until a pair is chosen.
func (g *guest) connect(s *Session) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ufrag, pwd := s.Local()
	var err error
	if g.conn, err = g.agent.Dial(ctx, ufrag, pwd); err != nil {
		g.t.Fatal(err)
	}
}

// fingerprint is what the guest's SDP would say.
func (g *guest) fingerprint() string {
	return "sha-256 " + hexPairs(sha256.Sum256(g.cert.Certificate[0]))
}

// greet is the DTLS client's side; through lets a test lose what is sent.
func (g *guest) greet(through net.Conn, options ...dtls.ClientOption) (*dtls.Conn, error) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := dtls.ClientWithOptions(dtlsnet.PacketConnFromConn(through), through.RemoteAddr(), append([]dtls.ClientOption{
		dtls.WithCertificates(g.cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithFlightInterval(50 * time.Millisecond),
	}, options...)...)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = conn.Close() })
	return conn, conn.HandshakeContext(ctx)
}

// receive is the DTLS server's side, of a browser that is passive.
func (g *guest) receive() (*dtls.Conn, error) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := dtls.ServerWithOptions(dtlsnet.PacketConnFromConn(g.conn), g.conn.RemoteAddr(),
		dtls.WithCertificates(g.cert), dtls.WithInsecureSkipVerify(true), dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80))
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = conn.Close() })
	return conn, conn.HandshakeContext(ctx)
}

// enter does all of it, as a browser that is welcome.
func enter(t *testing.T, d *Door, options ...dtls.ClientOption) (*house, *guest, *dtls.Conn) {
	t.Helper()
	h, g := newHouse(t, d), newGuest(t, d)
	h.session.Remote(g.fingerprint(), false)
	g.connect(h.session)
	conn, err := g.greet(g.conn, options...)
	if err != nil {
		t.Fatal(err)
	}
	return h, g, conn
}

func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// knocker sends single STUN checks, as an agent would that we control to the byte.
type knocker struct {
	t    *testing.T
	conn *net.UDPConn
}

func newKnocker(t *testing.T, d *Door) *knocker {
	t.Helper()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(d.local))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &knocker{t, conn}
}

func (k *knocker) address() netip.AddrPort { return k.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func check(t *testing.T, ufrag, pwd string, nominate bool) *stun.Message {
	t.Helper()
	setters := []stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(ufrag + ":guest")}
	if nominate {
		setters = append(setters, stun.RawAttribute{Type: stun.AttrUseCandidate})
	}
	m, err := stun.Build(append(setters, stun.NewShortTermIntegrity(pwd), stun.Fingerprint)...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (k *knocker) send(b []byte) { _, _ = k.conn.Write(b) }

// answer is the STUN message that comes back.
func (k *knocker) answer() *stun.Message {
	k.t.Helper()
	m := k.within(patience)
	if m == nil {
		k.t.Fatal("no answer")
	}
	return m
}

// insist repeats a check until there is an answer, as agents do: a queue that is full loses packets.
func (k *knocker) insist(m *stun.Message) *stun.Message {
	k.t.Helper()
	for range 100 {
		k.send(m.Raw)
		if answer := k.within(patience / 100); answer != nil {
			return answer
		}
	}
	k.t.Fatal("no answer")
	return nil
}

func (k *knocker) within(d time.Duration) *stun.Message {
	b := make([]byte, 2048)
	_ = k.conn.SetReadDeadline(time.Now().Add(d))
	n, err := k.conn.Read(b)
	if err != nil {
		return nil
	}
	m := &stun.Message{Raw: append([]byte(nil), b[:n]...)}
	if err := m.Decode(); err != nil {
		k.t.Error(err)
	}
	return m
}

func transaction(m *stun.Message) string { return fmt.Sprintf("%x", m.TransactionID) }
