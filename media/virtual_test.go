package media

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// studio is a room in virtual time: the test sits in the loop and is its clock, so that minutes pass in a blink and
// nothing depends on the machine. Sockets are real: what a line sends lies in the phone's socket at once.
type studio struct {
	t      *testing.T
	room   *Room
	loop   *loop
	phones []*phone
}

// inStudio runs a test in the loop of a new room.
func inStudio(t *testing.T, f func(s *studio)) {
	t.Helper()
	r := engine(t).Room()
	defer r.Close()
	s := &studio{t: t, room: r, loop: r.loop}
	ended := make(chan struct{})
	if err := r.loop.post(func() {
		defer close(ended)
		defer func() { // real time goes on from here
			r.loop.began = time.Now().Add(-time.Duration(r.loop.now))
			r.loop.next = r.loop.now
		}()
		f(s)
	}); err != nil {
		t.Fatal(err)
	}
	<-ended
	for _, p := range s.phones {
		closeFD(p.fd)
	}
}

// meanwhile runs what waits for the loop (offers, answers, figures) beside it.
func (s *studio) meanwhile(f func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	for {
		select {
		case <-ended:
			s.loop.obey()
			return
		default:
			s.loop.obey()
			runtime.Gosched()
		}
	}
}

func (s *studio) plan(p Plan) {
	if err := s.room.Set(p); err != nil {
		s.t.Error(err)
	}
	s.loop.obey()
}

// frame lets 20 ms pass: every phone that sings sends, in the middle of it, a frame of its tone.
func (s *studio) frame() {
	for i := range phases {
		s.loop.now += int64(step)
		s.loop.tick()
		if i == phases/2 {
			for _, p := range s.phones {
				if p.hz != 0 {
					p.sing(samples)
				}
			}
		}
	}
	for _, p := range s.phones {
		p.listen()
	}
}

func (s *studio) lasts(d time.Duration) {
	for range d / frame {
		s.frame()
	}
}

// phone is a party in virtual time.
type phone struct {
	s      *studio
	fd     int
	at     netip.AddrPort
	from   sockaddr
	line   *Line
	law    Codec
	hz     float64 // of its tone, 0 is silent
	sung   int     // samples
	second []byte  // of the tone, and another
	hzOf   float64
	tones  []int16
	coder  coder
	said   []byte // as G.722
	wide   *audio.G722Decoder
	seq    uint16
	ts     uint32
	ssrc   uint32
	events []Event
	heard  []heardPacket
}

type heardPacket struct {
	at             time.Duration
	pt             uint8
	marker         bool
	seq            uint16
	ts, ssrc       uint32
	payload        []byte
	pcm            []int16
	sinceLast      time.Duration
	samplesSkipped int32 // by the timestamps, beyond the last packet's own samples
}

// phone calls in.
func (s *studio) phone(id string, law Codec, o LineOptions) *phone {
	p := &phone{s: s, law: law, ssrc: uint32(1000 + len(s.phones)), seq: 100, ts: 5000}
	p.fd, p.at = s.socket()
	p.from = sockaddrOf(p.at)
	if o.Codecs == nil {
		o.Codecs = []Codec{PCMU, PCMA, G722}
	}
	o.Notify = func(e Event) { p.events = append(p.events, e) }
	p.line = s.room.Line(id, o)
	s.phones = append(s.phones, p)
	p.offer("")
	return p
}

// socket is one of localhost's, whatever number it gets.
func (s *studio) socket() (int, netip.AddrPort) {
	for port := uint16(30000); ; port++ {
		at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
		if fd, err := bind(at); err == nil {
			return fd, at
		}
	}
}

func (p *phone) sdp(extra string) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\na=rtpmap:101 telephone-event/8000\r\n%s",
		p.at.Addr(), p.at.Port(), p.law, extra)
}

func (p *phone) offer(extra string) {
	p.offers(p.sdp(extra))
}

func (p *phone) offers(sdp []byte) (answer []byte) {
	p.s.meanwhile(func() {
		var err error
		if answer, err = p.line.Answer(sdp); err != nil {
			p.s.t.Error(err)
		}
	})
	return answer
}

// sing sends n samples of the phone's tone in one packet.
func (p *phone) sing(n int) {
	p.sends(packet(uint8(p.law), p.seq, p.ts, p.ssrc, p.tone(n)))
	p.seq++
	p.ts += uint32(n)
}

