// Package strictyaml reads YAML into structs and reports every mistake with its place: unknown keys with the nearest
// known one, wrong types, bad durations. It remembers where each value stood, so that later checks can point there, too.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Mistake is one thing that is wrong, and where.
type Mistake struct {
	File         string
	Line, Column int
	What         string
	Hint         string // what was probably meant
}

// String is file:line:column: what.
func (m Mistake) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.What)
	if m.Hint != "" {
		s += " (" + m.Hint + ")"
	}
	return s
}

// Place is where something stands; lines and columns count from 1.
type Place struct{ Line, Column int }

// Doc is a file that was read: its mistakes, and where its values stood.
type Doc struct {
	File     string
	Mistakes []Mistake
	Unread   bool // nothing of it could be read
	places   map[string]Place
}

// FromNode is met by types that read themselves.
type FromNode interface {
	FromNode(n ast.Node, d *Doc, path string)
}

// Decode reads src into the struct that into points to. Whatever can be read is read.
func Decode(file string, src []byte, into any) *Doc {
	d := &Doc{File: file, places: map[string]Place{"": {1, 1}}}
	src = bytes.TrimPrefix(src, []byte("\ufeff")) // some editors begin with a byte order mark
	if what, at := unreadable(src); what != "" {
		d.Mistakes = append(d.Mistakes, Mistake{File: file, Line: at.Line, Column: at.Column, What: what})
		d.Unread = true
		return d
	}
	f, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey()) // duplicates are told here, each with its place
	if err != nil {
		d.syntax(err)
		return d
	}
	first := true
	for _, doc := range f.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.DirectiveType:
		case first:
			d.Value(doc.Body, reflect.ValueOf(into).Elem(), "")
			first = false
		default:
			d.at(doc.Body, "---")
			d.Wrong("---", "a second document is not read", "one document a file")
		}
	}
	return d
}

// syntax turns the parser's words, "[line:column] what", into a mistake.
func (d *Doc) syntax(err error) {
	m := Mistake{File: d.File, Line: 1, Column: 1}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if n, _ := fmt.Sscanf(text, "[%d:%d]", &m.Line, &m.Column); n == 2 {
		_, text, _ = strings.Cut(text, "] ")
	}
	m.What, d.Unread = text, true
	d.Mistakes = append(d.Mistakes, m)
}

// Wrong reports a mistake at the value of that path, or at the nearest value above it.
func (d *Doc) Wrong(path, what, hint string) {
	p, ok := d.places[path]
	for at := path; !ok && at != ""; p, ok = d.places[at] {
		i := strings.LastIndexAny(at, ".[")
		if i < 0 {
			i = 0
		}
		at = at[:i]
	}
	if !ok {
		p = Place{1, 1}
	}
	d.Mistakes = append(d.Mistakes, Mistake{d.File, p.Line, p.Column, what, hint})
}

// Invalid reports every fault of a Validate, at the key below path that its words begin with where the file has that.
func (d *Doc) Invalid(path string, err error) {
	if err == nil {
		return
	}
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		for _, one := range all.Unwrap() {
			d.Invalid(path, one)
		}
		return
	}
	what := strings.TrimPrefix(err.Error(), path+".")
	d.Wrong(path+"."+what[:strings.IndexAny(what+" ", " :")], what, "")
}

// Has tells whether something stands at that path.
func (d *Doc) Has(path string) bool {
	_, ok := d.places[path]
	return ok
}

func (d *Doc) at(n ast.Node, path string) {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // its own token is the colon behind that
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		d.places[path] = Place{t.Position.Line, t.Position.Column}
	}
}

func (d *Doc) expected(n ast.Node, path, what string) {
	d.at(n, path)
	d.Wrong(path, "expected "+what, "")
}

