package prompts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine is a speech engine of our own: a script that keeps account of what it was asked for.
type engine struct{ dir string }

// newEngine returns one that does what the script says: it may write $WAV, a second of 440 Hz, to its output.
func newEngine(t *testing.T, script string) *engine {
	t.Helper()
	e := &engine{dir: t.TempDir()}
	e.file(t, "tone.wav", wavFile{rate: 8000, bits: 16, channels: 1, format: 1}.bytes(audio.Tone(440, 0.5, time.Second)))
	e.file(t, "engine", fmt.Appendf(nil, "#!/bin/sh\nWAV=%s/tone.wav\nDIR=%s\necho run >>$DIR/runs\n%s\n", e.dir, e.dir, script))
	return e
}

func (e *engine) file(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(e.dir, name), b, 0o700); err != nil {
		t.Fatal(err)
	}
}

func (e *engine) runs() int { return strings.Count(e.read("runs"), "run") }

func (e *engine) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(e.dir, name))
	return string(b)
}

// speaker opens one with this engine; an empty cache is none.
func (e *engine) speaker(t *testing.T, cache string) (*Speaker, *strings.Builder) {
	t.Helper()
	c := DefaultConfig()
	c.Engine, c.Dir = filepath.Join(e.dir, "engine"), cache
	log := &strings.Builder{}
	s, err := Open(c, fstest.MapFS{}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// said is one sound's samples, as a listener hears them.
func said(t *testing.T, s *Speaker, text string) []int16 {
	t.Helper()
	all, err := s.Sounds(t.Context(), text, "")
	if err != nil || len(all) != 1 {
		t.Fatalf("%q: %v, %v", text, all, err)
	}
	return pcm(all[0])
}

func pcm(s *media.Sound) []int16 {
	law := reflect.ValueOf(s).Elem().FieldByName("mu").Bytes()
	out := make([]int16, len(law))
	audio.DecodeMu(out, law)
	return out
}

const speaks = "cat $WAV"

func TestATextIsSpokenOnceAndKept(t *testing.T) {
	cache := t.TempDir()
	e := newEngine(t, speaks)
	s, _ := e.speaker(t, cache)
	if hz := audio.Level(said(t, s, "Hello"), 440, audio.Rate); hz < 0.4 {
		t.Errorf("440 Hz at %.2f", hz)
	}
	said(t, s, "Hello")
	again, _ := e.speaker(t, cache) // as after a reload
	said(t, again, "Hello")
	if e.runs() != 1 {
		t.Errorf("spoken %d times", e.runs())
	}
	said(t, again, "Hello you")
	if e.runs() != 2 {
		t.Error("another text is another sound")
	}
}

func TestManyWhoWantTheSameNewTextWaitForOneEngine(t *testing.T) {
	e := newEngine(t, "sleep 0.2; "+speaks)
	s, _ := e.speaker(t, t.TempDir())
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if sounds, err := s.Sounds(t.Context(), "Hello", ""); err != nil || len(sounds) != 1 {
				t.Error(sounds, err)
			}
		})
	}
	all.Wait()
	if e.runs() != 1 {
		t.Errorf("spoken %d times", e.runs())
	}
}

func TestACallerWhoLeavesDoesNotWaitForTheEngine(t *testing.T) {
	e := newEngine(t, "while [ ! -e $DIR/go ]; do sleep 0.01; done; "+speaks)
	s, _ := e.speaker(t, "")
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("hung up")
	cancel(gone)
	if _, err := s.Sounds(ctx, "Hello", ""); !errors.Is(err, gone) {
		t.Error(err)
	}
	e.file(t, "go", nil)
	said(t, s, "Hello") // the next caller gets what the first had asked for
	if e.runs() != 1 {
		t.Errorf("spoken %d times", e.runs())
	}
}

