package dialing

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/calls"
)

func house() *Plan {
	return &Plan{
		Country: "GB",
		CallerIDs: []CallerID{
			{Number: "+442071234567", Name: "Callfloor"},
			{Number: "+442079999999", Whose: Whose{Queues: []string{"sales"}}},
		},
		Rules: []Rule{
			{Numbers: []string{"+44*"}, Trunks: []string{"cheap", "dear"}, Strip: "+44", Prepend: "0"},
			{Numbers: []string{"+331XXXXXXXX"}, Trunks: []string{"dear"}, Whose: Whose{Teams: []string{"abroad"}, Agents: []string{"sam"}}},
			{Numbers: []string{"+1*"}, Trunks: []string{"dear"}},
		},
		Emergency: Emergency{Numbers: []string{"999"}, Trunks: []string{"dear"}},
		Limits:    Limits{Forbidden: []string{"+1900*"}},
	}
}

func TestRoutes(t *testing.T) {
	maria := Who{Agent: "maria", Queues: []string{"sales"}}
	for _, row := range []struct {
		who               Who
		typed, id, reason string
		number            string
		ways              []Way
	}{
		{who: maria, typed: "020 7946 0018", number: "+442079460018", ways: []Way{{"cheap", "02079460018"}, {"dear", "02079460018"}}},
		{who: maria, typed: "+44 (20) 7946-0018", id: "+442079999999", number: "+442079460018", ways: []Way{{"cheap", "02079460018"}, {"dear", "02079460018"}}},
		{who: Who{Agent: "sam", Country: "FR"}, typed: "01 23 45 67 89", number: "+33123456789", ways: []Way{{"dear", "+33123456789"}}},
		{who: Who{Team: "abroad"}, typed: "+33123456789", number: "+33123456789", ways: []Way{{"dear", "+33123456789"}}},
		{who: maria, typed: "+33123456789", reason: calls.NotAllowed},
		{who: maria, typed: "+4930123456", reason: calls.NoRoute},
		{who: maria, typed: "09098790000", reason: calls.NotAllowed}, // premium
		{who: maria, typed: "+19002345678", reason: calls.NotAllowed},
		{who: Who{Agent: "sam"}, typed: "+442079460018", id: "+442079999999", reason: calls.BadCallerID},
		{who: maria, typed: "+442079460018", id: "+15550100", reason: calls.BadCallerID},
		{who: maria, typed: "hello", reason: calls.BadNumber},
		{who: maria, typed: "123", reason: calls.BadNumber},
		{who: maria, typed: "+44@evil.example", reason: calls.BadNumber},
		{who: maria, typed: "", reason: calls.BadNumber},
		{who: maria, typed: strings.Repeat("1", 1000), reason: calls.BadNumber},
		{who: maria, typed: "9-9-9", id: "+15550100", number: "999", ways: []Way{{"dear", "999"}}}, // nothing holds it back
	} {
		r, err := house().Route(row.who, row.typed, row.id, "")
		var refused calls.Refused
		if errors.As(err, &refused) && refused.Text == "" || err != nil && refused.Reason == "" {
			t.Errorf("%q: %#v says nothing to people", row.typed, err)
		}
		if refused.Reason != row.reason {
			t.Errorf("%q: %v, not %q", row.typed, err, row.reason)
			continue
		}
		if err != nil {
			continue
		}
		if r.Number != row.number {
			t.Errorf("%q is called as %s", row.typed, r.Number)
		}
		if diff := cmp.Diff(row.ways, r.Ways); diff != "" {
			t.Errorf("%q: %s", row.typed, diff)
		}
	}
}

func TestPremiumNumbersMayBeAllowed(t *testing.T) {
	p := house()
	p.Limits.Premium = true
	if _, err := p.Route(Who{}, "09098790000", "", ""); err != nil {
		t.Error(err)
	}
}

func TestACallerIDIsTheFirstThatTheAgentMayShow(t *testing.T) {
	r, err := house().Route(Who{Agent: "sam"}, "+442079460018", "", "Sam of Callfloor")
	if err != nil || r.CallerID != "+442071234567" || r.CallerName != "Sam of Callfloor" {
		t.Errorf("%+v %v", r, err)
	}
	if n := len(house().May(Who{Queues: []string{"sales"}})); n != 2 {
		t.Errorf("sales may show %d numbers", n)
	}
}

func TestMistakesOfAPlan(t *testing.T) {
	p := &Plan{
		Country: "XX", CallerIDs: []CallerID{{Number: "0123"}}, Rules: []Rule{{Numbers: []string{"44*"}, Strip: "x", Prepend: "a b"}},
		Emergency: Emergency{Numbers: []string{"+44"}}, Limits: Limits{Allowed: []string{"*"}, Forbidden: []string{"+4*4"}, Calls: Calls{Team: -1}},
	}
	want := `country: "XX" is no country, such as GB
caller_ids[0].number: "0123" is not in E.164, such as +442071234567
rules[0].numbers[0]: "44*" is no pattern, such as +44*, where X is any digit
rules[0].trunks: a rule needs a trunk
rules[0].strip: "x" can stand before no number
rules[0].prepend: "a b" can stand before no number
emergency.numbers[0]: "+44" is not of 2 to 6 digits
emergency.trunks: emergency numbers need a trunk
limits.allowed[0]: "*" is no pattern, such as +44*, where X is any digit
limits.forbidden[0]: "+4*4" is no pattern, such as +44*, where X is any digit
limits.calls.team -1: 0, which is no limit, or more`
	if diff := cmp.Diff(want, p.Validate().Error()); diff != "" {
		t.Error(diff)
	}
	if err := house().Validate(); err != nil {
		t.Error(err)
	}
}
