package state

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// Redis hangs without a word, as on a machine that stalls: what happens meanwhile is in the spool soon, so that a crash
// then loses nothing; and once Redis goes on, everything is stored in order and once.
func TestARedisThatHangs(t *testing.T) {
	redis, path := newServer(t), spoolFile(t)
	s := open(t, Config{Address: redis.Address, Spool: path})
	s.Journal().Append(event(0))
	if err := s.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	redis.Signal(syscall.SIGSTOP)
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
	redis.Signal(syscall.SIGCONT)
	if err := s.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, s), 0, 300); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the spool file is gone", func() bool { return spooled(path) == "" })
}
