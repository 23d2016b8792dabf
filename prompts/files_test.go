package prompts

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/media/audio"
)

// wavFile writes WAV files of any kind.
type wavFile struct {
	rate, bits, channels, format int
	before                       []byte // chunks before the format
}

// bytes is the file with the same samples on each channel.
func (f wavFile) bytes(pcm []int16) []byte {
	var data bytes.Buffer
	for _, v := range pcm {
		for range f.channels {
			switch {
			case f.format == 7:
				b := make([]byte, 1)
				audio.EncodeMu(b, []int16{v})
				data.Write(b)
			case f.format == 6:
				b := make([]byte, 1)
				audio.EncodeA(b, []int16{v})
				data.Write(b)
			case f.bits == 8:
				data.WriteByte(byte(int(v)>>8 + 128))
			default:
				data.Write(make([]byte, f.bits/8-2))
				data.Write([]byte{byte(v), byte(uint16(v) >> 8)})
			}
		}
	}
	var out bytes.Buffer
	le := binary.LittleEndian
	out.WriteString("RIFF\xff\xff\xff\xffWAVE")
	out.Write(f.before)
	out.WriteString("fmt ")
	for _, v := range []any{
		uint32(16), uint16(f.format), uint16(f.channels), uint32(f.rate), uint32(f.rate * f.channels * f.bits / 8), uint16(f.channels * f.bits / 8), uint16(f.bits),
	} {
		_ = binary.Write(&out, le, v) // into memory
	}
	out.WriteString("data")
	_ = binary.Write(&out, le, uint32(data.Len()))
	out.Write(data.Bytes())
	return out.Bytes()
}

