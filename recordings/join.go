package recordings

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/callfloor/callfloor/media/audio"
)

// Joined plays the parts of a recording one after another, as one WAV of their whole length.
type Joined struct {
	header []byte
	parts  []section
	size   int64 // of all
	at     int64
}

// section is the sound of one part, from its place in the whole on.
type section struct {
	file io.ReadSeekCloser
	from int64
	size int64
}

// Join takes files over, each as long as it is now. Those that are damaged beyond their sound are closed and left out; the
// error wraps ErrNone when nothing is left.
func Join(files []io.ReadSeekCloser) (j *Joined, damaged int, err error) {
	j = &Joined{size: audio.WAVHeader}
	for _, f := range files {
		header, size, err := sized(f)
		if err != nil || j.header != nil && !bytes.Equal(format(header), format(j.header)) {
			_ = f.Close()
			damaged++
			continue
		}
		if j.header == nil {
			j.header = header
		}
		j.parts = append(j.parts, section{f, j.size, size})
		j.size += size
	}
	if j.header == nil {
		return nil, damaged, ErrNone
	}
	binary.LittleEndian.PutUint32(j.header[4:], uint32(j.size-8))
	binary.LittleEndian.PutUint32(j.header[audio.WAVHeader-4:], uint32(j.size-audio.WAVHeader))
	return j, damaged, nil
}

// sized reads a file's header and how many bytes of sound follow it. The header's own word may be that of a crash.
func sized(f io.ReadSeeker) (header []byte, size int64, err error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, 0, err
	}
	header = make([]byte, audio.WAVHeader)
	if _, err := io.ReadFull(f, header); err != nil {
		return nil, 0, err
	}
	if string(header[:4]) != "RIFF" || string(header[8:16]) != "WAVEfmt " || string(header[audio.WAVHeader-8:audio.WAVHeader-4]) != "data" {
		return nil, 0, audio.ErrFormat
	}
	return header, (end - audio.WAVHeader) &^ 1, nil
}

// format is what a header says of the sound, without its sizes.
func format(header []byte) []byte { return header[8 : audio.WAVHeader-4] }

// Read reads on.
func (j *Joined) Read(b []byte) (int, error) {
	if j.at >= j.size {
		return 0, io.EOF
	}
	if j.at < audio.WAVHeader {
		n := copy(b, j.header[j.at:])
		j.at += int64(n)
		return n, nil
	}
	n, _ := slices.BinarySearchFunc(j.parts, j.at, func(s section, at int64) int { // the first that ends behind it
		if s.from+s.size <= at {
			return -1
		}
		return 1
	})
	s := j.parts[n]
	if _, err := s.file.Seek(audio.WAVHeader+j.at-s.from, io.SeekStart); err != nil {
		return 0, err
	}
	read, err := s.file.Read(b[:min(int64(len(b)), s.from+s.size-j.at)])
	j.at += int64(read)
	if errors.Is(err, io.EOF) { // not the end of the whole; a file that was cut meanwhile would never end
		if err = nil; read == 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return read, err
}

// Seek goes elsewhere; nothing is read before the next Read.
func (j *Joined) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += j.at
	case io.SeekEnd:
		offset += j.size
	}
	if offset < 0 {
		return 0, errors.New("before the beginning")
	}
	j.at = offset
	return offset, nil
}

// Close closes all parts.
func (j *Joined) Close() error {
	var errs []error
	for _, s := range j.parts {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}
