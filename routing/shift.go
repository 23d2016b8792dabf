package routing

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Shift is how an agent's day begins and ends by itself. What is nil is said by somebody further away: the agent's own
// word comes before their team's, and their team's before that of the limits.
type Shift struct {
	// LoginPrep is the time to get ready in after a login; 0s is none.
	LoginPrep *time.Duration `yaml:"login_prep"`
	// LogoutAfter is how long an agent may be away with nothing in hand before they are signed out; 0s is for ever.
	LogoutAfter *time.Duration `yaml:"logout_after"`
	// LogoutAt is when whoever is still there is signed out, "20:00" by the server's clock or "20:00 Europe/London"; "" is never.
	LogoutAt *string `yaml:"logout_at"`
}

// DefaultShift is that of a configuration that says nothing.
func DefaultShift() Shift { return Shift{new(time.Duration(0)), new(time.Duration(0)), new("")} }

// or fills what is nil with what is said further away.
func (s Shift) or(further Shift) Shift {
	return Shift{cmp.Or(s.LoginPrep, further.LoginPrep), cmp.Or(s.LogoutAfter, further.LogoutAfter), cmp.Or(s.LogoutAt, further.LogoutAt)}
}

// Validate says what is wrong with a shift, each fault beginning with its key.
func (s Shift) Validate() error {
	var errs []error
	if p := s.LoginPrep; p != nil && (*p < 0 || *p > 0 && *p < time.Second || *p > time.Hour) {
		errs = append(errs, fmt.Errorf("login_prep %s: 0s (none), or 1s to 1h", *p))
	}
	if a := s.LogoutAfter; a != nil && (*a < 0 || *a > 0 && *a < 10*time.Second) {
		errs = append(errs, fmt.Errorf("logout_after %s: 0s (never), or at least 10s", *a))
	}
	if s.LogoutAt != nil {
		if _, err := wallClock(*s.LogoutAt); err != nil {
			errs = append(errs, fmt.Errorf("logout_at %q: %w", *s.LogoutAt, err))
		}
	}
	return errors.Join(errs...)
}

// shift is an agent's, whoever says it.
func (f Floor) shift(a Agent) Shift {
	var team Shift
	if t := f.Teams[a.Team]; t != nil {
		team = t.Shift
	}
	return a.Shift.or(team).or(f.Limits.Shift).or(DefaultShift())
}

// moment is what a clock on a wall of some place shows, once a day.
type moment struct {
	ofDay time.Duration
	zone  *time.Location
}

// wallClock reads "20:00", or "20:00 Europe/London"; nil is "".
func wallClock(shown string) (*moment, error) {
	if shown == "" {
		return nil, nil //nolint:nilnil // never is no mistake
	}
	clock, zone, elsewhere := strings.Cut(shown, " ")
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return nil, errors.New("such as 20:00, or 20:00 Europe/London")
	}
	m := &moment{time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, time.Local}
	if !elsewhere {
		return m, nil
	}
	if m.zone, err = time.LoadLocation(zone); err != nil || zone == "" {
		return nil, fmt.Errorf("there is no time zone %q", zone)
	}
	return m, nil
}

// ahead is for how long the changes of a zone's offset are known to the scripts: they know no zones, and a server that
// is neither restarted nor reloaded for longer would be an hour wrong.
const ahead = 10 * 365 * 24 * time.Hour

// script is the moment as the scripts read it, in ms: the time of day, and the zone's offsets, each from when on it holds.
func (m moment) script(now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", m.ofDay.Milliseconds())
	for from := now.In(m.zone); ; {
		_, offset := from.Zone()
		fmt.Fprintf(&b, " %d:%d", from.UnixMilli(), int64(offset)*1000)
		_, next := from.ZoneBounds()
		if next.IsZero() || next.Sub(now) > ahead {
			return b.String()
		}
		from = next
	}
}
