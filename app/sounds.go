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
)

// library is the recordings of all nodes: each keeps those of its own calls.
type library struct{ app *App }

// Open opens a recording here, or at the node that had the call.
func (l library) Open(ctx context.Context, call string) (io.ReadSeekCloser, time.Time, error) {
	f, written, err := l.app.recording(call)
	if err == nil || l.app.cluster == nil || !errors.Is(err, recordings.ErrNone) && !errors.Is(err, fs.ErrNotExist) {
		return f, written, err
	}
	row, err := l.app.records.Interaction(ctx, call)
	if err != nil {
		return nil, time.Time{}, err
	}
	if row.Node == l.app.node || row.Node == "" {
		return nil, time.Time{}, recordings.ErrNone
	}
	address, err := l.app.address(row.Node)
	if err != nil {
		return nil, time.Time{}, err
	}
	far := &farSound{ctx: ctx, cluster: l.app.cluster, address: address, call: call}
	if err := far.open(); err != nil {
		return nil, time.Time{}, err
	}
	return far, far.written, nil
}

func (a *App) recording(call string) (*os.File, time.Time, error) {
	path, err := a.recordings.File(call)
	if err != nil {
		return nil, time.Time{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	s, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, errors.Join(err, f.Close())
	}
	return f, s.ModTime(), nil
}

// part asks for a recording from a byte on.
type part struct {
	Call string
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
	f, written, err := a.recording(p.Call)
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
	at      int64
	size    int64
	written time.Time
	body    io.ReadCloser // from at on; nil before the next read
}

func (f *farSound) open() error {
	ask, err := json.Marshal(part{f.call, f.at})
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
	f.written, f.body = time.UnixMilli(ms), res.Body
	return nil
}

// Read reads on.
func (f *farSound) Read(b []byte) (int, error) {
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
	return n, err
}

// Seek goes elsewhere; what was being fetched is given up when the place is another.
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
	if to != f.at {
		_ = f.Close()
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
