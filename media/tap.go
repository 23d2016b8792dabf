package media

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

const (
	second   = 50           // frames
	tapDepth = 10 * samples // a channel may run ahead
	prefill  = 2 * samples  // what evens out the network before a channel is read
	chunks   = 8            // seconds that wait for a slow reader
)

// Tap is a copy of a call's sound: stereo µ-law, interleaved, on the loop's clock.
type Tap struct {
	left, right channel
	rests       bool // nobody talks: the file does not grow
	chunk       []byte
	gap         time.Duration
	out         chan Chunk
	free        chan []byte
	lost        atomic.Int64 // frames
	kept        atomic.Int64
}

// Chunk is a second of sound, shorter at the end, and how much a slow reader has missed right before it.
type Chunk struct {
	Sound []byte
	Gap   time.Duration
}

// channel is one side's sound on its way to the tap, always µ-law.
type channel struct {
	ring    [tapDepth]byte
	head, n int
	flowing bool
	reads   int
	least   int     // in the ring after a read, of the present second
	one     *Line   // whose packets are put here
	mixes   []*Line // of several the sum is kept
	mixer   *mixer
}

// keeps lets the channel keep these lines from now on, or nothing.
func (c *channel) keeps(lines []*Line, quiet bool) {
	if quiet {
		lines = nil
	}
	one, mixes := (*Line)(nil), []*Line(nil)
	switch len(lines) {
	case 0:
	case 1:
		one = lines[0]
	default:
		mixes = lines
		if c.mixer == nil {
			c.mixer = &mixer{}
		}
	}
	if c.one != one { // what another one said is not kept late
		c.head, c.n, c.flowing = 0, 0, false
	}
	c.one, c.mixes = one, mixes
	for _, l := range lines {
		l.tapped = append(l.tapped, c)
	}
}

// without forgets a line that has closed.
func (c *channel) without(l *Line) {
	if c.one == l {
		c.one = nil
	}
	c.mixes = slices.DeleteFunc(slices.Clone(c.mixes), func(x *Line) bool { return x == l })
}

// NewTap returns a tap that runs while it is in a plan.
func NewTap() *Tap { return &Tap{out: make(chan Chunk, chunks), free: make(chan []byte, chunks)} }

// Chunks are the sound, in order; the channel is closed when the tap leaves the plan.
func (t *Tap) Chunks() <-chan Chunk { return t.out }

// Free gives a chunk's sound back for new sound.
func (t *Tap) Free(b []byte) {
	select {
	case t.free <- b[:0]:
	default:
	}
}

// At is how much the tap has kept so far, what a slow reader has missed among it.
func (t *Tap) At() time.Duration { return time.Duration(t.kept.Load()) * frame }

// Lost is how much sound a slow reader has missed so far.
func (t *Tap) Lost() time.Duration { return time.Duration(t.lost.Load()) * frame }

// put copies a packet's payload, of whatever length.
func (c *channel) put(payload []byte, law Codec) {
	if len(c.mixes) > 0 { // taken from the lines' voices
		return
	}
	payload = payload[:min(len(payload), tapDepth)]
	c.skip(c.n + len(payload) - tapDepth) // a burst: the oldest goes
	for len(payload) > 0 {
		at := (c.head + c.n) % tapDepth
		k := min(len(payload), tapDepth-at)
		if law == PCMA {
			for i, b := range payload[:k] {
				c.ring[at+i] = audio.AToMu[b]
			}
		} else {
			copy(c.ring[at:], payload[:k])
		}
		c.n += k
		payload = payload[k:]
	}
}

func (c *channel) skip(n int) {
	if n > 0 {
		c.head = (c.head + n) % tapDepth
		c.n -= n
	}
}

// take writes the next frame to every second byte of dst: silence while there is none.
func (c *channel) take(dst []byte, station int64) {
	if len(c.mixes) > 0 {
		b := c.mixer.encoded[:]
		audio.EncodeMu(b, c.mixer.mix(c.mixes, station))
		for i, s := range b {
			dst[2*i] = s
		}
		return
	}
	if !c.flowing && c.n < prefill || c.n < samples {
		c.flowing = false
		for i := range samples {
			dst[2*i] = audio.MuSilence
		}
		return
	}
	c.flowing = true
	at := c.head
	for i := range samples {
		dst[2*i] = c.ring[at]
		if at++; at == tapDepth {
			at = 0
		}
	}
	c.skip(samples)
	c.trim()
}

// trim keeps a channel in step with the other: what is left in the ring even at the emptiest moment of a second is late
// for nothing, after a burst or because the far clock runs faster, and a frame of it goes.
func (c *channel) trim() {
	c.least = min(c.least, c.n)
	if c.reads++; c.reads < second {
		return
	}
	if c.least > prefill {
		c.skip(samples)
	}
	c.reads, c.least = 0, c.n
}

// tick writes one frame of both channels.
func (t *Tap) tick(station int64) {
	if t.rests {
		return
	}
	t.kept.Add(1)
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
	t.left.take(dst, station)
	t.right.take(dst[1:], station)
	if len(t.chunk) == cap(t.chunk) {
		t.hand()
	}
}

func (t *Tap) hand() {
	select {
	case t.out <- Chunk{t.chunk, t.gap}:
		t.gap = 0
	default:
		frames := len(t.chunk) / (2 * samples)
		t.lost.Add(int64(frames))
		t.gap += time.Duration(frames) * frame
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
