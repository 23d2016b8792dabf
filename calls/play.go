package calls

import (
	"context"
	"errors"
	"time"

	"github.com/callfloor/callfloor/media"
)

// ErrTimeout is returned by Keys when the caller stays silent.
var ErrTimeout = errors.New("no key was pressed in time")

// Play says the sounds to the customer and returns when they have ended. With bargeIn a key stops them, also one
// pressed before, and stays for Keys.
func (c *Call) Play(ctx context.Context, sounds []*media.Sound, bargeIn bool) error {
	if len(sounds) == 0 || bargeIn && len(c.typed)+len(c.keys) > 0 {
		return nil
	}
	p := media.NewPlayback(sounds, false)
	if err := c.hear(p); err != nil {
		return err
	}
	defer func() { _ = c.unhear(p) }()
	var key <-chan string
	if bargeIn {
		key = c.keys
	}
	select {
	case <-p.Done():
		return nil
	case k := <-key:
		c.typed = append(c.typed, k)
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Music starts what the customer hears until something else is played; nil is silence.
func (c *Call) Music(s *media.Sound) error {
	if s == nil {
		return c.hear(nil)
	}
	return c.hear(media.NewPlayback([]*media.Sound{s}, true))
}

// Keys collects up to limit keys. A key of end finishes early and is not part of the result.
// The timeout holds for each key, the first from now; ErrTimeout comes with what was keyed so far.
func (c *Call) Keys(ctx context.Context, limit int, end string, timeout time.Duration) (string, error) {
	var got string
	for len(got) < limit {
		k, err := c.key(ctx, timeout)
		if err != nil {
			return got, err
		}
		if k == end {
			return got, nil
		}
		got += k
	}
	return got, nil
}

// key returns the customer's next key.
func (c *Call) key(ctx context.Context, timeout time.Duration) (string, error) {
	if len(c.typed) > 0 {
		k := c.typed[0]
		c.typed = c.typed[1:]
		return k, nil
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case k := <-c.keys:
		return k, nil
	case <-t.C:
		return "", ErrTimeout
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (c *Call) hear(p *media.Playback) error {
	return c.do(func() { c.sound = p; c.replan() })
}

func (c *Call) unhear(p *media.Playback) error {
	return c.do(func() {
		if c.sound == p {
			c.sound = nil
			c.replan()
		}
	})
}
