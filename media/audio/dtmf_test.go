package audio

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// press is a key as somebody's phone may make it, somewhere in the middle of silence.
type press struct {
	low, high float64 // amplitudes
	detune    float64 // 1 is exact
	lasts     time.Duration
	after     int     // samples of silence
	noise     float64 // amplitude, root mean square
}

func (p press) sound(key int) []int16 {
	low, high := Tone(rows[key/4]*p.detune, p.low, p.lasts), Tone(columns[key%4]*p.detune, p.high, p.lasts)
	for i := range low {
		low[i] += high[i]
	}
	s := append(append(make([]int16, 400+p.after), low...), make([]int16, 800)...)
	if p.noise > 0 {
		for i := range s {
			s[i] += int16(p.noise * math.MaxInt16 * rand.NormFloat64())
		}
	}
	return s
}

// heard is what a detector finds, fed as packets feed it.
func heard(d *Detector, s []int16) string {
	var keys []byte
	for len(s) >= 160 {
		if k, ok := d.Feed(s[:160]); ok {
			keys = append(keys, k)
		}
		s = s[160:]
	}
	return string(keys)
}

// What ITU-T Q.24 wants accepted is accepted, wherever in a packet it begins; what it wants refused is refused.
func TestKeysWithinAndBeyondTheLimits(t *testing.T) {
	usual := press{low: 0.25, high: 0.25, detune: 1, lasts: 80 * time.Millisecond}
	twist := func(db float64) press {
		p := usual
		p.high = p.low * math.Pow(10, db/20)
		if db > 0 {
			p.low, p.high = p.high/math.Pow(10, db/10), p.low
		}
		return p
	}
	with := func(change func(*press)) press {
		p := usual
		change(&p)
		return p
	}
	for name, row := range map[string]struct {
		press
		key bool
	}{
		"as usual":                  {usual, true},
		"45 ms long":                {with(func(p *press) { p.lasts = 45 * time.Millisecond }), true},
		"25 ms long":                {with(func(p *press) { p.lasts = 25 * time.Millisecond }), false},
		"two seconds long":          {with(func(p *press) { p.lasts = 2 * time.Second }), true},
		"high tone 8 dB louder":     {twist(8), true},
		"low tone 8 dB louder":      {twist(-8), true},
		"high tone 15 dB louder":    {twist(15), false},
		"low tone 15 dB louder":     {twist(-15), false},
		"1.5 % too high":            {with(func(p *press) { p.detune = 1.015 }), true},
		"1.5 % too low":             {with(func(p *press) { p.detune = 0.985 }), true},
		"3.5 % too high":            {with(func(p *press) { p.detune = 1.035 }), false},
		"3.5 % too low":             {with(func(p *press) { p.detune = 0.965 }), false},
		"25 dB quieter":             {with(func(p *press) { p.low, p.high = 0.028, 0.028 }), true},
		"55 dB quieter":             {with(func(p *press) { p.low, p.high = 0.001, 0.001 }), false},
		"noise 15 dB below":         {with(func(p *press) { p.noise = 0.25 * 0.178 }), true},
		"noise as loud as the tone": {with(func(p *press) { p.noise = 0.25 }), false},
	} {
		for key := range len(keypad) {
			p := row.press
			p.after = key * 11 // each key begins elsewhere in a packet and in a block
			want := ""
			if row.key {
				want = keypad[key : key+1]
			}
			var d Detector
			if got := heard(&d, p.sound(key)); got != want {
				t.Errorf("%s: key %c is heard as %q", name, keypad[key], got)
			}
		}
	}
}

// Fast fingers: the same key and different keys, 60 ms each with 40 ms between.
func TestKeysInQuickSuccession(t *testing.T) {
	for _, keys := range []string{"5555", "147*", "1234567890*#", "ABCD", "0000000000"} {
		var s []int16
		for i := range len(keys) {
			s = append(append(s, KeyTone(keys[i], 60*time.Millisecond)...), make([]int16, 320)...)
		}
		var d Detector
		if got := heard(&d, append(s, make([]int16, 400)...)); got != keys {
			t.Errorf("%q is heard as %q", keys, got)
		}
	}
}

