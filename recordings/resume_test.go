package recordings

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// A process dies in a recorded call, which its next life takes back: what was said before stands in the file, then the
// outage as silence, then what is said now; and the repair of other recordings leaves this one alone. Where nobody was
// recorded at the time, as in music, nothing is missing.
func TestARecordingGoesOnAfterACrash(t *testing.T) {
	for name, c := range map[string]struct {
		ran  bool
		want string
		fact string
	}{
		"in a talk":    {true, "ab___cd", "recording.ended c-1 bytes=112000 seconds=7.00 lost=3000"},
		"between them": {false, "abcd", "recording.ended c-1 bytes=64000 seconds=4.00 lost=0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			day := filepath.Join(dir, "2026", "11", "23")
			if err := os.MkdirAll(day, 0o700); err != nil {
				t.Fatal(err)
			}
			part := filepath.Join(day, "c-1"+open)
			w, err := audio.CreateWAV(part)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Write(append(second('a'), second('b')...))
			died := time.Now().Add(-3 * time.Second)
			if err := errors.Join(err, w.Close(), os.Chtimes(part, died, died)); err != nil {
				t.Fatal(err)
			}

			j := &journal{}
			l, err := Open(Config{Dir: dir}, "n-1", j, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			tape, err := l.again("c-1", c.ran, time.Time{}, func() time.Time { return died.Add(3 * time.Second) })
			if err != nil {
				t.Fatal(err)
			}
			k := newTalk()
			l.keep(tape, k)
			if err := l.Repair(); err != nil {
				t.Fatal(err)
			}
			k.sayAndWait("c")
			k.say("d")
			close(k.out)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if got := heard(t, filepath.Join(day, "c-1.wav")); got != c.want {
				t.Errorf("heard is %q, want %q", got, c.want)
			}
			if diff := cmp.Diff(c.fact, j.facts[len(j.facts)-1]); diff != "" || !strings.HasPrefix(j.facts[0], "recording.resumed c-1") {
				t.Errorf("told is %q: %s", j.facts, diff)
			}
		})
	}
}

// What is not there cannot go on, and a file that is damaged beyond its sound is left as it is.
func TestARecordingThatCannotGoOn(t *testing.T) {
	l, _, _ := library(t, t.TempDir())
	for _, call := range []string{"../x", "", "c-1"} {
		if _, err := l.Resume(call, true, time.Time{}); err == nil {
			t.Errorf("%q goes on", call)
		}
	}
	day := filepath.Join(l.dir, "2026", "11", "23")
	part := filepath.Join(day, "c-2"+open)
	text := strings.Repeat("x", 100)
	if err := errors.Join(os.MkdirAll(day, 0o700), os.WriteFile(part, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Resume("c-2", true, time.Time{}); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("a damaged file: %v", err)
	}
	if b, _ := os.ReadFile(part); string(b) != text {
		t.Error("it was changed")
	}
}

// A tap of the next life writes into the file of the former one.
func TestResumeGivesATap(t *testing.T) {
	l, _, _ := library(t, t.TempDir())
	day := filepath.Join(l.dir, "2026", "11", "23")
	if err := os.MkdirAll(day, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(day, "c-1"+open), nil, 0o600); err != nil { // the crash came before the first sound
		t.Fatal(err)
	}
	tap, err := l.Resume("c-1", false, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := media.New(media.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	room := e.Room()
	if err := errors.Join(room.Set(media.Plan{Takes: []media.Take{{Tap: tap}}}), room.Set(media.Plan{}), l.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}
	if p, err := l.Find("c-1", ""); err != nil || filepath.Base(p.Path) != "c-1.wav" {
		t.Errorf("%s, %v", p.Path, err)
	}
}
