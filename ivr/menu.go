package ivr

import (
	"errors"
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
	silent := false
	for range orElse(m.Tries, 3) {
		key, err := r.ask(m.Say, m.BargeIn, 1, "", orElse(m.Timeout, 6*time.Second))
		silent = errors.Is(err, ErrTimeout)
		if err != nil && !silent {
			return "", err
		}
		if next, ok := s.Keys[key]; ok {
			r.contact.Note(r.flow.Name, r.vars["step"], key)
			return next, nil
		}
		if err := r.remark(silent, m.Silence, m.Wrong); err != nil {
			return "", err
		}
	}
	if silent && s.TimeOut != "" {
		return s.TimeOut, nil
	}
	return s.Failed, nil
}

// ask says a prompt and collects keys.
func (r *run) ask(p Prompt, bargeIn *bool, limit int, end string, timeout time.Duration) (string, error) {
	if err := r.contact.Say(r.ctx, p.Pick(r.vars), bargeIn == nil || *bargeIn); err != nil {
		return "", err
	}
	return r.contact.Keys(r.ctx, limit, end, timeout)
}

// remark says what went wrong before the next try.
func (r *run) remark(silent bool, silence, wrong *Prompt) error {
	p := wrong
	if silent {
		p = silence
	}
	if p == nil {
		return nil
	}
	return r.contact.Say(r.ctx, p.Pick(r.vars), true)
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}
