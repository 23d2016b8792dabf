package media

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// key is one packet of RFC 4733.
type key struct {
	event    byte
	ts       uint32
	duration uint16
	end      bool
	marker   bool
}

func (k key) packet(pt uint8, seq uint16) []byte {
	flags, marker := byte(10), uint8(0)
	if k.end {
		flags |= 0x80
	}
	if k.marker {
		marker = 0x80
	}
	return packet(pt|marker, seq, k.ts, 7, []byte{k.event, flags, byte(k.duration >> 8), byte(k.duration)})
}

// pressed is a whole key: a packet each 20 ms, the end three times.
func pressed(event byte, ts uint32, d uint16) (all []key) {
	for at := uint16(samples); at < d; at += samples {
		all = append(all, key{event, ts, at, false, at == samples})
	}
	end := key{event, ts, d, true, false}
	return append(all, end, end, end)
}

func join(all ...[]key) (one []key) {
	for _, k := range all {
		one = append(one, k...)
	}
	return one
}

// Whatever the network does to the packets of keys, each key is told once, in order.
func TestKeysByRFC4733(t *testing.T) {
	five, six := pressed(5, 1000, 800), pressed(6, 3000, 800)
	again := pressed(5, 3000, 800)
	for _, row := range []struct {
		name string
		sent []key
		want string
	}{
		{"one key", five, "5"},
		{"its beginning lost", five[2:], "5"},
		{"only one end came", five[len(five)-1:], "5"},
		{"all ends lost", five[:len(five)-3], "5"},
		{"two keys", join(five, six), "56"},
		{"the same key twice", join(five, again), "55"},
		{"the same key twice, the first one's ends lost", join(five[:2], again), "55"},
		{"packets of one key in another order", []key{five[2], five[0], five[3], five[1]}, "5"},
		{"a late end after the next key has begun", join(five[:4], six[:2], five[4:], six[2:]), "56"},
		{"the next key's packets overtake all of the first", join(six[:1], five, six[1:]), "6"},
		{"every key there is", join(pressed(0, 1000, 400), pressed(9, 2000, 400), pressed(10, 3000, 400), pressed(11, 4000, 400), pressed(12, 5000, 400), pressed(15, 6000, 400)), "09*#AD"},
		{"events that are no keys", []key{{16, 1000, 160, false, true}, {36, 2000, 160, false, true}, {255, 3000, 160, false, true}}, ""},
		{"a key of three seconds", pressed(5, 1000, 24000), "5"},
		{
			"a key of twenty seconds, in segments",
			join(pressed(5, 1000, 65440)[:408], []key{{5, 1000 + 65535, 160, false, false}, {5, 1000 + 65535, 65440, false, false}, {5, 1000 + 2*65535, 500, true, false}}),
			"5",
		},
		{"eight seconds later the same key again", join(five, pressed(5, 1000+64000, 800)), "55"},
		{"time runs over its edge", join(pressed(1, 1<<32-2000, 800), pressed(2, 300, 800)), "12"},
		{"the far end restarts its clock", join(pressed(1, 1<<31, 800), pressed(2, 300, 800)), "12"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
				s.plan(together)
				for i, k := range row.sent {
					ann.sends(k.packet(101, uint16(i)))
					maria.listen()
				}
				if got := ann.digits(); got != row.want {
					t.Errorf("told %q, want %q", got, row.want)
				}
				for _, e := range ann.events {
					if e.Kind == Digit && e.Via != "rfc4733" {
						t.Errorf("via %s", e.Via)
					}
				}
				// The other party gets them as events, too, as many packets as came.
				events := 0
				for _, h := range maria.heard {
					if h.pt == 101 {
						events++
					}
				}
				if want := len(row.sent); row.want != "" && events != want {
					t.Errorf("%d of %d packets crossed the bridge", events, want)
				}
			})
		})
	}
}

// A re-offer may give keys another payload type; an answer may name another than our offer: each side sends what the
// other named (RFC 3264 section 6.1).
func TestThePayloadTypeOfKeysChanges(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.phone("ann", PCMU, LineOptions{})
		press := func(pt uint8, event byte, ts uint32) { ann.sends(key{event, ts, 800, true, false}.packet(pt, 1)) }
		press(101, 1, 1000)
		answer := ann.offers([]byte(strings.ReplaceAll(string(ann.sdp("")), "101", "96")))
		if !bytes.Contains(answer, []byte("a=rtpmap:96 telephone-event/8000")) {
			t.Errorf("answered\n%s", answer)
		}
		press(101, 2, 20000) // nobody's any more
		press(96, 3, 30000)
		if ann.digits() != "13" {
			t.Errorf("keys %q", ann.digits())
		}
		ann.offers([]byte(strings.ReplaceAll(strings.ReplaceAll(string(ann.sdp("")), " 101", ""), "a=rtpmap:101 telephone-event/8000\r\n", "")))
		press(96, 4, 40000)
		if ann.digits() != "13" {
			t.Errorf("keys %q without an agreement", ann.digits())
		}

		out := s.room.Line("out", LineOptions{Notify: func(e Event) { ann.events = append(ann.events, e) }})
		s.meanwhile(func() {
			offer, err := out.Offer(PlainRTP)
			if err != nil || !bytes.Contains(offer, []byte("a=rtpmap:101 telephone-event/8000")) {
				t.Errorf("%v\n%s", err, offer)
			}
			if err := out.Accept([]byte(strings.ReplaceAll(string(ann.sdp("")), "101", "97"))); err != nil {
				t.Error(err)
			}
		})
		out.receive(key{5, 1000, 800, true, false}.packet(101, 1), &ann.from, out.fd)
		if ann.digits() != "135" {
			t.Errorf("a key with the type we offered: %q", ann.digits())
		}
		ann.heard = nil
		s.meanwhile(func() { out.Digits("7") })
		s.lasts(300 * time.Millisecond)
		if keys := ann.keysHeard(97); keys != "7" {
			t.Errorf("the phone that named 97 got %q", keys)
		}
		s.meanwhile(out.Close)
	})
}

