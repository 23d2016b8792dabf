package media

import (
	"encoding/binary"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// A key lasts 100 ms and is followed by 70 ms of nothing, which every receiver understands.
const (
	keyFrames = 5
	gapFrames = 4 // the end is told three times within the gap
)

// keySender sends keys one after the other: as RFC 4733 events where agreed, as tones elsewhere.
type keySender struct {
	queue []byte
	at    int // frames of the present key
	tone  []byte
	ts    uint32
}

func (k *keySender) sending() bool { return len(k.queue) > 0 }

func (k *keySender) add(keys string) {
	if len(k.queue)+len(keys) <= 256 {
		k.queue = append(k.queue, keys...)
	}
}

// tick sends the present key's next 20 ms.
func (k *keySender) tick(l *Line) {
	key := k.queue[0]
	event, ok := audio.Event(key)
	switch {
	case !ok:
		k.at = keyFrames + gapFrames
	case l.out.event != 0:
		k.event(l, event)
	default:
		k.sound(l, key)
	}
	if k.at++; k.at >= keyFrames+gapFrames {
		k.queue, k.at, k.tone = k.queue[1:], 0, nil
	}
}

// event is RFC 4733 section 2.5: one timestamp for the whole key, growing duration, the end three times.
func (k *keySender) event(l *Line, event byte) {
	if k.at >= keyFrames+3 {
		return
	}
	o := &l.out
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
		l.sendFrame(l.silence())
		return
	}
	if k.tone == nil {
		pcm := audio.KeyTone(key, keyFrames*frame/time.Nanosecond)
		k.tone = make([]byte, len(pcm))
		if l.out.codec == PCMA {
			audio.EncodeA(k.tone, pcm)
		} else {
			audio.EncodeMu(k.tone, pcm)
		}
	}
	l.sendFrame(k.tone[k.at*samples : (k.at+1)*samples])
}

// Digits sends keys (0-9 * # A-D) to the far end, 100 ms each.
func (l *Line) Digits(keys string) {
	_ = l.loop.post(func() { l.keys.add(keys) })
}
