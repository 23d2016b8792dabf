package routing

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
)

// Capacity is how much of each channel one agent may have in hand at once. What is nil is said by somebody further away:
// the agent's own word comes before their team's, and their team's before that of the limits.
type Capacity struct {
	Voice     *int  `yaml:"voice"` // calls, also those that we make back
	Chat      Span  `yaml:"chat"`
	Email     Span  `yaml:"email"`
	Voicemail *int  `yaml:"voicemail"` // they take no slot of another channel
	Blended   *bool `yaml:"blended"`   // calls and chats at the same time
}

// Span is how much is offered, and how much an agent may have who asks for more.
type Span struct {
	Standard *int `yaml:"standard"` // offers stop here
	Max      *int `yaml:"max"`      // the agent's Next goes on to here
}

// Team are agents with a capacity and a shift of their own.
type Team struct {
	Capacity Capacity `yaml:"capacity"`
	Shift    `yaml:",inline"`
}

// most is the highest number that any capacity may be: above it somebody has mistyped.
const most = 100

// slotOf is the channel whose slots a contact takes: a callback is a call.
func slotOf(channel string) string {
	if channel == "callback" {
		return "voice"
	}
	return channel
}

// DefaultCapacity is that of a configuration that says nothing.
func DefaultCapacity() Capacity {
	return Capacity{
		Voice: new(1), Chat: Span{new(2), new(3)}, Email: Span{new(5), new(10)}, Voicemail: new(20), Blended: new(false),
	}
}

// or fills what is nil with what is said further away.
func (c Capacity) or(further Capacity) Capacity {
	return Capacity{
		Voice: cmp.Or(c.Voice, further.Voice), Chat: c.Chat.or(further.Chat), Email: c.Email.or(further.Email),
		Voicemail: cmp.Or(c.Voicemail, further.Voicemail), Blended: cmp.Or(c.Blended, further.Blended),
	}
}

func (s Span) or(further Span) Span {
	return Span{cmp.Or(s.Standard, further.Standard), cmp.Or(s.Max, further.Max)}
}

// Within says what is wrong with a capacity that stands within others, the nearest first, each fault beginning with its
// key below at.
func (c Capacity) Within(at string, further ...Capacity) error {
	var errs []error
	for _, n := range []struct {
		key string
		n   *int
	}{
		{"voice", c.Voice},
		{"chat.standard", c.Chat.Standard},
		{"chat.max", c.Chat.Max},
		{"email.standard", c.Email.Standard},
		{"email.max", c.Email.Max},
		{"voicemail", c.Voicemail},
	} {
		if n.n != nil && (*n.n < 0 || *n.n > most) {
			errs = append(errs, fmt.Errorf("%s.%s %d: 0 (none) to %d", at, n.key, *n.n, most))
		}
	}
	own := c
	for _, f := range append(further, DefaultCapacity()) {
		c = c.or(f)
	}
	for _, s := range []struct {
		key       string
		own, span Span
	}{{"chat", own.Chat, c.Chat}, {"email", own.Email, c.Email}} {
		if s.own != (Span{}) && *s.span.Standard > *s.span.Max {
			errs = append(errs, fmt.Errorf("%s.%s: standard %d is more than max %d", at, s.key, *s.span.Standard, *s.span.Max))
		}
	}
	return errors.Join(errs...)
}

// script is a whole capacity as the fields of an agent that the scripts read.
func (c Capacity) script() map[string]string {
	fields := map[string]string{"blended": flag(*c.Blended)}
	for channel, s := range map[string]Span{
		"voice": {c.Voice, c.Voice}, "chat": c.Chat, "email": c.Email, "voicemail": {c.Voicemail, c.Voicemail},
	} {
		fields[channel], fields[channel+"_max"] = strconv.Itoa(*s.Standard), strconv.Itoa(*s.Max)
	}
	return fields
}

// capacity is an agent's, whoever says it.
func (f Floor) capacity(a Agent) Capacity {
	var team Capacity
	if t := f.Teams[a.Team]; t != nil {
		team = t.Capacity
	}
	return a.Capacity.or(team).or(f.Limits.Capacity).or(DefaultCapacity())
}
