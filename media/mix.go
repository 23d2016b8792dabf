package media

import (
	"slices"
)

// A listener of several lines hears their sum, made in the listener's own turn: 20 ms of each, decoded once for all who mix the line.

// voice is a line's sound as samples, on its way to whoever mixes it.
type voice struct {
	ring    [tapDepth]int16
	head, n int
	frame   [samples]int16
	at      int64 // the station of frame, -1 before the first
	reads   int
	least   int // in the ring after a read, of the present second
}

func newVoice() *voice { return &voice{at: -1} }

// put decodes a packet's payload, of whatever length.
func (v *voice) put(payload []byte, law Codec) {
	payload = payload[:min(len(payload), tapDepth)]
	v.skip(v.n + len(payload) - tapDepth) // a burst: the oldest goes
	for len(payload) > 0 {
		at := (v.head + v.n) % tapDepth
		k := min(len(payload), tapDepth-at)
		linear(law, v.ring[at:at+k], payload[:k])
		v.n += k
		payload = payload[k:]
	}
}

func (v *voice) skip(n int) {
	if n > 0 {
		v.head = (v.head + n) % tapDepth
		v.n -= n
	}
}

// take is the frame of a station: silence while there is none. Whoever asks first in a station moves the voice on; a packet that is late is
// heard a frame later, and from then on the voice has that much in hand.
func (v *voice) take(station int64) *[samples]int16 {
	if v.at == station {
		return &v.frame
	}
	v.at = station
	if v.n < samples {
		v.frame = [samples]int16{}
		v.reads, v.least = 0, 0
		return &v.frame
	}
	first := min(samples, tapDepth-v.head)
	copy(v.frame[:], v.ring[v.head:v.head+first])
	copy(v.frame[first:], v.ring[:samples-first])
	v.skip(samples)
	v.trim()
	return &v.frame
}

// trim takes what is in hand for nothing: what was left even at the emptiest moment of a second.
func (v *voice) trim() {
	if v.reads == 0 {
		v.least = v.n
	}
	v.least = min(v.least, v.n)
	if v.reads++; v.reads < second {
		return
	}
	if v.least >= 2*samples {
		v.skip(samples)
	}
	v.reads = 0
}

// mixer adds voices, and turns the sum down where it would be too loud.
type mixer struct {
	sum     [samples]int32
	out     [samples]int16
	encoded [samples]byte
	gain    int32 // of 1<<gainBits; 0 before the first frame
}

const (
	gainBits = 14
	unity    = 1 << gainBits
	loudest  = 32000
	attack   = 8          // samples, 1 ms: the gain is down before the frame's peak, or the peak is cut
	release  = unity / 50 // a second back to unity
)

// mix is 20 ms of these lines.
func (m *mixer) mix(lines []*Line, station int64) []int16 {
	m.sum = [samples]int32{}
	for _, l := range lines {
		if l.voice == nil { // it has closed
			continue
		}
		for i, s := range l.voice.take(station) {
			m.sum[i] += int32(s)
		}
	}
	return m.limit()
}

// limit follows the frame's peak: down at once, up slowly.
func (m *mixer) limit() []int16 {
	var peak int32
	for _, s := range m.sum {
		peak = max(peak, s, -s)
	}
	was, next := m.gain, min(m.gain+release, unity)
	if was == 0 { // the first frame
		was, next = unity, unity
	}
	if need := int64(peak) * int64(next) >> gainBits; need > loudest {
		next = int32(int64(loudest) << gainBits / int64(peak))
	}
	m.gain = next
	if was == unity && next == unity {
		for i, s := range m.sum {
			m.out[i] = int16(s)
		}
		return m.out[:]
	}
	ramp := samples
	if next < was {
		ramp = attack
	}
	for i, s := range m.sum {
		g := next
		if i < ramp {
			g = was + (next-was)*int32(i+1)/int32(ramp)
		}
		m.out[i] = int16(max(-32768, min(32767, int64(s)*int64(g)>>gainBits)))
	}
	return m.out[:]
}

// mixed is the listener's next 20 ms of several lines.
func (l *Line) mixed() []byte {
	pcm, b := l.mixer.mix(l.mixes, l.loop.station()), l.mixer.encoded[:]
	l.out.coder.encode(l.out.codec, b, pcm)
	return b
}

// speaks gives the line a voice while somebody mixes it.
func (l *Line) speaks() {
	switch mixed := len(l.mixers) > 0 || slices.ContainsFunc(l.tapped, func(c *channel) bool { return len(c.mixes) > 0 }); {
	case !mixed:
		l.voice = nil
	case l.voice == nil && !l.gone:
		l.voice = newVoice()
	}
}
