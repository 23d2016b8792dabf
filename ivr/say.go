package ivr

import "github.com/callfloor/callfloor/internal/strictyaml"

// sayStep says a prompt, and goes on.
type sayStep struct{}

func (sayStep) name() string         { return "say" }
func (sayStep) exits(s *Step) []exit { return []exit{{"then", s.Then}, {"error", s.Error}} }
func (sayStep) needed() []string     { return []string{"then"} }

func (sayStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	s.Say.Check(path+".say", d, k)
}

func (sayStep) run(r *run, s *Step) (string, error) {
	return s.Then, r.contact.Say(r.ctx, s.Say.Pick(r.vars), s.BargeIn)
}
