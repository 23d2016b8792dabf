package app

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// share is what other nodes need to go on with what this one has, should it stay dead: sealed, in Redis. Whoever puts something
// waits for nothing. What changes often is written once in a while, and a Redis that is away only makes it older.
type share struct {
	seal  func(id string, text []byte) []byte
	store func(ctx context.Context, things map[string][]byte) (taken []string, err error)
	lost  func(id string) // another node has it: it is no more ours

	mu    sync.Mutex
	dirty map[string][]byte
	news  chan struct{}
}

const (
	gathering  = 200 * time.Millisecond // what changes meanwhile is written once
	mostAtOnce = 50
)

func newShare(seal func(string, []byte) []byte, store func(context.Context, map[string][]byte) ([]string, error), lost func(string)) *share {
	return &share{seal: seal, store: store, lost: lost, dirty: map[string][]byte{}, news: make(chan struct{}, 1)}
}

// put shares the newest text of something; nil is nothing any more. A nil share has nobody to share with, here and below.
func (s *share) put(id string, text []byte) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.dirty[id] = text
	s.mu.Unlock()
	s.tell()
}

func (s *share) tell() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// run writes until ctx ends, and then what is left.
func (s *share) run(ctx context.Context) error {
	if s == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	for {
		select {
		case <-s.news:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			s.write(last)
			return ctx.Err()
		}
		select {
		case <-time.After(gathering):
		case <-ctx.Done():
		}
		s.write(ctx)
	}
}

// write stores all that has changed; what cannot be stored waits for the next time, unless it is changed meanwhile.
func (s *share) write(ctx context.Context) {
	s.mu.Lock()
	all := s.dirty
	s.dirty = map[string][]byte{}
	s.mu.Unlock()
	for ids := range slices.Chunk(slices.Collect(maps.Keys(all)), mostAtOnce) {
		sealed := map[string][]byte{}
		for _, id := range ids {
			if sealed[id] = nil; len(all[id]) > 0 {
				sealed[id] = s.seal(id, all[id])
			}
		}
		taken, err := s.store(ctx, sealed)
		if err != nil {
			s.mu.Lock()
			for _, id := range ids {
				if _, newer := s.dirty[id]; !newer {
					s.dirty[id] = all[id]
				}
			}
			s.mu.Unlock()
			s.tell()
			continue
		}
		for _, id := range taken {
			s.lost(id)
		}
	}
}
