package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/callfloor/callfloor/routing"
)

func (b *browser) session() int { return b.do("GET", "/api/session", "").status }

func TestALoginLastsOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, house: newHouse()}
		stop := w.open()
		maria := w.browser().login("maria")
		s := maria.events()
		s.next()
		stop()
		if code := s.ended(); code != websocket.StatusGoingAway {
			t.Errorf("the page was told %v, not that the server goes away", code)
		}
		stop = w.open()
		defer stop()
		// the client's wires lead to the former server: the same cookies in a new one
		again := w.browser()
		again.client.Jar = maria.client.Jar
		if got := again.session(); got != 200 {
			t.Fatalf("after the restart the session answers %d", got)
		}
		page := again.events()
		if page.next().Agent.Viewer {
			t.Error("the page came back as a viewer")
		}
		page.leave()
	})
}

func TestASessionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *world, b *browser)
		want int
	}{
		"not in 11 hours":       {func(*world, *browser) { time.Sleep(11 * time.Hour) }, 200},
		"after 12 hours unused": {func(*world, *browser) { time.Sleep(12*time.Hour + time.Second) }, 401},
		"at the logout":         {func(_ *world, b *browser) { b.do("POST", "/api/logout", "") }, 401},
		"with a new password":   {func(w *world, _ *browser) { w.house.hash("maria", cheapHash("other")) }, 401},
		"with no password":      {func(w *world, _ *browser) { w.house.hash("maria", "") }, 401},
		"with the agent":        {func(w *world, _ *browser) { w.house.with(func() { delete(w.house.people, "maria") }) }, 401},
		"not for others":        {func(w *world, _ *browser) { w.house.hash("sam", cheapHash("other")) }, 200},
		"not while SQL is away": {func(w *world, _ *browser) { w.house.with(func() { w.house.away = true }) }, 503},
		"not at a rename":       {func(w *world, _ *browser) { w.house.rename("maria", "M.") }, 200},
		"with another login":    {func(_ *world, b *browser) { b.login("sam") }, 200},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				b := w.browser().login("maria")
				c.end(w, b)
				if got := b.session(); got != c.want {
					t.Errorf("the session answers %d, want %d", got, c.want)
				}
			})
		})
	}
}

func (h *house) hash(agent, hash string) {
	h.with(func() {
		p := h.people[agent]
		p.Hash = hash
		h.people[agent] = p
	})
}

func (h *house) rename(agent, name string) {
	h.with(func() {
		p := h.people[agent]
		p.Name = name
		h.people[agent] = p
	})
}

// The token that a logout has ended opens nothing, though somebody kept it.
func TestAStolenCookieEndsWithTheLogout(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		maria := w.browser()
		a := maria.do("POST", "/api/login", `{"agent":"maria","password":"demo"}`)
		c, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
		if err != nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || len(c.Value) < 43 {
			t.Fatalf("cookie %+v, %v", c, err)
		}
		for hash, value := range w.house.kept {
			if strings.Contains(hash+value, c.Value) {
				t.Error("the token itself is kept")
			}
		}
		thief := w.browser()
		stolen := func(r *http.Request) { r.AddCookie(c) }
		if got := thief.do("GET", "/api/session", "", stolen).status; got != 200 {
			t.Fatalf("before the logout it answers %d", got)
		}
		maria.do("POST", "/api/logout", "")
		if got := thief.do("GET", "/api/session", "", stolen).status; got != 401 {
			t.Errorf("after the logout it answers %d", got)
		}
	})
}

// A request that began before the logout and extends the session after it must not bring it back.
func TestALogoutIsNotUndoneByALateExtension(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		var l login
		w.house.with(func() {
			for hash, value := range w.house.kept {
				_ = json.Unmarshal([]byte(value), &l)
				l.hash = hash
			}
		})
		b.do("POST", "/api/logout", "")
		if err := w.api.extend(t.Context(), &l); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := w.api.kept(t.Context(), l.hash); ok || err != nil {
			t.Errorf("the session is back (%v)", err)
		}
	})
}

