package webrtc

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"time"
)

// pipe is a session's packets as the DTLS library wants them.
type pipe struct {
	s    *Session
	wake chan struct{} // a read is to end
}

func newPipe(s *Session) *pipe { return &pipe{s, make(chan struct{}, 1)} }

// ReadFrom waits for the browser's next DTLS packet.
func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case packet := <-p.s.in:
		return copy(b, packet), &net.UDPAddr{}, nil
	case <-p.s.closed:
		return 0, nil, net.ErrClosed
	case <-p.wake:
		return 0, nil, os.ErrDeadlineExceeded
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

// SetDeadline is not needed: reading has its own.
func (p *pipe) SetDeadline(time.Time) error { return nil }

// SetReadDeadline ends a read with a time that is past, and allows it again with none: so the library interrupts its
// reader, and it waits for the reader's end before it says that a handshake failed. It asks for nothing else.
func (p *pipe) SetReadDeadline(t time.Time) error {
	select {
	case <-p.wake:
	default:
	}
	if !t.IsZero() {
		p.wake <- struct{}{}
	}
	return nil
}

// SetWriteDeadline is not needed: writing never waits.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

func (d *Door) tls() []tls.Certificate { return []tls.Certificate{d.certificate} }

func (s *Session) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return verify(s.fingerprint, raw)
}
