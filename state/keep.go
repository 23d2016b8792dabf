package state

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"strconv"
	"sync"
)

// Keep is what must outlive the process: the newest text of each id, in one file to which changes are appended. Whoever
// puts something never waits for the disk; what was put a moment before a crash may be missing, and never more than that.
// A crash of the machine loses what the system had not yet written. The file is rewritten when most of it is outdated.
type Keep struct {
	log  *slog.Logger
	path string
	wait sync.WaitGroup

	mu     sync.Mutex
	all    map[string][]byte
	dirty  map[string]bool // changed since the file was written
	change *sync.Cond      // of dirty, busy and closed
	busy   bool
	closed bool

	// the writer's
	file   *os.File
	live   map[string]int64 // bytes of each id's line that is not outdated
	lives  int64            // their sum
	size   int64            // of the file; endless when half a line stands at its end
	failed bool
}

// kept is one line of the file; no text means that the id was dropped.
type kept struct {
	ID   string `json:"id"`
	Text []byte `json:"text,omitempty"`
}

// OpenKeep reads the file, if there is one. A damaged line is told of and left out: a crash in the middle of a write
// leaves one at the end.
func OpenKeep(path string, log *slog.Logger) (*Keep, error) {
	k := &Keep{log: log, path: path, all: map[string][]byte{}, dirty: map[string]bool{}}
	k.change = sync.NewCond(&k.mu)
	f, err := os.Open(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keep: %w", err)
	}
	if err == nil {
		err = k.read(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("keep: %w", err)
		}
	}
	if err := k.compact(); err != nil {
		return nil, fmt.Errorf("keep: %w", err)
	}
	k.wait.Go(k.write)
	return k, nil
}

func (k *Keep) read(r io.Reader) error {
	lines, damaged := bufio.NewReader(r), 0
	for {
		line, err := lines.ReadBytes('\n')
		if x, ok := parseKept(line); ok {
			if k.all[x.ID] = x.Text; len(x.Text) == 0 {
				delete(k.all, x.ID)
			}
		} else if len(line) > 0 {
			damaged++
		}
		if errors.Is(err, io.EOF) {
			if damaged > 0 {
				k.log.Warn("lines of the keep are damaged and left out", "file", k.path, "lines", damaged)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// parseKept reads one line: the checksum of what follows, and that.
func parseKept(line []byte) (kept, bool) {
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || uint32(want) != crc32.ChecksumIEEE(text) {
		return kept{}, false
	}
	var x kept
	err = json.Unmarshal(text, &x)
	return x, err == nil && x.ID != ""
}

func (x kept) line() []byte {
	text, _ := json.Marshal(x) // strings and bytes alone
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text)
}

// Put keeps the newest text of an id; an empty one drops it.
func (k *Keep) Put(id string, text []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if bytes.Equal(k.all[id], text) {
		return
	}
	if k.all[id] = text; len(text) == 0 {
		delete(k.all, id)
	}
	k.dirty[id] = true
	k.change.Broadcast()
}

// Drop forgets an id.
func (k *Keep) Drop(id string) { k.Put(id, nil) }

// All is everything that is kept.
func (k *Keep) All() map[string][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.all)
}

// Flush returns when all that was put so far was handed to the system, or could not be.
func (k *Keep) Flush() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.dirty) > 0 || k.busy {
		k.change.Wait()
	}
}

// Close writes what is left and closes the file.
func (k *Keep) Close() error {
	k.mu.Lock()
	k.closed = true
	k.change.Broadcast()
	k.mu.Unlock()
	k.wait.Wait()
	return k.file.Close()
}

// write carries changes to the file until Close.
func (k *Keep) write() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		for len(k.dirty) == 0 && !k.closed {
			k.change.Wait()
		}
		if len(k.dirty) == 0 {
			return
		}
		changes := make([]kept, 0, len(k.dirty))
		for id := range k.dirty {
			changes = append(changes, kept{id, k.all[id]})
		}
		clear(k.dirty)
		k.busy = true
		k.mu.Unlock()
		err := k.store(changes)
		if err != nil && !k.failed {
			k.log.Error("a crash now would lose calls: they cannot be kept", "err", err)
		}
		k.failed = err != nil
		k.mu.Lock()
		k.busy = false
		k.change.Broadcast()
	}
}

// store appends changes, or rewrites the file when that is due.
func (k *Keep) store(changes []kept) error {
	var lines []byte
	for _, x := range changes {
		line := x.line()
		lines = append(lines, line...)
		k.lives -= k.live[x.ID]
		if k.live[x.ID] = int64(len(line)); len(x.Text) == 0 {
			delete(k.live, x.ID)
		}
		k.lives += k.live[x.ID]
	}
	n, err := k.file.Write(lines)
	if k.size += int64(n); err != nil {
		k.size = 1 << 62 // half a line stands at the end: nothing may be appended to it
	}
	if k.size <= 4*k.lives+1<<20 {
		return nil
	}
	return k.compact() // also after a write that failed in the middle
}

// compact replaces the file by one that holds nothing outdated.
func (k *Keep) compact() error {
	part := k.path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	out, size, live := bufio.NewWriter(f), int64(0), map[string]int64{}
	for id, text := range k.All() {
		n, e := out.Write(kept{id, text}.line())
		size, err = size+int64(n), errors.Join(err, e)
		live[id] = int64(n)
	}
	if err = errors.Join(err, out.Flush(), f.Sync()); err == nil {
		err = os.Rename(part, k.path)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if k.file != nil {
		_ = k.file.Close() // its name is the new file's
	}
	k.file, k.size, k.live, k.lives = f, size, live, size
	return nil
}
