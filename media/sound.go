package media

import (
	"sync"

	"github.com/callfloor/callfloor/media/audio"
)

// Codec is how samples are written into packets.
type Codec uint8

// The codecs, by their static RTP payload types (RFC 3551 table 4).
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

// String is the codec's name in SDP.
func (c Codec) String() string {
	if c == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// Sound is a prompt or a piece of music, encoded once per codec and shared by all who listen. It never changes.
type Sound struct {
	mu, a []byte // whole frames
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

func (s *Sound) frames() int64 { return int64(len(s.mu) / samples) }

func (s *Sound) frame(c Codec, i int64) []byte {
	b := s.mu
	if c == PCMA {
		b = s.a
	}
	return b[i*samples : (i+1)*samples]
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

// frame is the next 20 ms; nil at the end.
func (p *Playback) frame(c Codec, station int64) []byte {
	if p.total == 0 {
		return nil
	}
	at := p.at
	if p.loop {
		at = station % p.total
	} else if at >= p.total {
		return nil
	}
	p.at++
	for _, s := range p.sounds {
		if at < s.frames() {
			return s.frame(c, at)
		}
		at -= s.frames()
	}
	return nil
}
