package records

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/callfloor/callfloor/state"
)

// DeedDone is the event by which a deed is told.
const DeedDone = "supervisor.did"

// Deed is a command that a supervisor gave to somebody else, or for a call of somebody else. Agent, Call and Queue say to whom or
// what, as far as it has them.
type Deed struct {
	ID                 string // its place in the journal
	At                 time.Time
	By, Verb           string
	Agent, Call, Queue string
	Detail             string   // the rest of the command: a state, a reason
	Address            string   // of the machine from which it came
	Node               string   // that took it
	Result             string   // done, or the code of the refusal
	Queues             []string // whose supervisors may read it
}

// Event is the deed as the journal tells it.
func (d Deed) Event() state.Event {
	return state.Event{At: d.At, What: DeedDone, Data: map[string]string{
		"by": d.By, "verb": d.Verb, "agent": d.Agent, "call": d.Call, "queue": d.Queue, "detail": d.Detail, "address": d.Address, "node": d.Node,
		"result": d.Result, "queues": strings.Join(d.Queues, ","),
	}}
}

// keepDeed writes a deed once, however often it is told.
func keepDeed(ctx context.Context, tx *sql.Tx, e state.Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO deeds (id, at, doer, verb, agent, call, queue, detail, address, node, result, queues)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		e.ID, e.At.UnixMilli(), name(e, "by"), name(e, "verb"), name(e, "agent"), name(e, "call"), name(e, "queue"), name(e, "detail"),
		name(e, "address"), name(e, "node"), name(e, "result"), ","+clean(e.Get("queues"), maxNote)+",")
	if err != nil {
		return fmt.Errorf("deed %s: %w", e.ID, err)
	}
	return nil
}

// DeedFilter chooses deeds; the zero value chooses all. What is set must all hold.
type DeedFilter struct {
	By, Verb, Agent, Call, Queue string
	Since                        time.Time
	Until                        time.Time // exclusive
	Limit                        int       // 1 … 200, default 50
	Before                       string    // the id of the last one of the page before
	Reader                       *Reader   // who asks: they see their own, and those of their queues; nil sees everything
}

// Deeds finds deeds, the newest first.
func (s *Store) Deeds(ctx context.Context, f DeedFilter) ([]Deed, error) {
	var w where
	for column, value := range map[string]string{"doer": f.By, "verb": f.Verb, "agent": f.Agent, "call": f.Call, "queue": f.Queue} {
		w.equal(column+" = %s", value)
	}
	if !f.Since.IsZero() {
		w.add("at >= %s", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		w.add("at < %s", f.Until.UnixMilli())
	}
	if f.Before != "" {
		w.add("(at, id) < (SELECT b.at, b.id FROM deeds b WHERE b.id = %s)", clean(f.Before, maxName))
	}
	if r := f.Reader; r != nil {
		condition, values := "(doer = %s", []any{clean(r.Agent, maxName)}
		for _, q := range r.Queues {
			condition += ` OR queues LIKE %s ESCAPE '\'`
			values = append(values, "%,"+escaped.Replace(clean(q, maxName))+",%")
		}
		w.add(condition+")", values...)
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	query := `SELECT id, at, doer, verb, agent, call, queue, detail, address, node, result, queues FROM deeds` + w.String() +
		` ORDER BY at DESC, id DESC LIMIT ` + strconv.Itoa(min(f.Limit, 200))
	found, err := deeds(ctx, s.db, query, w.args...)
	if err != nil {
		return nil, fmt.Errorf("finding deeds: %w", err)
	}
	return found, nil
}

func deeds(ctx context.Context, db querier, query string, args ...any) ([]Deed, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Deed
	for rows.Next() {
		var d Deed
		var queues string
		if err := rows.Scan(&d.ID, ms{&d.At}, &d.By, &d.Verb, &d.Agent, &d.Call, &d.Queue, &d.Detail, &d.Address, &d.Node, &d.Result, &queues); err != nil {
			return nil, err
		}
		d.Queues = strings.FieldsFunc(queues, func(r rune) bool { return r == ',' })
		found = append(found, d)
	}
	return found, rows.Err()
}
