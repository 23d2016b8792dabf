package calls

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callfloor/callfloor/media"
)

// who writes a plan as a sentence: who hears what, and what the tape keeps.
func who(p media.Plan, names map[*media.Playback]string) map[string]string {
	said := map[string]string{}
	for _, s := range p.Seats {
		what := strings.Join(s.Hears, "+")
		if s.Plays != nil {
			what = names[s.Plays]
		}
		said[s.Line] = what
	}
	for _, t := range p.Takes {
		said["tape"] = strings.Join(t.Left, "+") + "|" + strings.Join(t.Right, "+")
	}
	return said
}

func TestWhoHearsWhom(t *testing.T) {
	prompt, hold := media.NewPlayback(nil, false), media.NewPlayback(nil, true)
	names := map[*media.Playback]string{prompt: "prompt", hold: "music"}
	both := situation{customer: "ann", owner: seat{line: "maria"}, sound: prompt, hold: hold, tap: media.NewTap(), recorded: true}
	with := func(change func(*situation)) situation {
		s := both
		s.guests = slices.Clone(s.guests)
		change(&s)
		return s
	}
	consulting := func(t Talk, maria, sam seat) situation {
		return with(func(s *situation) {
			s.talk, s.owner, s.guests, s.apart = t, maria, []seat{sam}, t == OnHold || t == LostOnHold
		})
	}
	maria, sam := seat{line: "maria"}, seat{line: "sam", place: Aside}
	for name, row := range map[string]struct {
		s    situation
		want map[string]string
	}{
		"nobody":                  {situation{}, map[string]string{}},
		"a menu":                  {situation{customer: "ann", sound: prompt}, map[string]string{"ann": "prompt"}},
		"an offer rings":          {with(func(s *situation) { s.talk = Offered }), map[string]string{"ann": "prompt", "maria": "", "tape": "|"}},
		"accepted":                {with(func(s *situation) { s.talk = Connecting }), map[string]string{"ann": "maria", "maria": "ann", "tape": "|"}},
		"talking":                 {with(func(s *situation) { s.talk = Talking }), map[string]string{"ann": "maria", "maria": "ann", "tape": "ann|maria"}},
		"talking unrecorded":      {with(func(s *situation) { s.talk, s.recorded = Talking, false }), map[string]string{"ann": "maria", "maria": "ann", "tape": "|"}},
		"the agent is muted":      {with(func(s *situation) { s.talk, s.owner.muted = Talking, true }), map[string]string{"ann": "", "maria": "ann", "tape": "ann|"}},
		"held":                    {with(func(s *situation) { s.talk = OnHold }), map[string]string{"ann": "music", "maria": "", "tape": "ann|"}},
		"the agent's tab is gone": {with(func(s *situation) { s.talk, s.owner.line = Lost, "" }), map[string]string{"ann": "music", "tape": "ann|"}},
		"in private":              {consulting(OnHold, maria, sam), map[string]string{"ann": "music", "maria": "sam", "sam": "maria", "tape": "ann|"}},
		"in private, sam is muted": {
			consulting(OnHold, maria, seat{line: "sam", muted: true, place: Aside}), map[string]string{"ann": "music", "maria": "", "sam": "maria", "tape": "ann|"},
		},
		"in private, sam's tab is gone":   {consulting(OnHold, maria, seat{place: Aside}), map[string]string{"ann": "music", "maria": "music", "tape": "ann|"}},
		"in private, maria's tab is gone": {consulting(LostOnHold, seat{}, sam), map[string]string{"ann": "music", "sam": "music", "tape": "ann|"}},
		"swapped":                         {consulting(Talking, maria, sam), map[string]string{"ann": "maria", "maria": "ann", "sam": "music", "tape": "ann|maria"}},
		"swapped, maria's tab is gone":    {consulting(Lost, seat{}, sam), map[string]string{"ann": "music", "sam": "music", "tape": "ann|"}},
	} {
		if diff := cmp.Diff(row.want, who(row.s.plan(), names), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
