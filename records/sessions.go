package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// Sessions are the logins of the console, kept in SQL, so that they outlast the process and are known to every node.
// What this process has seen of them it also knows by heart: while the database is away, agents go on working. It is
// safe for concurrent use.
type Sessions struct {
	s     *Store
	mu    sync.Mutex
	known map[string]session // by hash
}

type session struct {
	value   string
	expires time.Time
	unsaved bool // the database was away when it was made
}

// answering is how long the database may take for a session before it counts as away.
const answering = 2 * time.Second

// Sessions are the logins kept in this store.
func (s *Store) Sessions() *Sessions { return &Sessions{s: s, known: map[string]session{}} }

// Put keeps a new session, and forgets those that are over. While the database is away it is kept in this process, and
// saved later.
func (k *Sessions) Put(ctx context.Context, hash, value string, expires time.Time) error {
	x := session{value: value, expires: expires}
	if err := k.insert(ctx, hash, x); err != nil {
		x.unsaved = true
		k.s.log.Warn("a login waits for the database", "err", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(k.known, func(_ string, old session) bool { return now.After(old.expires) })
	k.known[hash] = x
	return nil
}

func (k *Sessions) insert(ctx context.Context, hash string, x session) error {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	return k.s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires < $1`, time.Now().UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, value, expires) VALUES ($1, $2, $3)
			ON CONFLICT (hash) DO NOTHING`, hash, x.value, x.expires.UnixMilli())
		return err
	})
}

// Extend exchanges the value of a session that is still kept. One that was deleted meanwhile stays deleted.
func (k *Sessions) Extend(ctx context.Context, hash, value string, expires time.Time) error {
	k.mu.Lock()
	if x, ok := k.known[hash]; ok {
		x.value, x.expires = value, expires
		k.known[hash] = x
	}
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	_, err := k.s.db.ExecContext(ctx, `UPDATE sessions SET value = $1, expires = $2 WHERE hash = $3`, value, expires.UnixMilli(), hash)
	if err != nil {
		k.s.log.Warn("a login is not extended in the database", "err", err)
	}
	return nil
}

// Get finds a session; ok is false when there is none. It fails when the database is away and this process has not
// seen the session yet.
func (k *Sessions) Get(ctx context.Context, hash string) (value string, ok bool, err error) {
	found, err := k.find(ctx, hash)
	k.mu.Lock()
	defer k.mu.Unlock()
	x, known := k.known[hash]
	switch {
	case err == nil:
		k.known[hash] = found
		return found.value, true, nil
	case !errors.Is(err, sql.ErrNoRows) && !known:
		return "", false, fmt.Errorf("records: reading a session: %w", err)
	case !errors.Is(err, sql.ErrNoRows):
		return x.value, true, nil
	case !x.unsaved: // deleted, here or by another node
		delete(k.known, hash)
		return "", false, nil
	}
	// The database is back. The lock is held so that no logout comes between.
	if err := k.insert(ctx, hash, x); err != nil {
		k.s.log.Warn("a login waits for the database", "err", err)
	} else {
		x.unsaved = false
		k.known[hash] = x
	}
	return x.value, true, nil
}

func (k *Sessions) find(ctx context.Context, hash string) (x session, err error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	var ms int64
	err = k.s.db.QueryRowContext(ctx, `SELECT value, expires FROM sessions WHERE hash = $1`, hash).Scan(&x.value, &ms)
	x.expires = moment(ms)
	return x, err
}

// Delete ends a session, here and in the database, or fails and leaves it as it was.
func (k *Sessions) Delete(ctx context.Context, hash string) error {
	k.mu.Lock()
	x, known := k.known[hash]
	delete(k.known, hash)
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	if _, err := k.s.db.ExecContext(ctx, `DELETE FROM sessions WHERE hash = $1`, hash); err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		if known {
			k.known[hash] = x
		}
		return fmt.Errorf("records: ending a session: %w", err)
	}
	return nil
}
