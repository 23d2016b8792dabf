package api

import (
	"testing"
	"testing/synctest"
)

// However a page elsewhere has come to the seat, the page that had it here watches from then on; older news changes nothing.
func TestAPageElsewhereHasTheSeat(t *testing.T) {
	for _, what := range []string{"agent.online", "agent.regained", "agent.moved"} {
		t.Run(what, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.house.turn = 7
				b := w.browser().login("maria").page("t1")
				page := b.events()
				if m := page.next(); m.Agent.Viewer {
					t.Fatal("the only page watches")
				}
				session := w.house.online["maria"]
				w.house.happens(what, "agent", "maria", "session", session, "page", "t2", "turn", "6")
				synctest.Wait()
				if a := b.do("POST", "/api/presence", `{"chosen":"available"}`); a.status != 204 {
					t.Errorf("after older news: %s", a)
				}
				w.house.happens(what, "agent", "maria", "session", session, "page", "t2", "turn", "8")
				page.until(func(m told) bool { return m.Agent.Viewer })
				if a := b.do("POST", "/api/presence", `{"chosen":"away"}`); a.String() != "409 viewer" {
					t.Errorf("a page that watches writes: %s", a)
				}
			})
		})
	}
}

// A page takes the seat, and one elsewhere takes it again; the news of that is quicker than the first answer. Both would have it.
func TestTheNewsIsQuickerThanTheAnswer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.turn = 7
		w.house.meanwhile = func() {
			w.house.meanwhile = nil
			w.house.happens("agent.moved", "agent", "maria", "session", w.house.online["maria"], "page", "t2", "turn", "8")
			synctest.Wait()
		}
		b := w.browser().login("maria")
		if m := b.page("t1").events().next(); !m.Agent.Viewer {
			t.Error("two pages have the seat")
		}
	})
}
