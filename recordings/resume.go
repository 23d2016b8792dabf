package recordings

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// longestGap is how long an outage can be in a recording that goes on: a call does not outlive a longer one.
const longestGap = 10 * time.Minute

// Resume goes on with a call's recording. Where it ran, silence stands for what was lost of it, and counts as lost. A former
// life of this node left a file, which goes on: it was last written when that life last heard something. Another node's file is
// elsewhere, and so a new part begins, with silence from the moment on when that node was last known to live; that is the zero
// time for a life of this one. The error wraps ErrNone where there is nothing to go on with.
func (l *Library) Resume(call string, ran bool, dead time.Time) (*media.Tap, error) {
	t, err := l.again(call, ran, dead, time.Now)
	if err != nil {
		return nil, err
	}
	return l.begin(t), nil
}

func (l *Library) again(call string, ran bool, dead time.Time, now func() time.Time) (*tape, error) {
	gap := func(since time.Time) time.Duration {
		if !ran {
			return 0
		}
		return min(max(0, now().Sub(since)), longestGap)
	}
	if !dead.IsZero() {
		return l.start(call, gap(dead))
	}
	p, err := l.left(call)
	if err != nil {
		return nil, err
	}
	t := &tape{part: p}
	info, err := os.Stat(p.Path) // before it is written to
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	if _, err := repaired(p.Path); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	f, err := audio.OpenWAV(p.Path)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	silence := gap(info.ModTime())
	t.file, t.due = f, f.Size()
	t.skip(silence)
	l.tell("recording.resumed", p, map[string]string{"silence": strconv.FormatInt(silence.Milliseconds(), 10)})
	return t, nil
}

// left is the part that a former life of this node was making last.
func (l *Library) left(call string) (Part, error) {
	if !valid.MatchString(call) {
		return Part{}, fmt.Errorf("recordings: %q is no call", call)
	}
	for _, p := range slices.Backward(l.Parts(call)) {
		if p.open() && (p.Node == "" || p.Node == l.node) {
			return p, nil
		}
	}
	return Part{}, ErrNone
}
