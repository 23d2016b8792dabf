package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// reader is one Read at work; it still needs what comes after its position.
type reader struct{ at string }

// ErrClosed ends a Read whose journal was closed.
var ErrClosed = errors.New("the journal is closed")

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
// ends with ctx, with fn's error, or with ErrClosed. fn must not change the events.
func (j *Journal) Read(ctx context.Context, after string, fn func([]Event) error) error {
	within, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(j.life, stop)()
	err := j.read(within, after, fn)
	if errors.Is(err, context.Canceled) && ctx.Err() == nil && j.life.Err() != nil {
		return ErrClosed
	}
	return err
}

func (j *Journal) read(ctx context.Context, after string, fn func([]Event) error) error {
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
	r := &reader{after}
	defer j.tail.without(r)
	for ctx.Err() == nil {
		events, news, err := j.after(ctx, r)
		switch {
		case err != nil:
			if err := pause(ctx); err != nil {
				return err
			}
		case len(events) > 0:
			if err := fn(events); err != nil {
				return err
			}
			j.tail.move(r, events[len(events)-1].ID)
		default:
			select {
			case <-news:
			case <-ctx.Done():
			}
		}
	}
	return ctx.Err()
}

// after gives at most a batch of what follows a reader's position, from memory or, for what is older, from Redis. news
// tells when to ask again if there is nothing.
func (j *Journal) after(ctx context.Context, r *reader) (events []Event, news <-chan struct{}, err error) {
	j.tail.mu.Lock()
	j.tail.readers[r] = struct{}{}
	all, from, position, news := j.tail.events, j.tail.from, r.at, j.tail.news
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
	end := min(i+batch, len(all))
	return all[i:end:end], news, nil
}

// Before compares two positions, "milliseconds-number"; "" is before all.
func Before(a, b string) bool {
	am, an := split(a)
	bm, bn := split(b)
	return am < bm || am == bm && an < bn
}

// Time is when the event at a position was stored, by Redis' clock; the zero of Unix time for "".
func Time(position string) time.Time {
	ms, _ := split(position)
	return time.UnixMilli(int64(ms))
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
