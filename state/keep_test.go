package state

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func reopen(t *testing.T, path string, log *bytes.Buffer) map[string]string {
	t.Helper()
	k, err := OpenKeep(path, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for id, text := range k.All() {
		all[id] = string(text)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A crash may cut the file anywhere: what stands before the cut is kept, and the rest is told of.
func TestACrashInTheMiddleOfAPut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keep")
	k, err := OpenKeep(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	put := func(id, text string) {
		k.Put(id, []byte(text))
		k.Flush()
	}
	put("ann", "rings")
	put("bob", "waits")
	put("ann", "talks")
	k.Drop("bob")
	k.Flush()
	put("cid", "waits\nand\x00waits")
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after := []map[string]string{
		{},
		{"ann": "rings"},
		{"ann": "rings", "bob": "waits"},
		{"ann": "talks", "bob": "waits"},
		{"ann": "talks"},
		{"ann": "talks", "cid": "waits\nand\x00waits"},
	}
	for n := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(whole[:n], []byte("\n"))
		torn := n > 0 && whole[n-1] != '\n'
		if torn && n < len(whole) && whole[n] == '\n' { // all but the end of the line
			lines, torn = lines+1, false
		}
		log := &bytes.Buffer{}
		if diff := cmp.Diff(after[lines], reopen(t, path, log)); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", n, diff)
		}
		if told := strings.Contains(log.String(), "lines=1"); told != torn {
			t.Errorf("cut at %d: told %v, torn %v", n, told, torn)
		}
	}
}

// However often a text changes, the file stays small.
func TestAKeepStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keep")
	k, err := OpenKeep(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x", 3000)
	for n := range 3000 {
		k.Put("ann", fmt.Append(nil, text, n))
		k.Flush()
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 2<<20 {
		t.Errorf("%v, %v", info.Size(), err)
	}
	if got := reopen(t, path, &bytes.Buffer{})["ann"]; got != text+"2999" {
		t.Errorf("kept is ...%s", got[max(len(got)-8, 0):])
	}
}

// A disk that is gone is told of once and keeps nobody waiting; when it is back, what is kept now is in the file.
func TestAKeepWithoutItsDisk(t *testing.T) {
	path, log := filepath.Join(t.TempDir(), "keep"), &bytes.Buffer{}
	k, err := OpenKeep(path, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	k.Put("ann", []byte("talks"))
	k.Flush()
	part := path + ".part"
	if err := errors.Join(k.file.Close(), os.Mkdir(part, 0o700)); err != nil { // neither appended nor rewritten
		t.Fatal(err)
	}
	for n := range 3 {
		k.Put("bob", fmt.Append(nil, n))
		k.Flush()
	}
	if n := strings.Count(log.String(), "cannot be kept"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if err := os.Remove(part); err != nil {
		t.Fatal(err)
	}
	k.Put("cid", []byte("waits"))
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"ann": "talks", "bob": "2", "cid": "waits"}, reopen(t, path, log)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func FuzzKept(f *testing.F) {
	f.Add(kept{"ann", []byte("talks")}.line())
	f.Add([]byte("00000000 {}\n"))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, line []byte) {
		x, ok := parseKept(line)
		if !ok {
			return
		}
		if again, ok := parseKept(x.line()); !ok || again.ID != x.ID || !bytes.Equal(again.Text, x.Text) {
			t.Errorf("%v became %v", x, again)
		}
	})
}
