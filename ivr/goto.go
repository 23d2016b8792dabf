package ivr

import (
	"fmt"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// gotoStep goes on in another flow; its variables come along.
type gotoStep struct{}

func (gotoStep) name() string         { return "goto" }
func (gotoStep) exits(s *Step) []exit { return []exit{{"error", s.Error}} }
func (gotoStep) needed() []string     { return nil }

func (gotoStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	known(d, path+".goto", "is no flow", s.Goto, k.Flows)
}

func (gotoStep) run(r *run, s *Step) (string, error) {
	f := r.world.Flow(s.Goto)
	if f == nil {
		return "", fmt.Errorf("no flow %q", s.Goto)
	}
	r.flow = f // its faults count on: two flows may lead to each other for ever
	return f.Start, nil
}
