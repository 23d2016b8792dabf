package recordings

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Part is what one node has recorded of a call: all of it, or what came before or after another node took the call over. Its
// file is CALL.BEGAN.NODE.wav, BEGAN in unix ms, so that nodes may share one directory.
type Part struct {
	Call  string
	Began time.Time // the zero time and no node in older names: CALL.wav
	Node  string
	Path  string
}

// open ends the name of a part that is being made, or was when its node died.
const open = ".part.wav"

var (
	valid  = regexp.MustCompile(`^[a-zA-Z0-9-]{1,64}$`) // a call's id, or a node's: nothing that could be a path
	naming = regexp.MustCompile(`^([a-zA-Z0-9-]{1,64})(?:\.(\d{13})\.([a-zA-Z0-9-]{1,64}))?(?:\.part)?\.wav$`)
)

// named reads the name of a part.
func named(path string) (p Part, ok bool) {
	m := naming.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return p, false
	}
	p = Part{Call: m[1], Node: m[3], Path: path}
	if ms, err := strconv.ParseInt(m[2], 10, 64); err == nil {
		p.Began = time.UnixMilli(ms).UTC()
	}
	return p, true
}

// base is the name of a part that is finished, which it has from the beginning in everybody's eyes.
func (p Part) base() string {
	if p.Node == "" {
		return p.Call + ".wav"
	}
	return fmt.Sprintf("%s.%d.%s.wav", p.Call, p.Began.UnixMilli(), p.Node)
}

func (p Part) open() bool { return strings.HasSuffix(p.Path, open) }

// is tells whether the part is known by a file's name, with or without its directories.
func (p Part) is(file string) bool { return p.base() == filepath.Base(file) }

// Parts lists what is on this disk of a call, in the order in which it was said.
func (l *Library) Parts(call string) []Part {
	if !valid.MatchString(call) {
		return nil
	}
	found, _ := fs.Glob(os.DirFS(l.dir), "*/*/*/"+call+".*") // the directory itself is no pattern, and the call none either
	var all []Part
	for _, f := range found {
		if p, ok := named(filepath.Join(l.dir, f)); ok {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Part) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.Node, b.Node), cmp.Compare(len(a.Path), len(b.Path)))
	})
	return slices.CompactFunc(all, func(a, b Part) bool { return a.base() == b.base() }) // the finished one counts, whose name is shorter
}

// Find is the part of a call with the name that was told of it; the first one for "". The error wraps ErrNone.
func (l *Library) Find(call, file string) (Part, error) {
	for _, p := range l.Parts(call) {
		if file == "" || p.is(file) {
			return p, nil
		}
	}
	return Part{}, ErrNone
}
