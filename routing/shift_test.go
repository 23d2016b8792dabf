package routing

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callfloor/callfloor/state"
)

// How an agent's day begins and ends by itself.

// logsIn: a login and nothing more, with a device that works.
func (d *day) logsIn(agent string) {
	d.t.Helper()
	_, err := d.Login(d.t.Context(), agent, "s-"+agent)
	d.ok(err)
	d.ok(d.Device(d.t.Context(), agent, "voice", true, ""))
}

// leaving is how long it is until the agent is signed out by the clock; -1 when that will not be.
func (d *day) leaving(agent string) time.Duration {
	d.t.Helper()
	a, err := d.Agent(d.t.Context(), agent)
	d.ok(err)
	if !a.SignsOut {
		return -1
	}
	return a.SignOutIn
}

func (d *day) signedOutIn(agent string, want time.Duration) {
	d.t.Helper()
	if got := d.leaving(agent); got != want {
		d.t.Fatalf("%s is signed out in %s, want %s", agent, got, want)
	}
}

// Maria has thirty seconds to get ready in: nothing is offered to her meanwhile, and then she is away.
func TestAfterALoginThereIsTimeToGetReady(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.LoginPrep = new(30 * time.Second) })
		d.logsIn("maria")
		d.calls("ann", "sales")
		d.stands("maria", "getting ready")
		d.later(20*time.Second - time.Millisecond)
		if a, err := d.Agent(t.Context(), "maria"); err != nil || a.Prep != 10*time.Second {
			t.Fatalf("%s are left, %v", a.Prep, err)
		}
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria")) // a reload of the page
		d.logsIn("maria")
		d.stands("maria", "getting ready")
		d.later(10*time.Second - time.Millisecond)
		d.stands("maria", "getting ready")
		d.waits("ann", 1)
		d.events()
		d.pass(time.Millisecond)
		d.sweep()
		d.happened("agent.chosen")
		d.stands("maria", "away: login")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
		d.offered("ann", "maria")
	})
}

// Whoever says how they want to stand has got ready, and the time that was left does not matter any more.
func TestGettingReadyEndsWithAWord(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Agents[0].LoginPrep, f.Agents[1].Team = new(30*time.Second), "second"
			f.Teams = map[string]*Team{"second": {Shift: Shift{LoginPrep: new(40 * time.Second)}}}
		})
		d.logsIn("maria")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "available"}))
		d.logsIn("sam")
		d.later(30 * time.Second)
		d.stands("maria", "")
		d.stands("sam", "getting ready") // the team's time is longer
		d.ok(d.Choose(t.Context(), "sam", "s-sam", Choice{State: "away"}))
		d.later(10 * time.Second)
		d.stands("sam", "away")
		d.ok(d.Logout(t.Context(), "sam", "s-sam"))
		d.logsIn("sam")
		d.ok(d.Logout(t.Context(), "sam", "s-sam"))
		d.later(time.Minute)
		d.stands("sam", "not logged in")
	})
}

// Maria forgets to sign out: after an hour of being away with nothing in hand she is.
func TestWhoIsAwayForLongIsSignedOut(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.LogoutAfter = new(time.Hour) })
		d.comes("maria")
		d.signedOutIn("maria", -1)
		d.has("maria", "email", "post")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", Reason: "lunch"}))
		d.later(2 * time.Hour)
		d.signedOutIn("maria", -1) // she has a mail in hand
		d.ok(d.Finish(t.Context(), d.lease("post"), "normal"))
		d.signedOutIn("maria", time.Hour)
		d.later(time.Minute)
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", Reason: "training"}))
		d.ok(d.Stay(t.Context(), "maria", "s-maria")) // too early to mean this
		d.ok(d.Disconnect(t.Context(), "maria", "s-maria"))
		d.logsIn("maria")
		d.signedOutIn("maria", 59*time.Minute)

		d.later(58*time.Minute + time.Second) // the page tells of it
		d.events()
		d.ok(d.Stay(t.Context(), "maria", "s-maria"))
		d.ok(d.Stay(t.Context(), "maria", "s-maria")) // told again
		d.happened("agent.stays")
		d.signedOutIn("maria", time.Hour)
		d.stands("maria", "away: training")
		d.later(time.Hour - time.Millisecond)
		d.happened()
		d.pass(time.Millisecond)
		d.sweep()
		d.happened("agent.offline")
		d.refused(d.heartbeat(t.Context(), "maria", "s-maria"), "fenced")
		d.stands("maria", "not logged in")
		d.signedOutIn("maria", -1)
	})
}

// Whoever has missed a call and is not there any more is signed out, too, though they chose to be available.
func TestWhoMissedACallAndDoesNotComeBackIsSignedOut(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.LogoutAfter = new(time.Hour) })
		d.comes("maria")
		d.calls("ann", "sales")
		d.later(20 * time.Second)
		d.stands("maria", "missed an offer")
		d.signedOutIn("maria", time.Hour)
		d.later(time.Hour)
		d.stands("maria", "not logged in")
	})
}

// At eight in the evening whoever is still there goes home: at once, or after the call they are on, or not at all if they say so.
func TestTheEvening(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Limits.LogoutAt, f.Limits.Grace = new("10:00 Europe/Paris"), time.Hour // an hour from the dawn
			f.Agents = append(f.Agents, Agent{ID: "eve", Queues: []string{"support"}})
		})
		d.comes("maria", "sam", "eve")
		d.calls("ann", "sales")
		talk := d.talks("ann", "maria")
		d.ok(d.Choose(t.Context(), "maria", "s-maria", Choice{State: "away", Reason: "lunch", AfterThis: true}))
		left := d.leaving("sam")
		d.later(left - 30*time.Second)
		d.ok(d.Stay(t.Context(), "eve", "s-eve"))
		d.signedOutIn("eve", 24*time.Hour+30*time.Second)
		d.later(30*time.Second - time.Millisecond)
		d.events()
		d.later(time.Millisecond)
		if got := d.events(); len(got) != 2 {
			t.Fatalf("happened: %v", got)
		}
		d.stands("sam", "not logged in")
		d.stands("eve", "")
		d.stands("maria", "signs out after this")
		d.ok(d.Finish(t.Context(), talk, "normal"))
		d.stands("maria", "not logged in")
	})
}

