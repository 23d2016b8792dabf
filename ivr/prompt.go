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
		if file.File == "" {
			d.Wrong(path, "a prompt needs a file or a text", "")
		}
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
