package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// far is where things are shared, as it was asked to store them.
type far struct {
	mu     sync.Mutex
	has    map[string]string
	writes int
	most   int // things in one write
	away   bool
	taken  string // what another node has
}

func (f *far) store(_ context.Context, things map[string][]byte) (taken []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return nil, errors.New("away")
	}
	f.writes++
	f.most = max(f.most, len(things))
	for id, text := range things {
		if id == f.taken {
			taken = append(taken, id)
			continue
		}
		if f.has[id] = string(text); text == nil {
			delete(f.has, id)
		}
	}
	return taken, nil
}

func (f *far) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// What changes often is written once in a while, as it is last; what is over is nothing any more; nothing is lost while
// Redis is away, and old news do not come after new ones; what another node has is let go.
func TestWhatIsSharedIsWrittenOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{has: map[string]string{}}
		var lost []string
		s := newShare(func(id string, text []byte) []byte { return []byte(id + "=" + string(text)) }, f.store, func(id string) { lost = append(lost, id) })
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.run(ctx) }()
		has := func(want map[string]string) {
			t.Helper()
			synctest.Wait()
			if !maps.Equal(f.has, want) {
				t.Fatalf("shared is %v, want %v", f.has, want)
			}
		}
		for n := range 100 { // a second of them
			s.put("a", fmt.Append(nil, n))
			s.put("b", fmt.Append(nil, n))
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(gathering)
		has(map[string]string{"a": "a=99", "b": "b=99"})
		if f.writes > 6 {
			t.Errorf("written %d times", f.writes)
		}
		f.set(func() { f.away = true })
		s.put("a", []byte("old"))
		s.put("b", nil)
		time.Sleep(time.Second)
		s.put("a", []byte("new"))
		time.Sleep(time.Second)
		f.set(func() { f.away = false })
		time.Sleep(time.Second)
		has(map[string]string{"a": "a=new"})
		for n := range 3 * mostAtOnce {
			s.put(fmt.Sprint(n), nil)
		}
		time.Sleep(time.Second)
		if synctest.Wait(); f.most > mostAtOnce {
			t.Errorf("%d at once", f.most)
		}
		f.set(func() { f.taken = "a" })
		s.put("a", []byte("newest"))
		time.Sleep(time.Second)
		has(map[string]string{"a": "a=new"})
		if len(lost) != 1 || lost[0] != "a" {
			t.Errorf("lost is %v", lost)
		}
		s.put("c", []byte("last"))
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		has(map[string]string{"a": "a=new", "c": "c=last"})
		(*share)(nil).put("a", nil) // a node that is alone
	})
}
