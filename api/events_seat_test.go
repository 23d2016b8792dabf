package api

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Which of an agent's pages has the seat.

func TestTheSecondPageWatchesAndFollowsWhenTheFirstIsGone(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		b := w.browser().login("maria")
		first := b.events()
		if first.next().Agent.Viewer {
			t.Fatal("the first page only watches")
		}
		other := b.page("t2")
		second := other.events()
		if !second.next().Agent.Viewer {
			t.Fatal("the second page does not only watch")
		}
		if a := other.do("POST", "/api/calls/c-1/hold", ""); a.String() != "409 viewer" {
			t.Errorf("the second page's command: %s", a)
		}
		if a := b.do("POST", "/api/calls/c-1/hold", ""); a.status != 204 {
			t.Errorf("the first page's command: %s", a)
		}
		elsewhere := w.browser().login("maria").page("t3") // another login of the same agent
		if a := elsewhere.do("POST", "/api/calls/c-1/end", ""); a.String() != "409 viewer" {
			t.Errorf("another browser's command: %s", a)
		}
		second.say(`{"type":"device","channel":"voice","ok":false,"reason":"no microphone here"}`)
		first.say(`{"type":"device","channel":"voice","ok":true,"reason":""}`)
		synctest.Wait()
		if w.house.device["maria"] != "" {
			t.Errorf("a page that watches said of the device: %q", w.house.device["maria"])
		}
		go second.beats(30 * time.Second)
		first.leave()
		m := second.until(func(m told) bool { return isState(m) && !m.Agent.Viewer })
		synctest.Wait()
		if w.house.device["maria"] != "no microphone here" {
			t.Errorf("the new owner's device: %q, want its own word", w.house.device["maria"])
		}
		if a := other.do("POST", "/api/calls/c-1/hold", ""); a.status != 204 {
			t.Errorf("the second page's command now: %s (%+v)", a, m.Agent)
		}
		time.Sleep(time.Minute)
		second.leave()
	})
}

// Whoever wants to work in the second window says so there: the first one watches from then on, whatever login each has.
func TestThePageThatWatchesTakesTheSeat(t *testing.T) {
	for name, other := range map[string]func(*world, *browser) *browser{
		"of the same login":  func(_ *world, b *browser) *browser { return b.page("t2") },
		"in another browser": func(w *world, _ *browser) *browser { return w.browser().login("maria").page("t2") },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				b := w.browser().login("maria")
				first := b.events()
				first.until(isState)
				o := other(w, b)
				second := o.events()
				if !second.until(isState).Agent.Viewer {
					t.Fatal("the second page does not only watch")
				}
				second.say(`{"type":"take"}`)
				second.until(func(m told) bool { return isState(m) && !m.Agent.Viewer })
				first.until(func(m told) bool { return isState(m) && m.Agent.Viewer })
				if a := b.do("POST", "/api/back", ""); a.String() != "409 viewer" {
					t.Errorf("the first page's command: %s", a)
				}
				if a := o.do("POST", "/api/back", ""); a.status != 204 {
					t.Errorf("the second page's command: %s", a)
				}
				go second.beats(time.Minute)
				first.beats(time.Minute)
				if first.leave(); w.house.did() != "" && strings.Contains(w.house.did(), "disconnect") {
					t.Errorf("the page that watched was missed: %s", w.house.did())
				}
				if a := o.do("POST", "/api/back", ""); a.status != 204 {
					t.Errorf("the second page's command afterwards: %s", a)
				}
				second.leave()
			})
		})
	}
}

// A page at another node has taken the seat: the one here watches.
func TestAPageOfAnotherNodeTakesTheSeat(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		page := b.events()
		page.until(isState)
		var session string
		w.house.with(func() { session, w.house.pages["maria"] = w.house.online["maria"], "t9" })
		w.house.happens("agent.moved", "agent", "maria", "session", session, "page", "t9")
		page.until(func(m told) bool { return isState(m) && m.Agent.Viewer })
		page.beats(time.Minute) // and tries in vain
		if a := b.do("POST", "/api/back", ""); a.String() != "409 viewer" {
			t.Errorf("its command: %s", a)
		}
		if page.leave(); w.house.online["maria"] != session {
			t.Error("the other node's page was missed")
		}
	})
}

// The same page loaded anew has its seat back at once.
func TestAReloadedPageKeepsItsSeat(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		old := b.events()
		old.next()
		fresh := b.events() // the old socket hangs: nobody has closed it
		if fresh.until(isState).Agent.Viewer {
			t.Error("the page loaded anew only watches")
		}
		old.leave()
		fresh.ping()
		fresh.until(func(m told) bool { return m.Type == "pong" })
		if a := b.do("POST", "/api/back", ""); a.status != 204 {
			t.Errorf("its command: %s", a)
		}
		fresh.leave()
	})
}
