package webrtc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v3"
)

// Host is who owns a browser's sound. Its methods are called from the door's goroutines and must not block.
type Host interface {
	// Connected gives the host a non-blocking UDP socket connected to the browser, at first and whenever the browser
	// has moved. The host owns it, and closes the one before.
	Connected(fd int, remote netip.AddrPort)
	// Keys says that DTLS is done and the browser is who it said.
	Keys(SRTPKeys)
	// Failed says that the browser could not be verified, or was not heard of for 30 s.
	Failed(error)
	// Closed says that the browser ended DTLS: it has left.
	Closed()
}

// SRTPKeys are what DTLS agreed on (RFC 5764 section 4.2).
type SRTPKeys struct {
	Profile                                    srtp.ProtectionProfile
	LocalKey, LocalSalt, RemoteKey, RemoteSalt []byte
}

// consent is how long a browser may be silent (RFC 7675 section 5.1).
const consent = 30 * time.Second

// Session is one browser's way in.
type Session struct {
	door        *Door
	host        Host
	mu          sync.Mutex
	names       []string // every local fragment this session ever had
	ufrag, pwd  string
	pwds        map[string]string // by fragment: an old pair works until the new one does
	fingerprint string
	remote      netip.AddrPort
	peers       []netip.AddrPort
	in          chan []byte
	started     bool
	nominated   chan struct{} // closed when there is a way to the browser
	closed      chan struct{}
	once        sync.Once
	alive       *time.Timer
	wait        sync.WaitGroup
}

// NewSession opens a way in for one browser.
func (d *Door) NewSession(h Host) *Session {
	s := &Session{door: d, host: h, in: make(chan []byte, 64), nominated: make(chan struct{}), closed: make(chan struct{}), pwds: map[string]string{}}
	s.Restart()
	return s
}

// Restart makes a new pair of credentials: for the start, and for an ICE restart.
func (s *Session) Restart() {
	s.mu.Lock()
	s.ufrag, s.pwd = token(4), token(16)
	s.pwds[s.ufrag] = s.pwd
	s.names = append(s.names, s.ufrag)
	name := s.ufrag
	s.mu.Unlock()
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	s.door.byName[name] = s
}

func token(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// Local is what the browser must know to reach us.
func (s *Session) Local() (ufrag, pwd string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ufrag, s.pwd
}

// Remote sets whose certificate is expected, and lets DTLS begin: by the browser or, where it is passive (RFC 8842
// section 5), by us.
func (s *Session) Remote(fingerprint string, passive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fingerprint = fingerprint
	if !s.started && !s.isClosed() {
		s.started = true
		s.alive = time.AfterFunc(consent, func() { s.fail(fmt.Errorf("the browser was not heard of for %s", consent)) })
		s.wait.Go(func() { s.handshake(passive) })
	}
}

// Close ends the session and waits for its handshake to end, so it must not be called by the host's methods. The host
// hears no more of it.
func (s *Session) Close() {
	s.once.Do(func() {
		s.mu.Lock()
		close(s.closed)
		if s.alive != nil {
			s.alive.Stop()
		}
		names, peers := s.names, s.peers
		s.mu.Unlock()
		d := s.door
		d.mu.Lock()
		for _, n := range names {
			delete(d.byName, n)
		}
		for _, p := range peers {
			if d.byPeer[p] == s {
				delete(d.byPeer, p)
			}
		}
		d.mu.Unlock()
	})
	s.wait.Wait()
}

// Packet takes what came on the host's socket and is no sound: STUN or DTLS.
func (s *Session) Packet(b []byte) {
	s.mu.Lock()
	from := s.remote
	s.mu.Unlock()
	if stun.IsMessage(b) {
		s.check(b, from)
		return
	}
	if b[0] >= 20 && b[0] <= 63 {
		s.dtls(b)
	}
}

func (s *Session) dtls(b []byte) {
	select {
	case s.in <- append([]byte(nil), b...):
	default: // DTLS repeats what matters
	}
}

// check answers a connectivity check (RFC 8445 section 7.3) whose integrity holds, and follows a nomination.
func (s *Session) check(b []byte, from netip.AddrPort) {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	var name stun.Username
	if m.Decode() != nil || m.Type != stun.BindingRequest || name.GetFrom(m) != nil {
		return
	}
	pwd, ok := s.password(name.String())
	if !ok {
		return
	}
	integrity := stun.NewShortTermIntegrity(pwd)
	if integrity.Check(m) != nil {
		return
	}
	answer, err := stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess,
		&stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())}, integrity, stun.Fingerprint)
	if err != nil {
		return
	}
	_, _ = s.door.conn.WriteToUDPAddrPort(answer.Raw, from)
	s.heard(from, m.Contains(stun.AttrUseCandidate))
}

