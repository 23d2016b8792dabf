package media

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// each hears everybody: a conference of these.
func conference(ids ...string) (p Plan) {
	for _, id := range ids {
		p.Seats = append(p.Seats, Seat{Line: id, Hears: ids})
	}
	return p
}

// pitches that are no multiples of one another.
var pitches = []float64{440, 610, 790, 1010, 1270, 1530, 1810, 2130}

// crowd is so many phones, each with its own tone.
func (s *studio) crowd(n int, laws ...Codec) (all []*phone, ids []string) {
	for i := range n {
		id := fmt.Sprintf("p%d", i)
		p := s.phone(id, laws[i%len(laws)], LineOptions{})
		p.hz = pitches[i]
		all, ids = append(all, p), append(ids, id)
	}
	return all, ids
}

// Three in a conference: everybody hears everybody else as loud as they are, and nobody themselves.
func TestEverybodyHearsEverybodyElse(t *testing.T) {
	inStudio(t, func(s *studio) {
		all, ids := s.crowd(3, PCMU, PCMA, G722)
		s.plan(conference(ids...))
		s.lasts(200 * time.Millisecond)
		for _, p := range all {
			p.heard = nil
		}
		s.lasts(time.Second)
		for i, p := range all {
			for j := range all {
				l := audio.Level(p.sound(), pitches[j], audio.Rate)
				if i == j && l > 0.003 || i != j && (l < 0.27 || l > 0.34) { // 0.3 by 1 dB
					t.Errorf("%d hears %d at %.3f", i, j, l)
				}
			}
			p.unbroken()
		}
	})
}

// However many talk at once, the sum is as loud as one may be, everybody is heard alike, and nothing is cut: what is not theirs is far below.
func TestACrowdIsTurnedDownNotCut(t *testing.T) {
	for _, n := range []int{5, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { turnedDown(t, n) })
	}
}

func turnedDown(t *testing.T, n int) {
	inStudio(t, func(s *studio) {
		all, ids := s.crowd(n, PCMU)
		s.plan(conference(ids...))
		s.lasts(2 * time.Second)
		for i, p := range all {
			pcm := p.sound()[8000:]
			var least, most float64 = 1, 0
			for j := range all {
				if l := audio.Level(pcm, pitches[j], audio.Rate); j != i {
					least, most = min(least, l), max(most, l)
				} else if l > 0.01 {
					t.Errorf("%d hears themselves at %.3f", i, l)
				}
			}
			if least < 0.08 || most/least > 1.15 {
				t.Errorf("%d hears the others at %.3f to %.3f", i, least, most)
			}
			for _, hz := range []float64{330, 520, 1100, 2400, 3000} { // harmonics and products of clipping
				if l := audio.Level(pcm, hz, audio.Rate); l > 0.012 {
					t.Errorf("%d hears %.0f Hz, which nobody sends, at %.3f", i, hz, l)
				}
			}
		}
	})
}

// One comes, one goes, one comes back: who stays hears one stream, with no gap above 20 ms.
func TestAJoinAndALeaveAreNoGap(t *testing.T) {
	inStudio(t, func(s *studio) {
		all, ids := s.crowd(4, G722, PCMU, PCMA)
		s.plan(conference(ids[:2]...))
		s.lasts(200 * time.Millisecond)
		listener := all[0]
		listener.heard = nil
		for _, n := range []int{3, 4, 3, 2, 4, 2} {
			s.plan(conference(ids[:n]...))
			s.lasts(300 * time.Millisecond)
		}
		listener.unbroken()
		pcm := listener.sound()
		gap, longest := 0, 0
		for part := range slices.Chunk(pcm, 40) { // 5 ms
			if audio.Level(part, pitches[1], audio.Rate) < 0.05 && audio.Loudness(part) < 0.02 {
				gap++
			} else {
				gap = 0
			}
			longest = max(longest, gap)
		}
		if longest > 4 {
			t.Errorf("silent for %d ms", longest*5)
		}
	})
}

// A voice with jitter, a burst and a hole goes on, and stays no further behind than its jitter.
func TestAVoiceKeepsUp(t *testing.T) {
	v := newVoice()
	tone := audio.Tone(440, 0.3, 20*time.Second)
	mu := make([]byte, len(tone))
	audio.EncodeMu(mu, tone)
	at, heard := 0, 0
	send := func(n int) {
		v.put(mu[at:at+n*samples], PCMU)
		at += n * samples
	}
	for station := range int64(500) {
		switch {
		case station == 100: // three at once after a hole
			send(3)
		case station > 97 && station < 100:
		default:
			send(1)
		}
		if audio.Loudness(v.take(station)[:]) > 0.1 {
			heard++
		}
		v.take(station) // the second who asks gets the same
	}
	if v.n > 2*samples {
		t.Errorf("%d samples behind", v.n)
	}
	if heard < 495 {
		t.Errorf("%d of 500 frames heard", heard)
	}
}

// A key reaches everybody else, as a key.
func TestAKeyInAConference(t *testing.T) {
	inStudio(t, func(s *studio) {
		all, ids := s.crowd(3, PCMU)
		s.plan(conference(ids...))
		s.lasts(100 * time.Millisecond)
		all[0].line.Digits("") // nothing
		for n := range 8 {
			all[0].sends(packet(101, uint16(500+n), 90000, all[0].ssrc, []byte{5, 10 | end(n > 4), 0, byte(n * 160 >> 8)}))
			s.frame()
		}
		s.lasts(400 * time.Millisecond)
		for i, want := range []string{"", "5", "5"} {
			if got := all[i].keysHeard(101); got != want {
				t.Errorf("%d got the key %q", i, got)
			}
		}
	})
}