func (p *phone) tone(n int) []byte {
	if p.second == nil || p.hzOf != p.hz {
		p.second, p.hzOf, p.tones = make([]byte, 2*audio.Rate), p.hz, audio.Tone(p.hz, 0.3, 2*time.Second)
		encode(p.law, p.second, p.tones)
	}
	b := p.second[p.sung : p.sung+n]
	if p.law == G722 { // a stream, not a loop
		if p.coder.g722 == nil {
			p.coder.g722 = audio.NewG722Encoder()
		}
		b = make([]byte, n)
		p.coder.encode(G722, b, p.tones[p.sung:p.sung+n])
		p.said = append(p.said, b...)
	}
	p.sung = (p.sung + n) % audio.Rate // every tone here is of whole hertz
	return b
}

func encode(law Codec, b []byte, pcm []int16) {
	c := coder{g722: audio.NewG722Encoder()}
	c.encode(law, b, pcm)
}

func decode(law Codec, b []byte) []int16 {
	pcm := make([]int16, len(b))
	if law == PCMA {
		audio.DecodeA(pcm, b)
	} else {
		audio.DecodeMu(pcm, b)
	}
	return pcm
}

func (p *phone) decode(b []byte) []int16 {
	if p.law != G722 {
		return decode(p.law, b)
	}
	if p.wide == nil {
		p.wide = audio.NewG722Decoder()
	}
	pcm := make([]int16, len(b))
	p.wide.Decode(pcm, b)
	return pcm
}

// sends gives the line a packet as its socket would.
func (p *phone) sends(b []byte) { p.line.receive(b, &p.from, p.line.fd) }

// listen takes what has come.
func (p *phone) listen() {
	b := make([]byte, 2048)
	var from sockaddr
	for {
		n := recv(p.fd, b, &from)
		if n < rtpHeader {
			return
		}
		h := heardPacket{
			at: time.Duration(p.s.loop.now), pt: b[1] & 0x7F, marker: b[1]&0x80 != 0, payload: slices.Clone(b[rtpHeader:n]),
			seq: binary.BigEndian.Uint16(b[2:]), ts: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:]),
		}
		if h.pt == uint8(p.law) {
			h.pcm = p.decode(h.payload)
		}
		if k := len(p.heard); k > 0 {
			h.sinceLast = h.at - p.heard[k-1].at
			h.samplesSkipped = int32(h.ts-p.heard[k-1].ts) - int32(len(p.heard[k-1].pcm))
		}
		p.heard = append(p.heard, h)
	}
}

// hears forgets what was heard, lets time pass, and gives the level of a tone in what came.
func (p *phone) hears(hz float64, d time.Duration) float64 {
	p.heard = nil
	p.s.lasts(d)
	return audio.Level(p.sound(), hz, audio.Rate)
}

// purity is how much of a sound is one tone: what a wrong law leaves of it, or clicks, is less than 0.95.
func purity(pcm []int16, hz float64) float64 {
	return audio.Level(pcm, hz, audio.Rate) / (audio.Loudness(pcm) * math.Sqrt2)
}

func (p *phone) sound() (pcm []int16) {
	for _, h := range p.heard {
		pcm = append(pcm, h.pcm...)
	}
	return pcm
}

func (p *phone) digits() (keys string) {
	for _, e := range p.events {
		if e.Kind == Digit {
			keys += e.Digit
		}
	}
	return keys
}

func (p *phone) count(kind EventKind) (n int) {
	for _, e := range p.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// unbroken says that the phone heard one stream without a hole: one SSRC, every sequence number once, time that goes on
// with the sound and never skips more than a frame.
func (p *phone) unbroken() {
	p.s.t.Helper()
	for i, h := range p.heard {
		if i == 0 {
			continue
		}
		last := p.heard[i-1]
		switch {
		case h.ssrc != last.ssrc:
			p.s.t.Errorf("%s, packet %d: another SSRC", p.line.id, i)
		case h.seq != last.seq+1:
			p.s.t.Errorf("%s, packet %d: sequence %d follows %d", p.line.id, i, h.seq, last.seq)
		case h.samplesSkipped < 0 || h.samplesSkipped > samples:
			p.s.t.Errorf("%s, packet %d: %d samples skipped", p.line.id, i, h.samplesSkipped)
		case h.sinceLast > 2*frame:
			p.s.t.Errorf("%s, packet %d: came %s after the one before", p.line.id, i, h.sinceLast)
		}
	}
}
