// Package recordings keeps what is said: taps to WAV files, playable up to their last second whatever happens.
//
//	tap ─ one chunk a second ─▶ a goroutine for each recording ─▶ DIR/2026/11/23/CALL.wav ─▶ recording.ended
//
// A full or slow disk loses sound, never a call: what is lost is counted, and filled with silence so that the rest
// stays in its place.
package recordings

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// Config says where recordings are kept.
type Config struct {
	Dir string `yaml:"dir"` // "" is recordings in the data directory
}

// Journal is told when a recording ends.
type Journal interface {
	Fact(at time.Time, what string, data map[string]string)
}

// Library is all recordings of this node.
type Library struct {
	dir     string
	journal Journal
	log     *slog.Logger
	wait    sync.WaitGroup
	create  func(path string) (file, error)
	mu      sync.Mutex
	live    map[string]bool // calls that are being recorded
}

// file is where sound goes; tests break it.
type file interface {
	Write(b []byte) (int, error)
	Size() int64
	Close() error
}

// ErrNone is returned for a call that has no recording.
var ErrNone = errors.New("no recording")

// Open makes the directory. What a crash left is there until Resume or Repair takes it up.
func Open(c Config, j Journal, log *slog.Logger) (*Library, error) {
	l := &Library{dir: c.Dir, journal: j, log: log, live: map[string]bool{}, create: func(path string) (file, error) { return audio.CreateWAV(path) }}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	return l, nil
}

// open ends the name of a recording that is being made.
const open = ".part.wav"

// Repair finishes what a crash left: only an unfinished recording has the name of one. Those of calls that go on are left to
// Resume. One that cannot be repaired is told, and keeps nobody from calling.
func (l *Library) Repair(goOn ...string) error {
	return filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == l.dir {
				return fmt.Errorf("recordings: %w", err)
			}
			l.log.Warn("recordings not looked at", "dir", path, "err", err)
			return nil
		}
		if !d.Type().IsRegular() || !strings.HasSuffix(path, open) {
			return nil
		}
		call := strings.TrimSuffix(filepath.Base(path), open)
		if l.lives(call) || slices.Contains(goOn, call) {
			return nil
		}
		size, err := repaired(path)
		if err == nil {
			err = l.finish(call, path, size, 0)
		}
		if err != nil {
			l.log.Warn("recording cannot be repaired", "file", path, "err", err)
			return nil
		}
		l.log.Info("recording finished after a crash", "call", call, "file", path)
		return nil
	})
}

// repaired makes a file playable and returns the bytes of sound in it.
func repaired(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if info.Size() < audio.WAVHeader { // the crash came before the first sound
		if err := os.Remove(path); err != nil {
			return 0, err
		}
		w, err := audio.CreateWAV(path)
		if err != nil {
			return 0, err
		}
		return 0, w.Close()
	}
	_, err = audio.RepairWAV(path)
	return (info.Size() - audio.WAVHeader) &^ 1, err // half a pair of samples is none
}

// finish gives a recording its final name, which none may have yet, and tells its length.
func (l *Library) finish(call, part string, size int64, lost time.Duration) error {
	path := strings.TrimSuffix(part, open) + ".wav"
	if err := vacant(path); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	rel, err := filepath.Rel(l.dir, path)
	if err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	l.journal.Fact(time.Now(), "recording.ended", map[string]string{
		"call": call, "file": rel, "bytes": strconv.FormatInt(size, 10),
		"seconds": strconv.FormatFloat(float64(size)/2/audio.Rate, 'f', 2, 64), "lost": strconv.FormatInt(lost.Milliseconds(), 10),
	})
	return nil
}

// vacant tells whether a name is free.
func vacant(path string) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(fmt.Errorf("recordings: %s is there already", filepath.Base(path)), err)
}

// valid is a call's id: nothing that could be a path.
var valid = regexp.MustCompile(`^[a-zA-Z0-9-]{1,64}$`)

// Start opens a call's recording and writes the tap's chunks until it leaves the plan.
func (l *Library) Start(call string) (*media.Tap, error) {
	if !valid.MatchString(call) {
		return nil, fmt.Errorf("recordings: %q is no call", call)
	}
	now := time.Now().UTC()
	dir := filepath.Join(l.dir, now.Format("2006/01/02"))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	part := filepath.Join(dir, call+open)
	if err := vacant(filepath.Join(dir, call+".wav")); err != nil {
		return nil, err
	}
	f, err := l.create(part)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	l.journal.Fact(now, "recording.started", map[string]string{"call": call, "file": now.Format("2006/01/02/") + call + ".wav"})
	return l.begin(call, &tape{file: f, part: part}), nil
}

// begin writes a new tap to its tape.
func (l *Library) begin(call string, t *tape) *media.Tap {
	tap := media.NewTap()
	l.keep(call, t, tap)
	return tap
}

func (l *Library) keep(call string, t *tape, tap sound) {
	l.mu.Lock()
	l.live[call] = true
	l.mu.Unlock()
	l.wait.Go(func() {
		l.write(call, t, tap)
		l.mu.Lock()
		delete(l.live, call)
		l.mu.Unlock()
	})
}

func (l *Library) lives(call string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.live[call]
}

// File is the path of a call's recording.
func (l *Library) File(call string) (string, error) {
	if !valid.MatchString(call) {
		return "", ErrNone
	}
	for _, name := range []string{call + ".wav", call + open} {
		found, err := fs.Glob(os.DirFS(l.dir), "*/*/*/"+name) // the directory itself is no pattern
		if err == nil && len(found) > 0 {
			return filepath.Join(l.dir, found[0]), nil
		}
	}
	return "", ErrNone
}

// lastWrites is how long the disk may take when the node stops.
const lastWrites = 10 * time.Second

// Close waits for every recording to be written, but not for a disk that hangs: what is on it is repaired at the next
// start.
func (l *Library) Close() error {
	done := make(chan struct{})
	go func() {
		l.wait.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(lastWrites):
		return errors.New("recordings: the disk hangs, some are not finished")
	}
}
