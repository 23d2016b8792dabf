package media

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

const (
	second   = 50 // frames
	tapDepth = 10 // frames a channel may run ahead
	prefill  = 2  // frames that even out the network before a channel is read
	chunks   = 8  // seconds that wait for a slow reader
)

// Tap is a copy of a call's sound: stereo µ-law, interleaved, on the loop's clock.
type Tap struct {
	left, right channel
	rests       bool // nobody talks: the file does not grow
	chunk       []byte
	out         chan []byte
	free        chan []byte
	lost        atomic.Int64 // frames
}

// channel is one side's frames on their way to the tap, always µ-law.
type channel struct {
	ring    [tapDepth][samples]byte
	head, n int
	flowing bool
}

// NewTap returns a tap that runs while it is in a plan.
func NewTap() *Tap { return &Tap{out: make(chan []byte, chunks), free: make(chan []byte, chunks)} }

// Chunks are one second each, shorter at the end; the channel is closed when the tap leaves the plan.
func (t *Tap) Chunks() <-chan []byte { return t.out }

// Free gives a chunk back for new sound.
func (t *Tap) Free(b []byte) {
	select {
	case t.free <- b[:0]:
	default:
	}
}

// Lost is how much sound a slow reader has missed so far.
func (t *Tap) Lost() time.Duration { return time.Duration(t.lost.Load()) * frame }

// put copies a packet's payload; a packet may hold another time than 20 ms.
func (c *channel) put(payload []byte, law Codec) {
	for len(payload) >= samples {
		if c.n == tapDepth { // the far clock runs faster, or a burst: drop the oldest
			c.head = (c.head + 1) % tapDepth
			c.n--
		}
		slot := &c.ring[(c.head+c.n)%tapDepth]
		if law == PCMA {
			for i, b := range payload[:samples] {
				slot[i] = audio.AToMu[b]
			}
		} else {
			copy(slot[:], payload)
		}
		c.n++
		payload = payload[samples:]
	}
}

// take is the next frame, nil for silence.
func (c *channel) take() *[samples]byte {
	if !c.flowing && c.n < prefill {
		return nil
	}
	if c.n == 0 {
		c.flowing = false
		return nil
	}
	c.flowing = true
	f := &c.ring[c.head]
	c.head = (c.head + 1) % tapDepth
	c.n--
	return f
}

// tick writes one frame of both channels.
func (t *Tap) tick() {
	if t.rests {
		return
	}
	if t.chunk == nil {
		select {
		case t.chunk = <-t.free:
		default:
			t.chunk = make([]byte, 0, second*2*samples)
		}
	}
	at := len(t.chunk)
	t.chunk = t.chunk[:at+2*samples]
	dst := t.chunk[at:]
	interleave(dst, t.left.take())
	interleave(dst[1:], t.right.take())
	if len(t.chunk) == cap(t.chunk) {
		t.hand()
	}
}

func interleave(dst []byte, src *[samples]byte) {
	if src == nil {
		for i := range samples {
			dst[2*i] = audio.MuSilence
		}
		return
	}
	for i, b := range src {
		dst[2*i] = b
	}
}

func (t *Tap) hand() {
	select {
	case t.out <- t.chunk:
	default:
		t.lost.Add(int64(len(t.chunk) / (2 * samples)))
		t.Free(t.chunk)
	}
	t.chunk = nil
}

// finish hands over what is left.
func (t *Tap) finish() {
	if len(t.chunk) > 0 {
		t.hand()
	}
	close(t.out)
}

func (l *loop) untap(t *Tap) {
	was := len(l.taps)
	l.taps = slices.DeleteFunc(l.taps, func(x *Tap) bool { return x == t })
	if len(l.taps) < was {
		t.finish()
	}
}
