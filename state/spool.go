package state

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
)

// spool writes what waits to a file, so that a crash while Redis is away loses nothing. The file is replaced as a
// whole: a crash in the middle leaves the one before.
func (j *Journal) spool(waiting []numbered) {
	if j.s.config.Spool == "" || len(waiting) == 0 || j.s.Embedded() {
		return
	}
	last := waiting[len(waiting)-1]
	if j.spooled.W == last.W && j.spooled.N == last.N {
		return // what was stored since may stay in the file: a repeated write is harmless
	}
	if err := writeLines(j.s.config.Spool, waiting); err != nil {
		if !j.unspoolable {
			j.s.log.Error("events not spooled: a crash would lose them", "waiting", len(waiting), "err", err)
		}
		j.unspoolable = true
		return
	}
	j.spooled, j.unspoolable = last, false
}

func writeLines(path string, all []numbered) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	enc := json.NewEncoder(out)
	for _, x := range all {
		err = errors.Join(err, enc.Encode(x))
	}
	if err = errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// unspool takes back what a former life could not store. Each event keeps its number: what Redis had stored, although
// its answer was lost, is not stored again. A damaged line is told of and left out.
func (j *Journal) unspool() {
	if j.s.config.Spool == "" {
		return
	}
	f, err := os.Open(j.s.config.Spool)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		j.s.log.Error("spooled events not read", "err", err)
		return
	}
	defer f.Close()
	lines, damaged := bufio.NewReader(f), 0
	for err == nil {
		var line []byte
		if line, err = lines.ReadBytes('\n'); len(line) == 0 {
			continue
		}
		x, ok := parseSpooled(line)
		if !ok {
			damaged++
			continue
		}
		j.push(x)
		j.spooled = x
	}
	if damaged > 0 || !errors.Is(err, io.EOF) {
		j.s.log.Error("the spool file is damaged", "lost", damaged, "err", err)
	}
	if len(j.queue) == 0 {
		j.dropSpool()
		return
	}
	j.s.log.Info("events of a former life are stored now", "events", len(j.queue))
	j.news <- struct{}{}
}

// parseSpooled reads one line of the spool file.
func parseSpooled(line []byte) (numbered, bool) {
	var x numbered
	err := json.Unmarshal(line, &x)
	return x, err == nil && x.W != "" && x.N > 0 && x.E.What != ""
}

func (j *Journal) dropSpool() {
	if j.spooled.N == 0 {
		return
	}
	j.spooled = numbered{}
	if err := os.Remove(j.s.config.Spool); err != nil {
		j.s.log.Error("spooled events are stored, but their file stays", "err", err)
	}
}
