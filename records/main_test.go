package records

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/callfloor/callfloor/internal/testpostgres"
)

var pg *testpostgres.Cluster // started by TestMain, stopped by it

func TestMain(m *testing.M) {
	c, err := testpostgres.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, "these tests need a real Postgres (Debian: postgresql):", err)
		os.Exit(1)
	}
	pg = c
	code := m.Run()
	if err := c.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping postgres:", err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// database is an empty one on Postgres.
func database(t *testing.T) string {
	t.Helper()
	url, err := pg.Database()
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// onBoth runs one test on SQLite and on Postgres. open opens the same database again each time.
func onBoth(t *testing.T, test func(t *testing.T, open func() *Store)) {
	t.Helper()
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a b%20c?.db") },
		"postgres": database,
	} {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			test(t, func() *Store { return open(t, url) })
		})
	}
}

func open(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: url}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.pause = 10 * time.Millisecond
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

func mustInteraction(t *testing.T, s *Store, id string) Interaction {
	t.Helper()
	i, err := s.Interaction(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Several nodes start at once on an empty database: one of them prepares it.
func TestNodesThatStartAtOnce(t *testing.T) {
	url := database(t)
	var all errgroup.Group
	for range 8 {
		all.Go(func() error {
			s, err := Open(t.Context(), Config{URL: url}, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			return s.Close()
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
}
