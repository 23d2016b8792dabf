package media

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// speaker feeds one side of a tap as a far end would: in packets of 20 ms, by a clock of its own. It hums, and beeps for
// 100 ms whenever ten seconds of its call have passed, so that a recording shows where a moment went.
type speaker struct {
	to     *channel
	speed  float64 // of its clock, 1 is exact
	spoken int     // samples
	hold   []byte  // packets that the network keeps, one after the other
	stuck  bool
	lose   float64 // part of its packets
}

const beepEvery = 10 * audio.Rate

var (
	beep = mu(audio.Tone(1000, 0.5, frame))
	hum  = mu(audio.Tone(200, 0.05, frame))
)

func mu(pcm []int16) []byte {
	b := make([]byte, len(pcm))
	audio.EncodeMu(b, pcm)
	return b
}

// until speaks what is due when the tap has run so long.
func (s *speaker) until(d time.Duration) {
	for due := int(d.Seconds() * s.speed * audio.Rate); s.spoken+samples <= due; s.spoken += samples {
		b := hum
		if s.spoken >= beepEvery && s.spoken%beepEvery < audio.Rate/10 {
			b = beep
		}
		if rand.Float64() < s.lose {
			continue
		}
		s.hold = append(s.hold, b...)
	}
	if s.stuck {
		return
	}
	for ; len(s.hold) > 0; s.hold = s.hold[samples:] {
		s.to.put(s.hold[:samples], PCMU)
	}
}

// record runs a tap for d and gives both sides.
func record(d time.Duration, each func(at time.Duration), left, right *speaker) (l, r []byte) {
	t := NewTap()
	left.to, right.to = &t.left, &t.right
	keep := func(c Chunk) {
		for i := 0; i < len(c.Sound); i += 2 {
			l, r = append(l, c.Sound[i]), append(r, c.Sound[i+1])
		}
		t.Free(c.Sound)
	}
	for at := frame; at <= d; at += frame {
		if each != nil {
			each(at)
		}
		left.until(at)
		right.until(at)
		t.tick(0)
		for len(t.out) > 0 {
			keep(<-t.out)
		}
	}
	t.finish()
	for c := range t.out {
		keep(c)
	}
	return l, r
}

// beeps are where a side's beeps begin: where it is loud.
func beeps(side []byte) (at []time.Duration) {
	loud := [256]bool{}
	for i := range loud {
		v := decode(PCMU, []byte{byte(i)})[0]
		loud[i] = v > 8000 || v < -8000
	}
	for i := 0; i < len(side); i++ {
		if loud[side[i]] {
			at = append(at, time.Duration(i)*time.Second/audio.Rate)
			i += audio.Rate // it is heard
		}
	}
	return at
}

// apart fails when a moment of the call stands further apart on the two sides than is allowed, from the given beep on.
func apart(t *testing.T, left, right []byte, from int, allowed time.Duration) {
	t.Helper()
	l, r := beeps(left), beeps(right)
	if len(l) < from+2 || math.Abs(float64(len(l)-len(r))) > 1 {
		t.Fatalf("%d beeps left, %d right", len(l), len(r))
	}
	for i := from; i < min(len(l), len(r)); i++ {
		if d := (l[i] - r[i]).Abs(); d > allowed {
			t.Errorf("beep %d: the sides are %s apart", i+1, d)
		}
	}
}

