package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callfloor/callfloor/media/audio"
)

// A phone may cut its sound into packets of any usual length; the listener hears all of it, the recording, too.
func TestPacketsOfAnyLength(t *testing.T) {
	for _, row := range []struct {
		ms        int
		near, far Codec
	}{
		{10, PCMU, PCMU},
		{30, PCMU, PCMU},
		{40, PCMU, PCMU},
		{60, PCMU, PCMU},
		{20, PCMA, PCMU},
		{20, PCMU, PCMA},
		{30, PCMA, PCMU},
		{10, PCMU, PCMA},
		{20, G722, G722},
		{60, G722, PCMU},
		{30, G722, PCMA},
		{60, PCMU, G722},
		{10, PCMA, G722},
	} {
		t.Run(fmt.Sprintf("%d ms of %s to %s", row.ms, row.near, row.far), func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann, maria := s.phone("ann", row.far, LineOptions{}), s.phone("maria", row.near, LineOptions{})
				tap := NewTap()
				p := together
				p.Takes = []Take{{Tap: tap, Left: []string{"ann"}, Right: []string{"maria"}}}
				s.plan(p)
				maria.hz = 1000
				sung := 0
				for i := 1; i <= 60; i++ { // 1.2 s
					for sung+row.ms <= 20*i {
						maria.sing(row.ms * 8)
						sung += row.ms
					}
					hz := maria.hz
					maria.hz = 0
					s.frame()
					maria.hz = hz
				}
				pcm := ann.sound()
				if len(pcm) < int(1.15*audio.Rate) {
					t.Errorf("%d samples heard", len(pcm))
				}
				if l, pure := audio.Level(pcm, 1000, audio.Rate), purity(pcm[480:], 1000); l < 0.29 || pure < 0.99 {
					t.Errorf("heard at %.3f, purity %.3f", l, pure)
				}
				for i, h := range ann.heard {
					if i > 0 && h.samplesSkipped != 0 {
						t.Errorf("packet %d: %d samples skipped", i, h.samplesSkipped)
					}
				}
				chunk := (<-tap.Chunks()).Sound
				_, right := split(chunk)
				if l, pure := audio.Level(right[1600:7200], 1000, audio.Rate), purity(right[1600:7200], 1000); l < 0.29 || pure < 0.99 {
					t.Errorf("recorded at %.3f, purity %.3f", l, pure)
				}
			})
		})
	}
}

// split takes a recording's two sides apart.
func split(stereo []byte) (left, right []int16) {
	l, r := make([]byte, len(stereo)/2), make([]byte, len(stereo)/2)
	for i := range l {
		l[i], r[i] = stereo[2*i], stereo[2*i+1]
	}
	return decode(PCMU, l), decode(PCMU, r)
}

// What RFC 3550 allows around a payload is skipped: padding, extensions, contributing sources.
func TestEverythingAroundAPayload(t *testing.T) {
	payload := bytes.Repeat([]byte{0x12}, samples)
	for name, h := range map[string]rtp.Packet{
		"nothing":                  {},
		"three sources":            {Header: rtp.Header{CSRC: []uint32{1, 2, 3}}},
		"fifteen sources":          {Header: rtp.Header{CSRC: make([]uint32, 15)}},
		"an extension":             {Header: rtp.Header{Extension: true, ExtensionProfile: 0xBEDE, Extensions: nil}},
		"padding":                  {Header: rtp.Header{Padding: true}, PaddingSize: 40},
		"padding and two sources":  {Header: rtp.Header{Padding: true, CSRC: []uint32{1, 2}}, PaddingSize: 3},
		"a marker in mid-sentence": {Header: rtp.Header{Marker: true}},
	} {
		t.Run(name, func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
				s.plan(together)
				h.Version, h.SequenceNumber, h.SSRC, h.Payload = 2, 9, 7, payload
				if name == "an extension" {
					if err := h.SetExtension(1, []byte{1, 2, 3}); err != nil {
						t.Error(err)
					}
				}
				b, err := h.Marshal()
				if err != nil {
					t.Error(err)
				}
				ann.listen()
				ann.heard = nil
				maria.sends(b)
				ann.listen()
				if len(ann.heard) != 1 || !bytes.Equal(ann.heard[0].payload, payload) {
					t.Errorf("%d packets heard: %+v", len(ann.heard), ann.heard)
				}
			})
		})
	}
}

