package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	goaudio "github.com/go-audio/audio"
	"github.com/go-audio/wav"
)

// ErrFormat is returned for a file that is no WAV, or one that we cannot play.
var ErrFormat = errors.New("not a playable WAV file")

const (
	formatPCM = 1
	formatA   = 6
	formatMu  = 7
	maxWAV    = 64 << 20 // bytes; an hour of hold music at 8 kHz
)

// ReadWAV reads a WAV file of PCM (8 to 32 bits), µ-law or A-law, any number of channels, 8 to 48 kHz, as mono samples
// with their rate in Hz. The error wraps ErrFormat when the file is at fault.
func ReadWAV(r io.Reader) (samples []int16, rate int, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return nil, 0, err
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" || len(b) > maxWAV {
		return nil, 0, fmt.Errorf("%w: no RIFF WAVE header", ErrFormat)
	}
	var f header
	for at := 12; at+8 <= len(b); {
		size := int(binary.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8:]
		if size < len(body) {
			body = body[:size]
		}
		switch string(b[at : at+4]) {
		case "fmt ":
			if f, err = readHeader(body); err != nil {
				return nil, 0, err
			}
		case "data":
			if f.channels == 0 {
				return nil, 0, fmt.Errorf("%w: sound before its format", ErrFormat)
			}
			return f.mono(body), f.rate, nil
		}
		if size < 0 || size > len(b) {
			break
		}
		at += 8 + size + size&1
	}
	return nil, 0, fmt.Errorf("%w: no sound in it", ErrFormat)
}

type header struct{ format, channels, rate, bits int }

func readHeader(b []byte) (header, error) {
	if len(b) < 16 {
		return header{}, fmt.Errorf("%w: short format", ErrFormat)
	}
	le := binary.LittleEndian
	f := header{int(le.Uint16(b)), int(le.Uint16(b[2:])), int(le.Uint32(b[4:])), int(le.Uint16(b[14:]))}
	if f.format == 0xFFFE && len(b) >= 26 { // extensible: the real format begins the GUID
		f.format = int(le.Uint16(b[24:]))
	}
	law := (f.format == formatA || f.format == formatMu) && f.bits == 8
	pcm := f.format == formatPCM && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32)
	switch {
	case !law && !pcm:
		return f, fmt.Errorf("%w: format %d with %d bits", ErrFormat, f.format, f.bits)
	case f.channels < 1 || f.channels > 8:
		return f, fmt.Errorf("%w: %d channels", ErrFormat, f.channels)
	case f.rate < 8000 || f.rate > 48000:
		return f, fmt.Errorf("%w: %d Hz, not 8000 to 48000", ErrFormat, f.rate)
	}
	return f, nil
}

// mono is the mean of the channels.
func (f header) mono(b []byte) []int16 {
	width := f.bits / 8
	out := make([]int16, len(b)/(width*f.channels))
	for i := range out {
		var sum int
		for c := range f.channels {
			sum += f.sample(b[(i*f.channels+c)*width:])
		}
		out[i] = int16(sum / f.channels)
	}
	return out
}

func (f header) sample(b []byte) int {
	switch {
	case f.format == formatMu:
		return int(muToLinear[b[0]])
	case f.format == formatA:
		return int(aToLinear[b[0]])
	case f.bits == 8:
		return (int(b[0]) - 128) << 8
	case f.bits == 24:
		return int(int16(binary.LittleEndian.Uint16(b[1:])))
	case f.bits == 32:
		return int(int16(binary.LittleEndian.Uint16(b[2:])))
	}
	return int(int16(binary.LittleEndian.Uint16(b)))
}

// WAVHeader is what go-audio writes before the samples of format 7.
const WAVHeader = 44

// WAVWriter writes stereo µ-law at 8 kHz. The sizes in the header are right after every write, so that the file plays
// up to its last write whatever happens to the process.
type WAVWriter struct {
	f    *os.File
	size int64
}

// CreateWAV makes the file, which must not exist.
func CreateWAV(path string) (*WAVWriter, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	enc := wav.NewEncoder(f, Rate, 8, 2, formatMu)
	none := &goaudio.IntBuffer{Format: &goaudio.Format{NumChannels: 2, SampleRate: Rate}}
	if err := enc.Write(none); err != nil { // the header alone; the sizes are ours
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	w := &WAVWriter{f: f}
	return w, w.patch()
}

// OpenWAV goes on with a file that a WAVWriter wrote, behind the last whole pair of samples in it.
func OpenWAV(path string) (*WAVWriter, error) {
	if _, err := RepairWAV(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &WAVWriter{f: f, size: (info.Size() - WAVHeader) &^ 1}, nil
}

// Write appends interleaved samples, left first.
func (w *WAVWriter) Write(b []byte) (int, error) {
	n, err := w.f.WriteAt(b, WAVHeader+w.size)
	w.size += int64(n &^ 1) // half a pair is written again
	return n, errors.Join(err, w.patch())
}

// Size is the number of bytes of sound.
func (w *WAVWriter) Size() int64 { return w.size }

// Close closes the file.
func (w *WAVWriter) Close() error { return w.f.Close() }

func (w *WAVWriter) patch() error { return patch(w.f, w.size) }

func patch(f *os.File, size int64) error {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(WAVHeader-8+size))
	_, err := f.WriteAt(b[:], 4)
	binary.LittleEndian.PutUint32(b[:], uint32(size))
	_, err2 := f.WriteAt(b[:], WAVHeader-4)
	return errors.Join(err, err2)
}

// RepairWAV makes the header of a file written by WAVWriter tell the truth; repaired is false when it did already.
func RepairWAV(path string) (repaired bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	var b [WAVHeader]byte
	if _, err := io.ReadFull(f, b[:]); err != nil || string(b[:4]) != "RIFF" {
		return false, fmt.Errorf("%w: %s", ErrFormat, path)
	}
	size := (info.Size() - WAVHeader) &^ 1
	if int64(binary.LittleEndian.Uint32(b[WAVHeader-4:])) == size {
		return false, nil
	}
	return true, patch(f, size)
}
