package configs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watched is a directory that somebody watches, in virtual time.
type watched struct {
	t     *testing.T
	dir   string
	calls atomic.Int32
}

// watching runs a story with a watched copy of the demo; dir is where it is named, which may be a link.
func watching(t *testing.T, dir func(t *testing.T) string, story func(w *watched)) {
	t.Helper()
	named := dir(t)
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t, dir: named}
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- Source{Dir: named}.Watch(ctx, func() { w.calls.Add(1) }) }()
		time.Sleep(10 * every) // an odd look or two is not disturbed by anything
		w.expect("nothing has happened", 0)
		story(w)
		stop()
		if err := <-over; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func demoCopy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "config")
	if err := os.CopyFS(dir, copied(t, Demo())); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *watched) do(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) path(name string) string { return filepath.Join(w.dir, name) }

func (w *watched) write(name, text string) {
	w.t.Helper()
	w.do(os.WriteFile(w.path(name), []byte(text), 0o600))
}

// expect waits until all is quiet and wants to have been called so often since the last time.
func (w *watched) expect(after string, calls int) {
	w.t.Helper()
	time.Sleep(4 * every)
	synctest.Wait()
	if got := int(w.calls.Swap(0)); got != calls {
		w.t.Errorf("%s: read %d times, want %d", after, got, calls)
	}
}

func TestEveryWayToChangeAFileIsSeenOnce(t *testing.T) {
	watching(t, demoCopy, func(w *watched) {
		w.write("agents.yaml", "agents: []\n")
		w.expect("a file was written", 1)
		w.write("agents.yaml.new", "agents: [] # again\n")
		w.expect("a file that nobody reads is one that may be read", 1)
		w.do(os.Rename(w.path("agents.yaml.new"), w.path("agents.yaml")))
		w.expect("an editor wrote a new file and renamed it", 1)
		w.do(os.Rename(w.path("queues.yaml"), w.path("queues.yaml~")))
		w.write("queues.yaml", "queues: []\n")
		w.do(os.Remove(w.path("queues.yaml~")))
		w.expect("an editor kept the old one until it was done", 1)
		w.do(os.Remove(w.path("flows/support.yaml")))
		w.expect("a flow was removed", 1)
		w.write("flows/night.yaml", "start: a\n")
		w.expect("a flow was added", 1)
		w.write("sounds/new.wav", "RIFF")
		w.expect("a sound was added", 1)
		w.do(os.Chmod(w.path("hours.yaml"), 0o640))
		w.expect("a file may be read by others", 1)
		now := time.Unix(2e9, 0)
		w.do(os.Chtimes(w.path("hours.yaml"), now, now))
		w.expect("a file was touched", 1)
	})
}

func TestAFileIsNotReadWhileItIsWritten(t *testing.T) {
	watching(t, demoCopy, func(w *watched) {
		for i := range 20 { // a slow copy
			w.write("agents.yaml", strings.Repeat("# more\n", i))
			time.Sleep(every / 2)
		}
		if n := w.calls.Load(); n > 0 {
			t.Errorf("read %d times meanwhile", n)
		}
		w.expect("the copy is done", 1)
	})
}

func TestManyChangesAtOnceAreOne(t *testing.T) {
	watching(t, demoCopy, func(w *watched) {
		files, err := fs.Glob(os.DirFS(w.dir), "*/*.*")
		w.do(err)
		for _, name := range files {
			w.write(name, "x")
		}
		w.expect("every file was written", 1)
	})
}

func TestADirectoryThatGoesAndComesIsSeen(t *testing.T) {
	watching(t, demoCopy, func(w *watched) {
		w.do(os.Rename(w.path("flows"), w.path("flows.old")))
		w.expect("flows/ is gone", 1)
		w.do(os.Rename(w.path("flows.old"), w.path("flows")))
		w.expect("and back", 1)
		w.do(os.Rename(w.dir, w.dir+".old"))
		w.expect("all is gone", 1)
		w.do(os.CopyFS(w.dir, Demo()))
		w.expect("another one is in its place", 1)
		w.write("flows/main.yaml", "start: a\n")
		w.expect("and is watched", 1)
	})
}

