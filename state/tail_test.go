package state

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// fill puts events into the stream many at a time, as a busy day would.
func fill(t *testing.T, s *State, first, last int) {
	t.Helper()
	pipe := s.redis.Pipeline()
	for n := first; n <= last; n++ {
		pipe.Do(t.Context(), "XADD", s.journal.key, "*", "what", "test.event", "at", n, "n", n)
		if n%1000 == 0 || n == last {
			if _, err := pipe.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// few is how many events a tail keeps in memory in these tests.
const few = 1000

func small(s *State) {
	s.journal.tail.mu.Lock()
	s.journal.tail.most = few
	s.journal.tail.mu.Unlock()
}

// followed waits until the tail has seen the newest event.
func followed(t *testing.T, s *State) {
	t.Helper()
	last, err := s.journal.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the tail has followed", func() bool {
		s.journal.tail.mu.Lock()
		defer s.journal.tail.mu.Unlock()
		n := len(s.journal.tail.events)
		return s.journal.tail.from == last || n > 0 && s.journal.tail.events[n-1].ID == last
	})
}

var errEnough = errors.New("enough")

// until reads from a position until the event of a number came.
func until(ctx context.Context, s *State, after string, last int) (got []int, err error) {
	err = s.journal.Read(ctx, after, func(events []Event) error {
		got = append(got, numbers(events)...)
		if len(events) > batch {
			return fmt.Errorf("%d events at once", len(events))
		}
		if got[len(got)-1] >= last {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return got, err
}

// Readers begin anywhere: at the beginning, long before what is in memory, within it, at the end. Each gets everything
// from there on, once, in order, across the border between Redis and memory, and what comes while it reads.
func TestReadersBeginAnywhere(t *testing.T) {
	onAll(t, func(t *testing.T, s *State) {
		const before, now = 2*few + 17, 2*few + 40
		small(s)
		fill(t, s, 1, before)
		followed(t, s)
		if s.journal.tail.from == "0-0" {
			t.Fatal("all is in memory: this test wants an older part, too")
		}
		all, err := s.redis.XRange(t.Context(), s.journal.key, "-", "+").Result()
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		ready := make(chan struct{}, 100)
		for _, at := range []int{0, 1, 499, 501, few / 2, few + 1, before - few, before - 501, before - 1, before} {
			after := ""
			if at > 0 {
				after = all[at-1].ID
			}
			for range 3 { // many readers share one array
				wait.Go(func() {
					ready <- struct{}{}
					got, err := until(t.Context(), s, after, now)
					if err == nil {
						err = inOrder(got, at+1, now)
					}
					if err != nil {
						t.Errorf("after event %d: %v", at, err)
					}
				})
			}
		}
		for range cap(ready) / 4 { // most of them
			<-ready
		}
		fill(t, s, before+1, now)
		wait.Wait()
	})
}

func TestNewsOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		fill(t, s, 1, 10)
		done := make(chan error, 1)
		var got []int
		go func() {
			var err error
			got, err = until(t.Context(), s, "$", 1000)
			done <- err
		}()
		for n := 11; ; n++ { // the reader begins at one of these, and misses none from there on
			s.Journal().Append(event(n))
			if err := s.Journal().Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.journal.tail.mu.Lock()
			reading := len(s.journal.tail.readers) > 0
			s.journal.tail.mu.Unlock()
			if reading {
				break
			}
		}
		s.Journal().Append(event(1000))
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got[0] <= 10 {
			t.Fatalf("old news: %v", got)
		}
		if err := inOrder(got[:len(got)-1], got[0], got[0]+len(got)-2); err != nil {
			t.Fatal(err)
		}
	})
}

// A position that is still to come, of another journal perhaps: nothing before it is told.
func TestAPositionBeyondTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		fill(t, s, 1, 10)
		last, err := s.journal.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ms, _ := split(last)
		beyond := fmt.Sprint(ms+1_000_000, "-0")
		done := make(chan error, 1)
		var got []int
		go func() {
			var err error
			got, err = until(t.Context(), s, beyond, 21)
			done <- err
		}()
		fill(t, s, 11, 20)
		followed(t, s)
		if err := s.redis.Do(t.Context(), "XADD", s.journal.key, fmt.Sprint(ms+2_000_000, "-0"), "what", "x", "n", 21).Err(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := inOrder(got, 21, 21); err != nil {
			t.Fatal(err)
		}
	})
}

