package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/callfloor/callfloor/state"
)

// Journal is the event stream as the records read it. Met by state.
type Journal interface {
	// Read calls fn with batches in order, from after a position on ("" is the beginning), until ctx ends or fn fails.
	Read(ctx context.Context, after string, fn func([]state.Event) error) error
	// Last is the position of the newest event, "" when there is none.
	Last(ctx context.Context) (string, error)
	// Written says that so many events more, up to a position, are in the database.
	Written(ctx context.Context, position string, events int) error
}

// Follow writes what the journal tells until ctx ends; it returns ctx's error. While the database or the journal
// fails it tries again, once a second: nothing is lost, for the position stands where the last transaction left it.
// Several nodes may follow one journal into one database.
func (s *Store) Follow(ctx context.Context, j Journal) error {
	for {
		err := s.follow(ctx, j)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.log.Error("records stand still", "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.pause):
		}
	}
}

func (s *Store) follow(ctx context.Context, j Journal) error {
	after, err := s.resume(ctx, j)
	if err != nil {
		return err
	}
	err = j.Read(ctx, after, func(events []state.Event) error {
		if err := s.write(ctx, events); err != nil {
			return err
		}
		return j.Written(ctx, events[len(events)-1].ID, len(events))
	})
	if err == nil {
		err = errors.New("the journal ended")
	}
	return fmt.Errorf("following the journal: %w", err)
}

// resume tells where to read on. A journal whose newest event is older than the position is another journal: the
// embedded Redis starts empty each time. It is read from its beginning.
func (s *Store) resume(ctx context.Context, j Journal) (string, error) {
	var at string
	err := s.inTx(ctx, func(tx *sql.Tx) (err error) {
		if at, err = position(ctx, tx); err != nil {
			return err
		}
		last, err := newest(ctx, j) // now that no other node moves the position
		if err != nil {
			return err
		}
		if !state.Before(last, at) {
			return nil
		}
		at = ""
		return setPosition(ctx, tx, at)
	})
	if err != nil {
		return "", fmt.Errorf("reading the position: %w", err)
	}
	return at, nil
}

// CaughtUp returns when Follow has written everything that is in the journal now, or when ctx ends.
func (s *Store) CaughtUp(ctx context.Context, j Journal) error {
	last, err := newest(ctx, j)
	if err != nil {
		return err
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		at, err := s.at(ctx)
		if err != nil {
			return err
		}
		if !state.Before(at, last) {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Behind is how much older than the journal's newest event the last written one is; 0 when all is written, and before
// the first ever was.
func (s *Store) Behind(ctx context.Context, j Journal) (time.Duration, error) {
	last, err := newest(ctx, j)
	if err != nil {
		return 0, err
	}
	at, err := s.at(ctx)
	if err != nil || at == "" || !state.Before(at, last) {
		return 0, err
	}
	return state.Time(last).Sub(state.Time(at)), nil
}

// newest is the position of the journal's last event.
func newest(ctx context.Context, j Journal) (string, error) {
	last, err := j.Last(ctx)
	if err != nil {
		return "", fmt.Errorf("asking the journal where it ends: %w", err)
	}
	return last, nil
}

// at is the position of the last event that is written; "" before the first.
func (s *Store) at(ctx context.Context) (string, error) {
	at, err := readPosition(ctx, s.db)
	if err != nil {
		return "", fmt.Errorf("reading the position: %w", err)
	}
	return at, nil
}

// write puts one batch into the rows, and the position with it.
func (s *Store) write(ctx context.Context, events []state.Event) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		at, err := position(ctx, tx)
		if err != nil {
			return err
		}
		rows := batch{tx: tx, rows: map[string]Interaction{}}
		for _, e := range events {
			if !state.Before(at, e.ID) { // written already, by us before a crash or by another node
				continue
			}
			at = e.ID
			if err := rows.take(ctx, e); err != nil {
				return err
			}
		}
		if err := rows.save(ctx); err != nil {
			return err
		}
		return setPosition(ctx, tx, at)
	})
	if err != nil {
		return fmt.Errorf("writing events: %w", err)
	}
	return nil
}

// batch is the rows that one batch of events touches, in the order in which they were first touched.
type batch struct {
	tx    *sql.Tx
	rows  map[string]Interaction
	order []string
}

func (b *batch) take(ctx context.Context, e state.Event) error {
	if e.What == DeedDone {
		return keepDeed(ctx, b.tx, e)
	}
	id := subject(e)
	if id == "" {
		return nil
	}
	i, ok := b.rows[id]
	if !ok {
		var err error
		if i, err = load(ctx, b.tx, id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		b.order = append(b.order, id)
	}
	b.rows[id] = apply(i, e)
	return nil
}

func (b *batch) save(ctx context.Context) error {
	lives := map[string]time.Time{}
	for _, id := range b.order {
		i := b.rows[id]
		began, ok := lives[i.Node]
		if !ok {
			ms, err := column[int64](ctx, b.tx, `SELECT began FROM lives WHERE node = $1`, i.Node)
			if err != nil {
				return err
			}
			if len(ms) > 0 {
				began = moment(ms[0])
			}
			lives[i.Node] = began
		}
		if i.Started.Before(began) && i.Revived.Before(began) { // of a former life, and gone with it
			i = interrupt(i, began)
		}
		if err := save(ctx, b.tx, i); err != nil {
			return err
		}
	}
	return nil
}

// position reads and locks the position, so that two nodes never write the same events.
func position(ctx context.Context, tx *sql.Tx) (string, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE journal_position SET name = name WHERE name = 'records'`); err != nil {
		return "", err
	}
	return readPosition(ctx, tx)
}

// readPosition reads it without a lock, from the database or within a transaction.
func readPosition(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (at string, err error) {
	err = from.QueryRowContext(ctx, `SELECT position FROM journal_position WHERE name = 'records'`).Scan(&at)
	return at, err
}

func setPosition(ctx context.Context, tx *sql.Tx, at string) error {
	_, err := tx.ExecContext(ctx, `UPDATE journal_position SET position = $1 WHERE name = 'records'`, at)
	return err
}
