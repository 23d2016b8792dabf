package api

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/callfloor/callfloor/routing"
)

// What the clock does to an agent is on the page before it happens, counted down to the moment of sending.
func TestThePageKnowsWhatTheClockWillDo(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.with(func() { w.house.stands = routing.AgentState{Chosen: "login_prep", Prep: 30 * time.Second} })
		page := w.browser().login("maria").events()
		if m := page.next(); m.Agent.PrepMs == nil || *m.Agent.PrepMs != 30_000 || m.Agent.SignOutMs != nil {
			t.Errorf("gets ready: %+v", m.Agent)
		}
		w.house.with(func() {
			w.house.stands = routing.AgentState{Chosen: "away", Reason: "login", SignsOut: true, SignOutIn: 8 * time.Hour}
		})
		w.house.happens("agent.chosen", "agent", "maria")
		m := page.until(func(m told) bool { return m.Agent.Chosen == "away" })
		if m.Agent.PrepMs != nil || m.Agent.SignOutMs == nil || *m.Agent.SignOutMs != (8*time.Hour).Milliseconds() {
			t.Errorf("rests: %+v", m.Agent)
		}
		time.Sleep(10 * time.Second) // virtual: nothing happens to the agent, while the queues' numbers change
		w.house.happens("interaction.queued", "queue", "sales")
		m = page.until(func(m told) bool { return *m.Agent.SignOutMs < (8 * time.Hour).Milliseconds() })
		if left := *m.Agent.SignOutMs; left > (8*time.Hour - 10*time.Second).Milliseconds() {
			t.Errorf("ten seconds later %d ms are left", left)
		}
	})
}

// A page whose agent the clock has signed out is told so, and its login is over.
func TestThePageHearsThatTheClockSignedItOut(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		page := b.events()
		page.next()
		session := w.house.ends("maria", "")
		w.house.happens("agent.offline", "agent", "maria", "session", session, "reason", "logout_at", "by", "")
		if m := page.until(func(m told) bool { return m.Type == "signed_off" }); m.Reason != "logout_at" || m.By != "" {
			t.Errorf("told %q of %q", m.Reason, m.By)
		}
		if code := page.ended(); code != websocket.StatusPolicyViolation {
			t.Errorf("closed with %v", code)
		}
		synctest.Wait()
		if got := b.session(); got != 401 {
			t.Errorf("the session answers %d", got)
		}
	})
}
