package configs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
)

// Hours is a profile of business hours. All of it reloads.
type Hours struct {
	Zone     string            `yaml:"timezone"` // such as Europe/Paris; "" is the server's
	Week     map[string]string `yaml:"week"`     // mon … sun: "09:00-12:00, 13:00-17:30", or "always"
	Holidays []string          `yaml:"holidays"` // dates, 2026-12-25, or of every year, 12-25

	zone *time.Location
	open map[time.Weekday][]span
}

type span struct{ from, to int } // minutes of the day

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// prepare understands the profile, or reports what it cannot.
func (h *Hours) prepare(d *strictyaml.Doc, path string) {
	var err error
	h.zone, h.open = time.Local, map[time.Weekday][]span{}
	if h.Zone != "" {
		if h.zone, err = time.LoadLocation(h.Zone); err != nil {
			d.Wrong(path+".timezone", fmt.Sprintf("there is no time zone %q", h.Zone), "such as Europe/Paris")
			h.zone = time.Local
		}
	}
	for _, day := range slices.Sorted(maps.Keys(h.Week)) {
		text := h.Week[day]
		at := slices.Index(days, day)
		if at < 0 {
			d.Wrong(path+".week."+day, fmt.Sprintf("there is no day %q", day), strictyaml.DidYouMean(day, days))
			continue
		}
		spans, err := spansOf(text)
		if err != nil {
			d.Wrong(path+".week."+day, err.Error(), `such as "09:00-12:00, 13:00-17:30"`)
		}
		h.open[time.Weekday(at)] = spans
	}
	if len(h.open) == 0 {
		d.Wrong(path, "these hours never open", "")
	}
	for i, date := range h.Holidays {
		if _, err := time.Parse("2006-01-02", date); err == nil {
			continue
		}
		if _, err := time.Parse("01-02", date); err != nil {
			d.Wrong(fmt.Sprintf("%s.holidays[%d]", path, i), fmt.Sprintf("%q is no date", date), "such as 2026-12-25 or 12-25")
		}
	}
}

func spansOf(text string) ([]span, error) {
	if text == "always" {
		return []span{{0, 24 * 60}}, nil
	}
	var all []span
	for part := range strings.SplitSeq(text, ",") {
		a, b, _ := strings.Cut(strings.TrimSpace(part), "-")
		from, err := minutes(a)
		if err != nil {
			return nil, err
		}
		to, err := minutes(b)
		if err != nil {
			return nil, err
		}
		if to <= from {
			return nil, fmt.Errorf("%q ends before it begins; over midnight is 22:00-24:00, and 00:00-06:00 of the next day", strings.TrimSpace(part))
		}
		all = append(all, span{from, to})
	}
	return all, nil
}

func minutes(text string) (int, error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// At is what the profile says of a moment.
func (h *Hours) At(at time.Time) ivr.Hours {
	at = at.In(h.zone)
	if slices.Contains(h.Holidays, at.Format("2006-01-02")) || slices.Contains(h.Holidays, at.Format("01-02")) {
		return ivr.IsHoliday
	}
	m := at.Hour()*60 + at.Minute()
	for _, s := range h.open[at.Weekday()] {
		if m >= s.from && m < s.to {
			return ivr.IsOpen
		}
	}
	return ivr.IsClosed
}

// clock is what a profile says when clocks of its zone show wall.
func (c *Config) clock(profile string, wall time.Time) (ivr.Hours, error) {
	h, ok := c.Hours[profile]
	if !ok || h == nil {
		return "", fmt.Errorf("no hours %q", profile)
	}
	return h.At(time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, h.zone)), nil
}

func (c *Config) hours(profile string, at time.Time) (ivr.Hours, error) {
	h, ok := c.Hours[profile]
	if !ok {
		return "", fmt.Errorf("no hours %q", profile)
	}
	return h.At(at), nil
}

// Takes says whether a queue takes anybody at that moment: within its hours. Who waits already is served.
func (c *Config) Takes(q Queue, at time.Time) bool {
	if q.Hours == "" {
		return true
	}
	h, err := c.hours(q.Hours, at)
	return err != nil || h == ivr.IsOpen // hours that are not there close nothing
}