// What a phone sends and we do not pass on leaves no hole in the listener's numbers: nothing was lost.
func TestWhatIsNotPassedOnIsNoLoss(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		s.plan(together)
		maria.hz = 1000
		s.lasts(200 * time.Millisecond)
		ann.heard = nil
		for i := range 30 {
			pt, payload := uint8(0), []byte(nil) // as Chromium does now and then
			if i%3 == 1 {
				pt, payload = 13, []byte{40} // comfort noise
			}
			late := packet(pt, maria.seq-3, maria.ts-3*samples, maria.ssrc, nil)
			maria.sends(packet(pt, maria.seq, maria.ts, maria.ssrc, payload))
			maria.sends(late) // fills no hole
			maria.seq++
			s.lasts(2 * frame)
		}
		ann.unbroken()
		if l := audio.Level(ann.sound(), 1000, audio.Rate); l < 0.29 {
			t.Errorf("1000 Hz at %.3f", l)
		}
	})
}

// surprises are packets that are no sound, from a phone that is believed.
func surprises() map[string][]byte {
	full := packet(0, 9, 9, 7, make([]byte, samples))
	with := func(change func(b []byte)) []byte {
		b := bytes.Clone(full)
		change(b)
		return b
	}
	return map[string][]byte{
		"one byte":                       {0x80},
		"half a header":                  full[:7],
		"11 bytes":                       full[:11],
		"another version":                with(func(b []byte) { b[0] = 0x40 }),
		"more sources than bytes":        with(func(b []byte) { b[0] |= 15 })[:30],
		"an extension longer than it":    with(func(b []byte) { b[0] |= 0x10; binary.BigEndian.PutUint16(b[14:], 0xFFFF) }),
		"an extension cut off":           with(func(b []byte) { b[0] |= 0x10 })[:14],
		"more padding than bytes":        with(func(b []byte) { b[0] |= 0x20; b[len(b)-1] = 255 }),
		"padding alone":                  with(func(b []byte) { b[0] |= 0x20; b[len(b)-1] = samples }),
		"no payload":                     full[:rtpHeader],
		"an unknown type":                with(func(b []byte) { b[1] = 96 }),
		"a codec that was not agreed":    with(func(b []byte) { b[1] = 8 }),
		"comfort noise":                  packet(13, 9, 9, 7, []byte{40}),
		"half an event":                  packet(101, 9, 9, 7, []byte{1, 2}),
		"an event that is no key":        packet(101, 9, 9, 7, []byte{200, 0x80, 1, 2}),
		"reports of garbage":             {0x81, 200, 0, 44, 1, 2, 3, 4},
		"reports cut off":                {0x80, 201, 0},
		"a goodbye":                      {0x81, 203, 0, 1, 0, 0, 0, 7},
		"STUN":                           append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42}, make([]byte, 12)...),
		"DTLS":                           {22, 254, 253, 0, 0},
		"the longest datagram we take":   append(with(func(b []byte) { b[1] = 96 }), make([]byte, 1800)...),
		"a header of nothing but ones":   bytes.Repeat([]byte{0xFF}, 60),
		"a header of nothing but zeroes": make([]byte, 60),
	}
}

// Malformed packets and strange ones in the middle of a talk are dropped; both parties' sound has no hole and no click.
func TestSurprisesDisturbNobody(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		ann.hz, maria.hz = 440, 1000
		p := together
		p.Takes = []Take{{Tap: NewTap(), Left: []string{"ann"}, Right: []string{"maria"}}}
		s.plan(p)
		s.lasts(100 * time.Millisecond)
		ann.heard, maria.heard = nil, nil
		for name, b := range surprises() {
			before := len(maria.heard)
			ann.sends(b)
			maria.listen()
			if len(maria.heard) > before {
				t.Errorf("%s is heard", name)
			}
			s.lasts(frame)
		}
		for range 300 {
			b := make([]byte, 1+rand.IntN(100))
			for i := range b {
				b[i] = byte(rand.Uint32())
			}
			b[0] = b[0]&0x1F | 0x80
			if len(b) > 1 && (b[1]&0x7F == 0 || b[1]&0x7F == 101) { // it might well be sound, or a key
				b[1] = 77
			}
			ann.line.receive(b, &ann.from, ann.line.fd)
			ann.line.rtcp(b)
		}
		s.lasts(200 * time.Millisecond)
		for _, who := range []struct {
			*phone
			hz float64
		}{{ann, 1000}, {maria, 440}} {
			if l := audio.Level(who.sound(), who.hz, audio.Rate); l < 0.29 {
				t.Errorf("%s hears %.0f Hz at %.3f", who.line.id, who.hz, l)
			}
			for i, h := range who.heard {
				if i > 0 && (h.samplesSkipped != 0 || h.sinceLast > frame || h.seq != who.heard[i-1].seq+1) {
					t.Errorf("%s, packet %d: %d samples skipped, %s later, sequence %d after %d", who.line.id, i, h.samplesSkipped, h.sinceLast, h.seq, who.heard[i-1].seq)
				}
			}
		}
		if n := ann.line.stats.dropped.Load(); n < 10 {
			t.Errorf("%d packets counted as dropped", n)
		}
		if d := ann.digits(); d != "" {
			t.Errorf("keys %q", d)
		}
	})
}
