package state

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEventsAreStoredInTheOrderGiven(t *testing.T) {
	onAll(t, func(t *testing.T, s *State) {
		for n := range 500 {
			s.Journal().Append(event(n))
		}
		if err := s.Journal().Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := inOrder(stored(t, s), 0, 499); err != nil {
			t.Fatal(err)
		}
		all, err := s.redis.XRange(t.Context(), s.journal.key, "-", "+").Result()
		if err != nil {
			t.Fatal(err)
		}
		want := event(7)
		want.ID = all[7].ID
		if diff := cmp.Diff(want, eventOf(all[7])); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Many writers of one process: nothing is lost, and each one's events keep their order.
func TestManyAppendAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		var wait sync.WaitGroup
		for w := range 8 {
			wait.Go(func() {
				for n := range 50 {
					s.Journal().Append(event(w*1000 + n))
				}
			})
		}
		wait.Wait()
		if err := s.Journal().Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		of := map[int][]int{}
		for _, n := range stored(t, s) {
			of[n/1000] = append(of[n/1000], n)
		}
		for w := range 8 {
			if err := inOrder(of[w], w*1000, w*1000+49); err != nil {
				t.Errorf("writer %d: %v", w, err)
			}
		}
	})
}

// Redis does what it is asked, and the answer is lost on the way, again and again: each event is stored exactly once.
func TestALostAnswerStoresNothingTwice(t *testing.T) {
	x := newLine(t, newServer(t).Address)
	s := open(t, Config{Address: x.Addr().String()})
	for n := range 200 {
		s.Journal().Append(event(n))
		if n%20 == 10 {
			before := x.gone.Load()
			x.deaf.Store(true)
			eventually(t, "an answer is lost", func() bool { return x.gone.Load() > before })
			x.deaf.Store(false)
		}
	}
	if err := s.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, s), 0, 199); err != nil {
		t.Fatal(err)
	}
}

// The process is killed while Redis' answers are lost, with events of three kinds in hand: stored and answered, stored
// without an answer, not stored. The next life stores exactly what is missing, before its own.
func TestAKilledProcessLosesNothingThatWasSpooled(t *testing.T) {
	redis := newServer(t)
	x := newLine(t, redis.Address)
	spool := spoolFile(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashing+"="+spool, crashing+"_REDIS="+x.Addr().String())
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	tell := func(events string) {
		if _, err := io.WriteString(in, events); err != nil {
			t.Error(err)
		}
	}
	s := open(t, Config{Address: redis.Address, Prefix: "callfloor"}) // another node, with a line of its own

	tell(".........\n")
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "stored\n" {
		t.Fatalf("the process said %q: %v", line, err)
	}
	x.deaf.Store(true)
	tell("..........")
	eventually(t, "one more is stored without an answer", func() bool { return len(stored(t, s)) == 11 })
	eventually(t, "the rest is spooled", func() bool { return strings.Contains(spooled(spool), `"n":"20"`) })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	next := open(t, Config{Address: redis.Address, Spool: spool})
	next.Journal().Append(event(21))
	if err := next.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, s), 1, 21); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the spool file is gone", func() bool { return spooled(spool) == "" })
}

// Close while Redis is away says what could not be stored, and leaves it to the next life.
func TestCloseWhileRedisIsAwaySpools(t *testing.T) {
	redis := newServer(t)
	spool := spoolFile(t)
	s := open(t, Config{Address: redis.Address, Spool: spool})
	redis.Kill()
	for n := range 3 {
		s.Journal().Append(event(n))
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Journal().Flush(soon); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "3 events") {
		t.Fatalf("flushed without Redis: %v", err)
	}
	if err := s.Close(); err == nil {
		t.Fatal("closed as if all were stored")
	}
	redis.Start()
	next := open(t, Config{Address: redis.Address, Spool: spool})
	if err := next.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, next), 0, 2); err != nil {
		t.Fatal(err)
	}
}

func TestRedisAwayAtTheStart(t *testing.T) {
	redis := newServer(t)
	redis.Kill()
	if s, err := Open(t.Context(), Config{Address: redis.Address}, nil); err == nil || !strings.Contains(err.Error(), redis.Address) {
		t.Fatalf("opened %v: %v", s, err)
	}
}
