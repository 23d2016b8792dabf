package webrtc

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"time"
)

// pipe is a session's packets as the DTLS library wants them.
type pipe struct{ s *Session }

// ReadFrom waits for the browser's next DTLS packet.
func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case packet := <-p.s.in:
		return copy(b, packet), &net.UDPAddr{}, nil
	case <-p.s.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo sends through the shared socket: the port is the same.
func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.s.mu.Lock()
	to := p.s.remote
	p.s.mu.Unlock()
	if !to.IsValid() {
		return 0, os.ErrDeadlineExceeded
	}
	return p.s.door.conn.WriteToUDPAddrPort(b, to)
}

// Close does nothing: the session closes itself.
func (p *pipe) Close() error { return nil }

// LocalAddr is the shared port.
func (p *pipe) LocalAddr() net.Addr { return p.s.door.conn.LocalAddr() }

// SetDeadline is not needed: Close ends every wait.
func (p *pipe) SetDeadline(time.Time) error { return nil }

// SetReadDeadline is not needed, too.
func (p *pipe) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is not needed: writing never waits.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

func (d *Door) tls() []tls.Certificate { return []tls.Certificate{d.certificate} }

func (s *Session) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return verify(s.fingerprint, raw)
}
