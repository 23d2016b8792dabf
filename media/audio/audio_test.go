package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The laws keep every sample within their step, and re-encoding a decoded byte changes nothing (ITU-T G.711).
func TestLawsRoundTrip(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		if got := encodeMu(decodeMu(b)); got != b && b != 0x7F { // 0x7F is minus zero
			t.Errorf("µ-law %#x becomes %#x", b, got)
		}
		if got := encodeA(decodeA(b)); got != b {
			t.Errorf("A-law %#x becomes %#x", b, got)
		}
	}
	for v := math.MinInt16; v <= math.MaxInt16; v += 7 {
		mu, a := int(decodeMu(encodeMu(int16(v)))), int(decodeA(encodeA(int16(v))))
		if limit := 64 + abs(v)/16; abs(mu-v) > limit || abs(a-v) > limit {
			t.Fatalf("%d becomes %d (µ) and %d (A)", v, mu, a)
		}
	}
	if decodeMu(0x80) != 32124 || decodeMu(0xFF) != 0 || decodeA(0xAA) != 32256 || decodeA(0xD5) != 8 {
		t.Errorf("reference values of G.711 are not met: %d %d %d %d", decodeMu(0x80), decodeMu(0xFF), decodeA(0xAA), decodeA(0xD5))
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

func TestAToneSurvivesResampling(t *testing.T) {
	for _, from := range []int{8000, 11025, 16000, 22050, 44100, 48000} {
		in := make([]int16, from)
		for i := range in {
			in[i] = int16(16000 * math.Sin(2*math.Pi*1000*float64(i)/float64(from)))
		}
		out := Resample(in, from, Rate)
		if d := abs(len(out) - Rate); d > 1 {
			t.Errorf("%d Hz: %d samples for a second", from, len(out))
		}
		if l := Level(out, 1000, Rate); math.Abs(l-16000.0/32767) > 0.02 {
			t.Errorf("%d Hz: level %.3f", from, l)
		}
	}
	// What telephones cannot carry must not come back as another tone.
	in := make([]int16, 22050)
	for i := range in {
		in[i] = int16(16000 * math.Sin(2*math.Pi*6000*float64(i)/22050))
	}
	if l := Loudness(Resample(in, 22050, Rate)); l > 0.02 {
		t.Errorf("6 kHz folds back at %.3f", l)
	}
}

func TestKeysInSound(t *testing.T) {
	for _, noise := range []float64{0, 300} {
		for i := range len(keypad) {
			var d Detector
			var heard []byte
			sound := append(make([]int16, 400), KeyTone(keypad[i], 80*time.Millisecond)...)
			sound = append(sound, make([]int16, 800)...)
			for j := range sound {
				sound[j] += int16(noise * rand.NormFloat64())
			}
			for len(sound) >= 160 {
				if k, ok := d.Feed(sound[:160]); ok {
					heard = append(heard, k)
				}
				sound = sound[160:]
			}
			if string(heard) != string(keypad[i]) {
				t.Errorf("key %c with noise %.0f: heard %q", keypad[i], noise, heard)
			}
		}
	}
}

func TestRepeatedKeysAreCounted(t *testing.T) {
	var d Detector
	var heard []byte
	for range 3 {
		sound := append(KeyTone('5', 100*time.Millisecond), make([]int16, 560)...)
		for len(sound) >= 160 {
			if k, ok := d.Feed(sound[:160]); ok {
				heard = append(heard, k)
			}
			sound = sound[160:]
		}
	}
	if string(heard) != "555" {
		t.Errorf("heard %q", heard)
	}
}

func TestSpeechAndTonesAreNoKeys(t *testing.T) {
	var d Detector
	for hz := 300.0; hz < 3400; hz += 37 {
		sound := Tone(hz, 0.4, 200*time.Millisecond)
		if k, ok := d.Feed(sound); ok {
			t.Errorf("a tone of %.0f Hz is taken for %c", hz, k)
		}
	}
	for range 2000 { // noise of many kinds
		sound := make([]int16, 160)
		for i := range sound {
			sound[i] = int16(4000 * rand.NormFloat64())
		}
		if k, ok := d.Feed(sound); ok {
			t.Errorf("noise is taken for %c", k)
		}
	}
}

func TestARecordingPlaysAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c-1.wav")
	w, err := CreateWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	second := make([]byte, 2*Rate)
	mu := make([]byte, Rate)
	EncodeMu(mu, Tone(440, 0.5, time.Second))
	for i, b := range mu {
		second[2*i], second[2*i+1] = b, MuSilence
	}
	for range 3 {
		if _, err := w.Write(second); err != nil {
			t.Fatal(err)
		}
	}
	// The process dies here: nobody closes.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	samples, rate, err := ReadWAV(bytes.NewReader(b))
	if err != nil || rate != Rate || len(samples) != 3*Rate {
		t.Fatalf("%d samples at %d Hz, %v", len(samples), rate, err)
	}
	if l := Level(samples, 440, rate); math.Abs(l-0.25) > 0.02 { // the mean of a tone and silence
		t.Errorf("440 Hz at %.3f", l)
	}
	// A machine that lost power may have the sound and not the header.
	binary.LittleEndian.PutUint32(b[40:], 0)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if repaired, err := RepairWAV(path); !repaired || err != nil {
		t.Fatalf("repaired %v, %v", repaired, err)
	}
	if repaired, err := RepairWAV(path); repaired || err != nil {
		t.Fatalf("repaired twice: %v, %v", repaired, err)
	}
}

