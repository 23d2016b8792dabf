// Package dialing says which numbers outside may be called, by whom, as whom, and by which trunks. It only decides: it
// calls nobody and counts nothing.
//
//	typed ─▶ E.164 ─▶ allowed? ─▶ rule ─▶ caller id ─▶ trunks, each with the number as it wants it
//	   └──▶ an emergency number: past all of it
package dialing

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/callfloor/callfloor/calls"
)

// Plan is how numbers outside are called. All of it reloads.
type Plan struct {
	Country   string     `yaml:"country"`    // ISO 3166 code: whose national numbers are meant, where the agent has no country
	CallerIDs []CallerID `yaml:"caller_ids"` // what may be shown; the first of an agent's is shown unless another is chosen
	Rules     []Rule     `yaml:"rules"`      // the first that fits is followed; none at all: nobody calls out
	Emergency Emergency  `yaml:"emergency"`
	Limits    Limits     `yaml:"limits"`
}

// CallerID is a number that may be shown to whoever is called.
type CallerID struct {
	Number string `yaml:"number"` // E.164
	Name   string `yaml:"name"`   // shown with it
	Label  string `yaml:"label"`  // for agents
	Whose  `yaml:",inline"`
}

// Rule is a way out for some numbers.
type Rule struct {
	Name    string   `yaml:"name"`
	Numbers []string `yaml:"numbers"` // patterns of E.164; none is every number
	Trunks  []string `yaml:"trunks"`  // in the order in which they are tried: the cheapest first
	Strip   string   `yaml:"strip"`   // taken off the front, such as "+44"
	Prepend string   `yaml:"prepend"` // put there then, such as "0"
	Whose   `yaml:",inline"`
}

// Emergency are numbers that always go out, as they are typed: no rule, limit or hour holds them back.
type Emergency struct {
	Numbers []string `yaml:"numbers"`
	Trunks  []string `yaml:"trunks"`
}

// Limits hold back what a stolen password or a careless flow would cost.
type Limits struct {
	Allowed   []string `yaml:"allowed"`   // patterns of E.164; none is every number
	Forbidden []string `yaml:"forbidden"` // patterns; they win over allowed
	Premium   bool     `yaml:"premium"`   // numbers at a premium rate may be called
	Hours     string   `yaml:"hours"`     // outside them nobody calls out; "" is always
	Calls     Calls    `yaml:"calls"`
	Minutes   Minutes  `yaml:"minutes"`
}

// Calls are how many calls there may be outside at once; 0 is no limit.
type Calls struct {
	All   int `yaml:"all"`
	Team  int `yaml:"team"`
	Agent int `yaml:"agent"`
}

// Minutes are how long calls outside may last in a day (UTC), taken together; 0 is no limit.
type Minutes struct {
	All   int `yaml:"all"`
	Agent int `yaml:"agent"`
}

// Whose are the agents that something is for: those of any of these. None at all is everybody.
type Whose struct {
	Teams  []string `yaml:"teams"`
	Queues []string `yaml:"queues"`
	Agents []string `yaml:"agents"`
}

// Who is the agent who calls, or on whose behalf.
type Who struct {
	Agent, Team string
	Country     string // "" is the plan's
	Queues      []string
}

func (w Whose) is(who Who) bool {
	if len(w.Teams)+len(w.Queues)+len(w.Agents) == 0 {
		return true
	}
	return slices.Contains(w.Agents, who.Agent) || who.Team != "" && slices.Contains(w.Teams, who.Team) ||
		slices.ContainsFunc(who.Queues, func(q string) bool { return slices.Contains(w.Queues, q) })
}

// Way is one trunk and the number as it wants it.
type Way struct{ Trunk, Number string }

// Route is how a number is called.
type Route struct {
	Number               string // E.164, or an emergency number as it was typed
	CallerID, CallerName string
	Emergency            bool
	Ways                 []Way
}

