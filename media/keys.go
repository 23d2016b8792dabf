package media

import (
	"encoding/binary"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// keyReader tells keys from packets of keys (RFC 4733 section 2.5): all packets of a key have the time of its beginning.
type keyReader struct {
	known bool
	key   byte
	began uint32
}

// Limits of a key's time in samples: an older one within lateKey is a packet that lost its way; a key longer than a
// duration can say goes on as another segment, without a marker (section 2.5.1.3).
const (
	lateKey    = 5 * audio.Rate
	newSegment = 0xF000
	maxSegment = 0xFFFF
)

// fresh tells whether a packet begins a key.
func (k *keyReader) fresh(key byte, began uint32, marker bool) bool {
	age := int32(began - k.began)
	switch {
	case !k.known:
	case age == 0, age < 0 && age > -lateKey:
		return false
	case !marker && key == k.key && age >= newSegment && age <= maxSegment:
		k.began = began
		return false
	}
	k.known, k.key, k.began = true, key, began
	return true
}

// A key lasts 100 ms and is followed by 70 ms of nothing, which every receiver understands.
const (
	keyFrames = 5
	gapFrames = 4 // the end is told three times within the gap
)

// keySender sends keys one after the other: as RFC 4733 events where agreed, as tones elsewhere.
type keySender struct {
	queue []byte
	at    int // frames of the present key
	tone  []int16
	ts    uint32
}

func (k *keySender) sending() bool { return len(k.queue) > 0 }

// add queues keys; what is no key is left out.
func (k *keySender) add(keys string) {
	for i := range len(keys) {
		if _, ok := audio.Event(keys[i]); ok && len(k.queue) < 256 {
			k.queue = append(k.queue, keys[i])
		}
	}
}

// tick sends the present key's next 20 ms.
func (k *keySender) tick(l *Line) {
	key := k.queue[0]
	if event, _ := audio.Event(key); l.out.event != 0 {
		k.event(l, event)
	} else {
		k.sound(l, key)
	}
	if k.at++; k.at >= keyFrames+gapFrames {
		k.queue, k.at, k.tone = k.queue[1:], 0, nil
	}
}

// event is RFC 4733 section 2.5: one timestamp for the whole key, growing duration, the end three times.
func (k *keySender) event(l *Line, event byte) {
	o := &l.out
	if k.at >= keyFrames+3 {
		o.ts, o.at = k.ts+uint32(k.at*samples), l.loop.now
		return
	}
	marker := byte(0)
	if k.at == 0 {
		o.ts += l.gap()
		k.ts, marker = o.ts, 0x80
		o.source = nil
	}
	p := [4]byte{event, 10}
	if k.at >= keyFrames {
		p[1] |= 0x80
	}
	duration := uint16(min(k.at+1, keyFrames) * samples)
	binary.BigEndian.PutUint16(p[2:], duration)
	o.seq++
	l.write(o.event|marker, o.seq, k.ts, p[:])
	o.ts = k.ts + uint32(k.at*samples) // the sound after the key goes on in time
}

func (k *keySender) sound(l *Line, key byte) {
	if k.at >= keyFrames {
		l.sendFrame(silence[l.out.codec])
		return
	}
	if k.tone == nil {
		k.tone = audio.KeyTone(key, keyFrames*frame/time.Nanosecond)
	}
	b := l.out.packet[rtpHeader : rtpHeader+samples]
	l.out.coder.encode(l.out.codec, b, k.tone[k.at*samples:(k.at+1)*samples])
	l.sendFrame(b)
}

// Digits sends keys (0-9 * # A-D) to the far end, 100 ms each.
func (l *Line) Digits(keys string) {
	_ = l.loop.post(func() { l.keys.add(keys) })
}
