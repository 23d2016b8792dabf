package configs

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Source is where a configuration comes from, again and again.
type Source struct {
	Dir      string      // "" is the embedded demo, which never changes
	Override func(*Main) // what the command line says instead; nil changes nothing
}

//go:embed all:demo
var demo embed.FS

// Demo is the commented demo configuration: it needs nothing else to run.
func Demo() fs.FS {
	sub, err := fs.Sub(demo, "demo")
	if err != nil {
		panic(err) // the directory is part of this binary
	}
	return sub
}

// Load reads the source as it is now. The config is whole only without mistakes.
func (s Source) Load() (*Config, Mistakes) {
	dir := Demo()
	if s.Dir != "" {
		dir = os.DirFS(s.Dir)
	}
	return load(dir, s.Override)
}

// settle is how long a directory has to be quiet before it is read: editors and git write in several steps.
const settle = 300 * time.Millisecond

// Watch calls changed after every change, until ctx ends.
func (s Source) Watch(ctx context.Context, changed func(), log *slog.Logger) error {
	if s.Dir == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watching %s: %w", s.Dir, err)
	}
	defer w.Close()
	for _, dir := range []string{".", "flows", "sounds"} {
		path := filepath.Join(s.Dir, dir)
		if err := w.Add(path); err != nil && (dir == "." || !os.IsNotExist(err)) {
			return fmt.Errorf("watching %s: %w", path, err)
		}
	}
	quiet := time.NewTimer(settle)
	quiet.Stop()
	for {
		select {
		case ev := <-w.Events:
			if ev.Op != fsnotify.Chmod {
				quiet.Reset(settle)
			}
		case err := <-w.Errors:
			log.Warn("watching the configuration", "err", err)
		case <-quiet.C:
			changed()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// NeedRestart names the options that differ and do not reload.
func NeedRestart(running, read Main) []string {
	var names []string
	a, b := reflect.ValueOf(running), reflect.ValueOf(read)
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if f.Tag.Get("reload") == "no" && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			names = append(names, f.Tag.Get("yaml"))
		}
	}
	return names
}
