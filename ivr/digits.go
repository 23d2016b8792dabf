package ivr

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Digits is a prompt and several keys.
type Digits struct {
	Say     Prompt        `yaml:"say"`
	BargeIn bool          `yaml:"barge_in"` // default true
	Min     int           `yaml:"min"`      // fewer are wrong, default 1
	Max     int           `yaml:"max"`      // default 20
	End     string        `yaml:"end"`      // the key that finishes early, default #
	Timeout time.Duration `yaml:"timeout"`  // for each key, default 6s
	Tries   int           `yaml:"tries"`    // default 3
	Match   string        `yaml:"match"`    // a regular expression that the keys must match
	As      string        `yaml:"as"`       // the variable that keeps them
	Secure  bool          `yaml:"secure"`   // never in events, log or API
	Silence *Prompt       `yaml:"silence"`
	Wrong   *Prompt       `yaml:"wrong"`
}

// FromNode reads the step over its defaults.
func (g *Digits) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	*g = Digits{BargeIn: true, Min: 1, Max: 20, End: "#", Timeout: 6 * time.Second, Tries: 3}
	type plain Digits
	d.Value(n, reflect.ValueOf((*plain)(g)).Elem(), path)
}

type digitsStep struct{}

func (digitsStep) name() string     { return "digits" }
func (digitsStep) needed() []string { return []string{"then", "failed"} }

func (digitsStep) exits(s *Step) []exit {
	return []exit{{"then", s.Then}, {"failed", s.Failed}, {"timeout", s.TimeOut}, {"error", s.Error}}
}

func (digitsStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	g, path := s.Digits, path+".digits"
	if g.Max < 1 || g.Max > 64 {
		d.Wrong(path+".max", fmt.Sprintf("max %d: 1 to 64 keys", g.Max), "")
	} else if g.Min < 0 || g.Min > g.Max {
		d.Wrong(path+".min", fmt.Sprintf("min %d: 0 to max, which is %d", g.Min, g.Max), "")
	}
	if len(g.End) > 1 || strings.Trim(g.End, keypad) != "" {
		d.Wrong(path+".end", fmt.Sprintf("no telephone has the key %s", g.End), "one of 0 to 9, * and #")
	}
	if _, err := regexp.Compile(g.Match); err != nil {
		d.Wrong(path+".match", err.Error(), "")
	}
	if strings.ContainsAny(g.As, "{} .") {
		d.Wrong(path+".as", fmt.Sprintf("%q is no name of a variable", g.As), "letters, digits and _")
	}
	g.question().check(path, d, k)
}

func (g *Digits) question() question {
	return question{g.Say, g.BargeIn, g.Max, g.End, g.Timeout, g.Tries, g.Silence, g.Wrong}
}

func (digitsStep) run(r *run, s *Step) (string, error) {
	g := s.Digits
	match, err := regexp.Compile(g.Match)
	if err != nil {
		return "", err
	}
	return r.ask(s, g.question(), func(keys string) (string, bool) {
		if len(keys) < g.Min || !match.MatchString(keys) {
			return "", false
		}
		r.keep(g, keys)
		return s.Then, true
	})
}

func (r *run) keep(g *Digits, keys string) {
	if g.As != "" {
		r.vars[g.As] = keys
	}
	if !g.Secure {
		r.contact.Note(r.flow.Name, r.at, keys)
	}
}
