package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A spool file of which a line was damaged: what is whole is stored, what is lost is told of.
func TestADamagedSpoolFile(t *testing.T) {
	redis, path := newServer(t), spoolFile(t)
	lines := `{"w":"before","n":1,"e":{"at":"2026-01-02T03:04:05Z","what":"test.event","data":{"n":"1"}}}
{"w":"before","n":2,"e":{"at":"2026-01-02T03:0` + "\x00\x00" + `
` + strings.Repeat("x", 2<<20) + `
{"w":"before","n":4,"e":{"at":"2026-01-02T03:04:05Z","what":"test.event","data":{"n":"2"}}}
{"w":"before","n":5,"e":{"at":"2026-01-02T03:04:05Z","what":"test.eve`
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	s, log := logged(t, Config{Address: redis.Address, Spool: path})
	s.Journal().Append(event(3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, open(t, Config{Address: redis.Address})), 1, 3); err != nil {
		t.Fatal(err)
	}
	if log.count("lost=3") != 1 {
		t.Fatalf("the log says nothing of three lost lines:\n%s", &log.text)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the file is still there")
	}
}

// The spool's directory is gone: events wait in memory, one line says so, and nothing is left lying about.
func TestASpoolFileThatCannotBeWritten(t *testing.T) {
	redis, dir := newServer(t), t.TempDir()
	path := filepath.Join(dir, "missing", "spool")
	s, log := logged(t, Config{Address: redis.Address, Spool: path})
	redis.Kill()
	s.Journal().Append(event(1))
	eventually(t, "the spool failed", func() bool { return log.count("events not spooled") > 0 })
	s.Journal().Append(event(2))
	redis.Start()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, open(t, Config{Address: redis.Address})), 1, 2); err != nil {
		t.Fatal(err)
	}
	for _, once := range []string{"events not spooled", "events wait for redis", "redis is back"} {
		if n := log.count(once); n != 1 {
			t.Fatalf("%q was said %d times:\n%s", once, n, &log.text)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
}

func FuzzSpooledLine(f *testing.F) {
	f.Add([]byte(`{"w":"a","n":1,"e":{"at":"2026-01-02T03:04:05Z","what":"call.ended","data":{"cause":"normal"}}}`))
	f.Add([]byte(`{"w":"a","n":-1}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, line []byte) {
		x, ok := parseSpooled(line)
		if !ok {
			return
		}
		path := filepath.Join(t.TempDir(), "spool")
		if err := writeLines(path, []numbered{x}); err != nil {
			t.Skip(err) // a year that JSON cannot say
		}
		again, ok := parseSpooled([]byte(spooled(path)))
		if !ok || again.W != x.W || again.N != x.N || again.E.What != x.E.What || len(again.E.Data) != len(x.E.Data) {
			t.Fatalf("%v became %v", x, again)
		}
	})
}

func FuzzPositions(f *testing.F) {
	f.Add("1-2", "1-10")
	f.Add("", "0-0")
	f.Add("$", "18446744073709551615-18446744073709551615")
	f.Fuzz(func(t *testing.T, a, b string) {
		if Before(a, b) && Before(b, a) || Before(a, a) {
			t.Fatalf("%q and %q have no order", a, b)
		}
	})
}
