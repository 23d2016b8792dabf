package state

import (
	"context"
	"fmt"
	"os"
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
	tail   tail
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
		tail:   tail{news: make(chan struct{})},
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
