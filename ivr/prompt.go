package ivr

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Prompt is something said: a text, a sound file, or one of several variants. In YAML a text is a text, a file is
// {file: hello.wav}, and a list is variants.
type Prompt struct {
	Text     string
	File     string
	Variants []Prompt
}

// Empty tells whether there is nothing to say.
func (p Prompt) Empty() bool { return p.Text == "" && p.File == "" && len(p.Variants) == 0 }

// FromNode reads a prompt's three forms.
func (p *Prompt) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	switch x := n.(type) {
	case *ast.SequenceNode:
		d.Value(x, reflect.ValueOf(&p.Variants).Elem(), path)
	case *ast.MappingNode, *ast.MappingValueNode:
		var file struct {
			File string `yaml:"file"`
			Text string `yaml:"text"`
		}
		d.Value(n, reflect.ValueOf(&file).Elem(), path)
		p.File, p.Text = file.File, file.Text
	default:
		if text, ok := d.Text(n, path); ok {
			p.Text = text
		}
	}
}

// Pick is one of the variants at random, with its {{variables}} filled in.
func (p Prompt) Pick(vars map[string]string) Prompt {
	if len(p.Variants) > 0 {
		return p.Variants[rand.IntN(len(p.Variants))].Pick(vars)
	}
	return Prompt{Text: fill(p.Text, vars), File: p.File}
}

// All lists every variant.
func (p Prompt) All() []Prompt {
	if len(p.Variants) == 0 {
		if p.Empty() {
			return nil
		}
		return []Prompt{p}
	}
	var all []Prompt
	for _, v := range p.Variants {
		all = append(all, v.All()...)
	}
	return all
}

// Check reports a prompt with nothing to say, and what CheckAny does.
func (p *Prompt) Check(path string, d *strictyaml.Doc, k Known) {
	if p.Empty() {
		d.Wrong(path, "there is nothing to say", "a text, or file: NAME.wav")
	}
	p.CheckAny(path, d, k)
}

// CheckAny reports every variant that cannot be said, and variables that nothing sets.
func (p *Prompt) CheckAny(path string, d *strictyaml.Doc, k Known) {
	for _, v := range p.All() {
		for _, name := range variables(v.Text) {
			known(d, path, "is no variable", name, k.Variables)
		}
		if k.Sound == nil {
			continue
		}
		if what, hint := k.Sound(v); what != "" {
			d.Wrong(path, what, hint)
		}
	}
}

// variables are the names that a text wants filled in.
func variables(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, "{{")
		if !ok {
			return names
		}
		name, after, ok := strings.Cut(rest, "}}")
		if !ok {
			return names
		}
		names, text = append(names, strings.TrimSpace(name)), after
	}
}

// fill replaces {{name}}; an unknown name is nothing.
func fill(text string, vars map[string]string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}}")
		if !ok {
			fmt.Fprintf(&b, "{{%s", rest)
			return b.String()
		}
		b.WriteString(vars[strings.TrimSpace(name)])
		text = after
	}
}
