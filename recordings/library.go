// Package recordings keeps what is said: taps to WAV files, playable up to their last second whatever happens.
//
//	tap ─ one chunk a second ─▶ a goroutine for each recording ─▶ DIR/2026/11/23/CALL.BEGAN.NODE.wav ─▶ recording.ended
//
// A call that another node takes over has a part at each; Join plays them as one.
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
	node    string
	journal Journal
	log     *slog.Logger
	wait    sync.WaitGroup
	create  func(path string) (file, error)
	mu      sync.Mutex
	live    map[string]bool // files that are being made
}

// file is where sound goes; tests break it.
type file interface {
	Write(b []byte) (int, error)
	Size() int64
	Close() error
}

// ErrNone is returned for a call that has no recording.
var ErrNone = errors.New("no recording")

// Open makes the directory. What a crash left is there until Resume or Repair takes it up. The node's name is in those of its
// files.
func Open(c Config, node string, j Journal, log *slog.Logger) (*Library, error) {
	if !valid.MatchString(node) {
		return nil, fmt.Errorf("recordings: %q is no node", node)
	}
	l := &Library{dir: c.Dir, node: node, journal: j, log: log, live: map[string]bool{}, create: func(path string) (file, error) { return audio.CreateWAV(path) }}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	return l, nil
}

// Repair finishes what a crash left: only an unfinished recording has the name of one. Those of calls that go on are left to
// Resume, and those of other nodes, which may be making them, to themselves. One that cannot be repaired is told, and keeps
// nobody from calling.
func (l *Library) Repair(goOn ...string) error {
	return filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == l.dir {
				return fmt.Errorf("recordings: %w", err)
			}
			l.log.Warn("recordings not looked at", "dir", path, "err", err)
			return nil
		}
		p, ok := named(path)
		if !ok || !p.open() || !d.Type().IsRegular() || p.Node != "" && p.Node != l.node || l.alive(path) || slices.Contains(goOn, p.Call) {
			return nil
		}
		size, err := repaired(path)
		if err == nil {
			err = l.finish(p, size, 0)
		}
		if err != nil {
			l.log.Warn("recording cannot be repaired", "file", path, "err", err)
			return nil
		}
		l.log.Info("recording finished after a crash", "call", p.Call, "file", path)
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
func (l *Library) finish(p Part, size int64, lost time.Duration) error {
	path := filepath.Join(filepath.Dir(p.Path), p.base())
	if err := vacant(path); err != nil {
		return err
	}
	if err := os.Rename(p.Path, path); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	p.Path = path
	l.tell("recording.ended", p, map[string]string{
		"bytes": strconv.FormatInt(size, 10), "seconds": strconv.FormatFloat(float64(size)/2/audio.Rate, 'f', 2, 64),
		"lost": strconv.FormatInt(lost.Milliseconds(), 10),
	})
	return nil
}

// tell says something of a part, which has its final name in it.
func (l *Library) tell(what string, p Part, data map[string]string) {
	rel, err := filepath.Rel(l.dir, filepath.Join(filepath.Dir(p.Path), p.base()))
	if err != nil { // of two absolute paths, or two relative ones, there always is one
		rel = p.base()
	}
	data["call"], data["file"] = p.Call, rel
	if p.Node != "" {
		data["node"], data["began"] = p.Node, strconv.FormatInt(p.Began.UnixMilli(), 10)
	}
	l.journal.Fact(time.Now(), what, data)
}

// vacant tells whether a name is free.
func vacant(path string) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(fmt.Errorf("recordings: %s is there already", filepath.Base(path)), err)
}

// Start opens a call's recording and writes the tap's chunks until it leaves the plan.
func (l *Library) Start(call string) (*media.Tap, error) {
	t, err := l.start(call, 0)
	if err != nil {
		return nil, err
	}
	return l.begin(t), nil
}

// start makes a part that begins with silence for what was lost before it.
func (l *Library) start(call string, silence time.Duration) (*tape, error) {
	if !valid.MatchString(call) {
		return nil, fmt.Errorf("recordings: %q is no call", call)
	}
	p := Part{Call: call, Began: time.Now().UTC(), Node: l.node}
	dir := filepath.Join(l.dir, p.Began.Format("2006/01/02"))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	p.Path = filepath.Join(dir, strings.TrimSuffix(p.base(), ".wav")+open)
	l.lives(p.Path, true) // Repair, which runs beside, is not to take it for a dead one
	f, err := l.create(p.Path)
	if err != nil {
		l.lives(p.Path, false)
		return nil, fmt.Errorf("recordings: %w", err)
	}
	l.tell("recording.started", p, map[string]string{"silence": strconv.FormatInt(silence.Milliseconds(), 10)})
	t := &tape{file: f, part: p}
	t.skip(silence)
	return t, nil
}

// begin writes a new tap to its tape.
func (l *Library) begin(t *tape) *media.Tap {
	tap := media.NewTap()
	l.keep(t, tap)
	return tap
}

func (l *Library) keep(t *tape, tap sound) {
	l.lives(t.part.Path, true)
	l.wait.Go(func() {
		l.write(t, tap)
		l.lives(t.part.Path, false)
	})
}

// lives notes whether a file is being made.
func (l *Library) lives(path string, does bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live[path] = does; !does {
		delete(l.live, path)
	}
}

func (l *Library) alive(path string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.live[path]
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
