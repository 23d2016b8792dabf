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
	// patience is how long Redis may take to store an event before those that wait go to the spool, too. A write that
	// was only late is repeated, which is harmless.
	patience = time.Second
)

// Journal is one ordered stream of events.
type Journal struct {
	s           *State
	life        context.Context // ends with Close, and with it every reader
	key         string
	seen        string // the last written number of every writer: makes a repeated write harmless
	writer      string
	mu          sync.Mutex
	queue       []numbered
	next        uint64
	spooled     numbered // the last event in the spool file
	unspoolable bool     // and this was told
	news        chan struct{}
	done        chan struct{} // closed and made anew when everything is stored
	tail        tail
}

// numbered is an event with who writes it and its number there; both stay when another life of the program writes it.
type numbered struct {
	W string `json:"w"`
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

func newJournal(life context.Context, s *State) *Journal {
	j := &Journal{
		s: s, life: life, key: s.Key("events"), seen: s.Key("writers"), news: make(chan struct{}, 1), done: make(chan struct{}),
		tail:   tail{most: recent, news: make(chan struct{}), readers: map[*reader]struct{}{}},
		writer: strconv.FormatInt(time.Now().UnixNano(), 36) + strconv.Itoa(os.Getpid()),
	}
	close(j.done)
	j.unspool()
	return j
}

// Append gives the journal an event. It never blocks; events are stored in the order in which they were given.
func (j *Journal) Append(e Event) {
	j.mu.Lock()
	j.next++
	j.push(numbered{j.writer, j.next, e})
	j.mu.Unlock()
	select {
	case j.news <- struct{}{}:
	default:
	}
}

func (j *Journal) push(x numbered) {
	if len(j.queue) == 0 {
		j.done = make(chan struct{})
	}
	j.queue = append(j.queue, x)
}

// Flush returns when everything appended so far is stored.
func (j *Journal) Flush(ctx context.Context) error {
	j.mu.Lock()
	done := j.done
	j.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("journal: %d events not stored: %w", len(j.waiting()), ctx.Err())
	}
}

// Waiting is how many events are not stored yet.
func (j *Journal) Waiting() int { return len(j.waiting()) }

// waiting is what is not stored yet. Nobody changes it: the queue grows behind it and shrinks before it.
func (j *Journal) waiting() []numbered {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.queue[:len(j.queue):len(j.queue)]
}

// write stores the queue until ctx ends. While Redis is away the queue is also kept in the spool file.
func (j *Journal) write(ctx context.Context) {
	away := false
	for {
		todo := j.waiting()
		if len(todo) == 0 {
			select {
			case <-j.news:
			case <-ctx.Done():
				return
			}
			continue
		}
		err := j.store(ctx, todo[0])
		if err == nil {
			j.forget()
			if away {
				away = false
				j.s.log.Info("redis is back", "waiting", len(todo)-1)
			}
			continue
		}
		if !away && ctx.Err() == nil {
			away = true
			j.s.log.Warn("events wait for redis", "waiting", len(todo), "err", err)
		}
		j.spool(j.waiting())
		if ctx.Err() != nil {
			return
		}
		_ = pause(ctx)
	}
}

func (j *Journal) store(ctx context.Context, x numbered) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := []any{x.W, x.N, keep, "what", x.E.What, "at", x.E.At.UnixMilli()}
	for k, v := range x.E.Data {
		args = append(args, k, v)
	}
	return appendScript.Run(ctx, j.s.redis, []string{j.key, j.seen}, args...).Err()
}

// forget takes what was stored from the queue.
func (j *Journal) forget() {
	j.mu.Lock()
	j.queue = j.queue[1:]
	empty := len(j.queue) == 0
	if empty {
		close(j.done)
	}
	j.mu.Unlock()
	if empty {
		j.dropSpool()
	}
}
