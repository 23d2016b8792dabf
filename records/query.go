package records

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Filter chooses interactions; the zero value chooses all. What is set must all hold.
type Filter struct {
	Agent  string // who talked
	Queue  string // in which it waited or was served
	Number string // the customer's, exactly
	Query  string // text found anywhere in numbers, names, queues, agents, dispositions, notes; letter case is ignored
	Since  time.Time
	Until  time.Time // exclusive
	Limit  int       // 1 … 200, default 50
	Before string    // the id of the last row of the page before: what follows it comes next
	Reader *Reader   // who asks; nil may see everything
}

// Reader is somebody who may see some rows only: those in which they talked, and those of their queues.
type Reader struct {
	Agent  string
	Queues []string
}

// Interactions finds rows, the newest first, without their segments.
func (s *Store) Interactions(ctx context.Context, f Filter) ([]Interaction, error) {
	var w where
	w.equal("EXISTS (SELECT 1 FROM segments s WHERE s.interaction = i.id AND s.connected > 0 AND s.agent = %s)", f.Agent)
	w.equal("EXISTS (SELECT 1 FROM segments s WHERE s.interaction = i.id AND s.queue = %s)", f.Queue)
	w.equal("from_number = %s", f.Number)
	if words := strings.TrimSpace(f.Query); words != "" {
		w.add(`search LIKE %s ESCAPE '\'`, "%"+escaped.Replace(strings.ToLower(clean(words, maxName)))+"%")
	}
	if !f.Since.IsZero() {
		w.add("started >= %s", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		w.add("started < %s", f.Until.UnixMilli())
	}
	if f.Before != "" {
		w.add("(started, id) < (SELECT b.started, b.id FROM interactions b WHERE b.id = %s)", clean(f.Before, maxName))
	}
	w.reader(f.Reader)
	if f.Limit <= 0 {
		f.Limit = 50
	}
	query := `SELECT ` + interactionColumns + ` FROM interactions i` + w.String() +
		` ORDER BY started DESC, id DESC LIMIT ` + strconv.Itoa(min(f.Limit, 200))
	found, err := interactions(ctx, s.db, query, w.args...)
	if err != nil {
		return nil, fmt.Errorf("finding interactions: %w", err)
	}
	return found, nil
}

// Interaction finds one row with its segments and path, or fails with ErrNotFound.
func (s *Store) Interaction(ctx context.Context, id string) (Interaction, error) {
	i, err := load(ctx, s.db, clean(id, maxName))
	if err != nil {
		return i, fmt.Errorf("interaction %q: %w", id, err)
	}
	return i, nil
}

// May says whether the reader may see the row and hear its recording.
func (r *Reader) May(i Interaction) bool {
	for _, s := range i.Segments {
		if s.Agent == r.Agent && !s.Connected.IsZero() {
			return true
		}
		for _, q := range r.Queues {
			if s.Queue == q {
				return true
			}
		}
	}
	return false
}

// escaped makes a text stand for itself in LIKE.
var escaped = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// where collects conditions and their values.
type where struct {
	conditions []string
	args       []any
}

// add takes a condition with %s for each value.
func (w *where) add(condition string, values ...any) {
	marks := make([]any, len(values))
	for n, v := range values {
		w.args = append(w.args, v)
		marks[n] = "$" + strconv.Itoa(len(w.args))
	}
	w.conditions = append(w.conditions, fmt.Sprintf(condition, marks...))
}

// equal adds the condition unless the value is empty.
func (w *where) equal(condition, value string) {
	if value != "" {
		w.add(condition, clean(value, maxName))
	}
}

func (w *where) reader(r *Reader) {
	if r == nil {
		return
	}
	condition := "EXISTS (SELECT 1 FROM segments s WHERE s.interaction = i.id AND (s.connected > 0 AND s.agent = %s"
	values := []any{clean(r.Agent, maxName)}
	for _, q := range r.Queues {
		condition += " OR s.queue = %s"
		values = append(values, clean(q, maxName))
	}
	w.add(condition+"))", values...)
}

// String is the clause, "" without conditions.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}
