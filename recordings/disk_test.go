package recordings

import (
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/media/audio"
)

// Disks that are full, slow or hang: a talk never notices, and the recording tells what it lacks.

func TestAFullDiskLosesItsTimeAndNothingElse(t *testing.T) {
	l, j, log := library(t, t.TempDir())
	k := newTalk()
	record(t, l, "c-1", k)
	k.sayAndWait("ab")
	lift := fullDisk(t, audio.WAVHeader+2*2*audio.Rate+999) // a little of c fits, and half a pair of samples
	k.sayAndWait("cde")
	lift()
	k.sayAndWait("fg")
	close(k.out)
	_ = l.Close()
	if got := heard(t, filepath.Join(l.dir, "c-1.wav")); got != "ab___fg" {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"recording.ended c-1 bytes=112000 seconds=7.00 lost=3000"}, j.facts); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(log.String(), "recording interrupted"); n != 1 || !strings.Contains(log.String(), "recording goes on") {
		t.Errorf("log: %s", log)
	}
}

func TestADiskThatStaysFullLeavesAShorterRecording(t *testing.T) {
	l, j, _ := library(t, t.TempDir())
	k := newTalk()
	record(t, l, "c-1", k)
	k.sayAndWait("ab")
	lift := fullDisk(t, audio.WAVHeader+2*2*audio.Rate)
	defer lift()
	k.sayAndWait("cde")
	close(k.out)
	_ = l.Close()
	if got := heard(t, filepath.Join(l.dir, "c-1.wav")); got != "ab" {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"recording.ended c-1 bytes=32000 seconds=2.00 lost=3000"}, j.facts); diff != "" {
		t.Error(diff)
	}
}

// fullDisk lets no file of this process grow beyond a size, until lift: the write that reaches it is cut.
func fullDisk(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	}
}

// hanging is a disk that takes nothing until it is let go.
type hanging struct {
	file
	began, goOn chan struct{}
	once        sync.Once
}

func (h *hanging) Write(b []byte) (int, error) {
	h.once.Do(func() { close(h.began) })
	<-h.goOn
	return h.file.Write(b)
}

func TestADiskThatHangsNeverHoldsATalk(t *testing.T) {
	for name, c := range map[string]struct{ hung, after, want, fact string }{
		"for a moment":        {"abcdefghi", "jk", "abcdefghijk", "bytes=176000 seconds=11.00 lost=0"},
		"for too long":        {"abcdefghiXYZ", "jk", "abcdefghi___jk", "bytes=224000 seconds=14.00 lost=3000"}, // nine fit: one in hand, eight wait
		"until the talk ends": {"abcdefghiXYZ", "", "abcdefghi___", "bytes=192000 seconds=12.00 lost=3000"},
	} {
		t.Run(name, func(t *testing.T) {
			l, j, log := library(t, t.TempDir())
			h := &hanging{began: make(chan struct{}), goOn: make(chan struct{})}
			l.create = func(path string) (file, error) {
				var err error
				h.file, err = audio.CreateWAV(path)
				return h, err
			}
			k := newTalk()
			record(t, l, "c-1", k)
			k.say(c.hung[:1])
			<-h.began
			k.say(c.hung[1:]) // returns at once, whatever the disk does
			close(h.goOn)
			for range min(len(c.hung), 9) {
				<-k.written
			}
			k.sayAndWait(c.after)
			close(k.out)
			_ = l.Close()
			if got := heard(t, filepath.Join(l.dir, "c-1.wav")); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if diff := cmp.Diff([]string{"recording.ended c-1 " + c.fact}, j.facts); diff != "" {
				t.Error(diff)
			}
			if told := strings.Contains(log.String(), "the disk is too slow"); told != strings.Contains(c.hung, "X") && c.after != "" {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func TestANodeStopsAlthoughTheDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, _ := library(t, t.TempDir())
		h := &hanging{began: make(chan struct{}), goOn: make(chan struct{})}
		h.file, _ = audio.CreateWAV(filepath.Join(l.dir, "c-1"+open))
		k := newTalk()
		l.wait.Go(func() { l.write(&tape{file: h, part: Part{Call: "c-1", Path: filepath.Join(l.dir, "c-1"+open)}}, k) })
		k.say("a")
		close(k.out)
		began := time.Now()
		if err := l.Close(); err == nil || time.Since(began) > time.Minute {
			t.Errorf("%v after %s, although the last second is not written", err, time.Since(began))
		}
		close(h.goOn)
		l.wait.Wait()
	})
}
