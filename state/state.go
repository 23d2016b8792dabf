// Package state opens Redis, embedded or real, and keeps the journal: one ordered stream of events that routing's
// scripts and calls append to, and that records, the console and the API read from a position.
package state

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// State is an open Redis.
type State struct {
	config  Config
	redis   redis.UniversalClient
	mini    *miniredis.Miniredis
	journal *Journal
	log     *slog.Logger
	stop    context.CancelFunc
	wait    sync.WaitGroup
	close   func() error
}

// quiet keeps go-redis from writing lines of its own for every failed dial: the journal says once that Redis is away.
var quiet = sync.OnceFunc(logging.Disable)

// Open connects to the Redis of the configuration, or starts the embedded one.
func Open(ctx context.Context, c Config, log *slog.Logger) (*State, error) {
	if c.Prefix == "" {
		c.Prefix = "callfloor"
	}
	quiet()
	s := &State{config: c, log: log}
	s.close = sync.OnceValue(s.end)
	life, stop := context.WithCancel(context.Background())
	s.stop = stop
	if c.Embedded() {
		s.mini = miniredis.NewMiniRedis()
		if err := s.mini.Start(); err != nil {
			stop()
			return nil, fmt.Errorf("embedded redis: %w", err)
		}
		c.Address = s.mini.Addr()
	}
	s.redis = c.client()
	ping, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.redis.Ping(ping).Err(); err != nil {
		stop()
		s.closeRedis()
		return nil, fmt.Errorf("redis at %s: %w", c.where(), err)
	}
	s.journal = newJournal(life, s)
	s.wait.Go(func() { s.journal.write(life) })
	s.wait.Go(func() { s.journal.follow(life) })
	return s, nil
}

// Redis is the client for those who run scripts.
func (s *State) Redis() redis.UniversalClient { return s.redis }

// Embedded tells whether the Redis lives and dies with this process.
func (s *State) Embedded() bool { return s.mini != nil }

// Key names a key: "{prefix}:a:b". All keys share one hash tag, so that a script may touch any of them.
func (s *State) Key(parts ...string) string {
	return "{" + s.config.Prefix + "}:" + strings.Join(parts, ":")
}

// Journal is the stream of events.
func (s *State) Journal() *Journal { return s.journal }

// Close stores what the journal still holds (for at most 5 s), ends its readers and closes Redis. A second Close only
// tells how the first one went.
func (s *State) Close() error { return s.close() }

func (s *State) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.journal.Flush(ctx)
	s.stop()
	s.closeRedis() // ends a read that waits for news
	s.wait.Wait()
	return err
}

func (s *State) closeRedis() {
	_ = s.redis.Close()
	if s.mini != nil {
		s.mini.Close()
	}
}