func TestATextIsNoOptionAndNoCommand(t *testing.T) {
	e := newEngine(t, `printf "%s|" "$@" >>$DIR/args; cat >$DIR/text; `+speaks)
	s, _ := e.speaker(t, "")
	for _, text := range []string{
		"--help", "-w /tmp/x", "$(touch $DIR/owned)", "`touch owned`; rm -rf x", "a\nb\r\nc", "<speak><break time='9s'/></speak>",
		`"quoted" 'twice' \`, "Grüße 你好 🎉", "[[h@l'oU]]", strings.Repeat("very long ", 10_000), "a\x00b",
	} {
		said(t, s, text)
		if got := e.read("text"); got != text {
			t.Errorf("%.40q reached the engine as %.40q", text, got)
		}
	}
	args := strings.Split(strings.TrimSuffix(e.read("args"), "|"), "|")
	for i, a := range args {
		if want := []string{"-v", "en-gb", "-s", "150", "--stdin", "--stdout"}[i%6]; a != want {
			t.Errorf("argument %d is %q, want %q", i, a, want)
		}
	}
	for _, nothing := range []string{"", " ", "\n\t"} {
		if all, err := s.Sounds(t.Context(), nothing, ""); all != nil || err != nil {
			t.Errorf("%q: %v, %v", nothing, all, err)
		}
	}
}

func TestAnEngineThatFailsIsToldAndTriedAgain(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"it ends with a fault":    {"echo no voice >&2; exit 3", "exit status 3 no voice"},
		"it says nothing":         {"true", "not a playable WAV file"},
		"it says something else":  {"echo Segmentation fault", "not a playable WAV file"},
		"it stops in the header":  {"head -c 30 $WAV", "not a playable WAV file"},
		"it is killed":            {"kill -9 $$", "signal: killed"},
		"it reads none of it all": {"exit 1 <&-", "exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, "if [ ! -e $DIR/well ]; then "+c.script+"; exit; fi; "+speaks)
			cache := t.TempDir()
			s, _ := e.speaker(t, cache)
			text := "Your code is 4711" + strings.Repeat(" and so on", 100)
			_, err := s.Sounds(t.Context(), text, "")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "Your code is ####") || len(err.Error()) > 400 {
				t.Errorf("%v, want %q", err, c.want)
			}
			if kept, _ := os.ReadDir(cache); len(kept) > 0 {
				t.Errorf("%v was kept", kept)
			}
			e.file(t, "well", nil)
			said(t, s, text)
		})
	}
}

func TestAnEngineThatHangsEndsWithAllItStarted(t *testing.T) {
	e := newEngine(t, "sleep 1000 & echo $! >$DIR/child; wait")
	s, _ := e.speaker(t, "")
	s.config.Within = 300 * time.Millisecond
	_, err := s.Sounds(t.Context(), "Hello", "")
	if err == nil || !strings.Contains(err.Error(), "took more than 300ms") {
		t.Error(err)
	}
	var child int
	if _, err := fmt.Sscan(e.read("child"), &child); err != nil {
		t.Fatal(err)
	}
	for syscall.Kill(child, 0) == nil && !zombie(child) {
		time.Sleep(time.Millisecond) // until whoever inherited it has seen its end
	}
}

// zombie tells whether a process has ended and only its name is left.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(b), ") Z ")
}

func TestWithoutAnEngineOnlyFilesSpeak(t *testing.T) {
	log := &strings.Builder{}
	c := DefaultConfig()
	c.Engine = "no-such-engine"
	s, err := Open(c, fstest.MapFS{}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil || !strings.Contains(log.String(), "no speech engine") {
		t.Fatal(err, log)
	}
	if _, err := s.Sounds(t.Context(), "Hello", ""); !errors.Is(err, ErrUnspeakable) {
		t.Error(err)
	}
	if err := s.Check("Hello", ""); !errors.Is(err, ErrUnspeakable) {
		t.Error(err)
	}
}

func TestASpoiledCacheIsSpokenAnew(t *testing.T) {
	cache := t.TempDir()
	e := newEngine(t, speaks)
	s, _ := e.speaker(t, cache)
	want := len(said(t, s, "Hello"))
	for _, rubbish := range []string{"", "RIFF", strings.Repeat("x", 100)} {
		if err := os.WriteFile(s.cached("Hello"), []byte(rubbish), 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ = e.speaker(t, cache)
		if got := len(said(t, s, "Hello")); got != want {
			t.Errorf("%q: %d samples, want %d", rubbish, got, want)
		}
	}
}

func TestACacheThatCannotBeWrittenKeepsNobodyFromSpeaking(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, cache string){
		"it is gone": func(t *testing.T, cache string) {
			t.Helper()
			if err := os.RemoveAll(cache); err != nil {
				t.Fatal(err)
			}
		},
		"the disk is full": func(t *testing.T, _ string) { t.Helper(); fullDisk(t, 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			e := newEngine(t, speaks)
			s, log := e.speaker(t, cache)
			spoil(t, cache)
			if n := len(said(t, s, "Hello")); n < audio.Rate {
				t.Errorf("%d samples", n)
			}
			if !strings.Contains(log.String(), "speech not kept") {
				t.Errorf("log: %s", log)
			}
			if left, _ := os.ReadDir(cache); len(left) > 0 {
				t.Errorf("%v is left: it would be played for ever", left)
			}
		})
	}
}

// fullDisk lets no file of this process grow beyond a size, until the test ends: the write that reaches it is cut.
func fullDisk(t *testing.T, size uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSpokenTextsDoNotFillTheMemory(t *testing.T) {
	e := newEngine(t, speaks)
	s, _ := e.speaker(t, "")
	s.mu.Lock()
	for i := range 10 * kept {
		key := fmt.Sprintf("text %d", i)
		s.sounds[key] = &pending{}
		s.forget(key)
	}
	s.mu.Unlock()
	said(t, s, "Hello")
	if len(s.sounds) > kept {
		t.Errorf("%d sounds in memory", len(s.sounds))
	}
}

// The real engine, where it is installed: odd texts are spoken or refused, and none does anything else.
func TestEspeakSpeaksOddTexts(t *testing.T) {
	s, err := Open(DefaultConfig(), fstest.MapFS{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s.engine == "" {
		t.Skip("espeak-ng is not installed")
	}
	t.Chdir(t.TempDir())
	for text, seconds := range map[string]float64{
		"Hello, this is a test.": 1, "--help": 0.2, "-w owned.wav": 0.4, "$(touch owned)": 0.4, "<speak>Hello</speak>": 0.2, "...": 0,
		"one\n\ntwo": 0.4, "Grüße 你好 🎉": 0.3, strings.Repeat("long ", 10): 2,
	} {
		if got := float64(len(said(t, s, text))) / audio.Rate; got < seconds {
			t.Errorf("%.30q: %.2f s, want at least %.1f s", text, got, seconds)
		}
	}
	if left, _ := os.ReadDir("."); len(left) > 0 {
		t.Errorf("%v appeared", left)
	}
}
