package media

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/pion/srtp/v3"
)

// What a line is after its process has died: the same ports, addresses, keys and SSRC, further on in its stream.

// Limits of a line that goes on. A packet that was sent may not have been saved, and no SRTP index may be used twice
// (RFC 3711 section 9.1): so the sequence number jumps over all that may have been sent since, which must stay below half of
// its range, or the far end guesses a wrong roll-over counter (section 3.3.1).
const (
	savedFormat   = 1
	oldestSaved   = 5 * time.Minute
	mostPerSecond = 100  // packets of 10 ms
	leastJump     = 1000 // whatever the clock says
	reportsJump   = 100
	replayWindow  = 128
)

// ErrSaved is returned for a saved line that cannot be read or is too old.
var ErrSaved = errors.New("the saved line is of no use")

// savedLine is a line in JSON. It holds keys: whoever stores it keeps it as a secret.
type savedLine struct {
	Format  int
	At      time.Time
	Profile Profile
	Port    int
	Version int
	Codec   Codec
	Event   uint8 // payload type of keys towards us
	Mid     string
	Mux     bool
	Crypto  string // ours
	Far     []byte // the far end's last description
	Out     savedOut
	In      savedIn
}

type savedOut struct {
	SSRC            uint32
	Index           uint64 // of the last packet: roll-over counter and sequence number
	TS              uint32
	Idle            time.Duration // since the last packet
	Reports         uint32        // SRTCP index
	Packets, Octets uint32
}

type savedIn struct {
	SSRC             uint32
	Index            uint64         // the top of the replay window
	Peer             netip.AddrPort // where it really is, as latched
	Latched, Exact   bool
	Heard            bool
	Key              byte // the last key, and when it began
	Began            uint32
	KeyKnown         bool
	Packets, Dropped uint64
	Lost             uint64
}

// Save is the line as it is now; nil for a browser's, and before anything is agreed. It asks the loop and must not be called
// from it.
func (l *Line) Save() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &l.nego
	if l.closed || !n.agreed || n.profile == WebRTC {
		return nil
	}
	s := savedLine{
		Format: savedFormat, Profile: n.profile, Port: n.port, Version: n.version, Codec: n.codec, Event: n.event,
		Mid: n.mid, Mux: n.mux, Far: n.far.raw,
	}
	if n.profile == SDES {
		s.Crypto = n.crypto[0].String()
	}
	if err := l.loop.do(func() { l.snapshot(&s) }); err != nil {
		return nil
	}
	b, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return b
}

// snapshot copies what the loop owns.
func (l *Line) snapshot(s *savedLine) {
	o, in, st := &l.out, &l.in, &l.stats
	s.At = time.Now()
	s.Out = savedOut{SSRC: o.ssrc, Index: uint64(o.seq), TS: o.ts, Packets: o.packets, Octets: o.octets}
	if o.at != 0 {
		s.Out.Idle = time.Duration(l.loop.now - o.at)
	}
	s.In = savedIn{
		SSRC: st.ssrc, Index: uint64(st.maxSeq), Peer: in.peer.addrPort(), Latched: in.latched, Exact: in.exact, Heard: l.everHeard,
		Key: in.keys.key, Began: in.keys.began, KeyKnown: in.keys.known,
		Packets: st.packets.Load(), Dropped: st.dropped.Load(), Lost: st.lost.Load(),
	}
	if o.srtp != nil {
		roc, _ := o.srtp.ROC(o.ssrc)
		s.Out.Index |= uint64(roc) << 16
		s.Out.Reports, _ = o.srtp.Index(o.ssrc)
	}
	if in.srtp != nil {
		roc, _ := in.srtp.ROC(st.ssrc)
		s.In.Index |= uint64(roc) << 16
	}
}

