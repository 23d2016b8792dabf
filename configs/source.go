package configs

import (
	"embed"
	"io/fs"
	"os"
	"reflect"
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

// NeedRestart names the options that differ and do not reload.
func NeedRestart(running, read Main) []string {
	var names []string
	a, b := reflect.ValueOf(running), reflect.ValueOf(read)
	for i := range a.NumField() {
		if f := a.Type().Field(i); f.Tag.Get("reload") == "no" {
			names = append(names, differing(f.Tag.Get("yaml"), a.Field(i), b.Field(i))...)
		}
	}
	return names
}

// differing names the options below a path that differ.
func differing(path string, a, b reflect.Value) []string {
	if a.Kind() != reflect.Struct {
		if reflect.DeepEqual(a.Interface(), b.Interface()) {
			return nil
		}
		return []string{path}
	}
	var names []string
	for i := range a.NumField() {
		if key := a.Type().Field(i).Tag.Get("yaml"); key != "" && key != "-" {
			names = append(names, differing(path+"."+key, a.Field(i), b.Field(i))...)
		}
	}
	return names
}
