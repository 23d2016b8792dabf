package recordings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal remembers what it was told.
type journal struct {
	mu    sync.Mutex
	facts []string
}

func (j *journal) Fact(_ time.Time, what string, data map[string]string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.facts = append(j.facts, fmt.Sprintf("%s %s bytes=%s seconds=%s lost=%s", what, data["call"], data["bytes"], data["seconds"], data["lost"]))
}

// talk is a tap that a test speaks into: it never waits for the disk, and loses what does not fit, as the real one.
type talk struct {
	out     chan media.Chunk
	written chan struct{}
	gap     time.Duration // since the last chunk that fitted
	lost    time.Duration
}

func newTalk() *talk {
	return &talk{out: make(chan media.Chunk, 8), written: make(chan struct{}, 100)}
}

func (k *talk) Chunks() <-chan media.Chunk { return k.out }
func (k *talk) Free([]byte)                { k.written <- struct{}{} }
func (k *talk) Lost() time.Duration        { return k.lost }

// second is one second of a letter; each letter is another sound.
func second(letter byte) []byte { return bytes.Repeat([]byte{letter}, 2*audio.Rate) }

func (k *talk) say(letters string) {
	for i := range len(letters) {
		select {
		case k.out <- media.Chunk{Sound: second(letters[i]), Gap: k.gap}:
			k.gap = 0
		default:
			k.gap += time.Second
			k.lost += time.Second
		}
	}
}

// sayAndWait says them one by one, each when the disk has had the one before.
func (k *talk) sayAndWait(letters string) {
	for i := range len(letters) {
		k.out <- media.Chunk{Sound: second(letters[i]), Gap: k.gap}
		k.gap = 0
		<-k.written
	}
}

// heard is a recording as letters, one a second; _ is silence.
func heard(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	samples, rate, err := audio.ReadWAV(bytes.NewReader(b))
	if err != nil || rate != audio.Rate || len(samples)*2 != len(b)-audio.WAVHeader {
		t.Fatalf("%d samples at %d Hz in %d bytes, %v", len(samples), rate, len(b), err)
	}
	var letters strings.Builder
	for at := audio.WAVHeader; at < len(b); at += 2 * audio.Rate {
		c := b[at]
		if c == audio.MuSilence {
			c = '_'
		}
		letters.WriteByte(c)
	}
	return letters.String()
}

func library(t *testing.T, dir string) (*Library, *journal, *strings.Builder) {
	t.Helper()
	j, log := &journal{}, &strings.Builder{}
	l, err := Open(Config{Dir: dir}, "n-1", j, slog.New(slog.NewTextHandler(log, nil)))
	if err == nil {
		err = l.Repair()
	}
	if err != nil {
		t.Fatal(err)
	}
	return l, j, log
}

// record keeps a talk as Start does, with a tap of the test's.
func record(t *testing.T, l *Library, call string, k sound) (part string) {
	t.Helper()
	part = filepath.Join(l.dir, call+open)
	f, err := l.create(part)
	if err != nil {
		t.Fatal(err)
	}
	l.wait.Go(func() { l.write(&tape{file: f, part: Part{Call: call, Path: part}}, k) })
	return part
}

func TestWhatIsSaidIsKept(t *testing.T) {
	l, j, _ := library(t, t.TempDir())
	k := newTalk()
	part := record(t, l, "c-1", k)
	k.sayAndWait("abc")
	if got := heard(t, part); got != "abc" { // an agent may listen while it is made
		t.Errorf("meanwhile: %q", got)
	}
	reader, err := os.Open(part)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	k.say("d")
	close(k.out)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := heard(t, filepath.Join(l.dir, "c-1.wav")); got != "abcd" {
		t.Error(got)
	}
	if info, err := reader.Stat(); err != nil || info.Size() != audio.WAVHeader+4*2*audio.Rate {
		t.Error("who has it open loses it at the end")
	}
	if diff := cmp.Diff([]string{"recording.ended c-1 bytes=64000 seconds=4.00 lost=0"}, j.facts); diff != "" {
		t.Error(diff)
	}
}

