package records

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callfloor/callfloor/internal/testwait"
	"github.com/callfloor/callfloor/state"
)

// anyEvent is one that could belong to a call, in any order and with any values.
func anyEvent(calls []string) *rapid.Generator[state.Event] {
	kinds := []string{
		"call.started", "call.answered", "flow.step", "flow.key", "interaction.queued", "interaction.requeued", "interaction.restored", "interaction.left",
		"offer.made", "offer.accepted", "offer.connected", "offer.declined", "offer.missed", "offer.withdrawn", "offer.customer_gone",
		"offer.device_failed", "call.connected", "call.released", "work.ended", "acw.ended", "disposition.set", "recording.started",
		"recording.ended", "call.ended", "call.held", "agent.online", "unheard.of",
	}
	return rapid.Custom(func(t *rapid.T) state.Event {
		call := rapid.SampledFrom(calls).Draw(t, "call")
		value := func(key string, of ...string) string { return rapid.SampledFrom(of).Draw(t, key) }
		return told(rapid.Int64Range(0, 1e6).Draw(t, "at"), rapid.SampledFrom(kinds).Draw(t, "what"),
			"call", call, "interaction", call, "lease", call+value("lease", "", "-1", "-2", "-3"), "agent", value("agent", "tom", "maria"),
			"queue", value("queue", "a", "b"), "reason", value("reason", "abandoned", "served", "timeout"), "node", value("node", "n-1", "n-2"),
			"talked", value("talked", "0", "1500", "x", "-3"), "held", "7", "kind", value("kind", "immediate", "timed"), "code", "sold", "note", "ok",
			"step", value("step", "menu", "more"), "key", value("key", "1", "2"), "flow", "main", "cause", value("cause", "normal", "lost"),
			"file", "f.wav", "seconds", value("seconds", "1.5", "NaN", "-1", "1e300"))
	})
}

// Whatever the events are: cut into any batches, with pieces told twice, by one reader after the other, the rows are
// those that the pure function makes of them in one go.
func TestBatchesAndReplaysChangeNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		ctx := context.Background() // rapid's own context ends with each of its cases
		round, ms := 0, noon.UnixMilli()
		rapid.Check(t, func(t *rapid.T) {
			round++
			calls := []string{fmt.Sprintf("c%d-1", round), fmt.Sprintf("c%d-2", round)}
			events := rapid.SliceOfN(anyEvent(calls), 1, 60).Draw(t, "events")
			want := map[string]Interaction{}
			for n := range events {
				ms++
				events[n].ID = strconv.FormatInt(ms, 10) + "-" + strconv.Itoa(n%3)
				if id := subject(events[n]); id != "" {
					want[id] = apply(want[id], events[n])
				}
			}
			for at := 0; at < len(events); {
				next := min(len(events), at+rapid.IntRange(1, 20).Draw(t, "batch"))
				again := rapid.IntRange(0, at).Draw(t, "again from")
				if err := s.write(ctx, events[again:next]); err != nil {
					t.Fatal(err)
				}
				at = next
			}
			for _, id := range calls {
				got, err := s.Interaction(ctx, id)
				if w, ok := want[id]; ok != (err == nil) {
					t.Fatalf("%s: found %v, wanted %v: %v", id, err == nil, ok, err)
				} else if ok {
					sameRow(t, got, w)
				}
			}
		})
	})
}

func sameRow(t *rapid.T, got, want Interaction) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Fatalf("row differs\n got %s\nwant %s", g, w)
	}
}

// The call's own facts pass through a queue before they are in the journal, while routing's are there at once: they
// may be late, all of them, by any time. The row is the same.
func TestTheCallsOwnFactsMayComeLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var routing, own []state.Event
		due := []int{} // for each own event: how many of routing's are stored before it, at least
		for _, e := range story("c") {
			if e.Get("call") != "" {
				own, due = append(own, e), append(due, len(routing))
			} else {
				routing = append(routing, e)
			}
		}
		var i Interaction
		stored := 0
		for n, e := range own {
			at := rapid.IntRange(max(due[n], stored), len(routing)).Draw(t, "late until")
			for ; stored < at; stored++ {
				i = apply(i, routing[stored])
			}
			i = apply(i, e)
		}
		for ; stored < len(routing); stored++ {
			i = apply(i, routing[stored])
		}
		sameRow(t, i, remembered("c"))
	})
}

func journal(t *testing.T) *state.Journal {
	t.Helper()
	_, j := opened(t, "")
	return j
}

