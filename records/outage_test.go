package records

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/internal/testwait"
)

// The database is away for as long as two calls a second need to be a thousand, which is about ten minutes: some were told
// half when it went. All of them stand there afterwards, each once and to the millisecond.
func TestTenMinutesWithoutTheDatabase(t *testing.T) {
	const calls, before = 1200, 20
	s := open(t, database(t))
	_, j := opened(t, testredis.New(t).Address)
	follow(t, s, j)
	name := func(n int) string { return fmt.Sprintf("c-%04d", n) }
	half := len(story("")) / 2
	for n := range before {
		for _, e := range story(name(n))[:half] {
			j.Append(e)
		}
	}
	until(t, "the first calls are half told", func() bool {
		i, err := s.Interaction(t.Context(), name(before-1))
		return err == nil && i.Queue != ""
	})
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	for n := range calls {
		events := story(name(n))
		if n < before {
			events = events[half:]
		}
		for _, e := range events {
			j.Append(e)
		}
	}
	if err := j.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Behind(t.Context(), j); err == nil {
		t.Error("nothing tells that the database is away")
	}
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	testwait.Until(t, time.Minute, "all is written", func() bool {
		behind, err := s.Behind(t.Context(), j)
		i, missing := s.Interaction(t.Context(), name(calls-1))
		return errors.Join(err, missing) == nil && behind == 0 && i.Disposition != ""
	})
	t.Log("caught up in ", time.Since(began))
	var rows, parts int
	err := errors.Join(
		s.db.QueryRowContext(t.Context(), `SELECT count(*) FROM interactions`).Scan(&rows),
		s.db.QueryRowContext(t.Context(), `SELECT count(*) FROM segments`).Scan(&parts))
	if want := len(remembered("").Segments) * calls; err != nil || rows != calls || parts != want {
		t.Errorf("%d rows and %d segments stand there for %d calls with %d, %v", rows, parts, calls, want, err)
	}
	for n := range calls {
		same(t, mustInteraction(t, s, name(n)), remembered(name(n)))
	}
}
