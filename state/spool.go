package state

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// spoolQueue writes what waits to a file, so that a crash while Redis is away loses nothing.
func (j *Journal) spoolQueue() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.s.config.Spool == "" || len(j.queue) == 0 || j.s.Embedded() {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(j.s.config.Spool), "spool")
	if err == nil {
		enc := json.NewEncoder(f)
		for _, x := range j.queue {
			if x.N > j.stored {
				err = errors.Join(err, enc.Encode(x.E))
			}
		}
		err = errors.Join(err, f.Close(), os.Rename(f.Name(), j.s.config.Spool))
	}
	if err != nil {
		j.s.log.Error("events not spooled", "err", err)
	}
}

// unspool takes back what a former life could not store.
func (j *Journal) unspool() {
	f, err := os.Open(j.s.config.Spool)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			j.push(e)
		}
	}
	if len(j.queue) > 0 {
		j.news <- struct{}{}
	}
}

func (j *Journal) dropSpool() {
	if j.s.config.Spool != "" {
		_ = os.Remove(j.s.config.Spool)
	}
}