// Restore makes a fresh line go on as the saved one, on the ports that it had. Errors wrap ErrSaved, or say that the ports
// are taken; the line is to be closed then.
func (l *Line) Restore(saved []byte) error {
	s, d, err := readSaved(saved)
	if err != nil {
		return err
	}
	gone := max(0, time.Since(s.At))
	if gone > oldestSaved {
		return fmt.Errorf("%w: it is %v old", ErrSaved, gone.Round(time.Second))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.nego.profile != 0 {
		return fmt.Errorf("%w: the line is in use", ErrSaved)
	}
	n := &l.nego
	n.proto, n.version, n.codec, n.event, n.mid, n.mux = d.proto, s.Version, s.Codec, s.Event, s.Mid, s.Mux
	if s.Profile == SDES {
		c, ok := parseCrypto(s.Crypto)
		if !ok || c.suite != d.crypto[0].suite {
			return fmt.Errorf("%w: no key", ErrSaved)
		}
		n.crypto = []cryptoLine{c}
		if err := n.keys(d); err != nil {
			return fmt.Errorf("%w: %w", ErrSaved, err)
		}
	}
	rtp, rtcp, err := l.room.engine.pairAt(s.Port)
	if err != nil {
		return err
	}
	n.port, n.profile = s.Port, s.Profile
	next := s.Out.Index + leastJump + uint64(gone/(time.Second/mostPerSecond))
	if n.srtpOut != nil {
		n.srtpOut.SetROC(s.Out.SSRC, uint32(next>>16))
		n.srtpOut.SetIndex(s.Out.SSRC, s.Out.Reports+reportsJump+uint32(gone/time.Second))
		if err := seen(n.srtpIn, d.crypto[0], s.In); err != nil {
			return fmt.Errorf("%w: %w", ErrSaved, err)
		}
	}
	err = l.loop.do(func() { l.resume(&s, next, gone) })
	if err == nil {
		err = l.agree(d)
	}
	if err == nil {
		err = l.loop.do(func() { l.reopen(&s, rtp, rtcp) })
	}
	if err != nil {
		closeFD(rtp)
		closeFD(rtcp)
	}
	return err
}

// reopen lets packets in, when it is clear whose are wanted.
func (l *Line) reopen(s *savedLine, rtp, rtcp int) {
	if s.In.Latched && s.In.Peer.IsValid() {
		peer := sockaddrOf(s.In.Peer)
		l.in.peer, l.in.latched, l.in.exact, l.out.to = peer, true, s.In.Exact, peer
	}
	l.fd, l.rtcpFD = rtp, rtcp
	l.loop.watch(rtp, watched{line: l})
	l.loop.watch(rtcp, watched{line: l, rtcp: true})
	l.loop.add(l)
}

// resume puts the streams where they must be now; the first packet has the number next.
func (l *Line) resume(s *savedLine, next uint64, gone time.Duration) {
	o, st := &l.out, &l.stats
	o.ssrc, o.seq, o.ts, o.packets, o.octets = s.Out.SSRC, uint16(next-1), s.Out.TS, s.Out.Packets, s.Out.Octets
	o.ts += uint32((s.Out.Idle + gone) / (time.Second / 8000))
	l.in.keys = keyReader{known: s.In.KeyKnown, key: s.In.Key, began: s.In.Began}
	l.everHeard, l.toldAudio = s.In.Heard, true // whoever restores it knows
	st.packets.Store(s.In.Packets)
	st.dropped.Store(s.In.Dropped)
	st.lost.Store(s.In.Lost)
	st.lostBefore = s.In.Lost
}

// seen tells a context of the far end's key what has come already: packets up to the top of the replay window are refused,
// and the roll-over counter is right. The context takes that from packets alone; so it gets some, made here with that key.
func seen(in *srtp.Context, key cryptoLine, s savedIn) error {
	if !s.Heard {
		return nil
	}
	theirs, err := key.context()
	if err != nil {
		return err
	}
	first := s.Index - min(s.Index&0xFFFF, replayWindow-1)
	theirs.SetROC(s.SSRC, uint32(first>>16))
	in.SetROC(s.SSRC, uint32(first>>16))
	for i := first; i <= s.Index; i++ {
		b := make([]byte, rtpHeader+1)
		b[0] = 0x80
		binary.BigEndian.PutUint16(b[2:], uint16(i))
		binary.BigEndian.PutUint32(b[8:], s.SSRC)
		if b, err = theirs.EncryptRTP(nil, b, nil); err != nil {
			return err
		}
		if _, err = in.DecryptRTP(nil, b, nil); err != nil {
			return err
		}
	}
	return nil
}

// readSaved checks all that comes from outside.
func readSaved(b []byte) (s savedLine, d description, err error) {
	if err := json.Unmarshal(b, &s); err != nil {
		return s, d, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	switch {
	case s.Format != savedFormat:
		err = fmt.Errorf("%w: format %d", ErrSaved, s.Format)
	case s.Profile != PlainRTP && s.Profile != SDES:
		err = fmt.Errorf("%w: profile %d", ErrSaved, s.Profile)
	case s.Codec != PCMU && s.Codec != PCMA && s.Codec != G722:
		err = fmt.Errorf("%w: codec %d", ErrSaved, s.Codec)
	case s.Out.Index>>47 != 0 || s.In.Index>>47 != 0 || s.Out.Idle < 0 || s.Event > 127 || s.Version < 0:
		err = fmt.Errorf("%w: a figure out of range", ErrSaved)
	}
	if err != nil {
		return s, d, err
	}
	if d, err = read(s.Far); err != nil {
		return s, d, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	if d.profile != s.Profile {
		return s, d, fmt.Errorf("%w: two profiles", ErrSaved)
	}
	return s, d, nil
}

// Adopt makes a fresh line the successor of one that another node saved: Offer then describes the same session (RFC 3264
// section 8) with this node's address, ports and keys, and Accept takes the far end's answer. Errors wrap ErrSaved.
func (l *Line) Adopt(saved []byte) error {
	s, d, err := readSaved(saved)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &l.nego
	if l.closed || n.profile != 0 {
		return fmt.Errorf("%w: the line is in use", ErrSaved)
	}
	n.proto, n.version, n.mid = d.proto, s.Version, s.Mid
	return l.loop.do(func() { // the same stream, further on; new keys begin at index 0, but a new stream may not
		gone := max(0, time.Since(s.At))
		l.resume(&s, uint64(uint16(s.Out.Index+leastJump)), gone)
	})
}
