package records

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Interrupted closes what a former life of a node left open: interactions that never ended get the cause
// "interrupted", and so do their open segments; after-call work that was going on counts as over. at is when that life
// ended, as well as it is known; the present time serves when it is not. Those that go on in this life are left open. It
// returns how many interactions were closed.
//
// The node's events may still be unread in the journal. Follow goes on to correct these rows with what it finds, and
// closes those it finds only now.
func (s *Store) Interrupted(ctx context.Context, node string, at time.Time, goOn ...string) (closed int, err error) {
	at = moment(at.UnixMilli())
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO lives (node, began) VALUES ($1, $2)
			ON CONFLICT (node) DO UPDATE SET began = excluded.began`, node, at.UnixMilli())
		if err != nil {
			return err
		}
		ids, err := column[string](ctx, tx, `SELECT id FROM interactions i WHERE node = $1 AND started < $2 AND (ended = 0
			OR EXISTS (SELECT 1 FROM segments s WHERE s.interaction = i.id AND (s.released = 0
			OR s.wrapup NOT IN ('', 'immediate') AND s.wrapup_ended = 0)))`, node, at.UnixMilli())
		if err != nil {
			return err
		}
		for _, id := range ids {
			if slices.Contains(goOn, id) {
				continue
			}
			i, err := load(ctx, tx, id)
			if err != nil {
				return err
			}
			if i.Ended.IsZero() {
				closed++
			}
			if err := save(ctx, tx, interrupt(i, at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("closing what node %s left open: %w", node, err)
	}
	return closed, nil
}

// interrupt closes whatever is open in a row. It is pure, and certain takes it back.
func interrupt(i Interaction, at time.Time) Interaction {
	i.Segments = append([]Segment(nil), i.Segments...)
	if i.Ended.IsZero() {
		i.Ended, i.Cause, i.assumed = later(at, i.Started), Interrupted, true
	}
	for n := range i.Segments {
		s := &i.Segments[n]
		switch {
		case s.Released.IsZero():
			s.Released = later(at, s.Queued, s.Offered, s.Connected)
			s.Talked = between(s.Connected, s.Released)
			s.Outcome, s.assumed = Interrupted, "talk"
		case s.wraps() && s.WrapupEnded.IsZero():
			s.WrapupEnded, s.assumed = later(at, s.Released), "wrapup"
		}
	}
	i.derive()
	return i
}

// certain takes guesses back before a fact is written.
func (i *Interaction) certain() {
	if i.assumed {
		i.Ended, i.Cause, i.assumed = time.Time{}, "", false
	}
	for n := range i.Segments {
		s := &i.Segments[n]
		switch s.assumed {
		case "talk":
			s.Released, s.Talked, s.Outcome = time.Time{}, 0, ""
		case "wrapup":
			s.WrapupEnded = time.Time{}
		}
		s.assumed = ""
	}
}

func later(t time.Time, others ...time.Time) time.Time {
	for _, o := range others {
		if o.After(t) {
			t = o
		}
	}
	return t
}
