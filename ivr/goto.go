package ivr

import (
	"fmt"
	"slices"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// gotoStep goes on in another flow; its variables come along.
type gotoStep struct{}

func (gotoStep) name() string         { return "goto" }
func (gotoStep) exits(s *Step) []exit { return []exit{{"error", s.Error}} }
func (gotoStep) needed() []string     { return nil }

func (gotoStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	if !slices.Contains(k.Flows, s.Goto) {
		d.Wrong(path+".goto", fmt.Sprintf("there is no flow %q", s.Goto), strictyaml.DidYouMean(s.Goto, slices.Clone(k.Flows)))
	}
}

func (gotoStep) run(r *run, s *Step) (string, error) {
	f := r.world.Flow(s.Goto)
	if f == nil {
		return "", fmt.Errorf("no flow %q", s.Goto)
	}
	r.flow = f
	return f.Start, nil
}
