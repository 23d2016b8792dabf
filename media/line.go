package media

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/srtp/v3"

	"github.com/callfloor/callfloor/media/audio"
	"github.com/callfloor/callfloor/media/webrtc"
)

// EventKind says what a line reports.
type EventKind uint8

// The events of a line.
const (
	Audio   EventKind = iota + 1 // the path works: the first packet came, or ICE and DTLS are done
	Held                         // the far end put us on hold by SDP
	Resumed                      // and took us back
	Digit                        // Digit and Via
	Silent                       // no packet for 30 s at the start, 15 s later, while one was due
	Failed                       // the transport broke: Err
	Closed                       // the browser closed its connection
)

// Event is one report of a line.
type Event struct {
	Kind  EventKind
	Digit string
	Via   string // rfc4733 or inband
	Err   error
}

// LineOptions are what a line's owner wants.
type LineOptions struct {
	Notify func(Event) // called from the loop: it must not block
	Codecs []Codec     // in order of preference, default the engine's
	Inband bool        // look for keys in the sound even where RFC 4733 was agreed
}

// Limits of dead media.
const (
	firstAudio = 30 * time.Second
	laterAudio = 15 * time.Second
)

// Line is one party's sound. Its methods may be called from anywhere; what the loop owns stands below the line.
type Line struct {
	id   string
	room *Room
	loop *loop
	opts LineOptions
	wide atomic.Bool // G.722 is agreed

	mu      sync.Mutex // of negotiation
	nego    negotiation
	browser *webrtc.Session
	closed  bool
	inside  netip.Addr // what the far end is told instead of the engine's address

	session     *webrtc.Session // the loop's copy of browser
	fd, rtcpFD  int             // -1 while there is none
	gone        bool            // closed
	secret      bool            // nothing counts that comes before the keys
	phase       int
	in          inStream
	out         outStream
	hears       *Line
	hearers     []*Line // who gets this line's packets
	mixes       []*Line // heard as their sum, by mixer
	mixers      []*Line // who mixes this line
	mixer       *mixer
	voice       *voice // while somebody mixes it
	plays       *Playback
	tapped      []*channel
	keys        keySender
	detector    audio.Detector
	quietSince  int64 // when a packet came last, or was due first
	everHeard   bool
	toldSilent  bool
	toldAudio   bool
	heldBrowser bool // by SDP, before the keys came
	nextReport  int64
	pcm         [samples]int16
	narrow      [maxNarrow]byte // a G.722 packet's lower band as PCMU
	stats       lineStats
}

// inStream is what the far end sends, as agreed and as seen.
type inStream struct {
	on      bool // packets are due: neither side holds
	codec   Codec
	event   uint8 // payload type of telephone-event, 0 is none
	srtp    *srtp.Context
	signal  netip.AddrPort // where packets are expected from
	peer    sockaddr
	latched bool
	exact   bool // on the signalled address itself
	strict  bool // the signalled address is public: nobody else may latch
	keys    keyReader
	wide    *audio.G722Decoder // of its stream, where that is agreed
}

// outStream is one continuous RTP stream, whatever feeds it (RFC 3550 section 5.1).
type outStream struct {
	on         bool
	codec      Codec
	event      uint8
	srtp       *srtp.Context
	to, rtcpTo sockaddr
	mux        bool // reports go the way of the sound
	ssrc       uint32
	seq        uint16 // of the last packet
	ts         uint32
	at         int64 // when it was sent
	source     *Line // whose packets are passed on; nil for our own frames
	sourceSSRC uint32
	seqOff     uint16
	tsOff      uint32
	packet     [1500]byte
	cipher     [1600]byte
	packets    uint32
	octets     uint32
	coder      coder
}

type lineStats struct {
	packets, lost, dropped atomic.Uint64
	jitter, rtt            atomic.Int64 // ns
	ssrc                   uint32
	maxSeq, badSeq         uint16
	cycles                 uint32
	baseSeq                uint32
	received               uint32
	transit                int64
	lostBefore             uint64 // by the streams before this one
	expectedPrior          uint32
	receivedPrior          uint32
	lastSR                 uint32
	lastSRAt               int64
}

