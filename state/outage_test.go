package state

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Redis hangs without a word, as on a machine that stalls: what happens meanwhile is in the spool soon, so that a crash
// then loses nothing; and once Redis goes on, everything is stored in order and once.
func TestARedisThatHangs(t *testing.T) {
	redis, path := newServer(t), spoolFile(t)
	s := open(t, Config{Address: redis.address, Spool: path})
	s.Journal().Append(event(0))
	if err := s.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	redis.signal(syscall.SIGSTOP)
	began := time.Now()
	for n := 1; n <= 300; n++ {
		s.Journal().Append(event(n))
	}
	eventually(t, "the last is spooled", func() bool { return strings.Contains(spooled(path), `"n":"300"`) })
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("spooled only after %s", took)
	}
	if n := s.Journal().Waiting(); n != 300 {
		t.Errorf("%d events are said to wait", n)
	}
	redis.signal(syscall.SIGCONT)
	if err := s.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, s), 0, 300); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the spool file is gone", func() bool { return spooled(path) == "" })
}

// Redis comes back with nothing: what was not stored yet is stored now, and who reads goes on reading.
func TestARedisThatForgotEverything(t *testing.T) {
	redis := newServer(t)
	s := open(t, Config{Address: redis.address, Spool: spoolFile(t)})
	read := make(chan Event, 100)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Journal().Read(ctx, "", func(events []Event) error {
			for _, e := range events {
				read <- e
			}
			return nil
		})
	}()
	expect := func(n int) {
		t.Helper()
		want := event(n).Get("n")
		select {
		case e := <-read:
			if e.Get("n") != want {
				t.Fatalf("read %s instead of %s", e.Get("n"), want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s is never read", want)
		}
	}
	for n := range 3 {
		s.Journal().Append(event(n))
		expect(n)
	}
	if err := s.Journal().Flush(t.Context()); err != nil { // read is not yet answered
		t.Fatal(err)
	}
	redis.kill()
	for n := 3; n < 6; n++ {
		s.Journal().Append(event(n))
	}
	if err := os.RemoveAll(redis.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(redis.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	redis.start()
	for n := 3; n < 6; n++ {
		expect(n)
	}
	if err := inOrder(stored(t, s), 3, 5); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
