package recordings

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// reel is a tap whose sound the test cuts.
type reel struct {
	chunks chan media.Chunk
	lost   time.Duration
}

func (r *reel) Chunks() <-chan media.Chunk { return r.chunks }
func (r *reel) Lost() time.Duration        { return r.lost }
func (r *reel) Free([]byte)                {}

// second is a second of a tone on the left, after a gap.
func second(hz float64, gap time.Duration) media.Chunk {
	left := make([]byte, audio.Rate)
	audio.EncodeMu(left, audio.Tone(hz, 0.5, time.Second))
	b := bytes.Repeat([]byte{audio.MuSilence}, 2*audio.Rate)
	for i, v := range left {
		b[2*i] = v
	}
	return media.Chunk{Sound: b, Gap: gap}
}

// diary keeps the facts that recordings tell.
type diary struct {
	mu    sync.Mutex
	facts []map[string]string
}

func (d *diary) Fact(_ time.Time, what string, data map[string]string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	data["what"] = what
	d.facts = append(d.facts, data)
}

// tired is a file on a disk that refuses the writes of given numbers, counted from 1.
type tired struct {
	*audio.WAVWriter
	refuse  map[int]bool
	written int
}

func (f *tired) Write(b []byte) (int, error) {
	if f.written++; f.refuse[f.written] {
		return 0, errors.New("no space left on device")
	}
	return f.WAVWriter.Write(b)
}

// Whatever a slow or a full disk has missed, the recording is as long as the talk, and each second that was kept stands
// where it was said. What is missing is logged and told.
func TestWhatIsMissedIsSilenceInItsPlace(t *testing.T) {
	for _, row := range []struct {
		name   string
		gaps   map[int]time.Duration // before seconds of sound
		tail   time.Duration         // missed at the end
		refuse map[int]bool          // of the file's writes
		tones  []float64             // of the recording's seconds, 0 is silence
		lost   string                // ms
		log    string
	}{
		{"all is well", nil, 0, nil, []float64{500, 600, 700, 800}, "0", ""},
		{"the disk was slow for two seconds", map[int]time.Duration{2: 2 * time.Second}, 0, nil, []float64{500, 600, 0, 0, 700, 800}, "2000", "recording fell behind"},
		{"slow twice", map[int]time.Duration{1: time.Second, 3: time.Second}, 0, nil, []float64{500, 0, 600, 700, 0, 800}, "2000", "recording fell behind"},
		{"slow at the end", nil, time.Second, nil, []float64{500, 600, 700, 800, 0}, "1000", "recording fell behind"},
		{"one write refused", nil, 0, map[int]bool{2: true}, []float64{500, 0, 700, 800}, "1000", "recording interrupted"},
		{"the last write refused", nil, 0, map[int]bool{4: true}, []float64{500, 600, 700, 0}, "1000", "recording interrupted"},
		{"refused while filling", map[int]time.Duration{1: time.Second}, 0, map[int]bool{2: true}, []float64{500, 0, 0, 700, 800}, "2000", "recording interrupted"},
		{"refused for good", nil, 0, map[int]bool{3: true, 4: true, 5: true}, []float64{500, 600}, "2000", "recording is too short"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, logged := &diary{}, &bytes.Buffer{}
			l, err := Open(Config{Dir: t.TempDir()}, d, slog.New(slog.NewTextHandler(logged, nil)))
			if err != nil {
				t.Fatal(err)
			}
			part := filepath.Join(l.dir, "c-1"+open)
			w, err := audio.CreateWAV(part)
			if err != nil {
				t.Fatal(err)
			}
			r := &reel{chunks: make(chan media.Chunk, 4), lost: row.tail}
			for i, hz := range []float64{500, 600, 700, 800} {
				r.lost += row.gaps[i]
				r.chunks <- second(hz, row.gaps[i])
			}
			close(r.chunks)
			l.write("c-1", part, &tired{w, row.refuse, 0}, r)

			b, err := os.ReadFile(filepath.Join(l.dir, "c-1.wav"))
			if err != nil {
				t.Fatal(err)
			}
			pcm, _, err := audio.ReadWAV(bytes.NewReader(b))
			if err != nil || len(pcm) != len(row.tones)*audio.Rate {
				t.Fatalf("%d samples, not %d seconds; %v", len(pcm), len(row.tones), err)
			}
			for i, hz := range row.tones {
				s := pcm[i*audio.Rate : (i+1)*audio.Rate]
				if hz == 0 && audio.Loudness(s) > 0.001 || hz != 0 && audio.Level(s, hz, audio.Rate) < 0.24 {
					t.Errorf("second %d is not %.0f Hz", i, hz)
				}
			}
			if fact := d.facts[len(d.facts)-1]; fact["what"] != "recording.ended" || fact["lost"] != row.lost {
				t.Errorf("told %v", fact)
			}
			if text := logged.String(); row.log == "" && text != "" || !strings.Contains(text, row.log) {
				t.Errorf("logged %q", text)
			}
		})
	}
}
