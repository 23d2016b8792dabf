package state

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/internal/testwait"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashing); path != "" {
		crash(path)
	}
	goleak.VerifyTestMain(m)
}

// onBoth runs a test on the embedded Redis and on a real redis-server.
func onBoth(t *testing.T, test func(t *testing.T, s *State)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, open(t, Config{})) })
	t.Run("redis-server", func(t *testing.T) { test(t, open(t, Config{Address: newServer(t).Address})) })
}

// onAll is onBoth, and a Redis Cluster.
func onAll(t *testing.T, test func(t *testing.T, s *State)) {
	t.Helper()
	onBoth(t, test)
	t.Run("cluster", func(t *testing.T) { test(t, open(t, Config{Cluster: testredis.NewCluster(t)})) })
}

// open gives a state that is closed with the test.
func open(t *testing.T, c Config) *State {
	t.Helper()
	s, err := Open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests end with a Redis that is away
	return s
}

// newServer starts a redis-server that keeps over its death what it had.
func newServer(t *testing.T) *testredis.Server {
	t.Helper()
	return testredis.New(t, testredis.Keeping()...)
}

// line is a network between a client and a Redis that can be cut, and can lose every answer.
type line struct {
	net.Listener
	to   string
	deaf atomic.Bool  // requests go through, answers do not
	gone atomic.Int32 // how many answers were lost
	dead atomic.Bool  // nobody gets through
	mu   sync.Mutex
	ends map[net.Conn]bool
	wait sync.WaitGroup
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &line{Listener: l, to: to, ends: map[net.Conn]bool{}}
	x.wait.Go(x.accept)
	t.Cleanup(func() {
		_ = l.Close()
		x.dead.Store(true)
		x.cut()
		x.wait.Wait()
	})
	return x
}

func (x *line) accept() {
	for {
		near, err := x.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", x.to)
		if err != nil || x.dead.Load() {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			continue
		}
		x.mu.Lock()
		x.ends[near], x.ends[far] = true, true
		x.mu.Unlock()
		x.wait.Go(func() { x.carry(far, near, nil) })
		x.wait.Go(func() { x.carry(near, far, &x.deaf) })
	}
}

// carry copies one direction; the first bytes that come while lose is true end the connection instead of arriving.
func (x *line) carry(to, from net.Conn, lose *atomic.Bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err == nil && lose != nil && lose.Load() {
			x.gone.Add(1)
			return
		}
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// cut ends every connection.
func (x *line) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.ends {
		_ = c.Close()
	}
	clear(x.ends)
}

// book keeps a log for a test that reads it while it is written.
type book struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) count(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), what)
}

// logged opens a state that writes its log into a book.
func logged(t *testing.T, c Config) (*State, *book) {
	t.Helper()
	b := &book{}
	s, err := Open(t.Context(), c, slog.New(slog.NewTextHandler(b, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, b
}

// event number n of a test.
func event(n int) Event {
	return Event{At: time.UnixMilli(int64(1_700_000_000_000 + n)), What: "test.event", Data: map[string]string{"n": strconv.Itoa(n)}}
}

// eventually waits for something that must come true within some seconds.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	testwait.Until(t, 20*time.Second, what, done)
}

// inOrder says whether the numbers are first, first+1, … last.
func inOrder(got []int, first, last int) error {
	if len(got) != last-first+1 {
		return fmt.Errorf("%d events, want those from %d to %d", len(got), first, last)
	}
	for i, n := range got {
		if n != first+i {
			return fmt.Errorf("event %d at the place of %d", n, first+i)
		}
	}
	return nil
}

// stored are the numbers of what is in the stream.
func stored(t *testing.T, s *State) []int {
	t.Helper()
	all, err := s.redis.XRange(t.Context(), s.journal.key, "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	return numbers(eventsOf(all))
}

func numbers(events []Event) []int {
	var out []int
	for _, e := range events {
		n, _ := strconv.Atoi(e.Get("n"))
		out = append(out, n)
	}
	return out
}

func spoolFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "spool.jsonl")
}

func spooled(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}

const crashing = "CALLFLOOR_TEST_CRASH"

// crash is a process that appends events from 1 on until it is killed: one for every byte of its input. After a newline
// it says when all so far are stored and answered.
func crash(spool string) {
	s, err := Open(context.Background(), Config{Address: os.Getenv(crashing + "_REDIS"), Spool: spool}, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	in := make([]byte, 1)
	for n := 1; ; n++ {
		if _, err := io.ReadFull(os.Stdin, in); err != nil {
			select {} // to be killed
		}
		s.Journal().Append(event(n))
		if in[0] == '\n' {
			_ = s.Journal().Flush(context.Background())
			fmt.Println("stored")
		}
	}
}
