package ivr

import (
	"regexp"
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Digits is a prompt and several keys.
type Digits struct {
	Say     Prompt        `yaml:"say"`
	BargeIn *bool         `yaml:"barge_in"` // default true
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

type digitsStep struct{}

func (digitsStep) name() string     { return "digits" }
func (digitsStep) needed() []string { return []string{"then", "failed"} }

func (digitsStep) exits(s *Step) []exit {
	return []exit{{"then", s.Then}, {"failed", s.Failed}, {"timeout", s.TimeOut}, {"error", s.Error}}
}

func (digitsStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	g := s.Digits
	if g.Max < 0 || g.Max > 64 || g.Min < 0 || g.Min > orElse(g.Max, 20) {
		d.Wrong(path+".digits", "min and max must fit: 1 to 64 keys", "")
	}
	if _, err := regexp.Compile(g.Match); err != nil {
		d.Wrong(path+".digits.match", err.Error(), "")
	}
	if g.Say.Empty() {
		d.Wrong(path+".digits", "digits needs something to say", "")
	}
	speakable(&g.Say, path+".digits.say", d, k)
	speakable(g.Silence, path+".digits.silence", d, k)
	speakable(g.Wrong, path+".digits.wrong", d, k)
}

func (digitsStep) run(r *run, s *Step) (string, error) {
	g := s.Digits
	match, err := regexp.Compile(g.Match)
	if err != nil {
		return "", err
	}
	q := question{g.Say, g.BargeIn, orElse(g.Max, 20), orElse(g.End, "#"), g.Timeout, g.Tries, g.Silence, g.Wrong}
	return r.ask(s, q, func(keys string) (string, bool) {
		if len(keys) < orElse(g.Min, 1) || !match.MatchString(keys) {
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
		r.contact.Note(r.flow.Name, r.vars["step"], keys)
	}
}