// Two clocks are never the same. Over ten minutes the sides stay together.
func TestClockDriftDoesNotMoveTheSides(t *testing.T) {
	for _, row := range []struct {
		ppm   float64
		lasts time.Duration
	}{{100, 10 * time.Minute}, {-100, 10 * time.Minute}, {1000, 3 * time.Minute}, {-1000, 3 * time.Minute}} {
		left, right := record(row.lasts, nil, &speaker{speed: 1}, &speaker{speed: 1 + row.ppm/1e6})
		if got := time.Duration(len(left)) * time.Second / audio.Rate; got != row.lasts || len(left) != len(right) {
			t.Errorf("%.0f ppm: %s and %s", row.ppm, got, time.Duration(len(right))*time.Second/audio.Rate)
		}
		l, r := beeps(left), beeps(right)
		for i := range min(len(l), len(r)) {
			// The one with the fast clock says it earlier, in truth: that is no fault of the recording.
			truth := time.Duration(float64(i+1) * 10 * float64(time.Second) * (1 - 1/(1+row.ppm/1e6)))
			if d := (l[i] - r[i] - truth).Abs(); d > 80*time.Millisecond {
				t.Errorf("%.0f ppm, beep %d: %s apart", row.ppm, i+1, d)
			}
		}
		if n := int(row.lasts/(10*time.Second)) - 1; len(l) < n || len(r) < n {
			t.Errorf("%.0f ppm: %d and %d beeps", row.ppm, len(l), len(r))
		}
	}
}

// Loss leaves silence in its place, and moves nothing.
func TestLossMovesNothing(t *testing.T) {
	left, right := record(2*time.Minute, nil, &speaker{speed: 1}, &speaker{speed: 1, lose: 0.1})
	apart(t, left, right, 0, 80*time.Millisecond)
	quiet := 0
	for i := 0; i+samples <= len(right); i += samples {
		if audio.Loudness(decode(PCMU, right[i:i+samples])) == 0 {
			quiet++
		}
	}
	if part := float64(quiet) / float64(len(right)/samples); part < 0.05 || part > 0.25 {
		t.Errorf("%.0f %% of the side is silence", 100*part)
	}
}

// A network that stands still for 200 ms and then delivers all at once moves its side for some seconds, not for ever.
func TestABurstIsWorkedOff(t *testing.T) {
	right := &speaker{speed: 1}
	each := func(at time.Duration) { right.stuck = at > 14*time.Second && at < 14*time.Second+220*time.Millisecond }
	left, other := record(time.Minute, each, &speaker{speed: 1}, right)
	apart(t, left, other, 2, 80*time.Millisecond) // from the beep at 30 s on
	if n := len(beeps(other)); n != 5 {
		t.Errorf("%d beeps", n)
	}
}

// Over late starts, holds, a side that is silent and a side that begins anew, the recording is as long as the talk, and
// each is on its own side.
func TestARecordingIsAsLongAsTheTalk(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMA, LineOptions{})
		tap := NewTap()
		talk, hold := together, Plan{Seats: []Seat{{Line: "ann"}, {Line: "maria"}}, Takes: []Take{{Tap: tap}}}
		talk.Takes = []Take{{Tap: tap, Left: []string{"ann"}, Right: []string{"maria"}}}
		var all []byte
		keep := func() {
			for len(tap.out) > 0 {
				all = append(all, (<-tap.out).Sound...)
			}
		}
		phase := func(p Plan, annHz, mariaHz float64, d time.Duration) {
			s.plan(p)
			ann.hz, maria.hz = annHz, mariaHz
			for range d / time.Second {
				s.lasts(time.Second)
				keep()
			}
		}
		phase(hold, 440, 1000, 3*time.Second) // not counted: nobody talks
		phase(talk, 440, 0, 3*time.Second)    // one side begins late
		phase(talk, 440, 1000, 4*time.Second) // both
		phase(hold, 440, 1000, 5*time.Second) // not counted
		phase(talk, 0, 1000, 2*time.Second)   // one side is silent
		maria.ssrc, maria.seq, maria.ts = 9, 9, 9
		phase(talk, 440, 1000, 2*time.Second) // begun anew
		s.plan(together)
		for c := range tap.Chunks() {
			all = append(all, c.Sound...)
		}
		const want = 11 * time.Second
		if got := time.Duration(len(all)/2) * time.Second / audio.Rate; (got - want).Abs() > 100*time.Millisecond {
			t.Fatalf("%s recorded of %s", got, want)
		}
		left, right := split(all)
		for _, row := range []struct {
			from, to    time.Duration
			left, right float64
		}{{0, 3, 440, 0}, {3, 7, 440, 1000}, {7, 9, 0, 1000}, {9, 11, 440, 1000}} {
			cut := func(pcm []int16) []int16 { return pcm[int(row.from)*audio.Rate+1600 : int(row.to)*audio.Rate-800] }
			for _, side := range []struct {
				name      string
				pcm       []int16
				hz, other float64
			}{{"left", cut(left), row.left, 1000}, {"right", cut(right), row.right, 440}} {
				if l := audio.Level(side.pcm, side.other, audio.Rate); l > 0.01 {
					t.Errorf("%d to %d s: the other's voice on the %s at %.3f", row.from, row.to, side.name, l)
				}
				if loud := audio.Loudness(side.pcm); side.hz == 0 && loud > 0.005 {
					t.Errorf("%d to %d s: %s is at %.3f and should be silent", row.from, row.to, side.name, loud)
				}
				if l := audio.Level(side.pcm, side.hz, audio.Rate); side.hz != 0 && l < 0.28 {
					t.Errorf("%d to %d s: %s at %.3f", row.from, row.to, side.name, l)
				}
			}
		}
	})
}

