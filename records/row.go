package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound is returned for an interaction that nobody remembers.
var ErrNotFound = errors.New("not found")

// querier is a database or a transaction in it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// interactionColumns and segmentColumns are in the order of the fields below.
const interactionColumns = `id, channel, direction, node, source, from_number, from_name, to_number, entry, flow, path,
	started, answered, ended, cause, queue, agent, waited, talked, held, wrapped, disposition, note, recording, recorded, assumed,
	outcome, revived, parts`

const segmentColumns = `queue, agent, lease, queued, offered, accepted, connected, released, waited, talked, held,
	wrapup, wrapup_ended, wrapped, outcome, disposition, note, assumed, party`

// fields are the values of the columns, to be read into or written from.
func (i *Interaction) fields() []any {
	return []any{
		&i.ID, &i.Channel, &i.Direction, &i.Node, &i.Source, &i.From, &i.Name, &i.To, &i.Entry, &i.Flow,
		list[Step]{&i.Path},
		ms{&i.Started},
		ms{&i.Answered},
		ms{&i.Ended},
		&i.Cause, &i.Queue, &i.Agent,
		span{&i.Waited},
		span{&i.Talked},
		span{&i.Held},
		span{&i.Wrapped},
		&i.Disposition, &i.Note, &i.Recording,
		span{&i.Recorded},
		flag{&i.assumed},
		&i.Outcome,
		ms{&i.Revived},
		list[Part]{&i.Parts},
	}
}

func (s *Segment) fields() []any {
	return []any{
		&s.Queue, &s.Agent, &s.Lease,
		ms{&s.Queued},
		ms{&s.Offered},
		ms{&s.Accepted},
		ms{&s.Connected},
		ms{&s.Released},
		span{&s.Waited},
		span{&s.Talked},
		span{&s.Held},
		&s.Wrapup,
		ms{&s.WrapupEnded},
		span{&s.Wrapped},
		&s.Outcome,
		&s.Disposition, &s.Note, &s.assumed, &s.Party,
	}
}

// load reads a row with its segments, or fails with ErrNotFound.
func load(ctx context.Context, db querier, id string) (Interaction, error) {
	found, err := interactions(ctx, db, `SELECT `+interactionColumns+` FROM interactions WHERE id = $1`, id)
	if err != nil {
		return Interaction{}, err
	}
	if len(found) == 0 {
		return Interaction{}, ErrNotFound
	}
	i := found[0]
	rows, err := db.QueryContext(ctx, `SELECT `+segmentColumns+` FROM segments WHERE interaction = $1 ORDER BY n`, id)
	if err != nil {
		return i, err
	}
	defer rows.Close()
	for rows.Next() {
		var s Segment
		if err := rows.Scan(s.fields()...); err != nil {
			return i, err
		}
		i.Segments = append(i.Segments, s)
	}
	return i, rows.Err()
}

func interactions(ctx context.Context, db querier, query string, args ...any) ([]Interaction, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Interaction
	for rows.Next() {
		var i Interaction
		if err := rows.Scan(i.fields()...); err != nil {
			return nil, err
		}
		found = append(found, i)
	}
	return found, rows.Err()
}

// save writes a row with its segments. Segments are never taken away.
func save(ctx context.Context, tx *sql.Tx, i Interaction) error {
	args, err := written(append(i.fields(), i.haystack()))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, upsert("interactions", interactionColumns+", search", 1), args...); err != nil {
		return fmt.Errorf("interaction %s: %w", i.ID, err)
	}
	for n := range i.Segments {
		args, err := written(append([]any{i.ID, n + 1}, i.Segments[n].fields()...))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, upsert("segments", "interaction, n, "+segmentColumns, 2), args...); err != nil {
			return fmt.Errorf("segment %d of %s: %w", n+1, i.ID, err)
		}
	}
	return nil
}

// upsert is the statement that inserts a row or overwrites it; its first key columns are the key.
func upsert(table, columns string, key int) string {
	names := strings.FieldsFunc(columns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
	marks, sets := make([]string, len(names)), make([]string, 0, len(names))
	for n, name := range names {
		marks[n] = "$" + strconv.Itoa(n+1)
		if n >= key {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	return `INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) VALUES (` + strings.Join(marks, ", ") +
		`) ON CONFLICT (` + strings.Join(names[:key], ", ") + `) DO UPDATE SET ` + strings.Join(sets, ", ")
}

// column reads the single column of a query.
func column[T any](ctx context.Context, db querier, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

// keeper is a field that the database keeps in another form.
type keeper interface{ kept() (any, error) }

// written turns fields into what a statement takes.
func written(fields []any) ([]any, error) {
	args := make([]any, len(fields))
	for n, f := range fields {
		switch f := f.(type) {
		case *string:
			args[n] = *f
		case keeper:
			v, err := f.kept()
			if err != nil {
				return nil, err
			}
			args[n] = v
		default:
			args[n] = f
		}
	}
	return args, nil
}

// ms keeps a moment as unix milliseconds, the zero time as 0.
type ms struct{ t *time.Time }

func (m ms) kept() (any, error) {
	if m.t.IsZero() {
		return int64(0), nil
	}
	return m.t.UnixMilli(), nil
}

// Scan reads what was kept.
func (m ms) Scan(v any) error { return scan(v, func(n int64) { *m.t = moment(n) }) }

// span keeps a length as milliseconds.
type span struct{ d *time.Duration }

func (s span) kept() (any, error) { return s.d.Milliseconds(), nil }

// Scan reads what was kept.
func (s span) Scan(v any) error {
	return scan(v, func(n int64) { *s.d = time.Duration(n) * time.Millisecond })
}

// flag keeps a truth as 1.
type flag struct{ b *bool }

func (f flag) kept() (any, error) {
	if *f.b {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan reads what was kept.
func (f flag) Scan(v any) error { return scan(v, func(n int64) { *f.b = n != 0 }) }

func scan(v any, take func(int64)) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("want a number, found %T", v)
	}
	take(n)
	return nil
}

// list keeps some things as JSON.
type list[T any] struct{ of *[]T }

func (l list[T]) kept() (any, error) {
	if *l.of == nil {
		return "[]", nil
	}
	b, err := json.Marshal(*l.of)
	return string(b), err
}

// Scan reads what was kept.
func (l list[T]) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), l.of)
	case []byte:
		return json.Unmarshal(v, l.of)
	}
	return fmt.Errorf("want a list, found %T", v)
}