func TestLinksThatLeadElsewhereAreSeen(t *testing.T) {
	// Deployments: current is a link to one release and then to another.
	release := func(dir, name string) error { return os.CopyFS(filepath.Join(dir, name), Demo()) }
	swap := func(dir, to, link string) error {
		return errors.Join(os.Symlink(to, filepath.Join(dir, "link.new")), os.Rename(filepath.Join(dir, "link.new"), filepath.Join(dir, link)))
	}
	t.Run("the directory", func(t *testing.T) {
		var base string
		watching(t, func(t *testing.T) string {
			t.Helper()
			base = t.TempDir()
			if err := errors.Join(release(base, "1"), release(base, "2"), os.Symlink("1", filepath.Join(base, "current"))); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(base, "current")
		}, func(w *watched) {
			w.do(swap(base, "2", "current"))
			w.expect("current is another release", 1)
			w.write("agents.yaml", "agents: []\n")
			w.expect("which is watched", 1)
		})
	})
	t.Run("above the directory", func(t *testing.T) {
		var base string
		watching(t, func(t *testing.T) string {
			t.Helper()
			base = t.TempDir()
			if err := errors.Join(release(base, "1/config"), release(base, "2/config"), os.Symlink("1", filepath.Join(base, "current"))); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(base, "current", "config")
		}, func(w *watched) {
			w.do(swap(base, "2", "current"))
			w.expect("current is another release", 1)
		})
	})
	t.Run("each file, as Kubernetes has them", func(t *testing.T) {
		watching(t, func(t *testing.T) string {
			t.Helper()
			base := t.TempDir()
			err := errors.Join(release(base, "..1"), release(base, "..2"), os.Symlink("..1", filepath.Join(base, "..data")))
			files, _ := fs.Glob(Demo(), "*")
			for _, f := range files {
				err = errors.Join(err, os.Symlink(filepath.Join("..data", f), filepath.Join(base, f)))
			}
			if err != nil {
				t.Fatal(err)
			}
			return base
		}, func(w *watched) {
			if _, mistakes := (Source{Dir: w.dir}).Load(); len(mistakes) > 0 {
				w.t.Error(mistakes)
			}
			w.do(swap(w.dir, "..2", "..data"))
			w.expect("..data is another one", 1)
		})
	})
}

func TestTheDemoIsWatchedByNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := (Source{}).Watch(ctx, func() { t.Error("it cannot change") }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestWhatNeedsARestartIsNamed(t *testing.T) {
	a, b := DefaultMain(), DefaultMain()
	if got := NeedRestart(a, b); len(got) > 0 {
		t.Error(got)
	}
	b.SIP.UDP, b.HTTP.TLS.Key, b.Log.Word, b.Data, b.HTTP.Origins = "x", "x", "x", "x", []string{"x"} // these do not reload
	b.Drain, b.HoldMusic, b.Limits.Misses, b.Prompts.Dir = 1, "x", 9, "x"                             // these do, or are no option
	want := []string{"data", "http.tls.key", "http.origins", "sip.udp", "log.level"}
	if diff := cmp.Diff(want, NeedRestart(a, b)); diff != "" {
		t.Error(diff)
	}
}

func TestTheCommandLineCountsMoreThanTheFile(t *testing.T) {
	dir := demoCopy(t)
	s := Source{Dir: dir, Override: func(m *Main) { m.Data = "elsewhere" }}
	c, mistakes := s.Load()
	if len(mistakes) > 0 || c.Data != "elsewhere" || c.HTTP.Listen != "127.0.0.1:8080" {
		t.Error(mistakes, c.Main)
	}
}