// A disk that blocks for seconds costs the talk nothing. What the recording misses is told, in its place: what waited
// before the gap stands before it.
func TestASlowReaderTouchesNobody(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		tap := NewTap()
		p := together
		p.Takes = []Take{{Tap: tap, Left: []string{"ann"}, Right: []string{"maria"}}}
		s.plan(p)
		s.lasts(100 * time.Millisecond)
		ann.heard = nil
		const lasts = 20
		for second := range lasts { // each with a tone of its own
			maria.hz = float64(500 + 100*second)
			s.lasts(time.Second)
		}
		ann.unbroken()
		if lost := tap.Lost(); lost != (lasts-chunks)*time.Second {
			t.Errorf("%s lost", lost)
		}
		read := func(c Chunk, hz float64, gap time.Duration) {
			t.Helper()
			_, right := split(c.Sound)
			if l := audio.Level(right[1600:6400], hz, audio.Rate); l < 0.27 || c.Gap != gap {
				t.Errorf("%.0f Hz at %.3f after a gap of %s", hz, l, c.Gap)
			}
		}
		for second := range chunks {
			read(<-tap.out, float64(500+100*second), 0)
		}
		maria.hz = 3000
		s.lasts(time.Second)
		read(<-tap.out, 3000, (lasts-chunks)*time.Second)
	})
}

// Whatever arrives, the tap is as long as its time, and no byte is made up.
func FuzzTap(f *testing.F) {
	f.Add([]byte{160, 160, 0, 80, 80, 0, 255, 0, 0, 0, 0})
	f.Add([]byte{1, 0, 1, 0, 240, 0, 240, 0, 0})
	f.Fuzz(func(t *testing.T, sizes []byte) {
		tap := NewTap()
		put, ticks := 0, 0
		for i, n := range sizes {
			if n == 0 {
				tap.tick(0)
				ticks++
				continue
			}
			b := make([]byte, int(n)*(i%7+1))
			for j := range b {
				b[j] = 0x11
			}
			put += len(b)
			tap.right.put(b, PCMU)
		}
		tap.finish()
		got, voiced := 0, 0
		for len(tap.out) > 0 {
			c := <-tap.out
			got += len(c.Sound)
			for i := 0; i < len(c.Sound); i += 2 {
				if c.Sound[i] != audio.MuSilence {
					t.Fatal("sound on the other side")
				}
				if c.Sound[i+1] == 0x11 {
					voiced++
				}
			}
		}
		if want := ticks * 2 * samples; time.Duration(got/2)*time.Second/audio.Rate+tap.Lost() != time.Duration(want/2)*time.Second/audio.Rate || voiced > put {
			t.Errorf("%d of %d bytes, %d voiced of %d put", got, want, voiced, put)
		}
	})
}
