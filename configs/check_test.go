package configs

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// house is a correct configuration whose lines stay where they are, whatever becomes of the demo, with the demo's sounds.
func house(t *testing.T) fstest.MapFS {
	t.Helper()
	all := copied(t, Demo())
	for path := range all {
		if !strings.HasSuffix(path, ".wav") {
			delete(all, path)
		}
	}
	maps.Copy(all, copied(t, os.DirFS("testdata/house")))
	return all
}

// wrong is the house with some edits, and every line that tells what is wrong with it.
type wrong struct {
	edits []edit
	want  string
}

// An edit changes a file in one place, or replaces it where from is "".
type edit struct{ file, from, to string }

func toldExactly(t *testing.T, all map[string]wrong) {
	t.Helper()
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := house(t)
			for _, e := range c.edits {
				edited(t, dir, e)
			}
			_, mistakes := Load(dir)
			if diff := cmp.Diff(strings.TrimSpace(c.want), mistakes.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func edited(t *testing.T, dir fstest.MapFS, e edit) {
	t.Helper()
	text := string(dir[e.file].Data)
	switch {
	case e.from == "":
		text = e.to
	case !strings.Contains(text, e.from):
		t.Fatalf("%s has no %q", e.file, e.from)
	default:
		text = strings.Replace(text, e.from, e.to, 1)
	}
	dir[e.file] = &fstest.MapFile{Data: []byte(text)}
}

// What is no file at all: told, and nothing else is, although other files refer to what it should hold.
func TestFilesThatCannotBeReadAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"a directory": {func(dir string) error {
			return swap(dir, "agents.yaml", func(path string) error { return os.Mkdir(path, 0o700) })
		}, "agents.yaml:1:1: cannot be read: is a directory"},
		"a loop of links": {func(dir string) error {
			return swap(dir, "queues.yaml", func(path string) error { return os.Symlink(path, path) })
		}, "queues.yaml:1:1: cannot be read: too many levels of symbolic links"},
		"a link to nothing": {func(dir string) error {
			return swap(dir, "flows/support.yaml", func(path string) error { return os.Symlink("/nonexistent", path) })
		}, "flows/support.yaml:1:1: cannot be read: no such file or directory"},
		"missing": {func(dir string) error {
			return swap(dir, "entries.yaml", func(string) error { return nil })
		}, "entries.yaml:1:1: cannot be read: no such file or directory"},
		"no flows": {func(dir string) error {
			return os.RemoveAll(filepath.Join(dir, "flows"))
		}, `callfloor.yaml:75:15: there is no flow "main"
entries.yaml:6:11: there is no flow "main"
entries.yaml:12:11: there is no flow "support"
flows:1:1: there is no flow (flows/NAME.yaml)`},
		"no sounds": {func(dir string) error {
			return os.RemoveAll(filepath.Join(dir, "sounds"))
		}, `callfloor.yaml:74:13: there is no sound "music.wav"
queues.yaml:12:12: there is no sound "music.wav"
queues.yaml:32:12: there is no sound "music.wav"`},
		"what editors leave": {func(dir string) error {
			return os.Symlink("maria@desk.1234", filepath.Join(dir, "flows/.#main.yaml"))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, house(t)); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, mistakes := Load(os.DirFS(dir))
			if diff := cmp.Diff(c.want, mistakes.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// swap replaces a file.
func swap(dir, file string, with func(path string) error) error {
	path := filepath.Join(dir, file)
	if err := os.Remove(path); err != nil {
		return err
	}
	return with(path)
}

// forbidden is a directory with one file that this process may not read; permissions do not keep root from any.
type forbidden struct {
	fs.FS
	file string
}

func (f forbidden) Open(name string) (fs.File, error) {
	if name == f.file {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name)
}

func TestAFileThatMayNotBeReadIsTold(t *testing.T) {
	for file, want := range map[string]string{
		"hours.yaml":           "hours.yaml:1:1: cannot be read: permission denied",
		"trunks.yaml":          "trunks.yaml:1:1: cannot be read: permission denied",
		"sounds/manifest.yaml": "sounds/manifest.yaml:1:1: cannot be read: permission denied",
		"sounds/music.wav": `callfloor.yaml:74:13: music.wav cannot be read: permission denied
queues.yaml:12:12: music.wav cannot be read: permission denied
queues.yaml:32:12: music.wav cannot be read: permission denied`,
	} {
		_, mistakes := Load(forbidden{house(t), file})
		if diff := cmp.Diff(want, mistakes.Error()); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}
