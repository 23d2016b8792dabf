// Package recordings keeps what is said: taps to WAV files, playable up to their last second whatever happens.
//
//	tap ─ one chunk a second ─▶ a goroutine for each recording ─▶ DIR/2026/11/23/CALL.wav ─▶ recording.ended
//
// A full or slow disk loses sound, never a call: what is lost is counted, and filled with silence so that the rest
// stays in its place.
package recordings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
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
}

// file is where sound goes; tests break it.
type file interface {
	Write(b []byte) (int, error)
	Size() int64
	Close() error
}

// source is a tap.
type source interface {
	Chunks() <-chan media.Chunk
	Lost() time.Duration
	Free(b []byte)
}

// ErrNone is returned for a call that has no recording.
var ErrNone = errors.New("no recording")

// Open makes the directory and repairs what a crash left.
func Open(c Config, j Journal, log *slog.Logger) (*Library, error) {
	l := &Library{dir: c.Dir, journal: j, log: log, create: func(path string) (file, error) { return audio.CreateWAV(path) }}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	return l, l.repair()
}

// open ends the name of a recording that is being made.
const open = ".part.wav"

// repair finishes what a crash left: only an unfinished recording has the name of one.
func (l *Library) repair() error {
	return filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, open) {
			return err
		}
		if _, err := audio.RepairWAV(path); err != nil {
			l.log.Warn("recording cannot be repaired", "file", path, "err", err)
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		call := strings.TrimSuffix(filepath.Base(path), open)
		l.log.Info("recording finished after a crash", "call", call, "file", path)
		return l.finish(call, path, max(info.Size()-audio.WAVHeader, 0), 0)
	})
}

// finish gives a recording its final name and tells its length.
func (l *Library) finish(call, part string, size int64, lost time.Duration) error {
	path := strings.TrimSuffix(part, open) + ".wav"
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
	f, err := l.create(part)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	l.journal.Fact(now, "recording.started", map[string]string{"call": call, "file": now.Format("2006/01/02/") + call + ".wav"})
	tap := media.NewTap()
	l.wait.Go(func() { l.write(call, part, f, tap) })
	return tap, nil
}

// write carries a tap to its file. What is missed, because the disk was slow or refused, is filled with silence where
// it is missing.
func (l *Library) write(call, part string, f file, tap source) {
	var missing int64              // bytes that the file still lacks
	var gaps, failed time.Duration // what was missed in front of chunks, and with them
	for chunk := range tap.Chunks() {
		missing += bytesOf(l.behind(call, chunk.Gap))
		gaps += chunk.Gap
		err := fill(f, &missing)
		if err == nil {
			_, err = f.Write(chunk.Sound)
		}
		if err != nil {
			if failed == 0 {
				l.log.Error("recording interrupted", "call", call, "err", err)
			}
			failed += lasting(len(chunk.Sound))
			missing += int64(len(chunk.Sound))
		}
		tap.Free(chunk.Sound)
	}
	missing += bytesOf(l.behind(call, tap.Lost()-gaps))
	if err := fill(f, &missing); err != nil {
		l.log.Error("recording is too short", "call", call, "missing", lasting(int(missing)), "err", err)
	}
	size := f.Size()
	if err := f.Close(); err != nil {
		l.log.Error("recording not closed", "call", call, "err", err)
	}
	if err := l.finish(call, part, size, tap.Lost()+failed); err != nil {
		l.log.Error("recording not finished", "call", call, "err", err)
	}
}

// behind says so when the disk was too slow.
func (l *Library) behind(call string, missed time.Duration) time.Duration {
	if missed > 0 {
		l.log.Warn("recording fell behind", "call", call, "missed", missed)
	}
	return missed
}

// bytesOf is the size of stereo µ-law that lasts d; lasting is its inverse.
func bytesOf(d time.Duration) int64 { return int64(d * audio.Rate / time.Second * 2) }

func lasting(n int) time.Duration { return time.Duration(n/2) * time.Second / audio.Rate }

// fill writes silence for what is missing, so that what follows stands at its time.
func fill(f file, missing *int64) error {
	quiet := bytes.Repeat([]byte{audio.MuSilence}, 16_000)
	for *missing > 0 {
		n := min(*missing, int64(len(quiet)))
		if _, err := f.Write(quiet[:n]); err != nil {
			return err
		}
		*missing -= n
	}
	return nil
}

// File is the path of a call's recording.
func (l *Library) File(call string) (string, error) {
	if !valid.MatchString(call) {
		return "", ErrNone
	}
	for _, name := range []string{call + ".wav", call + open} {
		found, err := filepath.Glob(filepath.Join(l.dir, "*", "*", "*", name))
		if err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	return "", ErrNone
}

// Close waits for every recording to be written.
func (l *Library) Close() error {
	l.wait.Wait()
	return nil
}