// A reader that takes its time gets everything, though memory has moved on long since and records have let an embedded
// Redis forget: it forgets nothing that a reader still needs.
func TestASlowReaderLosesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		const all = 2*few + 100
		small(s)
		fill(t, s, 1, 100)
		followed(t, s)
		began, goOn := make(chan struct{}), make(chan struct{})
		done := make(chan error, 1)
		var got []int
		go func() {
			var once sync.Once
			done <- s.journal.Read(t.Context(), "", func(events []Event) error {
				once.Do(func() { close(began); <-goOn })
				got = append(got, numbers(events)...)
				if got[len(got)-1] == all {
					return errEnough
				}
				return nil
			})
		}()
		<-began
		fill(t, s, 101, all)
		followed(t, s)
		records(t, s, all)
		close(goOn)
		if err := <-done; !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		if err := inOrder(got, 1, all); err != nil {
			t.Fatal(err)
		}
		records(t, s, all) // now nobody needs them
		// The last batch is needed until it is read, and what is forgotten is forgotten by fifties.
		if left := len(stored(t, s)); s.Embedded() && left > batch+forget || !s.Embedded() && left != all {
			t.Fatalf("%d events left", left)
		}
	})
}

// records reads everything, as the records do, and says after each batch that it is safe.
func records(t *testing.T, s *State, last int) {
	t.Helper()
	err := s.journal.Read(t.Context(), "", func(events []Event) error {
		if err := s.journal.Written(t.Context(), events[len(events)-1].ID, len(events)); err != nil {
			return err
		}
		if n := numbers(events); n[len(n)-1] == last {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
}

// What a reader does to the slice it was given is nobody else's concern.
func TestAppendingToABatchHarmsNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		fill(t, s, 1, batch+10)
		followed(t, s)
		err := s.journal.Read(t.Context(), "", func(events []Event) error {
			_ = append(events, Event{What: "intruder"})
			return errEnough
		})
		if !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		got, err := until(t.Context(), s, "", batch+10)
		if err != nil {
			t.Fatal(err)
		}
		if err := inOrder(got, 1, batch+10); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCloseEndsReaders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		fill(t, s, 1, 1)
		followed(t, s)
		done, began := make(chan error), make(chan struct{}, 10)
		for _, after := range []string{"", "0-0", ""} {
			go func() {
				done <- s.journal.Read(context.Background(), after, func([]Event) error { began <- struct{}{}; return nil })
			}()
			<-began
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := <-done; !errors.Is(err, ErrClosed) {
				t.Fatal(err)
			}
		}
		if err := s.journal.Read(context.Background(), "$", nil); !errors.Is(err, ErrClosed) {
			t.Fatal(err)
		}
	})
}

func TestAReaderEndsWithItsContext(t *testing.T) {
	onBoth(t, func(t *testing.T, s *State) {
		for _, after := range []string{"", "$", "1-1"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if err := s.journal.Read(ctx, after, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
		}
	})
}

// redis-server is killed under a reader and a writer and comes back with what it had: both go on where they were.
func TestAReaderOutlivesItsRedis(t *testing.T) {
	redis := newServer(t)
	s := open(t, Config{Address: redis.Address})
	news := make(chan int, 1000)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		done <- s.journal.Read(ctx, "", func(events []Event) error {
			for _, n := range numbers(events) {
				news <- n
			}
			return nil
		})
	}()
	var got []int
	for life := range 3 {
		for n := range 20 {
			s.Journal().Append(event(life*20 + n))
			if n == 10 {
				redis.Kill() // the first half may be on its way, the second finds nobody
			}
		}
		redis.Start()
		for range 20 {
			select {
			case n := <-news:
				got = append(got, n)
			case <-time.After(20 * time.Second):
				t.Fatalf("after %v nothing more", got)
			}
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := inOrder(got, 0, 59); err != nil {
		t.Fatal(err)
	}
	if err := inOrder(stored(t, s), 0, 59); err != nil {
		t.Fatal(err)
	}
}

// A redis-server that comes back empty is a new beginning: the reader gets what is new.
func TestAReaderOutlivesARedisThatForgotEverything(t *testing.T) {
	redis := newServer(t)
	s := open(t, Config{Address: redis.Address})
	fill(t, s, 1, 10)
	followed(t, s)
	redis.Kill()
	redis.Forget()
	redis.Start()
	s.Journal().Append(event(11))
	got, err := until(t.Context(), s, "", 11)
	if err != nil {
		t.Fatal(err)
	}
	if err := inOrder(got, 1, 11); err != nil { // the old ones from memory
		t.Fatal(err)
	}
}