func TestARecordingIsForNoStrangersEyes(t *testing.T) {
	was := syscall.Umask(0) // the worst that an environment may say
	defer syscall.Umask(was)
	dir := filepath.Join(t.TempDir(), "recordings")
	l, _, _ := library(t, dir)
	tap, err := l.Start("c-1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	defer leave(t, tap)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o007 != 0 {
			t.Errorf("%s is %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leave puts a real tap into a plan, and takes it out again: its end.
func leave(t *testing.T, tap *media.Tap) {
	t.Helper()
	engine, err := media.New(media.Config{Address: "127.0.0.1", Ports: "42000-42099", Loops: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	room := engine.Room()
	if err := errors.Join(room.Set(media.Plan{Takes: []media.Take{{Tap: tap}}}), room.Set(media.Plan{})); err != nil {
		t.Fatal(err)
	}
	room.Close()
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestACallsRecordingBeginsAndEnds(t *testing.T) {
	l, j, _ := library(t, t.TempDir())
	tap, err := l.Start("c-1")
	if err != nil {
		t.Fatal(err)
	}
	leave(t, tap)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := l.Find("c-1", "")
	if err != nil || heard(t, p.Path) != "" {
		t.Error(p, err)
	}
	if want := []string{"recording.started c-1 bytes= seconds= lost=", "recording.ended c-1 bytes=0 seconds=0.00 lost=0"}; !cmp.Equal(want, j.facts) {
		t.Error(j.facts)
	}
}

func TestANameCannotEscape(t *testing.T) {
	l, _, _ := library(t, t.TempDir())
	for _, call := range []string{"", ".", "..", "../x", "a/b", "/etc/passwd", "a.b", "a*", "a[b]", "a\x00", "ä", strings.Repeat("a", 65)} {
		if _, err := l.Start(call); err == nil {
			t.Errorf("%q was started", call)
		}
		if _, err := l.Find(call, ""); !errors.Is(err, ErrNone) {
			t.Errorf("%q was found: %v", call, err)
		}
	}
	if left, _ := os.ReadDir(l.dir); len(left) > 0 {
		t.Errorf("%v appeared", left)
	}
}

func TestARecordingIsFoundWhileItIsMadeAndAfter(t *testing.T) {
	l, _, _ := library(t, filepath.Join(t.TempDir(), "odd [name]*"))
	day := filepath.Join(l.dir, "2026", "11", "23")
	if err := os.MkdirAll(day, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"c-1" + open, "c-1.wav"} { // the finished one counts
		want := filepath.Join(day, name)
		if err := os.WriteFile(want, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Find("c-1", ""); got.Path != want || err != nil || len(l.Parts("c-1")) != 1 {
			t.Errorf("%s, %v, want %s", got.Path, err, want)
		}
	}
}

func TestTwoOfOneNameDoNotOverwriteEachOther(t *testing.T) {
	l, _, log := library(t, t.TempDir())
	day := filepath.Join(l.dir, time.Now().UTC().Format("2006/01/02"))
	if err := os.MkdirAll(day, 0o700); err != nil {
		t.Fatal(err)
	}
	precious := []string{filepath.Join(day, "made"+open), filepath.Join(day, "done.wav")}
	for _, path := range precious {
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, call := range []string{"made", "done"} { // in older days
		tap, err := l.Start(call)
		if err != nil {
			t.Fatal(err)
		}
		leave(t, tap)
	}
	k := newTalk()
	part := record(t, l, "late", k)
	k.sayAndWait("a")
	if err := os.WriteFile(filepath.Join(l.dir, "late.wav"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	close(k.out)
	_ = l.Close()
	if !strings.Contains(log.String(), "late.wav is there already") || heard(t, part) != "a" {
		t.Errorf("log: %s", log)
	}
	for _, path := range append(precious, filepath.Join(l.dir, "late.wav")) {
		if b, err := os.ReadFile(path); string(b) != "precious" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
}

func TestADirectoryThatCannotBeUsedIsOneClearError(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Config{Dir: filepath.Join(file, "recordings")}, "n-1", &journal{}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.HasPrefix(err.Error(), "recordings: ") || !strings.Contains(err.Error(), "not a directory") {
		t.Error(err)
	}
	l, j, _ := library(t, filepath.Join(dir, "recordings"))
	if err := errors.Join(os.Remove(l.dir), os.WriteFile(l.dir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Start("c-1"); err == nil || len(j.facts) > 0 {
		t.Errorf("%v, told %v", err, j.facts)
	}
}