// Normal is a typed number in E.164. The error is a calls.Refused. Whether such a number is given to anybody is the
// network's business, which changes faster than lists.
func (p *Plan) Normal(typed, country string) (string, error) {
	n, err := p.parse(typed, country)
	if err != nil {
		return "", err
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

func (p *Plan) parse(typed, country string) (*phonenumbers.PhoneNumber, error) {
	if country == "" {
		country = p.Country
	}
	bad := calls.Refused{Reason: calls.BadNumber, Text: fmt.Sprintf("%q is no telephone number.", typed)}
	if len(typed) > 40 || strings.ContainsFunc(typed, func(r rune) bool { return !strings.ContainsRune("+0123456789 ()-./", r) }) {
		return nil, bad
	}
	n, err := phonenumbers.Parse(typed, strings.ToUpper(country))
	if errors.Is(err, phonenumbers.ErrInvalidCountryCode) && country == "" {
		bad.Text = fmt.Sprintf("%q needs its country in front, such as +44.", typed)
	}
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return nil, bad
	}
	return n, nil
}

// May are the caller ids that an agent may show, the one that is shown unless another is chosen first.
func (p *Plan) May(who Who) []CallerID {
	var all []CallerID
	for _, c := range p.CallerIDs {
		if c.is(who) {
			all = append(all, c)
		}
	}
	return all
}

// Route finds the way to a number. The error is a calls.Refused.
func (p *Plan) Route(who Who, typed, callerID, name string) (Route, error) {
	r := Route{}
	shown, err := p.shown(who, callerID)
	if bare := strings.NewReplacer(" ", "", "-", "").Replace(typed); slices.Contains(p.Emergency.Numbers, bare) {
		r.Number, r.Emergency, r.CallerID, r.CallerName = bare, true, shown.Number, shown.Name
		for _, t := range p.Emergency.Trunks {
			r.Ways = append(r.Ways, Way{t, bare})
		}
		return r, nil
	}
	n, wrong := p.parse(typed, who.Country)
	if wrong != nil {
		return r, wrong
	}
	r.Number = phonenumbers.Format(n, phonenumbers.E164)
	if err := p.Limits.destination(n, r.Number); err != nil {
		return r, err
	}
	if r.Ways, wrong = p.ways(who, r.Number); wrong != nil {
		return r, wrong
	}
	if err != nil {
		return r, err
	}
	r.CallerID, r.CallerName = shown.Number, shown.Name
	if name != "" {
		r.CallerName = name
	}
	return r, nil
}

// ways are those of the first rule that is for the number and the agent.
func (p *Plan) ways(who Who, number string) ([]Way, error) {
	known := false
	for _, rule := range p.Rules {
		if len(rule.Numbers) > 0 && !matchesAny(rule.Numbers, number) {
			continue
		}
		known = true
		if !rule.is(who) {
			continue
		}
		var ways []Way
		for _, t := range rule.Trunks {
			ways = append(ways, Way{t, rule.Prepend + strings.TrimPrefix(number, rule.Strip)})
		}
		return ways, nil
	}
	if known {
		return nil, calls.Refused{Reason: calls.NotAllowed, Text: fmt.Sprintf("You may not call %s.", number)}
	}
	return nil, calls.Refused{Reason: calls.NoRoute, Text: fmt.Sprintf("No rule leads to %s.", number)}
}

func (p *Plan) shown(who Who, wanted string) (CallerID, error) {
	all := p.May(who)
	if wanted == "" && len(all) > 0 {
		return all[0], nil
	}
	for _, c := range all {
		if c.Number == wanted {
			return c, nil
		}
	}
	if wanted == "" {
		return CallerID{}, calls.Refused{Reason: calls.BadCallerID, Text: "There is no number that you may show."}
	}
	return CallerID{}, calls.Refused{Reason: calls.BadCallerID, Text: fmt.Sprintf("%s is not a number that you may show.", wanted)}
}

func (l Limits) destination(n *phonenumbers.PhoneNumber, number string) error {
	switch {
	case matchesAny(l.Forbidden, number), len(l.Allowed) > 0 && !matchesAny(l.Allowed, number):
		return calls.Refused{Reason: calls.NotAllowed, Text: fmt.Sprintf("Calls to %s are not allowed here.", number)}
	case !l.Premium && phonenumbers.GetNumberType(n) == phonenumbers.PREMIUM_RATE:
		return calls.Refused{Reason: calls.NotAllowed, Text: fmt.Sprintf("%s is a number at a premium rate.", number)}
	}
	return nil
}

// matches tells whether a number fits a pattern: X is any digit, and * at the end any more of them.
func matches(pattern, number string) bool {
	head, open := strings.CutSuffix(pattern, "*")
	if len(number) < len(head) || !open && len(number) != len(head) {
		return false
	}
	for i := range len(head) {
		if head[i] != number[i] && (head[i] != 'X' || number[i] == '+') {
			return false
		}
	}
	return true
}

func matchesAny(patterns []string, number string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, number) })
}
