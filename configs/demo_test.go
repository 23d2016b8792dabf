package configs

import (
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
)

// The demo is the reference of every key. These tests hold its text against the code: nothing is missing, nothing is
// invented, each default is the real one, and each file says whether it reloads.

// demoFiles are the files that explain the keys, and what each is read into.
func demoFiles() []demoFile {
	main := DefaultMain()
	return []demoFile{
		{"callfloor.yaml", &main},
		{"agents.yaml", &agentsFile{}},
		{"queues.yaml", &queuesFile{}},
		{"trunks.yaml", &trunksFile{}},
		{"entries.yaml", &entriesFile{}},
		{"hours.yaml", &hoursFile{}},
		{"flows/main.yaml", &ivr.Flow{}},
		{"flows/support.yaml", &ivr.Flow{}},
	}
}

type demoFile struct {
	name string
	into any // holds the defaults before it is read into
}

// leftOut is an option that the demo shows but does not set: "#key: value", or further lines of one. "# " is a remark.
var leftOut = regexp.MustCompile(`(?m)^( *)#((?:  +)?[^\s#].*)$`)

func (f demoFile) text(t *testing.T) string {
	t.Helper()
	b, err := fs.ReadFile(Demo(), f.name)
	if err != nil {
		t.Fatal(err)
	}
	return leftOut.ReplaceAllString(string(b), "$1$2")
}

// everything is the demo with all that is left out put in.
func everything(t *testing.T) fstest.MapFS {
	t.Helper()
	t.Setenv("SAM_PHONE_PASSWORD", "secret")
	t.Setenv("TRUNK_PASSWORD", "secret")
	all := copied(t, Demo())
	for _, f := range demoFiles() {
		all[f.name] = &fstest.MapFile{Data: []byte(f.text(t))}
	}
	return all
}

// copied is a directory in memory, with the first of each sound.
func copied(t *testing.T, from fs.FS) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(from, path)
		if strings.HasSuffix(path, ".wav") {
			b = b[:min(len(b), 200)]
		}
		all[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheDemoIsRightAsItIsAndWithEveryOptionSet(t *testing.T) {
	for name, dir := range map[string]fs.FS{"as it is": Demo(), "everything": everything(t)} {
		if _, mistakes := Load(dir); len(mistakes) > 0 {
			t.Errorf("%s:\n%v", name, mistakes)
		}
	}
}

func TestTheDemosServerIsTheDefault(t *testing.T) {
	c, mistakes := Load(Demo())
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := DefaultMain()
	want.HoldMusic = "music.wav" // its comment tells the default
	want.HTTP.Origins, want.HTTP.Proxies, want.HTTP.Metrics, want.Redis.Sentinel.Addresses, want.Redis.Cluster = []string{}, []string{}, []string{}, []string{}, []string{}
	if diff := cmp.Diff(want, c.Main); diff != "" {
		t.Errorf("the values shown are not those of an empty file:\n%s", diff)
	}
}

func TestTheDemoExplainsEveryKeyAndItsDefault(t *testing.T) {
	known, shown := map[string]bool{}, map[string][]showing{}
	for _, f := range demoFiles() {
		v := reflect.ValueOf(f.into).Elem()
		top := strings.TrimSuffix(f.name, ".yaml")
		if strings.HasPrefix(top, "flows/") {
			top = "flow"
		}
		keysOf(v.Type(), top, known)
		text := f.text(t)
		file, err := parser.ParseBytes([]byte(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		s := shower{lines: strings.Split(text, "\n"), into: shown}
		s.walk(file.Docs[0].Body, v, top)
	}
	if len(known) < 90 {
		t.Fatalf("only %d keys found: the walk is broken", len(known))
	}
	for path := range known {
		all := shown[path]
		switch {
		case len(all) == 0:
			t.Errorf("%s is not in configs/demo", path)
		case !slices.ContainsFunc(all, showing.tellsDefault) && !slices.Contains(verbs, path):
			t.Errorf("%s: configs/demo neither shows its default, %#v, nor says \"default …\" or \"needed\" behind it", path, all[0].fallback.Interface())
		}
	}
}

// verbs are a step's choice, of which one is needed.
var verbs = []string{"flow.steps.*.say", "flow.steps.*.hours", "flow.steps.*.goto", "flow.steps.*.end"}

// showing is one line of the demo with a key.
type showing struct {
	value    ast.Node
	comment  string
	fallback reflect.Value // the default
}

var saysDefault = regexp.MustCompile(`default ("[^"]*"|[^\s,;:]+)`)

func (s showing) tellsDefault() bool {
	if m := saysDefault.FindStringSubmatch(s.comment); m != nil {
		return s.is(m[1])
	}
	return s.is(s.value.String()) || strings.Contains(s.comment, "needed") && s.fallback.IsZero()
}

// is tells whether a text means the default.
func (s showing) is(text string) bool {
	if text == "inherited" { // from what stands further away
		return s.fallback.Kind() == reflect.Pointer && s.fallback.IsNil()
	}
	got := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "V", Type: s.fallback.Type(), Tag: `yaml:"v"`}}))
	if d := strictyaml.Decode("", []byte("v: "+text), got.Interface()); len(d.Mistakes) > 0 {
		return false
	}
	v := got.Elem().Field(0)
	if (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0 {
		return s.fallback.Len() == 0
	}
	if v.Kind() == reflect.Pointer && s.fallback.IsNil() { // a prompt that is left out
		return v.Elem().IsZero()
	}
	return reflect.DeepEqual(v.Interface(), s.fallback.Interface())
}

