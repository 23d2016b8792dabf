package state

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	recent = 10_000                 // events that stay in memory for readers
	block  = 500 * time.Millisecond // how long one look at Redis waits for news
	forget = 50                     // events that an embedded Redis forgets at once
)

// tail is the newest end of the stream in memory: one reader of Redis serves every reader of this process.
type tail struct {
	mu      sync.Mutex
	events  []Event
	most    int           // how many events stay in memory, and half as many more before they are taken away
	from    string        // everything after this position is in events; "" until Redis has answered
	news    chan struct{} // closed and made anew when there is more
	safe    int           // events written since an embedded Redis forgot some
	readers map[*reader]struct{}
}

// follow keeps the tail until ctx ends.
func (j *Journal) follow(ctx context.Context) {
	from, err := j.Last(ctx)
	for ; err != nil; from, err = j.Last(ctx) {
		if pause(ctx) != nil {
			return
		}
	}
	j.tail.add(from, nil)
	for ctx.Err() == nil {
		streams, err := j.s.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{j.key, from}, Count: batch, Block: block}).Result()
		switch {
		case errors.Is(err, redis.Nil):
		case err != nil:
			_ = pause(ctx)
		default:
			events := eventsOf(streams[0].Messages)
			from = events[len(events)-1].ID
			j.tail.add(from, events)
		}
	}
}

// add appends news. Readers hold slices of the old array, so what they see never moves.
func (t *tail) add(position string, events []Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from == "" {
		t.from = position
	}
	t.events = append(t.events, events...)
	if extra := len(t.events) - t.most; extra > t.most/2 {
		t.from = t.events[extra-1].ID
		t.events = slices.Clone(t.events[extra:])
	}
	close(t.news)
	t.news = make(chan struct{})
}

func (t *tail) move(r *reader, to string) {
	t.mu.Lock()
	r.at = to
	t.mu.Unlock()
}

func (t *tail) without(r *reader) {
	t.mu.Lock()
	delete(t.readers, r)
	t.mu.Unlock()
}

// Written says that everything up to a position is in a safe place. An embedded Redis forgets it then, for it lives in
// this process' memory, as far as every reader has come; a real one keeps its last million events.
func (j *Journal) Written(ctx context.Context, position string, events int) error {
	if !j.s.Embedded() {
		return nil
	}
	j.tail.mu.Lock()
	j.tail.safe += events
	enough := j.tail.safe >= forget
	if enough {
		j.tail.safe = 0
	}
	for r := range j.tail.readers {
		if Before(r.at, position) {
			position = r.at
		}
	}
	j.tail.mu.Unlock()
	if !enough {
		return nil
	}
	return j.s.redis.XTrimMinID(ctx, j.key, position).Err()
}