func (s *Session) password(name string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ours, pwd := range s.pwds {
		if len(name) > len(ours) && name[:len(ours)] == ours && name[len(ours)] == ':' {
			return pwd, true
		}
	}
	return "", false
}

// heard notes that the browser is there, and moves to the pair it has nominated.
func (s *Session) heard(from netip.AddrPort, nominated bool) {
	s.mu.Lock()
	if s.alive != nil {
		s.alive.Reset(consent)
	}
	known := s.remote == from
	if !nominated || known {
		s.mu.Unlock()
		return
	}
	if !s.remote.IsValid() {
		close(s.nominated)
	}
	s.remote = from
	s.peers = append(s.peers, from)
	s.mu.Unlock()
	s.door.mu.Lock()
	s.door.byPeer[from] = s
	s.door.mu.Unlock()
	fd, err := s.door.connected(from)
	if err != nil {
		s.door.log.Error("no socket for a browser", "err", err)
		return
	}
	s.host.Connected(fd, from)
}

// handshake is our side of DTLS, from the first packet to the browser's goodbye.
func (s *Session) handshake(passive bool) {
	ctx, cancel := context.WithTimeout(context.Background(), consent)
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	conn, err := s.greet(ctx, passive)
	if err != nil {
		s.fail(fmt.Errorf("dtls: %w", err))
		return
	}
	defer conn.Close()
	keys, err := export(conn, passive)
	if err != nil {
		s.fail(fmt.Errorf("dtls: %w", err))
		return
	}
	s.host.Keys(keys)
	for err == nil { // data is nobody's here: this waits for the end
		_, err = conn.Read(make([]byte, 1500))
	}
	if !s.isClosed() {
		s.host.Closed()
	}
}

// greet agrees with the browser on keys: the server waits for its hello, the client says it once there is a way.
func (s *Session) greet(ctx context.Context, passive bool) (conn *dtls.Conn, err error) {
	both := []dtls.Option{
		dtls.WithCertificates(s.door.tls()...),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // the fingerprint decides, as RFC 8827 wants
		dtls.WithVerifyPeerCertificate(s.verify),
		dtls.WithFlightInterval(200 * time.Millisecond),
	}
	if passive {
		select {
		case <-s.nominated:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		var client []dtls.ClientOption
		for _, o := range both {
			client = append(client, o)
		}
		conn, err = dtls.ClientWithOptions(newPipe(s), &net.UDPAddr{}, client...)
	} else {
		server := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, o := range both {
			server = append(server, o)
		}
		conn, err = dtls.ServerWithOptions(newPipe(s), &net.UDPAddr{}, server...)
	}
	if err != nil {
		return nil, err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (s *Session) fail(err error) {
	if !s.isClosed() {
		s.host.Failed(err)
	}
}

func (s *Session) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// export derives the SRTP keys (RFC 5764 section 4.2): client's key, server's key, client's salt, server's salt.
func export(conn *dtls.Conn, client bool) (SRTPKeys, error) {
	chosen, ok := conn.SelectedSRTPProtectionProfile()
	state, ok2 := conn.ConnectionState()
	if !ok || !ok2 {
		return SRTPKeys{}, fmt.Errorf("no SRTP profile in common")
	}
	k := SRTPKeys{Profile: srtp.ProtectionProfile(chosen)}
	keyLen, err := k.Profile.KeyLen()
	if err != nil {
		return k, err
	}
	saltLen, err := k.Profile.SaltLen()
	if err != nil {
		return k, err
	}
	m, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 2*(keyLen+saltLen))
	if err != nil {
		return k, err
	}
	k.RemoteKey, m = m[:keyLen], m[keyLen:]
	k.LocalKey, m = m[:keyLen], m[keyLen:]
	k.RemoteSalt, k.LocalSalt = m[:saltLen], m[saltLen:]
	if client {
		k.LocalKey, k.RemoteKey, k.LocalSalt, k.RemoteSalt = k.RemoteKey, k.LocalKey, k.RemoteSalt, k.LocalSalt
	}
	return k, nil
}