// Wherever the power went, what was written plays: the cut may be anywhere, in a pair of samples, too.
func TestACutRecordingPlays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c-1.wav")
	w, err := CreateWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte{0x12, 0x34}, 40)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := RepairWAV(path); cut < WAVHeader {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("cut at %d: %v", cut, err)
			}
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		samples, _, err := ReadWAV(bytes.NewReader(b))
		if err != nil || len(samples) != (cut-WAVHeader)/2 {
			t.Errorf("cut at %d: %d samples, %v", cut, len(samples), err)
		}
		if riff := binary.LittleEndian.Uint32(b[4:]); int(riff) != WAVHeader-8+(cut-WAVHeader)&^1 {
			t.Errorf("cut at %d: RIFF says %d bytes", cut, riff)
		}
	}
}

// PCM of every width, and more channels than one, become the same tone.
func TestEveryKindOfWAVIsRead(t *testing.T) {
	tone := Tone(440, 0.5, 200*time.Millisecond)
	for _, row := range []struct{ format, bits, channels int }{
		{formatPCM, 8, 1}, {formatPCM, 16, 1}, {formatPCM, 24, 1}, {formatPCM, 32, 1}, {formatPCM, 16, 2}, {formatPCM, 24, 6}, {formatMu, 8, 1}, {formatA, 8, 2},
	} {
		var data []byte
		for _, s := range tone {
			for range row.channels {
				data = append(data, sampleBytes(row.format, row.bits, s)...)
			}
		}
		le := binary.LittleEndian
		b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), make([]byte, 16)...)
		le.PutUint16(b[20:], uint16(row.format))
		le.PutUint16(b[22:], uint16(row.channels))
		le.PutUint32(b[24:], Rate)
		le.PutUint16(b[34:], uint16(row.bits))
		b = append(b, "LIST\x03\x00\x00\x00abc\x00data"...) // a chunk of odd length in between
		b = le.AppendUint32(b, uint32(len(data)))
		samples, rate, err := ReadWAV(bytes.NewReader(append(b, data...)))
		if err != nil || rate != Rate || len(samples) != len(tone) {
			t.Errorf("%+v: %d samples at %d Hz, %v", row, len(samples), rate, err)
			continue
		}
		if l := Level(samples, 440, rate); math.Abs(l-0.5) > 0.02 {
			t.Errorf("%+v: level %.3f", row, l)
		}
	}
}

func sampleBytes(format, bits int, s int16) []byte {
	switch {
	case format == formatMu:
		return []byte{encodeMu(s)}
	case format == formatA:
		return []byte{encodeA(s)}
	case bits == 8:
		return []byte{byte(int(s)>>8 + 128)}
	}
	b := make([]byte, bits/8)
	binary.LittleEndian.PutUint16(b[len(b)-2:], uint16(s))
	return b
}

func FuzzLaws(f *testing.F) {
	f.Add([]byte{0, 0x7F, 0x80, 0xFF, 0x55, 0xD5, 0xAA, 0x2A})
	f.Fuzz(func(t *testing.T, b []byte) {
		pcm, mu, a := make([]int16, len(b)), make([]byte, len(b)), make([]byte, len(b))
		DecodeMu(pcm, b)
		EncodeMu(mu, pcm)
		DecodeA(pcm, b)
		EncodeA(a, pcm)
		for i := range b {
			if mu[i] != b[i] && b[i] != 0x7F || a[i] != b[i] { // 0x7F is minus zero
				t.Errorf("%#x becomes %#x by µ-law and %#x by A-law", b[i], mu[i], a[i])
			}
			// There and back by the tables of transcoding stays as near as the coarser law allows.
			was, is := int(decodeMu(b[i])), int(decodeMu(AToMu[MuToA[b[i]]]))
			if abs(was-is) > 16+abs(was)/16 {
				t.Errorf("%d becomes %d through A-law", was, is)
			}
		}
	})
}

func FuzzReadWAV(f *testing.F) {
	f.Add([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x04\x00\x00\x00\x01\x02\x03\x04"))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, rate, err := ReadWAV(bytes.NewReader(b))
		if err == nil && (rate < 8000 || rate > 48000) {
			t.Errorf("rate %d", rate)
		}
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%v is not a format error", err)
		}
	})
}
