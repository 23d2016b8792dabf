package audio

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"os"
	"os/exec"
	"testing"
	"time"
)

// What this package leaves out, for comparing with another maker's encoder and decoder: the higher band and the filters of 24 taps that part
// and join the bands.

var (
	qmf = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}
	qm2 = [4]int32{-7408, -1616, 7408, 1616}
	wh  = [4]int32{798, -214, 798, -214}
)

func (b *band) followHigh(code byte) {
	d := b.det * qm2[code] >> 15
	b.nb = max(0, min(22528, b.nb*127>>7+wh[code]))
	b.det = scale(b.nb, 10)
	b.predict(d)
}

func (b *band) encodeHigh(x int32) (code byte) {
	e := clamp16(x - b.s)
	size := e
	if e < 0 {
		size = -(e + 1)
	} else {
		code = 2
	}
	if size < 564*b.det>>12 {
		code++
	}
	b.followHigh(code)
	return code
}

func (b *band) decodeHigh(code byte) int32 {
	x := max(-16384, min(16383, b.s+b.det*qm2[code]>>15))
	b.followHigh(code)
	return x
}

func encodeWide(pcm []int16) (out []byte) {
	low, high, x := band{det: lowest}, band{det: 8}, [24]int32{}
	for ; len(pcm) > 1; pcm = pcm[2:] {
		copy(x[:], x[2:])
		x[22], x[23] = int32(pcm[0]), int32(pcm[1])
		odd, even := filter(&x)
		out = append(out, high.encodeHigh((even-odd)>>14)<<6|low.encodeLow((even+odd)>>14))
	}
	return out
}

func decodeWide(code []byte) (out []int16) {
	low, high, x := band{det: lowest}, band{det: 8}, [24]int32{}
	for _, c := range code {
		l, h := low.decodeLow(c&0x3F), high.decodeHigh(c>>6)
		copy(x[:], x[2:])
		x[22], x[23] = l+h, l-h
		odd, even := filter(&x)
		out = append(out, int16(clamp16(even>>11)), int16(clamp16(odd>>11)))
	}
	return out
}

func filter(x *[24]int32) (odd, even int32) {
	for i, q := range qmf {
		odd += x[2*i] * q
		even += x[2*i+1] * qmf[11-i]
	}
	return odd, even
}

// chirp is a second of sound of 16 kHz that comes everywhere: quiet and loud, from 50 Hz to 7 kHz.
func chirp() []int16 {
	pcm := make([]int16, 16000)
	for i := range pcm {
		t := float64(i) / 16000
		pcm[i] = int16(28000 * (0.05 + 0.95*math.Abs(math.Sin(7*t))) * math.Sin(2*math.Pi*(50*t+3475*t*t)))
	}
	return pcm
}

var again = flag.Bool("again", false, "ask ffmpeg again for testdata/chirp.g722 and chirp.pcm")

// What ffmpeg has made of a chirp, ours makes of it, too; and of what it wrote we read what it reads.
func TestG722IsThatOfOthers(t *testing.T) {
	if *again {
		ask(t, bytesOf(chirp()), "testdata/chirp.g722", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-f", "g722", "-")
		b, _ := os.ReadFile("testdata/chirp.g722")
		ask(t, b, "testdata/chirp.pcm", "-f", "g722", "-i", "-", "-f", "s16le", "-")
	}
	code, err := os.ReadFile("testdata/chirp.g722")
	if err != nil {
		t.Fatal(err)
	}
	if got := encodeWide(chirp()); !bytes.Equal(got, code) {
		t.Errorf("%d bytes, the first other one is %d", len(got), other(got, code))
	}
	want, err := os.ReadFile("testdata/chirp.pcm")
	if err != nil {
		t.Fatal(err)
	}
	if got := bytesOf(decodeWide(code)); !bytes.Equal(got, want) {
		t.Errorf("%d and %d bytes of sound, the first other one is %d", len(got), len(want), other(got, want))
	}
}

func other(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func bytesOf(pcm []int16) []byte {
	var b []byte
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func ask(t *testing.T, in []byte, out string, args ...string) {
	t.Helper()
	c := exec.Command("ffmpeg", append([]string{"-loglevel", "error"}, args...)...)
	c.Stdin, c.Stderr = bytes.NewReader(in), os.Stderr
	b, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Between our sound of 8 kHz and a phone's of 16 kHz, both ways, a tone keeps its pitch and its level.
func TestG722OfTheTelephonesBand(t *testing.T) {
	for _, hz := range []float64{200, 440, 1000, 2000, 3300} {
		for _, level := range []float64{0.02, 0.3, 0.9} {
			narrow := Tone(hz, level, time.Second)
			code := make([]byte, len(narrow))
			NewG722Encoder().Encode(code, narrow)
			there := decodeWide(code)[1600:]
			if l := Level(there, hz, 16000); math.Abs(l/level-1) > 0.06 {
				t.Errorf("%.0f Hz of %.2f is at %.3f there", hz, level, l)
			}
			image := 0.02
			if hz > 3000 { // where the bands part a filter does half of it, and the higher band, which is silent, would do the rest
				image = 0.25
			}
			if l := Level(there, 8000-hz, 16000); l > level*image {
				t.Errorf("%.0f Hz of %.2f has an image at %.3f", hz, level, l)
			}
			wide := make([]int16, 16000)
			for i := range wide {
				wide[i] = int16(level * math.MaxInt16 * math.Sin(2*math.Pi*hz*float64(i)/16000))
			}
			back := make([]int16, 8000)
			NewG722Decoder().Decode(back, encodeWide(wide))
			if l := Level(back[800:], hz, Rate); math.Abs(l/level-1) > 0.06 {
				t.Errorf("%.0f Hz of %.2f is at %.3f here", hz, level, l)
			}
		}
	}
}

// Whatever comes, a decoder goes on; and it finds back within 100 ms.
func FuzzG722(f *testing.F) {
	f.Add([]byte{0xFF, 0, 0x3F, 0x80})
	code, tone := make([]byte, 1600), Tone(1000, 0.3, 200*time.Millisecond)
	NewG722Encoder().Encode(code, tone)
	f.Fuzz(func(t *testing.T, junk []byte) {
		d := NewG722Decoder()
		d.Decode(make([]int16, len(junk)), junk)
		pcm := make([]int16, 1600)
		d.Decode(pcm, code)
		if l := Level(pcm[800:], 1000, Rate); l < 0.27 || l > 0.33 {
			t.Errorf("the tone is at %.3f", l)
		}
	})
}

func BenchmarkG722(b *testing.B) {
	e, d := NewG722Encoder(), NewG722Decoder()
	pcm, code := Tone(440, 0.3, 20*time.Millisecond), make([]byte, 160)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			e.Encode(code, pcm)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			d.Decode(pcm, code)
		}
	})
}
