package ivr

import (
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// hoursStep branches by a profile of business hours.
type hoursStep struct{}

func (hoursStep) name() string     { return "hours" }
func (hoursStep) needed() []string { return []string{"open", "closed"} }

func (hoursStep) exits(s *Step) []exit {
	return []exit{{"open", s.Open}, {"closed", s.Closed}, {"holiday", s.Holiday}, {"error", s.Error}}
}

func (hoursStep) check(s *Step, path string, d *strictyaml.Doc, k Known) {
	known(d, path+".hours", "are no hours", s.Hours, k.Hours)
}

func (hoursStep) run(r *run, s *Step) (string, error) {
	h, err := r.world.Hours(s.Hours, time.Now())
	if err != nil {
		return "", err
	}
	switch h {
	case IsOpen:
		return s.Open, nil
	case IsHoliday:
		return orElse(s.Holiday, s.Closed), nil
	case IsClosed:
	}
	return s.Closed, nil
}