// With work in hand in the evening, an agent may stay: the next evening is tomorrow's.
func TestWhoStaysInTheEveningStays(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) { f.Limits.LogoutAt = new("08:05 UTC") })
		d.comes("maria")
		d.calls("ann", "sales")
		talk := d.talks("ann", "maria")
		d.later(5 * time.Minute)
		d.stands("maria", "signs out after this")
		d.ok(d.Stay(t.Context(), "maria", "s-maria"))
		d.ok(d.Finish(t.Context(), talk, "normal"))
		d.stands("maria", "")
		d.later(23 * time.Hour)
		d.stands("maria", "")
		d.later(time.Hour)
		d.stands("maria", "not logged in")
	})
}

// A reload changes the evening of those who are there.
func TestAReloadedEvening(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		var floor Floor
		d := dawn(t, s, func(f *Floor) { floor = *f })
		d.comes("maria") // 08:00:00.001 by now
		for shown, want := range map[string]time.Duration{
			"08:01 UTC": 59*time.Second + 999*time.Millisecond, "": -1, "08:00 UTC": 24*time.Hour - time.Millisecond,
		} {
			floor.Limits.LogoutAt = &shown
			d.ok(d.Configure(t.Context(), floor))
			d.signedOutIn("maria", want)
		}
	})
}

// The scripts know no time zones, and their evenings are those of the zones all the same, over every change of the clocks.
func TestEveningsOfEveryZone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, nil)
		ask := redis.NewScript(fmt.Sprintf(script, head(), "return num(evening(ARGV[2], tonumber(ARGV[3])))"))
		rng := rand.New(rand.NewPCG(1, 0))
		for _, zone := range []string{"UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"} {
			for range 40 {
				shown := fmt.Sprintf("%02d:%02d %s", rng.IntN(24), rng.IntN(60), zone)
				m, err := wallClock(shown)
				d.ok(err)
				d.ok(s.Redis().HSet(t.Context(), s.Key("evenings"), shown, m.script(d.now)).Err())
				after := d.now.Add(time.Duration(rng.Int64N(int64(9 * 365 * 24 * time.Hour)))).Truncate(time.Millisecond)
				text, err := ask.Run(t.Context(), s.Redis(), []string{s.Key("events")}, s.Key(""), shown, after.UnixMilli()).Text()
				d.ok(err)
				ms, err := strconv.ParseInt(text, 10, 64)
				d.ok(err)
				if got, want := time.UnixMilli(ms), m.next(after); !got.Equal(want) {
					t.Errorf("%s after %s is %s, not %s", shown, after.In(m.zone), want, got.In(m.zone))
				}
			}
		}
	})
}

// next is the first minute after a moment in which a clock in that zone shows the time: found by looking at it.
func (m moment) next(after time.Time) time.Time {
	at := after.Truncate(time.Minute)
	for {
		at = at.Add(time.Minute)
		if hour, minute, _ := at.In(m.zone).Clock(); time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute == m.ofDay {
			return at
		}
	}
}

// A Redis that has forgotten everything is told when who gets ready is ready, and when who rests is signed out.
func TestADayThatRedisHasForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		d := dawn(t, s, func(f *Floor) {
			f.Limits.Shift = Shift{new(30 * time.Second), new(time.Hour), new("08:59 UTC")}
			f.Agents = append(f.Agents, Agent{ID: "eve", Queues: []string{"support"}})
		})
		d.comes("sam")
		d.comes("eve")
		d.ok(d.Choose(t.Context(), "sam", "s-sam", Choice{State: "away"}))
		d.later(10 * time.Minute)
		d.logsIn("maria")
		d.later(10 * time.Second)
		was := [...]time.Duration{d.leaving("maria"), d.leaving("sam"), d.leaving("eve")}
		d.ok(d.rememberOnce(t.Context(), true))
		d.ok(s.Redis().FlushDB(t.Context()).Err())
		d.set(d.now)
		d.ok(d.reconcile(t.Context(), everything, "0"))
		if is := [...]time.Duration{d.leaving("maria"), d.leaving("sam"), d.leaving("eve")}; is != was {
			t.Fatalf("they were to leave in %v, and now in %v", was, is)
		}
		d.stands("maria", "getting ready")
		d.later(20 * time.Second)
		d.stands("maria", "away: login")
		d.later(was[1] - 20*time.Second)
		d.stands("sam", "not logged in")
	})
}

func TestAShiftThatIsWrong(t *testing.T) {
	for want, s := range map[string]Shift{
		"": {new(30 * time.Second), new(8 * time.Hour), new("20:00 Europe/London")},
		`logout_at "20:00 Europe/Lundon": there is no time zone "Europe/Lundon"`: {LogoutAt: new("20:00 Europe/Lundon")},
		`logout_at "8pm": such as 20:00, or 20:00 Europe/London`:                 {LogoutAt: new("8pm")},
		"login_prep 2h0m0s: 0s (none), or 1s to 1h":                              {LoginPrep: new(2 * time.Hour)},
		"logout_after 5s: 0s (never), or at least 10s":                           {LogoutAfter: new(5 * time.Second)},
	} {
		got := ""
		if err := s.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
