package recordings

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/media/audio"
)

// node is the library of one of several nodes.
func node(t *testing.T, dir, name string) (*Library, *journal) {
	t.Helper()
	j := &journal{}
	l, err := Open(Config{Dir: dir}, name, j, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return l, j
}

// says has a node record something of a call, as far as it is said; end finishes it.
func says(t *testing.T, l *Library, begin func() (*tape, error), letters string) (end func()) {
	t.Helper()
	tape, err := begin()
	if err != nil {
		t.Fatal(err)
	}
	k := newTalk()
	l.keep(tape, k)
	k.sayAndWait(letters)
	return func() {
		close(k.out)
		l.wait.Wait()
	}
}

// joined is what somebody hears of files.
func joined(t *testing.T, paths ...string) (letters string, damaged int, err error) {
	t.Helper()
	var files []io.ReadSeekCloser
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	j, damaged, err := Join(files)
	if err != nil {
		return "", damaged, err
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	b, err := io.ReadAll(j)
	if err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(t.TempDir(), "whole.wav")
	if err := os.WriteFile(whole, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = j.Seek(0, io.SeekStart)
	if err := errors.Join(err, iotest.TestReader(j, b)); err != nil {
		t.Error(err)
	}
	if n := binary.LittleEndian.Uint32(b[4:]); int(n) != len(b)-8 {
		t.Errorf("the header says %d bytes, there are %d", n, len(b)-8)
	}
	return heard(t, whole), damaged, nil
}

// paths are the files of parts.
func paths(parts []Part) (all []string) {
	for _, p := range parts {
		all = append(all, p.Path)
	}
	return all
}

// A node dies in a recorded call, another one goes on with it, dies, too, and the first one, which is back, goes on again. All
// have one directory. Each leaves the files of others alone, finishes its own, and what is heard is all of it, in order, with
// each outage as silence.
func TestACallThatChangesItsNodeHasParts(t *testing.T) {
	dir := t.TempDir()
	first, _ := node(t, dir, "n-1")
	second, _ := node(t, dir, "n-2")
	ago := func(d time.Duration, at time.Time) func() time.Time { return func() time.Time { return at.Add(d) } }
	dead := time.Now()
	dies := says(t, first, func() (*tape, error) { return first.start("c-1", 0) }, "ab")
	diesToo := says(t, second, func() (*tape, error) { return second.again("c-1", true, dead, ago(2*time.Second, dead)) }, "cd")
	again, told := node(t, dir, "n-1") // its next life
	if err := again.Repair(); err != nil {
		t.Fatal(err)
	}
	if n := len(told.facts); n != 1 || !strings.HasPrefix(told.facts[0], "recording.ended c-1 bytes=32000 seconds=2.00") {
		t.Errorf("the first node's next life told %v", told.facts)
	}
	end := says(t, again, func() (*tape, error) { return again.again("c-1", false, dead, ago(time.Minute, dead)) }, "e")
	if err := again.Repair(); err != nil || len(told.facts) != 2 {
		t.Errorf("%v, told %v: it took its own part for a dead one's", err, told.facts)
	}
	end()
	parts := second.Parts("c-1")
	var nodes []string
	for _, p := range parts {
		nodes = append(nodes, fmt.Sprint(p.Node, " ", p.open()))
		if q, err := first.Find("c-1", "2026/11/23/"+p.base()); err != nil || q != p {
			t.Errorf("%v is not found by its name, but %v: %v", p, q, err)
		}
	}
	if diff := cmp.Diff([]string{"n-1 false", "n-2 true", "n-1 false"}, nodes); diff != "" {
		t.Error(diff)
	}
	if got, damaged, err := joined(t, paths(parts)...); got != "ab__cde" || damaged != 0 || err != nil {
		t.Errorf("heard is %q without %d, %v", got, damaged, err)
	}
	dies()
	diesToo()
}

// What is damaged, cut, or of another format is left out; what a crash has left is heard as far as it goes.
func TestWhatIsDamagedIsLeftOut(t *testing.T) {
	l, _ := node(t, t.TempDir(), "n-1")
	says(t, l, func() (*tape, error) { return l.start("c-1", 0) }, "ab")()
	good, err := os.ReadFile(l.Parts("c-1")[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(change func(b []byte) []byte) string {
		f := filepath.Join(t.TempDir(), "x.wav")
		if err := os.WriteFile(f, change(bytes.Clone(good)), 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	whole := write(func(b []byte) []byte { return b })
	for name, change := range map[string]func(b []byte) []byte{
		"empty":          func([]byte) []byte { return nil },
		"half a header":  func(b []byte) []byte { return b[:30] },
		"zeros":          func(b []byte) []byte { return make([]byte, len(b)) },
		"no data":        func(b []byte) []byte { copy(b[36:], "list"); return b },
		"another format": func(b []byte) []byte { b[20] = 1; return b },
	} {
		if got, damaged, err := joined(t, whole, write(change), whole); got != "abab" || damaged != 1 || err != nil {
			t.Errorf("%s: heard is %q without %d, %v", name, got, damaged, err)
		}
	}
	lies := write(func(b []byte) []byte { // the header knows of nothing yet, and half a pair is there
		copy(b[audio.WAVHeader-4:], []byte{0, 0, 0, 0})
		return b[:audio.WAVHeader+2*audio.Rate+1]
	})
	if got, damaged, err := joined(t, lies, whole); got != "aab" || damaged != 0 || err != nil {
		t.Errorf("heard is %q without %d, %v", got, damaged, err)
	}
	if _, damaged, err := joined(t, write(func([]byte) []byte { return nil })); damaged != 1 || !errors.Is(err, ErrNone) {
		t.Errorf("nothing: %d, %v", damaged, err)
	}
}

// What is no part's name is none, and a name leads nowhere else.
func TestNamesOfParts(t *testing.T) {
	l, _ := node(t, t.TempDir(), "n-1")
	day := filepath.Join(l.dir, "2026", "11", "23")
	if err := os.MkdirAll(day, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"c-1.1795427113123.n-2.part.wav", "c-1.1795427113122.n-3.wav", "c-1.wav", "c-1.part.wav", // these are
		"c-1.txt", "c-1.1795427113123.wav", "c-1.x.n-1.wav", "c-1.1795427113123.n_1.wav", "c-1.1795427113123.n-1.n-2.wav", "c-11.wav",
	} {
		if err := os.WriteFile(filepath.Join(day, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, p := range l.Parts("c-1") {
		names = append(names, filepath.Base(p.Path))
	}
	if diff := cmp.Diff([]string{"c-1.wav", "c-1.1795427113122.n-3.wav", "c-1.1795427113123.n-2.part.wav"}, names); diff != "" {
		t.Error(diff)
	}
	for _, file := range []string{"../../../../etc/passwd", "x", "c-11.wav", "c-1.txt", "2026/11/23/"} {
		if p, err := l.Find("c-1", file); !errors.Is(err, ErrNone) {
			t.Errorf("%q is %v, %v", file, p, err)
		}
	}
	for _, name := range []string{"", "n/1", "..", "n.1"} {
		if _, err := Open(Config{Dir: l.dir}, name, &journal{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%q is a node", name)
		}
	}
}
