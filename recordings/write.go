package recordings

import (
	"bytes"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// sound is what a recording is made of; a *media.Tap is one.
type sound interface {
	Chunks() <-chan media.Chunk
	Free(chunk []byte)
	Lost() time.Duration
}

// tape is one recording in the making: every sample stands at its time, and what is lost is silence.
type tape struct {
	file   file
	part   Part
	due    int64         // bytes of sound there have been
	lost   int64         // bytes of them that are not in the file
	missed time.Duration // of those, what came no further than the tap, since the disk was too slow
}

// write carries a tap to its file.
func (l *Library) write(t *tape, tap sound) {
	f, call := t.file, t.part.Call
	var fault error
	for chunk := range tap.Chunks() {
		l.behind(call, t.miss(chunk.Gap))
		err := t.write(chunk.Sound)
		switch {
		case err != nil && fault == nil:
			l.log.Error("recording interrupted", "call", call, "err", err)
		case err == nil && fault != nil:
			l.log.Info("recording goes on", "call", call, "lost", timeOf(t.lost))
		}
		fault = err
		tap.Free(chunk.Sound)
	}
	l.behind(call, t.miss(tap.Lost()-t.missed))
	if err := t.fill(); err != nil {
		l.log.Error("recording is too short", "call", call, "missing", timeOf(t.due-f.Size()), "err", err)
	}
	size := f.Size()
	if err := f.Close(); err != nil {
		l.log.Error("recording not closed", "call", call, "err", err)
	}
	if err := l.finish(t.part, size, timeOf(t.lost)); err != nil {
		l.log.Error("recording not finished", "call", call, "err", err)
	}
}

// behind says that the disk was too slow.
func (l *Library) behind(call string, missed time.Duration) {
	if missed > 0 {
		l.log.Error("recording fell behind: the disk is too slow", "call", call, "missed", missed)
	}
}

// miss notes sound that was lost before it came here.
func (t *tape) miss(d time.Duration) time.Duration {
	t.missed += d
	t.skip(d)
	return d
}

// skip leaves a place for sound that is lost.
func (t *tape) skip(d time.Duration) {
	t.due += bytesOf(d)
	t.lost += bytesOf(d)
}

// write appends a chunk, behind whatever was lost before it. A chunk that the disk has not taken whole is lost.
func (t *tape) write(chunk []byte) error {
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