func shelf(t *testing.T, files fstest.MapFS) *Speaker {
	t.Helper()
	c := DefaultConfig()
	c.Engine = ""
	s, err := Open(c, files, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnyWAVIsHeardAsItIs(t *testing.T) {
	kinds := map[string]wavFile{}
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 48000} {
		kinds[fmt.Sprintf("%d Hz", rate)] = wavFile{rate: rate, bits: 16, channels: 1, format: 1}
	}
	for _, bits := range []int{8, 16, 24, 32} {
		for _, channels := range []int{1, 2, 6} {
			kinds[fmt.Sprintf("%d bits, %d channels", bits, channels)] = wavFile{rate: 8000, bits: bits, channels: channels, format: 1}
		}
	}
	kinds["µ-law"] = wavFile{rate: 8000, bits: 8, channels: 1, format: 7}
	kinds["A-law, stereo"] = wavFile{rate: 8000, bits: 8, channels: 2, format: 6}
	kinds["a chunk of odd length before"] = wavFile{rate: 8000, bits: 16, channels: 1, format: 1, before: []byte("LIST\x03\x00\x00\x00abc\x00")}
	for name, f := range kinds {
		// 200 ms of 1000 Hz; Tone itself knows 8 kHz alone.
		tone := audio.Tone(1000*audio.Rate/float64(f.rate), 0.5, time.Duration(f.rate)*time.Second/audio.Rate/5)
		s := shelf(t, fstest.MapFS{"x.wav": {Data: f.bytes(tone)}})
		sound, err := s.File(t.Context(), "x.wav")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := pcm(sound)
		if n := len(got); n < 1500 || n > 1800 {
			t.Errorf("%s: %d samples of 200 ms", name, n)
		}
		if level := audio.Level(got[400:1200], 1000, audio.Rate); level < 0.4 || level > 0.6 {
			t.Errorf("%s: 1000 Hz at %.2f, want 0.5", name, level)
		}
	}
}

func TestABrokenWAVIsToldAndNothingElse(t *testing.T) {
	good := wavFile{rate: 8000, bits: 16, channels: 2, format: 1}
	tone := audio.Tone(1000, 0.5, 20*time.Millisecond)
	twelve := good.bytes(tone)
	twelve[34] = 12
	for name, b := range map[string][]byte{
		"empty": {}, "no WAV": []byte("ID3\x03 an MP3 that was renamed"), "float": wavFile{rate: 8000, bits: 32, channels: 1, format: 3}.bytes(tone),
		"4 kHz": wavFile{rate: 4000, bits: 16, channels: 1, format: 1}.bytes(tone), "96 kHz": wavFile{rate: 96000, bits: 16, channels: 1, format: 1}.bytes(tone),
		"nine channels": wavFile{rate: 8000, bits: 16, channels: 9, format: 1}.bytes(tone),
		"no channel":    wavFile{rate: 8000, bits: 16, channels: 0, format: 1}.bytes(tone),
		"12 bits":       twelve,
		"no format":     []byte("RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd"),
		"endless chunk": append([]byte("RIFF\x00\x00\x00\x00WAVELIST\xff\xff\xff\xff"), good.bytes(tone)[12:]...),
	} {
		s := shelf(t, fstest.MapFS{"x.wav": {Data: b}})
		if _, err := s.File(t.Context(), "x.wav"); err == nil || !strings.HasPrefix(err.Error(), "sound x.wav: not a playable WAV file: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := good.bytes(tone)
	for n := range whole { // cut anywhere: what there is is heard, or it is told
		s := shelf(t, fstest.MapFS{"x.wav": {Data: whole[:n]}})
		sound, err := s.File(t.Context(), "x.wav")
		if header := n < 44; header != (err != nil) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if err == nil && len(pcm(sound)) > len(tone) {
			t.Fatalf("cut at %d: %d samples", n, len(pcm(sound)))
		}
	}
}

func TestTheManifestSaysWhichWordsAFileHas(t *testing.T) {
	files := fstest.MapFS{"manifest.yaml": {Data: []byte(`
"You are number": number.wav
"in the queue.": queue.wav
"You are number 3 in the queue.": third.wav
"3": 3.wav
"12": 12.wav
"Welcome!": welcome.wav
`)}}
	for _, name := range []string{"number", "queue", "third", "3", "12", "welcome"} {
		files[name+".wav"] = &fstest.MapFile{Data: wavFile{rate: 8000, bits: 16, channels: 1, format: 1}.bytes(make([]int16, 160))}
	}
	s := shelf(t, files)
	for text, want := range map[string][]string{
		"Welcome":                           {"welcome.wav"},
		"  welcome  ":                       {"welcome.wav"},
		"WELCOME.":                          {"welcome.wav"},
		"You are number 12 in the queue.":   {"number.wav", "12.wav", "queue.wav"},
		"You are number 3 in the queue.":    {"third.wav"}, // the longest words win
		"Welcome! You are number 3.":        {"welcome.wav", "number.wav", "3.wav"},
		"You are number 13 in the queue.":   nil, // a number that no file has: the engine says all of it
		"number":                            nil,
		"":                                  nil,
		"...":                               nil,
		strings.Repeat("3 ", 2000):          slicesOf("3.wav", 2000),
		strings.Repeat("3 ", 2000) + "four": nil,
	} {
		got, _ := s.pieces(plain(text))
		if diff := cmp.Diff(want, got); len(want)+len(got) > 0 && diff != "" {
			t.Errorf("%.40q: %s", text, diff)
		}
	}
	all, err := s.Sounds(t.Context(), "You are number 12 in the queue.", "")
	if err != nil || len(all) != 3 {
		t.Error(all, err)
	}
}

func slicesOf(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func TestAManifestThatIsWrongStopsTheStart(t *testing.T) {
	c := DefaultConfig()
	_, err := Open(c, fstest.MapFS{"manifest.yaml": {Data: []byte("\"a\": [b]\n")}}, slog.New(slog.DiscardHandler))
	if err == nil || err.Error() != "prompts: sounds/manifest.yaml:1:6: expected a text" {
		t.Error(err)
	}
}

func TestAFileCannotLieOutside(t *testing.T) {
	s := shelf(t, fstest.MapFS{})
	for _, name := range []string{"../secret.wav", "/etc/passwd", "a/../../b.wav", "", ".", "\x00"} {
		if _, err := s.File(t.Context(), name); err == nil {
			t.Errorf("%q was read", name)
		}
	}
}

// FuzzManifest: whatever the manifest holds, it is told what is wrong, or every text of it finds its own file.
func FuzzManifest(f *testing.F) {
	for _, s := range []string{"\"1\": 1.wav\n", "a b: x\na: y\n", "\"A.\": x\na: y\n", "\"...\": x\n", "a:\n", "[a]", "1: 2\n"} {
		f.Add([]byte(s), "a b 1")
	}
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		files := fstest.MapFS{"manifest.yaml": {Data: b}}
		texts, d := Manifest(files)
		if len(d.Mistakes) > 0 {
			return
		}
		s := shelf(t, files)
		for words, file := range texts {
			if got, ok := s.pieces(plain(words)); !ok || len(got) != 1 || got[0] != file {
				t.Errorf("%q: %v, want %q", words, got, file)
			}
		}
		s.pieces(plain(text))
	})
}
