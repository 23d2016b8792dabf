package media

import (
	"sync"
	"sync/atomic"

	"github.com/callfloor/callfloor/media/audio"
)

// Codec is how samples are written into packets.
type Codec uint8

// The codecs, by their static RTP payload types (RFC 3551 table 4).
const (
	PCMU Codec = 0
	PCMA Codec = 8
	G722 Codec = 9 // 64 kbit/s; its clock in RTP is 8,000 Hz (RFC 3551 section 4.5.2)
)

// names are the codecs as in SDP and in the configuration. Each has a byte for a sample of 8 kHz.
var names = map[string]Codec{"PCMU": PCMU, "PCMA": PCMA, "G722": G722}

// String is the codec's name in SDP.
func (c Codec) String() string {
	switch c {
	case PCMA:
		return "PCMA"
	case G722:
		return "G722"
	}
	return "PCMU"
}

// coder writes a line's sound: bytes of the laws know nothing of one another, but G.722 is a stream, to which shared sounds and other
// lines' packets belong, too.
type coder struct {
	g722   *audio.G722Encoder
	others [5 * samples]byte // the last bytes that it has not written
	n      int
	own    bool // it wrote what is sent next
}

// sent notes what goes out.
func (e *coder) sent(payload []byte) {
	if !e.own {
		payload = payload[max(0, len(payload)-len(e.others)):]
		if over := e.n + len(payload) - len(e.others); over > 0 {
			e.n = copy(e.others[:], e.others[over:e.n])
		}
		e.n += copy(e.others[e.n:], payload)
	}
	e.own = false
}

// encode writes samples; dst must be as long as src.
func (e *coder) encode(c Codec, dst []byte, src []int16) {
	switch c {
	case PCMA:
		audio.EncodeA(dst, src)
	case G722:
		e.g722.Follow(e.others[:e.n])
		e.n, e.own = 0, true
		e.g722.Encode(dst, src)
	default:
		audio.EncodeMu(dst, src)
	}
}

// linear reads samples of a law; dst must be as long as src.
func linear(law Codec, dst []int16, src []byte) {
	if law == PCMA {
		audio.DecodeA(dst, src)
	} else {
		audio.DecodeMu(dst, src)
	}
}

// silence is 20 ms of nothing in every codec.
var silence = func() (s [G722 + 1][]byte) {
	all := NewSound(make([]int16, second*samples))
	all.widen()
	for _, c := range names {
		s[c], _ = all.frame(c, second-1) // where a stream has come to rest
	}
	return s
}()

// Sound is a prompt or a piece of music, encoded once per codec and shared by all who listen. It never changes.
type Sound struct {
	mu, a []byte // whole frames
	wide  atomic.Pointer[[]byte]
	once  sync.Once
}

// NewSound encodes samples of 8 kHz mono.
func NewSound(pcm []int16) *Sound {
	n := (len(pcm) + samples - 1) / samples * samples
	s := &Sound{mu: make([]byte, n), a: make([]byte, n)}
	whole := make([]int16, n)
	copy(whole, pcm)
	audio.EncodeMu(s.mu, whole)
	audio.EncodeA(s.a, whole)
	return s
}

// widen encodes the sound as G.722, at the first call. It takes a millisecond for a second of sound: not in the loop.
func (s *Sound) widen() {
	s.once.Do(func() {
		pcm, b := make([]int16, len(s.mu)), make([]byte, len(s.mu))
		audio.DecodeMu(pcm, s.mu)
		audio.NewG722Encoder().Encode(b, pcm)
		s.wide.Store(&b)
	})
}

func (s *Sound) frames() int64 { return int64(len(s.mu) / samples) }

// frame is 20 ms of the sound, and how it is encoded: as PCMU where there is nothing better.
func (s *Sound) frame(c Codec, i int64) ([]byte, Codec) {
	b, is := s.mu, PCMU
	switch wide := s.wide.Load(); {
	case c == PCMA:
		b, is = s.a, PCMA
	case c == G722 && wide != nil:
		b, is = *wide, G722
	}
	return b[i*samples : (i+1)*samples], is
}

// Playback is sounds on their way to one listener.
type Playback struct {
	sounds []*Sound
	loop   bool
	total  int64 // frames of all sounds
	at     int64 // the loop's: the next frame
	once   sync.Once
	done   chan struct{}
	ended  bool
}

// NewPlayback plays the sounds one after the other, once; or, with loop, for ever, like a radio station: everybody who
// listens hears the same moment of it.
func NewPlayback(sounds []*Sound, loop bool) *Playback {
	p := &Playback{sounds: sounds, loop: loop, done: make(chan struct{})}
	for _, s := range sounds {
		p.total += s.frames()
	}
	return p
}

// widen encodes all of it as G.722.
func (p *Playback) widen() {
	for _, s := range p.sounds {
		s.widen()
	}
}

// Done is closed at the natural end, or when the playback leaves the plan.
func (p *Playback) Done() <-chan struct{} { return p.done }

// Finished tells, after Done, whether all of it was played.
func (p *Playback) Finished() bool {
	select {
	case <-p.done:
		return p.ended
	default:
		return false
	}
}

func (p *Playback) stop(ended bool) {
	p.once.Do(func() {
		p.ended = ended
		close(p.done)
	})
}

// frame is the next 20 ms, and how it is encoded; nil at the end.
func (p *Playback) frame(c Codec, station int64) ([]byte, Codec) {
	if p.total == 0 {
		return nil, c
	}
	at := p.at
	if p.loop {
		at = station % p.total
	} else if at >= p.total {
		return nil, c
	}
	p.at++
	for _, s := range p.sounds {
		if at < s.frames() {
			return s.frame(c, at)
		}
		at -= s.frames()
	}
	return nil, c
}
