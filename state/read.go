package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	mu     sync.Mutex
	events []Event
	from   string        // everything after this position is in events; "" until Redis has answered
	news   chan struct{} // closed and made anew when there is more
	safe   int           // events written since an embedded Redis forgot some
}

// Last is the position of the newest event, "0-0" when there is none.
func (j *Journal) Last(ctx context.Context) (string, error) {
	m, err := j.s.redis.XRevRangeN(ctx, j.key, "+", "-", 1).Result()
	if err != nil {
		return "", fmt.Errorf("journal: %w", err)
	}
	if len(m) == 0 {
		return "0-0", nil
	}
	return m[0].ID, nil
}

// Read gives fn the events after a position, in order, at most 500 at a time, and goes on with what comes.
// after is a stored event's ID, "" for the beginning, "$" for news only. It outlives a Redis that is away, and
// ends with ctx or with fn's error. fn must not change the events.
func (j *Journal) Read(ctx context.Context, after string, fn func([]Event) error) error {
	if after == "" {
		after = "0-0"
	}
	for after == "$" {
		last, err := j.Last(ctx)
		if err == nil {
			after = last
		} else if err := pause(ctx); err != nil {
			return err
		}
	}
	for ctx.Err() == nil {
		events, news, err := j.after(ctx, after)
		switch {
		case err != nil:
			if err := pause(ctx); err != nil {
				return err
			}
		case len(events) > 0:
			if err := fn(events); err != nil {
				return err
			}
			after = events[len(events)-1].ID
		default:
			select {
			case <-news:
			case <-ctx.Done():
			}
		}
	}
	return ctx.Err()
}

// after gives at most a batch of what follows a position, from memory or, for what is older, from Redis. news tells
// when to ask again if there is nothing.
func (j *Journal) after(ctx context.Context, position string) (events []Event, news <-chan struct{}, err error) {
	j.tail.mu.Lock()
	all, from, news := j.tail.events, j.tail.from, j.tail.news
	j.tail.mu.Unlock()
	if from == "" {
		return nil, news, nil
	}
	if Before(position, from) {
		found, err := j.s.redis.XRangeN(ctx, j.key, "("+position, from, batch).Result()
		if err != nil || len(found) > 0 {
			return eventsOf(found), news, err
		}
	}
	i, known := slices.BinarySearchFunc(all, position, func(e Event, id string) int {
		switch {
		case Before(e.ID, id):
			return -1
		case Before(id, e.ID):
			return 1
		}
		return 0
	})
	if known {
		i++
	}
	return all[i:min(i+batch, len(all))], news, nil
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
	if extra := len(t.events) - recent; extra > recent/2 {
		t.from = t.events[extra-1].ID
		t.events = slices.Clone(t.events[extra:])
	}
	close(t.news)
	t.news = make(chan struct{})
}

// Written says that everything up to a position is in a safe place. An embedded Redis forgets it then, for it lives in
// this process' memory; a real one keeps its last million events.
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
	j.tail.mu.Unlock()
	if !enough {
		return nil
	}
	return j.s.redis.XTrimMinID(ctx, j.key, position).Err()
}

// Before compares two positions, "milliseconds-number"; "" is before all.
func Before(a, b string) bool {
	am, an := split(a)
	bm, bn := split(b)
	return am < bm || am == bm && an < bn
}

func split(position string) (ms, n uint64) {
	l, r, _ := strings.Cut(position, "-")
	ms, _ = strconv.ParseUint(l, 10, 64) // not a number: before all
	n, _ = strconv.ParseUint(r, 10, 64)
	return ms, n
}

func pause(ctx context.Context) error {
	select {
	case <-time.After(retry):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func eventsOf(messages []redis.XMessage) []Event {
	events := make([]Event, len(messages))
	for i, m := range messages {
		events[i] = eventOf(m)
	}
	return events
}

func eventOf(m redis.XMessage) Event {
	e := Event{ID: m.ID, Data: make(map[string]string, len(m.Values))}
	for k, v := range m.Values {
		text, _ := v.(string)
		switch k {
		case "what":
			e.What = text
		case "at":
			ms, _ := strconv.ParseInt(text, 10, 64)
			e.At = time.UnixMilli(ms)
		default:
			e.Data[k] = text
		}
	}
	return e
}