// The phone's credentials are made anew with each look at the session, are good for an hour, and end with the session.
func TestPhoneCredentialsLiveAndDieWithTheSession(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		account := func() SIPAccount {
			var s Session
			if err := json.Unmarshal(b.do("GET", "/api/session", "").body, &s); err != nil {
				t.Fatal(err)
			}
			return s.SIP
		}
		good := func(a SIPAccount) bool {
			agent, password, ok := w.api.Account(t.Context(), a.User)
			return ok && agent == "maria" && password == a.Password
		}
		first := account()
		if !good(first) || first.Expires < 3590 || first.Expires > 3600 {
			t.Fatalf("not good: %+v", first)
		}
		time.Sleep(59 * time.Minute)
		second := account()
		time.Sleep(2 * time.Minute)
		if good(first) {
			t.Error("good after more than an hour")
		}
		if !good(second) {
			t.Error("renewed, and not good")
		}
		for _, forged := range []string{
			"maria", "maria.x", "", ".", "..", "...", "sam" + strings.TrimPrefix(second.User, "maria"),
			strings.Replace(second.User, ".", "..", 1), second.User + "0", second.User + ".1", "maria..99999999999",
		} {
			if agent, password, ok := w.api.Account(t.Context(), forged); ok && password == second.Password || ok && agent != "maria" {
				t.Errorf("%q is taken for %s", forged, agent)
			}
		}
		b.do("POST", "/api/logout", "")
		if good(second) {
			t.Error("good after the logout")
		}
	})
}

// Whose password is new, or who is not configured any more, loses the open page at the reload, not at the next beat.
func TestAReloadEndsTheSessionsOfThoseWhoLostTheirPassword(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		maria, sam := w.browser().login("maria").events(), w.browser().login("sam").events()
		maria.next()
		sam.next()
		began := time.Now()
		w.house.hash("maria", cheapHash("other"))
		w.api.Reloaded()
		if code := maria.ended(); code != websocket.StatusPolicyViolation {
			t.Errorf("the page was closed with %v", code)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		sam.ping()
		sam.until(func(m told) bool { return m.Type == "pong" })
		sam.leave()
	})
}

func TestTooManyWrongPasswords(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		try := func(b *browser, agent, password string) answer {
			return b.do("POST", "/api/login", `{"agent":"`+agent+`","password":"`+password+`"}`)
		}
		for _, agent := range []string{"maria", "nobody"} { // both look the same
			b := w.browserAt("192.0.2.7")
			for n := range triesAgent {
				if a := try(b, agent, "x"); a.String() != "401 wrong_password" {
					t.Fatalf("%s, try %d: %s", agent, n, a)
				}
			}
			a := try(b, agent, "demo")
			if a.String() != "429 too_many_tries" || a.header.Get("Retry-After") == "" {
				t.Errorf("%s, one too many: %s, Retry-After %q", agent, a, a.header.Get("Retry-After"))
			}
		}
		if a := try(w.browserAt("192.0.2.8"), "maria", "demo"); a.status != 200 {
			t.Errorf("maria is locked out at her own address: %s", a)
		}
		if a := try(w.browserAt("192.0.2.7"), "sam", "demo"); a.status != 200 {
			t.Errorf("sam is locked out by maria's tries: %s", a)
		}
		time.Sleep(window)
		if a := try(w.browserAt("192.0.2.7"), "maria", "demo"); a.status != 200 {
			t.Errorf("still locked out after the window: %s", a)
		}
	})
}

