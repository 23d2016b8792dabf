// Package records is what Callfloor remembers, in SQL: one row per interaction and one per segment of it, fed by the
// event journal and by nothing else; and, beside them, who is logged in at the console. The position reached in the
// journal is written in the transaction that writes the rows, so that every event counts exactly once, whatever dies
// when.
//
//	journal ──batch──▶ load rows ─▶ apply (pure, one small function per event) ─▶ save rows + position
//	                                                                                  │
//	api ◀── Interactions, Interaction ────────────────── SQLite or Postgres ◀─────────┘
package records

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config says where the rows are kept. It does not reload.
type Config struct {
	// URL is a Postgres address (postgres://user:password@host/database) or sqlite:PATH. The path may be relative;
	// its directory must exist. "" is filled in by whoever knows the data directory.
	URL string `yaml:"url"`
}

// Validate says whether the URL is one this package can open.
func (c Config) Validate() error {
	if c.URL == "" || c.postgres() || strings.HasPrefix(c.URL, "sqlite:") && c.URL != "sqlite:" {
		return nil
	}
	return errors.New("sql.url: want postgres://… or sqlite:PATH")
}

// Shared tells whether several nodes may use the database.
func (c Config) Shared() bool { return c.postgres() }

func (c Config) postgres() bool {
	return strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://")
}

// Store is the memory. It is safe for concurrent use.
type Store struct {
	db  *sql.DB
	log *slog.Logger
	// pause is how long Follow waits after the database failed.
	pause time.Duration
}

// Open connects and brings the schema up to date. It fails when the database cannot be reached now.
func Open(ctx context.Context, c Config, log *slog.Logger) (*Store, error) {
	if c.URL == "" {
		return nil, errors.New("records: no database given")
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	db, dialect, err := connect(c)
	if err != nil {
		return nil, fmt.Errorf("records: opening the database: %w", err)
	}
	if err := migrate(ctx, db, dialect); err != nil {
		_ = db.Close() // it never worked
		return nil, fmt.Errorf("records: preparing the database: %w", oneLine{err})
	}
	return &Store{db: db, log: log, pause: time.Second}, nil
}

// oneLine is an error without the line breaks of a driver that lists every address it tried.
type oneLine struct{ error }

// Error is the error in one line.
func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }

// Unwrap is the error itself.
func (e oneLine) Unwrap() error { return e.error }

func connect(c Config) (*sql.DB, goose.Dialect, error) {
	if c.postgres() {
		db, err := sql.Open("pgx", c.URL)
		if err != nil {
			return nil, "", err
		}
		db.SetMaxOpenConns(8)
		db.SetConnMaxIdleTime(time.Minute)
		return db, goose.DialectPostgres, nil
	}
	path := strings.TrimPrefix(c.URL, "sqlite:")
	if err := ownFile(path); err != nil {
		return nil, "", err
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	file.RawQuery = url.Values{
		"_pragma": {"journal_mode(WAL)", "busy_timeout(5000)", "foreign_keys(1)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
	}.Encode()
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, "", err
	}
	db.SetMaxOpenConns(4) // one writes, some read: WAL lets them
	return db, goose.DialectSQLite3, nil
}

// ownFile makes the file if there is none, for the server's user alone: SQLite would let everybody read it. Its journals
// get the same mode.
func ownFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// migrate brings the schema up to date. Where nodes share the database, one of those that start at once does, and the
// others wait for it.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	var options []goose.ProviderOption
	if dialect == goose.DialectPostgres {
		one, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60)) // looks once a second, for a minute
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(one))
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Ping says whether the database answers, for readiness.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	return nil
}

// Close ends all connections. Follow must have returned.
func (s *Store) Close() error { return s.db.Close() }

// inTx runs f in one transaction: all of it counts, or nothing.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, rolledBack(tx))
	}
	return tx.Commit()
}

func rolledBack(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) { // its context ended: rolled back already
		return err
	}
	return nil
}
