package dialing

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

var (
	pattern   = regexp.MustCompile(`^\+[0-9X]{0,15}\*?$`)
	e164      = regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)
	front     = regexp.MustCompile(`^\+?[0-9*#]*$`)
	emergency = regexp.MustCompile(`^[0-9]{2,6}$`)
)

// Validate says all that is wrong with the plan by itself, each fault beginning with its key.
func (p *Plan) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if p.Country != "" && !IsCountry(p.Country) {
		wrong("country: %q is no country, such as GB", p.Country)
	}
	for i, c := range p.CallerIDs {
		if !e164.MatchString(c.Number) {
			wrong("caller_ids[%d].number: %q is not in E.164, such as +442071234567", i, c.Number)
		}
	}
	patterns := func(key string, all []string) {
		for i, x := range all {
			if !pattern.MatchString(x) {
				wrong("%s[%d]: %q is no pattern, such as +44*, where X is any digit", key, i, x)
			}
		}
	}
	for i, r := range p.Rules {
		patterns(fmt.Sprintf("rules[%d].numbers", i), r.Numbers)
		if len(r.Trunks) == 0 {
			wrong("rules[%d].trunks: a rule needs a trunk", i)
		}
		if !front.MatchString(r.Strip) {
			wrong("rules[%d].strip: %q can stand before no number", i, r.Strip)
		}
		if !front.MatchString(r.Prepend) {
			wrong("rules[%d].prepend: %q can stand before no number", i, r.Prepend)
		}
	}
	for i, n := range p.Emergency.Numbers {
		if !emergency.MatchString(n) {
			wrong("emergency.numbers[%d]: %q is not of 2 to 6 digits", i, n)
		}
	}
	if len(p.Emergency.Numbers) > 0 && len(p.Emergency.Trunks) == 0 {
		wrong("emergency.trunks: emergency numbers need a trunk")
	}
	l := p.Limits
	patterns("limits.allowed", l.Allowed)
	patterns("limits.forbidden", l.Forbidden)
	for key, n := range map[string]int{
		"calls.all": l.Calls.All, "calls.team": l.Calls.Team, "calls.agent": l.Calls.Agent, "minutes.all": l.Minutes.All, "minutes.agent": l.Minutes.Agent,
	} {
		if n < 0 {
			wrong("limits.%s %d: 0, which is no limit, or more", key, n)
		}
	}
	return errors.Join(errs...)
}

// IsCountry tells whether a code of two letters is a country with telephones.
func IsCountry(code string) bool {
	return phonenumbers.GetCountryCodeForRegion(strings.ToUpper(code)) != 0
}
