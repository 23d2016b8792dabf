package ivr

import (
	"slices"
	"strings"
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Menu is a prompt and one key.
type Menu struct {
	Say     Prompt        `yaml:"say"`
	BargeIn *bool         `yaml:"barge_in"` // default true
	Timeout time.Duration `yaml:"timeout"`  // after the prompt, default 6s
	Tries   int           `yaml:"tries"`    // default 3
	Silence *Prompt       `yaml:"silence"`  // said when no key came
	Wrong   *Prompt       `yaml:"wrong"`    // said when a key leads nowhere
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
	if s.Menu.Tries < 0 {
		d.Wrong(path+".menu.tries", "tries must be 1 or more", "")
	}
	if s.Menu.Say.Empty() {
		d.Wrong(path+".menu", "a menu needs something to say", "")
	}
	speakable(&s.Menu.Say, path+".menu.say", d, k)
	speakable(s.Menu.Silence, path+".menu.silence", d, k)
	speakable(s.Menu.Wrong, path+".menu.wrong", d, k)
}

func (menuStep) run(r *run, s *Step) (string, error) {
	m := s.Menu
	q := question{m.Say, m.BargeIn, 1, "", m.Timeout, m.Tries, m.Silence, m.Wrong}
	return r.ask(s, q, func(key string) (string, bool) {
		next, ok := s.Keys[key]
		if ok {
			r.contact.Note(r.flow.Name, r.vars["step"], key)
		}
		return next, ok
	})
}