// One address may not fill the memory with the names it tries.
func TestAnAddressThatTriesManyNamesLeavesFewTraces(t *testing.T) {
	tries, now := newTries(), time.Now()
	for n := range 100_000 {
		tries.begin(strings.Repeat("x", n%100)+string(rune(n)), "192.0.2.7", now)
	}
	if len(tries.count) > triesAddress+1 {
		t.Errorf("%d traces", len(tries.count))
	}
	if tries.begin("maria", "192.0.2.8", now) > 0 {
		t.Error("another address has to wait")
	}
	for n := range 3 * maxTries { // many addresses, a window apart
		tries.begin("maria", "192.0.2."+time.Duration(n).String(), now.Add(time.Duration(n)*time.Second))
	}
	if len(tries.count) > 2*maxTries {
		t.Errorf("%d traces of tries that are long over", len(tries.count))
	}
}

// An unknown name costs what a wrong password costs, so that nobody learns who works here.
func TestAnUnknownNameTakesAsLong(t *testing.T) {
	hash, err := Hash("demo")
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse()
	h.hash("maria", hash)
	a, err := New(h.parts(t, Config{}))
	if err != nil {
		t.Fatal(err)
	}
	if h, err := parseHash(hash); err != nil || h.memory != nobody().memory || h.time != nobody().time || h.lanes != nobody().lanes {
		t.Errorf("nobody's hash costs otherwise than %s (%v)", hash, err)
	}
	quickest := map[string]time.Duration{}
	for range 4 {
		for _, agent := range []string{"maria", "nobody", "bot"} {
			began := time.Now()
			if _, right, err := a.right(t.Context(), agent, "wrong"); right || err != nil {
				t.Fatal(right, err)
			}
			if took, ok := quickest[agent]; !ok || time.Since(began) < took {
				quickest[agent] = time.Since(began)
			}
		}
	}
	for agent, took := range quickest {
		if took < quickest["maria"]/10 {
			t.Errorf("%s takes %v, a known name %v", agent, took, quickest["maria"])
		}
	}
}

// Routing ends a session after its last work: the page is sent away and its login is over, whether it hears of it at
// once or was gone at that moment and comes back.
func TestTheLastWorkEndsTheLogin(t *testing.T) {
	for name, there := range map[string]bool{"the page is there": true, "the page was gone": false} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				b := w.browser().login("maria")
				page := b.events()
				page.next()
				if !there {
					page.leave()
				}
				synctest.Wait()
				session := w.house.ends("maria", "")
				w.house.happens("agent.offline", "agent", "maria", "session", session, "reason", "after this")
				if !there {
					page = b.events()
				}
				if code := page.ended(); code != websocket.StatusPolicyViolation {
					t.Errorf("the page was closed with %v", code)
				}
				synctest.Wait()
				if got := b.session(); got != 401 {
					t.Errorf("the session answers %d", got)
				}
				if got := b.login("maria").session(); got != 200 {
					t.Errorf("the next day's session answers %d", got)
				}
			})
		})
	}
}

// A page shows everything in hand, and can take back what was to come after it.
func TestWorkInHandIsShown(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.with(func() {
			w.house.leases["o-1"] = routing.Lease{
				ID: "o-1", Agent: "maria", Interaction: "c-1", Queue: "sales", Channel: "voice", Kind: "work", Data: map[string]string{"from": "+4930", "name": "Ann"},
			}
		})
		b := w.browser().login("maria")
		page := b.events()
		got, want := page.next().Work, []WorkView{{"o-1", "work", "voice", "Sales", "+4930", "Ann", "c-1", 0}}
		if !slices.Equal(got, want) {
			t.Errorf("in hand: %+v", got)
		}
		for _, body := range []string{`{"chosen":"busy","reason":"paperwork","afterThis":true}`, `{"chosen":"offline","afterThis":true}`} {
			if a := b.do("POST", "/api/presence", body); a.status != 204 {
				t.Errorf("%s: %s", body, a)
			}
		}
		if a := b.do("POST", "/api/presence/stay", ""); a.status != 204 {
			t.Errorf("stay: %s", a)
		}
		if got, want := w.house.did(), "choose maria busy paperwork, choose maria offline , stay maria"; got != want {
			t.Errorf("routing was asked %q, want %q", got, want)
		}
		page.leave()
	})
}
