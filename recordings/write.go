package recordings

import (
	"bytes"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// sound is what a recording is made of; a *media.Tap is one.
type sound interface {
	Chunks() <-chan []byte
	Free(chunk []byte)
	Lost() time.Duration
}

// gap is sound that came no further than the tap, since the disk was too slow.
type gap struct {
	behind int   // chunks that come before it
	bytes  int64 // of silence in its place
}

// tape is one recording in the making: every sample stands at its time, and what is lost is silence.
type tape struct {
	file    file
	due     int64 // bytes of sound there have been
	lost    int64 // bytes of them that are not in the file
	dropped int64 // bytes of those that the tap has lost
	gaps    []gap
}

// write carries a tap to its file.
func (l *Library) write(call, part string, f file, tap sound) {
	t := tape{file: f}
	var fault error
	for {
		if t.look(tap) {
			l.log.Error("recording interrupted: the disk is too slow", "call", call, "lost", timeOf(t.lost))
		}
		chunk, ok := <-tap.Chunks()
		if !ok {
			break
		}
		err := t.write(chunk)
		switch {
		case err != nil && fault == nil:
			l.log.Error("recording interrupted", "call", call, "err", err)
		case err == nil && fault != nil:
			l.log.Info("recording goes on", "call", call, "lost", timeOf(t.lost))
		}
		fault = err
		tap.Free(chunk)
	}
	t.end(tap)
	size := f.Size()
	if err := f.Close(); err != nil {
		l.log.Error("recording not closed", "call", call, "err", err)
	}
	if err := l.finish(call, part, size, timeOf(t.lost)); err != nil {
		l.log.Error("recording not finished", "call", call, "err", err)
	}
}

// look notices what the tap has lost: it comes behind all that still waits.
func (t *tape) look(tap sound) bool {
	gone := bytesOf(tap.Lost()) - t.dropped
	if gone <= 0 {
		return false
	}
	t.gaps = append(t.gaps, gap{behind: len(tap.Chunks()), bytes: gone})
	t.dropped += gone
	t.lost += gone
	return true
}

// write appends a chunk, behind whatever was lost before it. A chunk that the disk has not taken whole is lost.
func (t *tape) write(chunk []byte) error {
	for len(t.gaps) > 0 && t.gaps[0].behind == 0 {
		t.due += t.gaps[0].bytes
		t.gaps = t.gaps[1:]
	}
	for i := range t.gaps {
		t.gaps[i].behind--
	}
	err := t.fill()
	if err == nil {
		_, err = t.file.Write(chunk)
	}
	t.due += int64(len(chunk))
	if err != nil {
		t.lost += int64(len(chunk))
	}
	return err
}

// end makes the recording as long as the talk was.
func (t *tape) end(tap sound) {
	t.look(tap)
	for _, g := range t.gaps {
		t.due += g.bytes
	}
	_ = t.fill() // or the recording is shorter: what is lost is told in any case
}

// quiet is a second of silence.
var quiet = bytes.Repeat([]byte{audio.MuSilence}, 2*audio.Rate)

// fill writes silence for what is missing, so that what follows stands at its time.
func (t *tape) fill() error {
	for missing := t.due - t.file.Size(); missing > 0; missing = t.due - t.file.Size() {
		if _, err := t.file.Write(quiet[:min(missing, int64(len(quiet)))]); err != nil {
			return err
		}
	}
	return nil
}

// Two bytes are one moment, a sample of each side.
func bytesOf(d time.Duration) int64 { return int64(d.Seconds()*audio.Rate) * 2 }

func timeOf(bytes int64) time.Duration { return time.Duration(bytes/2) * time.Second / audio.Rate }