// keysHeard are the keys a phone has got as events of a payload type.
func (p *phone) keysHeard(pt uint8) (keys string) {
	last := uint32(0)
	for _, h := range p.heard {
		if h.pt == pt && (keys == "" || h.ts != last) {
			k, _ := audio.Key(h.payload[0])
			keys += k
			last = h.ts
		}
	}
	return keys
}

// What we send is RFC 4733 to the letter: one time for all packets of a key, a growing duration, a marker at the
// beginning, the end three times; and the sound goes on after it in time.
func TestKeysThatWeSend(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.phone("ann", PCMU, LineOptions{})
		music := NewPlayback([]*Sound{toneSound(600, time.Second)}, true)
		s.plan(Plan{Seats: []Seat{{Line: "ann", Plays: music}}})
		s.lasts(200 * time.Millisecond)
		ann.heard = ann.heard[5:]                      // without the silence before the music
		s.meanwhile(func() { ann.line.Digits("1#x") }) // x is no key
		s.lasts(time.Second)
		if keys := ann.keysHeard(101); keys != "1#" {
			t.Errorf("got %q", keys)
		}
		ends := map[uint32]int{}
		first, at := ann.heard[0].ts, ann.heard[0].at
		for i, h := range ann.heard {
			if i > 0 && h.seq != ann.heard[i-1].seq+1 {
				t.Errorf("packet %d: sequence %d", i, h.seq)
			}
			if h.pt != 101 {
				if want := first + uint32((h.at-at)*8/time.Millisecond); int32(h.ts-want) > 40 || int32(h.ts-want) < -40 {
					t.Errorf("packet %d: time is %d samples off", i, int32(h.ts-want))
				}
				continue
			}
			begins := ann.heard[i-1].pt != 101 || ann.heard[i-1].ts != h.ts
			duration := int(h.payload[2])<<8 + int(h.payload[3])
			if h.marker != begins || begins && duration != samples || duration > keyFrames*samples {
				t.Errorf("packet %d: marker %v, duration %d", i, h.marker, duration)
			}
			if h.payload[1]&0x80 != 0 {
				ends[h.ts]++
			}
		}
		if len(ends) != 2 {
			t.Errorf("%d keys end", len(ends))
		}
		for _, n := range ends {
			if n != 3 {
				t.Errorf("an end is told %d times", n)
			}
		}
	})
}

// Where RFC 4733 was not agreed, keys are tones: ours are understood by the detector of the other side, and a key of one
// party crosses the bridge as a tone.
func TestKeysAsTones(t *testing.T) {
	for _, law := range []Codec{PCMU, PCMA, G722} {
		inStudio(t, func(s *studio) {
			ann, maria := s.phone("ann", law, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
			ann.offers([]byte(strings.ReplaceAll(strings.ReplaceAll(string(ann.sdp("")), " 101", ""), "a=rtpmap:101 telephone-event/8000\r\n", "")))
			s.plan(together)
			maria.hz = 300
			s.lasts(100 * time.Millisecond)
			ann.heard = nil
			s.meanwhile(func() { ann.line.Digits("159D*0#") })
			s.lasts(1500 * time.Millisecond)
			for i, k := range pressed(8, 50000, 800) {
				maria.sends(k.packet(101, uint16(2000+i)))
			}
			s.lasts(500 * time.Millisecond)
			var d audio.Detector
			var keys []byte
			for _, h := range ann.heard {
				if k, ok := d.Feed(h.pcm); ok {
					keys = append(keys, k)
				}
			}
			if string(keys) != "159D*0#8" {
				t.Errorf("%s: heard %q", law, keys)
			}
			ann.unbroken()
		})
	}
}

// Keys are looked for in the sound where nothing else was agreed, or where the owner wants it: told once each.
func TestKeysInTheSoundAreFound(t *testing.T) {
	for _, row := range []struct {
		name, sdp string
		inband    bool
		law       Codec
		want      string
	}{
		{"agreed on nothing", " 101", false, PCMU, "5#"},
		{"agreed on nothing, A-law", " 101", false, PCMA, "5#"},
		{"agreed on nothing, G.722", " 101", false, G722, "5#"},
		{"agreed on events", "", false, PCMU, ""},
		{"both", "", true, PCMU, "5#"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann := s.phone("ann", row.law, LineOptions{Inband: row.inband})
				if row.sdp != "" {
					ann.offers([]byte(strings.ReplaceAll(strings.ReplaceAll(string(ann.sdp("")), row.sdp, ""), "a=rtpmap:101 telephone-event/8000\r\n", "")))
				}
				pcm := append(audio.KeyTone('5', 100*time.Millisecond), make([]int16, 560)...)
				pcm = append(append(pcm, audio.KeyTone('#', 100*time.Millisecond)...), make([]int16, 560)...)
				b := make([]byte, len(pcm))
				encode(row.law, b, pcm)
				for i := 0; (i+1)*240 <= len(b); i++ { // in packets of 30 ms
					ann.sends(packet(uint8(row.law), uint16(i), uint32(i*240), 7, b[i*240:(i+1)*240]))
				}
				if got := ann.digits(); got != row.want {
					t.Errorf("found %q, want %q", got, row.want)
				}
			})
		})
	}
}