func newLine(r *Room, id string, o LineOptions) *Line {
	l := &Line{id: id, room: r, loop: r.loop, opts: o, fd: -1, rtcpFD: -1}
	var b [12]byte
	_, _ = rand.Read(b[:])
	l.out.ssrc = binary.BigEndian.Uint32(b[:])
	l.out.seq = binary.BigEndian.Uint16(b[4:])
	l.out.ts = binary.BigEndian.Uint32(b[8:])
	return l
}

func (l *Line) notify(e Event) {
	if l.opts.Notify != nil {
		l.opts.Notify(e)
	}
}

// tick is the line's turn once in 20 ms: what is not passed on from somebody else is made here.
func (l *Line) tick() {
	if l.out.on {
		switch {
		case l.keys.sending():
			l.keys.tick(l)
		case l.plays != nil:
			l.play()
		case len(l.mixes) > 0:
			l.sendFrame(l.mixed())
		case l.hears == nil:
			l.sendFrame(silence[l.out.codec])
		}
	}
	l.watchSilence()
	if l.loop.now >= l.nextReport {
		l.report()
	}
}

func (l *Line) play() {
	f, is := l.plays.frame(l.out.codec, l.loop.station())
	if f == nil {
		l.plays.stop(true)
		l.plays = nil
		f = silence[l.out.codec]
	}
	if is != l.out.codec { // the line agreed on its codec after the plan was made
		f = l.recode(is, f)
	}
	l.sendFrame(f)
}

// watchSilence notices a far end whose packets stopped while they were due.
func (l *Line) watchSilence() {
	if !l.in.on || l.toldSilent {
		l.quietSince = l.loop.now
		return
	}
	limit := laterAudio
	if !l.everHeard {
		limit = firstAudio
	}
	if l.loop.now-l.quietSince > int64(limit) {
		l.toldSilent = true
		l.notify(Event{Kind: Silent})
	}
}

func (l *Line) tellAudio() {
	if !l.toldAudio {
		l.toldAudio = true
		l.notify(Event{Kind: Audio})
	}
}

// LineStats are a line's figures so far.
type LineStats struct {
	Codec     string
	Packets   uint64 // received
	Lost      uint64 // by the sequence numbers
	Dropped   uint64 // from strangers or undecryptable
	JitterMS  float64
	RTTMS     float64 // by RTCP, 0 when unknown
	Encrypted bool
	Remote    netip.AddrPort
}

// Stats asks the loop.
func (l *Line) Stats() LineStats {
	var s LineStats
	_ = l.loop.do(func() {
		s = LineStats{
			Codec: l.in.codec.String(), Packets: l.stats.packets.Load(), Lost: l.stats.lost.Load(), Dropped: l.stats.dropped.Load(),
			JitterMS: float64(l.stats.jitter.Load()) / 1e6, RTTMS: float64(l.stats.rtt.Load()) / 1e6,
			Encrypted: l.in.srtp != nil, Remote: l.in.peer.addrPort(),
		}
	})
	return s
}

// Close ends the line and gives its ports back. It may be called twice.
func (l *Line) Close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	browser := l.browser
	l.mu.Unlock()
	if browser != nil {
		browser.Close()
	}
	_ = l.loop.post(func() {
		l.gone = true
		l.loop.remove(l)
		for _, fd := range []int{l.fd, l.rtcpFD} {
			if fd >= 0 {
				l.loop.leave(fd)
			}
		}
		l.fd, l.rtcpFD = -1, -1
		if l.plays != nil {
			l.plays.stop(false)
		}
		if l.hears != nil {
			l.hears.unhear(l)
		}
		for _, h := range l.hearers {
			h.hears = nil // silence until the next plan
		}
		for _, t := range l.tapped {
			t.without(l)
		}
		l.hearers, l.mixes, l.mixers, l.tapped, l.voice, l.in.on, l.out.on = nil, nil, nil, nil, nil, false, false
	})
	l.room.forget(l)
}

func (l *Line) unhear(who *Line) {
	for i, h := range l.hearers {
		if h == who {
			l.hearers = append(l.hearers[:i], l.hearers[i+1:]...)
			return
		}
	}
}