// Value reads one node.
func (d *Doc) Value(n ast.Node, v reflect.Value, path string) {
	for {
		t, ok := n.(*ast.TagNode)
		if !ok {
			break
		}
		n = t.Value
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode: // a few lines of them can stand for gigabytes
		d.at(n, path)
		d.Wrong(path, "anchors (&) and aliases (*) are not read", "write it out, or quote the text")
		return
	case nil: // a tag without a value
		return
	}
	d.at(n, path)
	if _, null := n.(*ast.NullNode); null {
		return
	}
	if v.CanAddr() {
		if own, ok := v.Addr().Interface().(FromNode); ok {
			own.FromNode(n, d, path)
			return
		}
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d.duration(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.Value(n, v.Elem(), path)
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// Fields are the entries of a mapping in order, each key once; nil and a mistake when it is none.
func (d *Doc) Fields(n ast.Node, path string) []*ast.MappingValueNode {
	var all, good []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		all = m.Values
	case *ast.MappingValueNode:
		all = []*ast.MappingValueNode{m}
	default:
		d.expected(n, path, "a mapping")
		return nil
	}
	seen := map[string]bool{}
	for _, f := range all {
		key := KeyOf(f)
		d.at(f.Key, Join(path, key))
		switch what := wrongKey(f.Key); {
		case what != "":
			d.Wrong(Join(path, key), what, "")
		case seen[key]:
			d.Wrong(Join(path, key), fmt.Sprintf("%q stands here twice", key), "")
		default:
			good = append(good, f)
		}
		seen[key] = true
	}
	return good
}

// wrongKey says why a node is no key: only plain words, numbers and quoted texts are.
func wrongKey(n ast.MapKeyNode) string {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode:
	case *ast.BoolNode, *ast.NullNode:
		return fmt.Sprintf("the key %s must stand in quotes", n.GetToken().Value)
	default:
		return "this is no key: expected a word or a text in quotes"
	}
	t := n.GetToken()
	if t.Type == token.StringType && slices.Contains([]string{"yes", "no", "on", "off"}, strings.ToLower(t.Value)) {
		return fmt.Sprintf("the key %s must stand in quotes: many YAML readers take it for true or false", t.Value)
	}
	return ""
}

// KeyOf is the text of an entry's key.
func KeyOf(f *ast.MappingValueNode) string {
	if t := f.Key.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

// Join is the path of an entry.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *Doc) structure(n ast.Node, v reflect.Value, path string) {
	known := map[string]reflect.Value{}
	collect(v, known)
	for _, f := range d.Fields(n, path) {
		key := KeyOf(f)
		field, ok := known[key]
		if !ok {
			d.Wrong(Join(path, key), fmt.Sprintf("unknown key %q", key), DidYouMean(key, slices.Collect(maps.Keys(known))))
			continue
		}
		d.Value(f.Value, field, Join(path, key))
	}
}

// collect finds a struct's fields by their yaml names, through inlined structs.
func collect(v reflect.Value, into map[string]reflect.Value) {
	for i := range v.NumField() {
		name, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(opts, "inline"):
			collect(v.Field(i), into)
		case name != "" && name != "-":
			into[name] = v.Field(i)
		}
	}
}

func (d *Doc) mapping(n ast.Node, v reflect.Value, path string) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, f := range d.Fields(n, path) {
		key := KeyOf(f)
		item := reflect.New(v.Type().Elem()).Elem()
		d.Value(f.Value, item, Join(path, key))
		v.SetMapIndex(reflect.ValueOf(key), item)
	}
}

func (d *Doc) list(n ast.Node, v reflect.Value, path string) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.expected(n, path, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, item := range s.Values {
		d.Value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// Text is the text of a scalar; false and a mistake when it is none.
func (d *Doc) Text(n ast.Node, path string) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		return x.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	d.expected(n, path, "a text")
	return "", false
}

func (d *Doc) duration(n ast.Node, v reflect.Value, path string) {
	text, ok := d.Text(n, path)
	if !ok {
		return
	}
	t, err := time.ParseDuration(text)
	if err != nil || t < 0 {
		d.Wrong(path, fmt.Sprintf("%q is no duration", text), "such as 20s, 5m or 1h30m")
		return
	}
	v.SetInt(int64(t))
}

func (d *Doc) scalar(n ast.Node, v reflect.Value, path string) {
	text, ok := d.Text(n, path)
	if !ok {
		return
	}
	if what := set(v, text); what != "" { // the default stays, and is not reported a second time
		d.Wrong(path, what, "")
	}
}

// set gives v the value that the text means, or says why it cannot.
func set(v reflect.Value, text string) (wrong string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Sprintf("%q is neither true nor false", text)
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Sprintf("%q is no whole number", text)
		}
		v.SetInt(i)
	case reflect.Uint16:
		i, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return fmt.Sprintf("%q is no number between 0 and 65535", text)
		}
		v.SetUint(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Sprintf("%q is no number", text)
		}
		v.SetFloat(f)
	default:
		return "cannot be set here"
	}
	return ""
}