// opened is the Redis at an address, or an embedded one, with its journal.
func opened(t *testing.T, address string) (*state.State, *state.Journal) {
	t.Helper()
	s, err := state.Open(t.Context(), state.Config{Address: address}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, s.Journal()
}

// speechless is a reader that dies before it can say that a batch is written.
type speechless struct {
	*tripwire
	words int
	dies  func() error
}

func (r *speechless) Written(ctx context.Context, position string, events int) error {
	if r.words--; r.words < 0 {
		return errors.Join(errors.New("died"), r.dies())
	}
	return r.Journal.Written(ctx, position, events)
}

// tripwire is a real journal whose reader dies after so many batches of so many events.
type tripwire struct {
	Journal
	size, batches int
	trip          func() error
}

func (w *tripwire) Read(ctx context.Context, after string, fn func([]state.Event) error) error {
	return w.Journal.Read(ctx, after, func(events []state.Event) error {
		for batch := range slices.Chunk(events, w.size) {
			if w.batches == 0 {
				if err := w.trip(); err != nil {
					return err
				}
			}
			w.batches--
			if err := fn(batch); err != nil {
				return err
			}
		}
		return nil
	})
}

// until waits for something that follows from what was done.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	testwait.Until(t, 10*time.Second, what, done)
}

// The process dies between two batches: the database is gone under the reader's feet. The next life goes on where the
// last transaction ended, and every event counts once.
func TestACrashBetweenBatchesLosesAndRepeatsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		j := journal(t)
		for _, e := range story("c-1") {
			j.Append(e)
		}
		if err := j.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range len(story("c-1"))/3 - 1 {
			s := open()
			ctx, cancel := context.WithCancel(t.Context())
			err := s.Follow(ctx, &tripwire{j, 3, 1, func() error { cancel(); return s.Close() }})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("Follow ended with %v", err)
			}
		}
		s := open()
		follow(t, s, j)
		until(t, "the story is told", func() bool {
			i, err := s.Interaction(t.Context(), "c-1")
			return err == nil && i.Disposition != ""
		})
		same(t, mustInteraction(t, s, "c-1"), remembered("c-1"))
	})
}

// follow runs Follow until the test ends.
func follow(t *testing.T, s *Store, j Journal) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Follow(ctx, j) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	})
}

// A reader that fails tries again by itself.
func TestAFailingReaderGoesOn(t *testing.T) {
	s := open(t, "sqlite:"+t.TempDir()+"/r.db")
	j := journal(t)
	for _, e := range story("c-1") {
		j.Append(e)
	}
	faults := 3
	follow(t, s, &tripwire{j, 2, 0, func() error {
		if faults--; faults < 0 {
			return nil
		}
		return errors.New("a fault")
	}})
	until(t, "the story is told", func() bool {
		i, err := s.Interaction(t.Context(), "c-1")
		return err == nil && i.Disposition != ""
	})
	same(t, mustInteraction(t, s, "c-1"), remembered("c-1"))
}

// Two nodes follow one journal into one database.
func TestTwoNodesWriteEachEventOnce(t *testing.T) {
	url := database(t)
	j := journal(t)
	follow(t, open(t, url), &tripwire{j, 2, -1, nil})
	s := open(t, url)
	follow(t, s, &tripwire{j, 3, -1, nil})
	const calls = 20
	for n := range calls {
		for _, e := range story(fmt.Sprintf("c-%d", n)) {
			j.Append(e)
		}
	}
	until(t, "all stories are told", func() bool {
		i, err := s.Interaction(t.Context(), fmt.Sprintf("c-%d", calls-1))
		return err == nil && i.Disposition != ""
	})
	for n := range calls {
		id := fmt.Sprintf("c-%d", n)
		same(t, mustInteraction(t, s, id), remembered(id))
	}
}

// slow is a journal whose end is told late.
type slow struct {
	Journal
	meanwhile func()
}

func (j slow) Last(ctx context.Context) (string, error) {
	last, err := j.Journal.Last(ctx)
	j.meanwhile()
	return last, err
}

// A node begins to follow while another one writes: it does not take the journal for another one and repeat it all.
func TestANodeThatComesWhileAnotherWrites(t *testing.T) {
	url := database(t)
	j := journal(t)
	first, second := open(t, url), open(t, url)
	for _, e := range story("c-1")[:5] {
		j.Append(e)
	}
	if err := j.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	follow(t, first, j)
	told := make(chan struct{})
	follow(t, second, slow{j, sync.OnceFunc(func() {
		for _, e := range story("c-1")[5:] {
			j.Append(e)
		}
		if err := j.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2) // the first may have to wait for the second
		defer cancel()
		_ = first.CaughtUp(ctx, j)
		close(told)
	})})
	<-told
	until(t, "all is written", func() bool {
		i, err := first.Interaction(t.Context(), "c-1")
		return err == nil && i.Disposition != ""
	})
	if err := second.CaughtUp(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	same(t, mustInteraction(t, first, "c-1"), remembered("c-1"))
}

// The embedded Redis begins with an empty journal each time; if the clock was set back, its positions are lower.
func TestANewJournalIsReadFromItsBeginning(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		e := told(1, "call.started", "call", "old", "node", "n-1")
		e.ID = strconv.FormatInt(time.Now().Add(24*time.Hour).UnixMilli(), 10) + "-0"
		if err := s.write(t.Context(), []state.Event{e}); err != nil {
			t.Fatal(err)
		}
		j := journal(t)
		j.Append(told(2, "call.started", "call", "new", "node", "n-1"))
		if err := j.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		follow(t, s, j)
		until(t, "the new call is there", func() bool {
			_, err := s.Interaction(t.Context(), "new")
			return err == nil
		})
	})
}
