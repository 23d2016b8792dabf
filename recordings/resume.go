package recordings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// longestGap is how long an outage can be in a recording that goes on: a call does not outlive a longer one.
const longestGap = 10 * time.Minute

// Resume goes on with a recording that a former life of the node began. If it ran, silence stands for the time since its
// last sound, when the file was written, and counts as lost. The error wraps ErrNone where there is none.
func (l *Library) Resume(call string, ran bool) (*media.Tap, error) {
	t, err := l.again(call, ran, time.Now)
	if err != nil {
		return nil, err
	}
	return l.begin(call, t), nil
}

func (l *Library) again(call string, ran bool, now func() time.Time) (*tape, error) {
	if !valid.MatchString(call) {
		return nil, fmt.Errorf("recordings: %q is no call", call)
	}
	found, err := fs.Glob(os.DirFS(l.dir), "*/*/*/"+call+open)
	if err != nil || len(found) == 0 {
		return nil, errors.Join(ErrNone, err)
	}
	t := &tape{part: filepath.Join(l.dir, found[0])}
	info, err := os.Stat(t.part) // before it is written to
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	if _, err := repaired(t.part); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	f, err := audio.OpenWAV(t.part)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	t.file, t.due = f, f.Size()
	var gap time.Duration
	if ran {
		gap = min(max(0, now().Sub(info.ModTime())), longestGap)
	}
	t.due += bytesOf(gap)
	t.lost += bytesOf(gap)
	l.journal.Fact(now(), "recording.resumed", map[string]string{"call": call, "silence": strconv.FormatInt(gap.Milliseconds(), 10)})
	return t, nil
}
