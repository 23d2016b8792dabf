package state

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Event is a fact in the past tense, written once and never changed.
type Event struct {
	ID   string            `json:"-"` // its place in the stream, "ms-seq"; empty until stored
	At   time.Time         `json:"at"`
	What string            `json:"what"`
	Data map[string]string `json:"data"`
}

// Get is a value of the event, or "".
func (e Event) Get(key string) string { return e.Data[key] }

const (
	keep  = 1_000_000 // events that stay readable in the stream
	batch = 500
	retry = 200 * time.Millisecond
	block = 500 * time.Millisecond // how long one read waits for news
)

// Journal is one ordered stream of events.
type Journal struct {
	s      *State
	key    string
	seen   string // the last written number of this writer: makes a repeated write harmless
	writer string
	mu     sync.Mutex
	queue  []numbered
	next   uint64
	stored uint64
	news   chan struct{}
	done   chan struct{} // closed and made anew when everything is stored
}

type numbered struct {
	N uint64 `json:"n"`
	E Event  `json:"e"`
}

// appendScript stores an event unless this writer stored it before: a write whose answer was lost may be repeated.
var appendScript = redis.NewScript(`
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if tonumber(ARGV[2]) <= last then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, 4))
return 1`)

func newJournal(s *State) *Journal {
	j := &Journal{
		s: s, key: s.Key("events"), seen: s.Key("writers"), news: make(chan struct{}, 1), done: make(chan struct{}),
		writer: strconv.FormatInt(time.Now().UnixNano(), 36) + strconv.Itoa(os.Getpid()),
	}
	close(j.done)
	j.unspool()
	return j
}

// Append gives the journal an event. It never blocks; events are stored in the order in which they were given.
func (j *Journal) Append(e Event) {
	j.mu.Lock()
	j.push(e)
	j.mu.Unlock()
	select {
	case j.news <- struct{}{}:
	default:
	}
}

func (j *Journal) push(e Event) {
	if len(j.queue) == 0 {
		j.done = make(chan struct{})
	}
	j.next++
	j.queue = append(j.queue, numbered{j.next, e})
}

// Flush returns when everything appended so far is stored.
func (j *Journal) Flush(ctx context.Context) error {
	for {
		j.mu.Lock()
		done, left := j.done, len(j.queue)
		j.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-done:
		case <-ctx.Done():
			return fmt.Errorf("journal: %d events not stored: %w", left, ctx.Err())
		}
	}
}

// write stores the queue until ctx ends. While Redis is away the queue is also kept in the spool file.
func (j *Journal) write(ctx context.Context) {
	for {
		select {
		case <-j.news:
		case <-ctx.Done():
			j.spoolQueue()
			return
		}
		for {
			j.mu.Lock()
			n := min(len(j.queue), batch)
			todo := j.queue[:n:n]
			j.mu.Unlock()
			if n == 0 {
				break
			}
			if err := j.store(ctx, todo); err != nil {
				if ctx.Err() != nil {
					j.spoolQueue()
					return
				}
				j.s.log.Warn("events wait for redis", "waiting", n, "err", err)
				j.spoolQueue()
				select {
				case <-time.After(retry):
				case <-ctx.Done():
				}
				continue
			}
			j.forget(n)
		}
	}
}

func (j *Journal) store(ctx context.Context, todo []numbered) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, x := range todo {
		args := []any{j.writer, x.N, keep, "what", x.E.What, "at", x.E.At.UnixMilli()}
		for k, v := range x.E.Data {
			args = append(args, k, v)
		}
		if err := appendScript.Run(ctx, j.s.redis, []string{j.key, j.seen}, args...).Err(); err != nil {
			return err
		}
		j.mu.Lock()
		j.stored = x.N
		j.mu.Unlock()
	}
	return nil
}

func (j *Journal) forget(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue = j.queue[n:]
	if len(j.queue) == 0 {
		j.queue = nil
		j.dropSpool()
		close(j.done)
	}
}

// spoolQueue writes what waits to a file, so that a crash while Redis is away loses nothing.
func (j *Journal) spoolQueue() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.s.config.Spool == "" || len(j.queue) == 0 || j.s.Embedded() {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(j.s.config.Spool), "spool")
	if err == nil {
		enc := json.NewEncoder(f)
		for _, x := range j.queue {
			if x.N > j.stored {
				err = errors.Join(err, enc.Encode(x.E))
			}
		}
		err = errors.Join(err, f.Close(), os.Rename(f.Name(), j.s.config.Spool))
	}
	if err != nil {
		j.s.log.Error("events not spooled", "err", err)
	}
}

// unspool takes back what a former life could not store.
func (j *Journal) unspool() {
	f, err := os.Open(j.s.config.Spool)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			j.push(e)
		}
	}
	if len(j.queue) > 0 {
		j.news <- struct{}{}
	}
}

func (j *Journal) dropSpool() {
	if j.s.config.Spool != "" {
		_ = os.Remove(j.s.config.Spool)
	}
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
// ends with ctx or with fn's error.
func (j *Journal) Read(ctx context.Context, after string, fn func([]Event) error) error {
	if after == "" {
		after = "0-0"
	}
	for after == "$" {
		last, err := j.Last(ctx)
		if err == nil {
			after = last
		} else if err := j.pause(ctx); err != nil {
			return err
		}
	}
	for {
		streams, err := j.s.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{j.key, after}, Count: batch, Block: block}).Result()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, redis.Nil):
			continue
		case err != nil:
			if err := j.pause(ctx); err != nil {
				return err
			}
			continue
		}
		for _, s := range streams {
			events := make([]Event, 0, len(s.Messages))
			for _, m := range s.Messages {
				events = append(events, eventOf(m))
			}
			if err := fn(events); err != nil {
				return err
			}
			after = events[len(events)-1].ID
		}
	}
}

func (j *Journal) pause(ctx context.Context) error {
	select {
	case <-time.After(retry):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
