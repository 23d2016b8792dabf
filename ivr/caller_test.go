package ivr

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// caller is somebody on the line, in virtual time: each prompt takes two seconds, keys come when they are pressed. The
// diary has a line for all they hear, and when.
type caller struct {
	began  time.Time
	keys   chan string
	typed  []string // keys that were there before somebody asked
	diary  []string
	notes  []string
	places []Place
	queue  func(Want) (Outcome, error)
	moved  string             // the queue to which agents transfer; "" is none
	mute   func(Prompt) error // why a prompt cannot be said
}

const prompt = 2 * time.Second

func (c *caller) write(format string, args ...any) {
	c.diary = append(c.diary, fmt.Sprintf("%gs ", time.Since(c.began).Seconds())+fmt.Sprintf(format, args...))
}

func (c *caller) Say(ctx context.Context, p Prompt, bargeIn bool) error {
	if c.mute != nil {
		if err := c.mute(p); err != nil {
			return err
		}
	}
	words := p.Text + p.File
	if bargeIn && len(c.typed)+len(c.keys) > 0 {
		return nil
	}
	c.write("%s", words)
	var key chan string
	if bargeIn {
		key = c.keys
	}
	select {
	case <-time.After(prompt):
	case k := <-key:
		c.typed = append(c.typed, k)
		c.write("(stopped)")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

func (c *caller) Keys(ctx context.Context, limit int, end string, timeout time.Duration) (got string, err error) {
	for len(got) < limit {
		var k string
		if len(c.typed) > 0 {
			k, c.typed = c.typed[0], c.typed[1:]
		} else {
			select {
			case k = <-c.keys:
			case <-time.After(timeout):
				return got, ErrTimeout
			case <-ctx.Done():
				return got, context.Cause(ctx)
			}
		}
		if k == end {
			return got, nil
		}
		got += k
	}
	return got, nil
}

func (c *caller) Queue(_ context.Context, w Want) (Outcome, string, error) {
	c.write("queue %s %d", w.Queue, w.Priority)
	if c.moved != "" {
		w.Queue = c.moved
	}
	if c.queue == nil {
		return Served, w.Queue, nil
	}
	out, err := c.queue(w)
	return out, w.Queue, err
}

func (c *caller) At(p Place) { c.places = append(c.places, p) }

func (c *caller) Note(flow, step, key string) {
	c.notes = append(c.notes, strings.TrimSuffix(flow+"/"+step+"="+key, "="))
}

// errHungUp is what a caller's own hang-up looks like.
var errHungUp = errors.New("the caller hung up")

// visit is one call to flows; the first is the one dialled.
type visit struct {
	flows   map[string]string // name to text
	presses map[time.Duration]string
	hangsUp time.Duration // 0 is never
	hours   func(string, time.Time) (Hours, error)
	queue   func(Want) (Outcome, error)
	moved   string
	mute    func(Prompt) error
	// from is where a walk that was cut off goes on; nil is a new one.
	from *Place
	// overflow is what queues do with those they cannot take; nil is nothing.
	overflow func(queue string, o Outcome) string
}

// walk runs the visit and returns the caller with what they heard, and how it ended.
func walk(t *testing.T, v visit) (c *caller, err error) {
	t.Helper()
	flows := map[string]*Flow{}
	for name, text := range v.flows {
		f, mistakes := Parse(name+".yaml", []byte("flow: "+name+"\n"+text))
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		flows[name] = f
	}
	known := Known{Flows: slices.Collect(maps.Keys(flows))}
	for _, f := range flows {
		if mistakes := f.Check(known); len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, hangUp := context.WithCancelCause(t.Context())
		defer hangUp(nil)
		c = &caller{began: time.Now(), keys: make(chan string, 64), queue: v.queue, moved: v.moved, mute: v.mute}
		for at, keys := range v.presses {
			time.AfterFunc(at, func() {
				for _, k := range keys {
					c.keys <- string(k)
				}
			})
		}
		synctest.Wait() // what is pressed at 0 is there before the first word
		if v.hangsUp > 0 {
			time.AfterFunc(v.hangsUp, func() { hangUp(errHungUp) })
		}
		w := World{Flow: func(name string) *Flow { return flows[name] }, Hours: v.hours, Default: "main", Overflow: v.overflow}
		if v.from != nil {
			err = Resume(ctx, c, w, *v.from)
			return
		}
		err = flows["dialled"].Run(ctx, c, w)
	})
	return c, err
}