func end(is bool) byte {
	if is {
		return 0x80
	}
	return 0
}

// A tape keeps the sum of several, beside another tape that keeps one of them; a quiet one grows in silence.
func TestTapesOfSeveral(t *testing.T) {
	inStudio(t, func(s *studio) {
		_, ids := s.crowd(3, PCMU, PCMA, G722)
		both, one := NewTap(), NewTap()
		var kept [2][]byte
		lasts := func(d time.Duration) {
			for range d / time.Second {
				s.lasts(time.Second)
				for n, tap := range []*Tap{both, one} {
					for len(tap.out) > 0 {
						kept[n] = append(kept[n], (<-tap.out).Sound...)
					}
				}
			}
		}
		p := conference(ids...)
		p.Takes = []Take{{Tap: both, Left: ids[:1], Right: ids[1:]}, {Tap: one, Left: ids[1:2]}}
		s.plan(p)
		lasts(2 * time.Second)
		if both.At() != 2*time.Second {
			t.Errorf("it is at %s", both.At())
		}
		p.Takes = []Take{{Tap: both, Left: ids[:1], Right: ids[1:], Quiet: true}, {Tap: one}}
		s.plan(p)
		lasts(time.Second)
		if both.At() != 3*time.Second || one.At() != 2*time.Second {
			t.Errorf("they are at %s and %s", both.At(), one.At())
		}
		p.Takes = nil
		s.plan(p)
		left, right := split(kept[0])
		for _, row := range []struct {
			what     string
			pcm      []int16
			from, to int
			want     []float64
		}{
			{"left", left, 1, 2, []float64{0.3, 0, 0}},
			{"right", right, 1, 2, []float64{0, 0.3, 0.3}},
			{"left, quiet", left, 2, 3, []float64{0, 0, 0}},
			{"right, quiet", right, 2, 3, []float64{0, 0, 0}},
		} {
			for i, want := range row.want {
				if l := audio.Level(row.pcm[row.from*audio.Rate+800:row.to*audio.Rate], pitches[i], audio.Rate); l < want-0.03 || l > want+0.03 {
					t.Errorf("%s: %.0f Hz at %.3f, want %.3f", row.what, pitches[i], l, want)
				}
			}
		}
		left, _ = split(kept[1])
		if l := audio.Level(left[800:], pitches[1], audio.Rate); len(left) != 2*audio.Rate || l < 0.27 {
			t.Errorf("the second tape has %d samples, at %.3f", len(left), l)
		}
	})
}

// Who closes is missing in the sum and on the tape, and nothing else happens.
func TestOneOfAMixCloses(t *testing.T) {
	inStudio(t, func(s *studio) {
		all, ids := s.crowd(3, PCMU)
		p := conference(ids...)
		p.Takes = []Take{{Tap: NewTap(), Left: ids[:1], Right: ids[1:]}}
		s.plan(p)
		s.lasts(200 * time.Millisecond)
		s.meanwhile(all[2].line.Close)
		all[2].hz = 0
		s.lasts(200 * time.Millisecond)
		if l := all[0].hears(pitches[1], 400*time.Millisecond); l < 0.27 {
			t.Errorf("the other is heard at %.3f", l)
		}
		s.plan(Plan{})
	})
}

// The mix of a conference takes no memory, as nothing that happens for every packet.
func TestAMixAllocatesNothing(t *testing.T) {
	inStudio(t, func(s *studio) {
		all, ids := s.crowd(5, G722, PCMU, PCMA)
		p := conference(ids...)
		p.Takes = []Take{{Tap: NewTap(), Left: ids[:1], Right: ids[1:]}}
		s.plan(p)
		s.lasts(100 * time.Millisecond)
		listener := all[0].line
		tap := p.Takes[0].Tap
		station := s.loop.station()
		n := testing.AllocsPerRun(200, func() {
			station++
			for _, q := range all {
				q.line.voice.put(q.second[:samples], q.law)
			}
			s.loop.ticks = station * phases
			_ = listener.mixed()
			tap.right.take(make([]byte, 0, 2*samples)[:2*samples], station)
		})
		if n > 0 {
			t.Errorf("%.1f allocations a frame", n)
		}
	})
}

// BenchmarkRoom is a conference of three in the loop: their packets come, are mixed and sent.
func BenchmarkRoom(b *testing.B) {
	lines := make([]*Line, 3)
	e := &loop{}
	for n := range lines {
		lines[n] = &Line{loop: e, fd: -1, voice: newVoice(), mixer: &mixer{}}
	}
	for n, l := range lines {
		l.mixes = slices.DeleteFunc(slices.Clone(lines), func(x *Line) bool { return x == lines[n] })
	}
	payload := make([]byte, samples)
	audio.EncodeMu(payload, audio.Tone(440, 0.3, frame))
	for b.Loop() {
		e.ticks += phases
		for _, l := range lines {
			l.voice.put(payload, PCMU)
		}
		for _, l := range lines {
			l.sendFrame(l.mixed())
		}
	}
}