// One key with a hole of 10 ms in it, as a lost packet or a bad contact makes it, is one key.
func TestABriefGapIsNoSecondKey(t *testing.T) {
	s := KeyTone('8', 60*time.Millisecond)
	s = append(append(s, make([]int16, 80)...), KeyTone('8', 60*time.Millisecond)...)
	var d Detector
	if got := heard(&d, append(s, make([]int16, 800)...)); got != "8" {
		t.Errorf("heard %q", got)
	}
}

// The demo's own prompts are speech, and its hold music is music: at no speed is a key in them.
func TestSpeechAndMusicPressNoKeys(t *testing.T) {
	files, err := filepath.Glob("../../configs/demo/sounds/*.wav")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d sounds, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		samples, rate, err := ReadWAV(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, as := range []int{rate * 3 / 4, rate, rate * 5 / 4} {
			if as == Rate {
				as++
			}
			var d Detector
			if got := heard(&d, stretch(samples, as)); got != "" {
				t.Errorf("%s played at %d Hz: heard %q", filepath.Base(file), as, got)
			}
		}
	}
}

// stretch plays samples faster or slower, which moves the voice's pitch: the nearest sample is good enough here.
func stretch(in []int16, from int) []int16 {
	out := make([]int16, len(in)*Rate/from)
	for i := range out {
		out[i] = in[min(i*from/Rate, len(in)-1)]
	}
	return out
}

// A grown-up's voice is a row of harmonics under formants. Two of them may come near a row and a column; the others
// give them away.
func TestAVoicePressesNoKeys(t *testing.T) {
	var d Detector
	for pitch := 80.0; pitch < 300; pitch *= 1.02 {
		var loud []float64 // of each harmonic
		for hz := pitch; hz < 3400; hz += pitch {
			first, second := (hz-750)/200, (hz-1350)/250
			loud = append(loud, 0.05+math.Exp(-first*first)+math.Exp(-second*second))
		}
		s := make([]int16, Rate/8)
		for i := range s {
			at := float64(i) / Rate
			phase := 2 * math.Pi * pitch * (1 + 0.02*math.Sin(2*math.Pi*5*at)) * at // vibrato
			var v float64
			for h, l := range loud {
				v += l * math.Sin(float64(h+1)*phase)
			}
			s[i] = int16(4000 * v)
		}
		if got := heard(&d, s); got != "" {
			t.Errorf("a voice of %.0f Hz: heard %q", pitch, got)
		}
	}
}

// Whatever comes, and in whatever pieces, the detector stands it, and pieces make no difference.
func FuzzDetector(f *testing.F) {
	as := func(s []int16) []byte {
		b := make([]byte, 2*len(s))
		for i, v := range s {
			binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
		}
		return b
	}
	f.Add(as(KeyTone('5', 80*time.Millisecond)), uint8(80))
	f.Add(as(append(KeyTone('1', 50*time.Millisecond), KeyTone('2', 50*time.Millisecond)...)), uint8(33))
	f.Add([]byte{0, 0x80, 0xFF, 0x7F}, uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		s := make([]int16, len(b)/2)
		for i := range s {
			s[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		collect := func(n int) (keys []byte) {
			var d Detector
			for rest := s; len(rest) > 0; {
				m := min(n, len(rest))
				if k, ok := d.Feed(rest[:m]); ok {
					keys = append(keys, k)
				}
				rest = rest[m:]
			}
			return keys
		}
		if one, other := collect(1), collect(int(piece)%160+1); !bytes.Equal(one, other) {
			t.Errorf("%q sample by sample, %q in pieces of %d", one, other, int(piece)%160+1)
		}
	})
}
