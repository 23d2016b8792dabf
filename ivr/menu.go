package ivr

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Menu is a prompt and one key.
type Menu struct {
	Say     Prompt        `yaml:"say"`
	BargeIn bool          `yaml:"barge_in"` // default true
	Timeout time.Duration `yaml:"timeout"`  // after the prompt, default 6s
	Tries   int           `yaml:"tries"`    // default 3
	Silence *Prompt       `yaml:"silence"`  // said when no key came
	Wrong   *Prompt       `yaml:"wrong"`    // said when a key leads nowhere
}

// FromNode reads a menu over its defaults.
func (m *Menu) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	*m = Menu{BargeIn: true, Timeout: 6 * time.Second, Tries: 3}
	type plain Menu
	d.Value(n, reflect.ValueOf((*plain)(m)).Elem(), path)
}

const keypad = "0123456789*#ABCD"

type menuStep struct{}

func (menuStep) name() string     { return "menu" }
func (menuStep) needed() []string { return []string{"failed"} }

func (menuStep) exits(s *Step) []exit {
	ways := []exit{{"failed", s.Failed}, {"timeout", s.TimeOut}, {"error", s.Error}}
	keys := make([]string, 0, len(s.Keys))
	for k := range s.Keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		ways = append(ways, exit{"keys." + k, s.Keys[k]})
	}
	return ways
}

func (menuStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	if len(s.Keys) == 0 {
		d.Wrong(path, "a menu needs keys", `keys: {"1": step}`)
	}
	for key, step := range s.Keys {
		if len(key) != 1 || !strings.Contains(keypad, key) {
			d.Wrong(path+".keys."+key, "no telephone has the key "+key, "0 to 9, * and #")
		}
		if step == "" {
			d.Wrong(path+".keys."+key, "the key "+key+" leads nowhere", "")
		}
	}
	s.Menu.question().check(path+".menu", d, k)
}

func (m *Menu) question() question {
	return question{m.Say, m.BargeIn, 1, "", m.Timeout, m.Tries, m.Silence, m.Wrong}
}

func (menuStep) run(r *run, s *Step) (string, error) {
	return r.ask(s, s.Menu.question(), func(key string) (string, bool) {
		next, ok := s.Keys[key]
		if ok {
			r.contact.Note(r.flow.Name, r.at, key)
		}
		return next, ok
	})
}
