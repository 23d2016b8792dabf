// Package webrtc lets browsers in: one UDP port for all of them, ICE lite (RFC 8445 section 2.5) and DTLS-SRTP
// (RFC 5764). It knows STUN and DTLS; the packets of sound belong to its host, which gets for each browser a socket of
// its own, connected to it, on the same port.
//
//	shared socket ─▶ Door ─ by user name ─▶ Session ─ nominated ─▶ connected socket ─▶ Host
//	                                           └─ DTLS ─▶ keys ───────────────────▶ Host
package webrtc

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/stun/v3"
	"golang.org/x/sys/unix"
)

// Door is the one UDP port for all browsers.
type Door struct {
	conn        *net.UDPConn
	local       netip.AddrPort
	advertise   []netip.Addr
	certificate tls.Certificate
	fingerprint string
	log         *slog.Logger
	mu          sync.Mutex
	byName      map[string]*Session         // local user fragment
	byPeer      map[netip.AddrPort]*Session // who proved to be there
	wait        sync.WaitGroup
}

// Open binds the port, makes the certificate and starts to answer.
func Open(addr netip.AddrPort, advertise []netip.Addr, log *slog.Logger) (*Door, error) {
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	// Our own sockets share the port. Whether another program has it, only one that does not share finds out.
	alone, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, err
	}
	if err := alone.Close(); err != nil {
		return nil, err
	}
	lc := net.ListenConfig{Control: reusePort}
	pc, err := lc.ListenPacket(context.Background(), "udp", addr.String())
	if err != nil {
		return nil, err
	}
	conn := pc.(*net.UDPConn) //nolint:forcetypeassert // ListenPacket on udp returns one
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	d := &Door{
		conn: conn, local: netip.AddrPortFrom(addr.Addr(), local.Port()), advertise: advertise, certificate: cert,
		fingerprint: "sha-256 " + hexPairs(sha256.Sum256(cert.Certificate[0])), log: log,
		byName: map[string]*Session{}, byPeer: map[netip.AddrPort]*Session{},
	}
	d.wait.Go(d.read)
	return d, nil
}

func reusePort(_, _ string, c syscall.RawConn) error {
	var err error
	return errors.Join(c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}), err)
}

func hexPairs(sum [32]byte) string {
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// Fingerprint is the value of a=fingerprint (RFC 8122).
func (d *Door) Fingerprint() string { return d.fingerprint }

// Candidates are the values of a=candidate (RFC 8839): this host at each advertised address.
func (d *Door) Candidates() []string {
	var c []string
	for i, a := range d.advertise {
		c = append(c, fmt.Sprintf("%d 1 udp %d %s %d typ host", i+1, 2130706431-i, a, d.local.Port()))
	}
	return c
}

// Port is the port browsers send to.
func (d *Door) Port() uint16 { return d.local.Port() }

// Close ends all sessions and the port.
func (d *Door) Close() error {
	d.mu.Lock()
	var all []*Session
	for _, s := range d.byName {
		all = append(all, s)
	}
	d.mu.Unlock()
	for _, s := range all {
		s.Close()
	}
	err := d.conn.Close()
	d.wait.Wait()
	return err
}

func (d *Door) read() {
	buf := make([]byte, 2048)
	for {
		n, from, err := d.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n == 0 {
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		d.packet(buf[:n], from)
	}
}

// packet finds whose packet this is (RFC 7983); what belongs to nobody is dropped without an answer.
func (d *Door) packet(b []byte, from netip.AddrPort) {
	if stun.IsMessage(b) {
		if s := d.named(b); s != nil {
			s.check(b, from)
		}
		return
	}
	d.mu.Lock()
	s := d.byPeer[from]
	d.mu.Unlock()
	if s != nil && b[0] >= 20 && b[0] <= 63 {
		s.dtls(b)
	}
}

// named is the session of a check's user name, "ours:theirs" (RFC 8445 section 7.2.2).
func (d *Door) named(b []byte) *Session {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil || m.Type != stun.BindingRequest {
		return nil
	}
	var name stun.Username
	if name.GetFrom(m) != nil {
		return nil
	}
	ours, _, _ := strings.Cut(name.String(), ":")
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.byName[ours]
}

// connected makes a browser's own socket on the shared port.
func (d *Door) connected(remote netip.AddrPort) (int, error) {
	family := unix.AF_INET
	if remote.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		unix.Bind(fd, sockaddr(d.local)),
		unix.Connect(fd, sockaddr(remote)),
	)
	if err != nil {
		return 0, errors.Join(err, unix.Close(fd))
	}
	d.early(fd)
	return fd, nil
}

// early gives back what the kernel put into a new socket between bind and connect: it is somebody else's.
func (d *Door) early(fd int) {
	b := make([]byte, 2048)
	for {
		n, from, err := unix.Recvfrom(fd, b, 0)
		if err != nil {
			return
		}
		if n > 0 {
			d.packet(b[:n], addrPort(from))
		}
	}
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func addrPort(s unix.Sockaddr) netip.AddrPort {
	switch s := s.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr).Unmap(), uint16(s.Port))
	}
	return netip.AddrPort{}
}

// verify compares a browser's certificate with the fingerprint of its offer or answer (RFC 8122 section 5).
func verify(fingerprint string, raw [][]byte) error {
	if len(raw) == 0 {
		return errors.New("the browser showed no certificate")
	}
	if _, err := x509.ParseCertificate(raw[0]); err != nil {
		return err
	}
	if got := "sha-256 " + hexPairs(sha256.Sum256(raw[0])); !strings.EqualFold(got, fingerprint) {
		return errors.New("the browser's certificate is not the one it announced")
	}
	return nil
}
