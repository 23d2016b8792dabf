package ivr

import "github.com/callfloor/callfloor/internal/strictyaml"

// endStep says a last word and hangs up.
type endStep struct{}

func (endStep) name() string         { return "end" }
func (endStep) exits(s *Step) []exit { return []exit{{"error", s.Error}} }
func (endStep) needed() []string     { return nil }

func (endStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	s.End.CheckAny(path+".end", d, k)
}

func (endStep) run(r *run, s *Step) (string, error) {
	if !s.End.Empty() {
		if err := r.contact.Say(r.ctx, s.End.Pick(r.vars), false); err != nil {
			return "", err
		}
	}
	return "", &Ended{Reason: s.Reason}
}
