package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/recordings"
	"github.com/callfloor/callfloor/records"
)

// library is the recordings of all nodes: each keeps what it has recorded itself.
type library struct{ app *App }

// Open opens a recording: its parts that are here, or on disks that all nodes share, and those of nodes that can be asked.
func (l library) Open(ctx context.Context, call string) (*api.Recorded, error) {
	row, err := l.app.records.Interaction(ctx, call)
	if err != nil {
		return nil, err
	}
	parts := row.Parts
	if len(parts) == 0 { // of an older version
		parts = []records.Part{{Node: row.Node}}
	}
	s, away := &api.Recorded{}, error(nil)
	var files []io.ReadSeekCloser
	for _, p := range parts {
		f, written, err := l.app.sound(ctx, call, p)
		if err != nil {
			l.app.log.Warn("a part of a recording is not heard", "call", call, "node", p.Node, "file", p.File, "err", err)
			away = err
			s.Missing++
			continue
		}
		files = append(files, f)
		if written.After(s.Written) {
			s.Written = written
		}
	}
	if len(files) == 0 {
		return nil, away
	}
	j, damaged, err := recordings.Join(files)
	if err != nil {
		return nil, err
	}
	s.ReadSeekCloser = j
	s.Missing += damaged
	return s, nil
}

// There tells whether a part can be heard now, as far as that is known without asking.
func (l library) There(call string, p records.Part) bool {
	if _, err := l.app.recordings.Find(call, p.File); err == nil {
		return true
	}
	_, err := l.app.address(p.Node)
	return err == nil && p.Node != l.app.node
}

// sound opens a part here, or at the node that recorded it.
func (a *App) sound(ctx context.Context, call string, p records.Part) (io.ReadSeekCloser, time.Time, error) {
	f, written, err := a.recording(call, p.File)
	if err == nil || a.cluster == nil || p.Node == a.node || p.Node == "" || !errors.Is(err, recordings.ErrNone) && !errors.Is(err, fs.ErrNotExist) {
		return f, written, err
	}
	address, err := a.address(p.Node)
	if err != nil {
		return nil, time.Time{}, err
	}
	far := &farSound{ctx: ctx, cluster: a.cluster, address: address, call: call, file: p.File}
	if err := far.open(); err != nil {
		return nil, time.Time{}, err
	}
	return far, far.written, nil
}

// recording opens a file of ours.
func (a *App) recording(call, file string) (*os.File, time.Time, error) {
	p, err := a.recordings.Find(call, file)
	if err != nil {
		return nil, time.Time{}, err
	}
	f, err := os.Open(p.Path)
	if errors.Is(err, fs.ErrNotExist) { // it was finished just now, and has its name
		if p, err = a.recordings.Find(call, file); err == nil {
			f, err = os.Open(p.Path)
		}
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	s, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, errors.Join(err, f.Close())
	}
	return f, s.ModTime(), nil
}

// part asks for a part of a recording from a byte on; with no file, for the first.
type part struct {
	Call string
	File string `json:",omitempty"`
	From int64
}

// The headers of the answer: how long the whole is, and when it was last written, in ms.
const (
	sizeHeader    = "X-Callfloor-Size"
	writtenHeader = "X-Callfloor-Written"
)

// serveRecording gives another node a recording of ours.
func (a *App) serveRecording(w http.ResponseWriter, r *http.Request) {
	var p part
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&p); err != nil || p.From < 0 {
		refuse(w, api.NewProblem(http.StatusBadRequest, "invalid", "not understood"))
		return
	}
	f, written, err := a.recording(p.Call, p.File)
	if err != nil {
		refuse(w, api.NewProblem(http.StatusNotFound, "not_found", "There is no such recording."))
		return
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(p.From, io.SeekStart)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set(sizeHeader, strconv.FormatInt(size, 10))
	w.Header().Set(writtenHeader, strconv.FormatInt(written.UnixMilli(), 10))
	_, _ = io.Copy(w, f) // who listens may leave
}

// farSound is a recording at another node, fetched as it is read.
type farSound struct {
	ctx     context.Context //nolint:containedctx // of the request for which it is read
	cluster *cluster.Cluster
	address string
	call    string
	file    string
	at      int64         // what is read next
	body    io.ReadCloser // nil before the next read
	from    int64         // where the body is
	size    int64
	written time.Time
}

func (f *farSound) open() error {
	ask, err := json.Marshal(part{f.call, f.file, f.at})
	if err != nil {
		return err
	}
	res, err := f.cluster.Fetch(f.ctx, f.address, "/recording", ask)
	if no, ok := errors.AsType[*cluster.Refused](err); ok && no.Status == http.StatusNotFound {
		return recordings.ErrNone
	}
	if err != nil {
		return fmt.Errorf("fetching the recording of %s: %w", f.call, err)
	}
	f.size, err = strconv.ParseInt(res.Header.Get(sizeHeader), 10, 64)
	if err != nil {
		return errors.Join(fmt.Errorf("fetching the recording of %s: %w", f.call, err), res.Body.Close())
	}
	ms, _ := strconv.ParseInt(res.Header.Get(writtenHeader), 10, 64) // unknown is long ago
	f.written, f.body, f.from = time.UnixMilli(ms), res.Body, f.at
	return nil
}

// Read reads on. What was being fetched is given up when the place is another.
func (f *farSound) Read(b []byte) (int, error) {
	if f.from != f.at {
		_ = f.Close()
	}
	if f.body == nil {
		if f.at >= f.size {
			return 0, io.EOF
		}
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	n, err := f.body.Read(b)
	f.at += int64(n)
	f.from = f.at
	return n, err
}

// Seek goes elsewhere; nothing is fetched before the next Read.
func (f *farSound) Seek(offset int64, whence int) (int64, error) {
	to := offset
	switch whence {
	case io.SeekCurrent:
		to += f.at
	case io.SeekEnd:
		to += f.size
	}
	if to < 0 {
		return 0, errors.New("before the beginning")
	}
	f.at = to
	return to, nil
}

// Close gives up what was being fetched.
func (f *farSound) Close() error {
	if f.body == nil {
		return nil
	}
	body := f.body
	f.body = nil
	return body.Close()
}
