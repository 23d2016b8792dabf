package configs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
)

func hoursOf(t *testing.T, text string) *Hours {
	t.Helper()
	h := &Hours{}
	d := strictyaml.Decode("hours.yaml", []byte(text), h)
	h.prepare(d, "")
	if len(d.Mistakes) > 0 {
		t.Fatal(d.Mistakes)
	}
	return h
}

func TestHoursAreThoseOfTheirZone(t *testing.T) {
	office := hoursOf(t, `
timezone: Europe/Paris
week: {mon: "9:00-12:00, 13:00-17:30", tue: always, fri: "22:00-24:00", sat: "00:00-06:00", sun: "02:00-03:00"}
holidays: ["2026-04-06", 12-25, 02-29]
`)
	for _, c := range []struct {
		at   string // UTC
		want ivr.Hours
		why  string
	}{
		{"2026-03-02 07:59:59", ivr.IsClosed, "a second to nine in Paris"},
		{"2026-03-02 08:00:00", ivr.IsOpen, "nine in Paris"},
		{"2026-03-02 10:59:59", ivr.IsOpen, "a second to noon"},
		{"2026-03-02 11:00:00", ivr.IsClosed, "noon: the end is outside"},
		{"2026-03-02 12:00:00", ivr.IsOpen, "after lunch"},
		{"2026-03-02 16:30:00", ivr.IsClosed, "half past five"},
		{"2026-07-06 07:00:00", ivr.IsOpen, "nine in summer, an hour earlier in UTC"},
		{"2026-07-06 15:30:00", ivr.IsClosed, "half past five in summer"},
		{"2026-03-02 23:00:00", ivr.IsOpen, "it is Tuesday in Paris already"},
		{"2026-03-03 22:59:59", ivr.IsOpen, "and still"},
		{"2026-03-03 23:00:00", ivr.IsClosed, "Wednesday has no hours"},
		{"2026-03-06 21:00:00", ivr.IsOpen, "Friday's night shift"},
		{"2026-03-06 22:59:59", ivr.IsOpen, "to midnight"},
		{"2026-03-06 23:00:00", ivr.IsOpen, "and over it"},
		{"2026-03-07 05:00:00", ivr.IsClosed, "to six"},
		{"2026-04-06 08:00:00", ivr.IsHoliday, "Easter Monday, this year"},
		{"2027-04-05 08:00:00", ivr.IsOpen, "which is another day next year"},
		{"2026-12-24 23:00:00", ivr.IsHoliday, "Christmas begins at midnight in Paris"},
		{"2026-12-25 23:00:00", ivr.IsOpen, "and ends there: Saturday, in the small hours"},
		{"2030-12-25 12:00:00", ivr.IsHoliday, "every year"},
		{"2028-02-29 12:00:00", ivr.IsHoliday, "even where it is not there every year"},
		// The night when clocks go forward has no hour from two to three, the one when they go back has it twice.
		{"2026-03-29 00:59:59", ivr.IsClosed, "a second to two, and then it is three"},
		{"2026-03-29 01:00:00", ivr.IsClosed, "three: the hour never was"},
		{"2026-10-25 00:30:00", ivr.IsOpen, "half past two, in summer time"},
		{"2026-10-25 01:30:00", ivr.IsOpen, "half past two again"},
		{"2026-10-25 02:00:00", ivr.IsClosed, "three"},
	} {
		at, err := time.Parse(time.DateTime, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := office.At(at); got != c.want {
			t.Errorf("%s (%s): %s, want %s", c.at, c.why, got, c.want)
		}
	}
}

func TestHoursWithoutAZoneAreTheServers(t *testing.T) {
	h := hoursOf(t, `week: {wed: "12:00-13:00"}`)
	if got := h.At(time.Date(2026, 3, 4, 12, 30, 0, 0, time.Local)); got != ivr.IsOpen {
		t.Error(got)
	}
}

func TestAFlowsHoursAreAskedByName(t *testing.T) {
	c, _ := Load(Demo())
	w := c.World()
	if got, err := w.Hours("office", time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)); got != ivr.IsOpen || err != nil {
		t.Error(got, err)
	}
	if _, err := w.Hours("nowhere", time.Now()); err == nil {
		t.Error("hours that do not exist were found")
	}
}

// FuzzHours: whatever stands for a day is spans that lie inside of it and end after they begin, or a mistake.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"always", "09:00-12:00, 13:00-17:30", "00:00-24:00", "9-5", "", ",", "-", "24:00-24:00", "09:00-08:00", "23:59-24:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spans, err := spansOf(text)
		for _, s := range spans {
			if s.from < 0 || s.from >= s.to || s.to > 24*60 {
				t.Errorf("%q: %v", text, s)
			}
		}
		if (err == nil) != (len(spans) > 0) {
			t.Errorf("%q: %v, %v", text, spans, err)
		}
		h := &Hours{}
		quoted := strings.NewReplacer("'", "''", "\n", " ", "\r", " ").Replace(text)
		d := strictyaml.Decode("f", fmt.Appendf(nil, "week: {mon: '%s'}\nholidays: ['%s']\ntimezone: '%s'", quoted, quoted, quoted), h)
		h.prepare(d, "")
		h.At(time.Now())
	})
}