// branches tells whether a value has keys of its own, and which value stands for all of its kind.
func branches(v reflect.Value) (suffix string, below reflect.Value, ok bool) {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer && t != reflect.TypeFor[*ivr.Prompt]():
		return branches(empty(t.Elem()))
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[ivr.Prompt]():
		return "", v, true
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && t.Elem() != reflect.TypeFor[ivr.Prompt]():
		return "[]", empty(t.Elem()), true
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Pointer:
		return ".*", empty(t.Elem().Elem()), true
	}
	return "", v, false
}

// empty is what {} means: all defaults.
func empty(t reflect.Type) reflect.Value {
	v := reflect.New(t)
	strictyaml.Decode("", []byte("{}"), v.Interface())
	return v.Elem()
}

func fields(v reflect.Value) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for i := range v.NumField() {
		name, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case opts == "inline":
			for k, f := range fields(v.Field(i)) {
				all[k] = f
			}
		case name != "" && name != "-":
			all[name] = v.Field(i)
		}
	}
	return all
}

// keysOf lists every key that the code reads.
func keysOf(t reflect.Type, path string, into map[string]bool) {
	for key, f := range fields(empty(t)) {
		suffix, below, more := branches(f)
		if more {
			keysOf(below.Type(), path+"."+key+suffix, into)
			continue
		}
		into[path+"."+key] = true
	}
}

// shower finds every key in the demo's text.
type shower struct {
	lines []string
	into  map[string][]showing
}

func (s shower) walk(n ast.Node, v reflect.Value, path string) {
	known := fields(v)
	for _, f := range entriesOf(n) {
		key := strictyaml.KeyOf(f)
		field, ok := known[key]
		if !ok {
			continue // Load tells of it
		}
		at := path + "." + key
		suffix, below, more := branches(field)
		switch {
		case !more:
			_, comment, _ := strings.Cut(s.lines[f.Key.GetToken().Position.Line-1], " # ")
			s.into[at] = append(s.into[at], showing{f.Value, comment, field})
		case suffix == "[]":
			items, _ := f.Value.(*ast.SequenceNode)
			if items == nil {
				continue
			}
			for _, item := range items.Values {
				s.walk(item, below, at+suffix)
			}
		case suffix == ".*":
			for _, item := range entriesOf(f.Value) {
				s.walk(item.Value, below, at+suffix)
			}
		default:
			s.walk(f.Value, below, at)
		}
	}
}

func entriesOf(n ast.Node) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	return nil
}

func TestEveryOptionSaysWhetherItReloads(t *testing.T) {
	for _, f := range demoFiles() {
		text := f.text(t)
		if f.name != "callfloor.yaml" && !strings.HasPrefix(f.name, "flows/") {
			all := reflect.TypeOf(f.into).Elem()
			for i := range all.NumField() {
				if all.Field(i).Tag.Get("reload") != "yes" || !strings.Contains(strings.SplitN(text, "\n", 2)[0], "All of it reloads.") {
					t.Errorf("%s: %s and the first line do not agree on whether it reloads", f.name, all.Field(i).Name)
				}
			}
		}
	}
	main := reflect.TypeFor[Main]()
	text := demoFiles()[0].text(t)
	for i := range main.NumField() {
		key, reload := main.Field(i).Tag.Get("yaml"), main.Field(i).Tag.Get("reload")
		line := regexp.MustCompile(fmt.Sprintf(`(?m)^%s:.*$`, key)).FindString(text)
		switch says := strings.Contains(line, "# reloads"); {
		case reload != "yes" && reload != "no":
			t.Errorf("Main.%s does not say whether it reloads", main.Field(i).Name)
		case says != (reload == "yes"):
			t.Errorf("%q: the remark does not agree with reload:%q", line, reload)
		}
	}
	for _, line := range strings.Split(text, "\n") { // what is below a key is as the key
		if strings.HasPrefix(line, " ") && strings.Contains(line, "reloads") {
			t.Errorf("%q: only the keys of the first level say so", line)
		}
	}
}
