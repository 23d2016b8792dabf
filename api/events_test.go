package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/callfloor/callfloor/routing"
)

func isState(m told) bool { return m.Type == "state" }

func TestAPageIsToldWhatIsTrueAtOnceAndAfterEachChange(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		maria, sam := w.browser().login("maria").events(), w.browser().login("sam").events()
		first := maria.next()
		if first.Seq != 1 || first.Agent.Name != "Maria Lopez" || first.Agent.Viewer || len(first.Queues) != 2 ||
			!slices.Equal(first.Reasons, w.house.reasons) {
			t.Fatalf("at first: %+v", first)
		}
		sam.next()
		w.house.with(func() {
			w.house.leases["o-1"] = routing.Lease{ID: "o-1", Agent: "maria", Interaction: "c-1", Queue: "sales", Kind: "offer", Left: 20 * time.Second, Rings: 20 * time.Second}
		})
		w.house.happens("offer.made", "agent", "maria", "queue", "sales", "lease", "o-1", "interaction", "c-1")
		m := maria.until(func(m told) bool { return m.Offer != nil })
		if m.Seq <= first.Seq || m.Offer.QueueLabel != "Sales" || m.Offer.DeadlineMs != 20_000 {
			t.Errorf("the offer: %d %+v", m.Seq, m.Offer)
		}
		// an event that names no agent reaches the page whose call it is
		w.house.with(func() {
			delete(w.house.leases, "o-1")
			w.house.calls["maria"] = CallView{ID: "c-1", State: "talking"}
		})
		w.house.happens("call.connected", "call", "c-1")
		n := maria.until(func(m told) bool { return m.Call != nil })
		if n.Seq <= m.Seq {
			t.Errorf("numbers go back: %d after %d", n.Seq, m.Seq)
		}
		synctest.Wait()
		for len(sam.told) > 0 {
			if m := <-sam.told; m.Offer != nil || m.Call != nil {
				t.Errorf("sam was told of maria's call: %+v", m)
			}
		}
		maria.leave()
		sam.leave()
	})
}

// Whatever happened while a page was away, it is told the whole truth when it comes back, numbered anew.
func TestAPageThatComesBackIsToldAll(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		first := b.events()
		first.next()
		first.leave()
		atWork(w.house)
		w.house.happens("call.connected", "call", "c-1", "agent", "maria")
		w.house.happens("call.held", "call", "c-1", "agent", "maria")
		again := b.events()
		if m := again.next(); m.Seq != 1 || m.Call == nil || m.Call.ID != "c-1" || m.Agent.Viewer {
			t.Errorf("told %+v", m)
		}
		again.leave()
	})
}

func TestSocketsOfStrangersAreRefused(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		maria := w.browser().login("maria")
		for _, c := range []struct {
			who    *browser
			origin string
			want   int
		}{
			{w.browser(), "http://callfloor", 401},
			{maria, "http://evil.example", 403},
			{maria, "null", 403},
			{maria, "http://callfloor", 101},
		} {
			s, res, err := c.who.tryEvents(c.origin)
			if err == nil {
				s.leave()
			}
			if res == nil || res.StatusCode != c.want {
				t.Errorf("from %s: %v, %v; want %d", c.origin, res, err, c.want)
			}
		}
		for _, origin := range []string{"http://evil.example", "null"} {
			if a := maria.do("GET", "/sip", "", func(r *http.Request) { r.Header.Set("Origin", origin) }); a.String() != "403 origin" {
				t.Errorf("/sip from %s: %s", origin, a)
			}
		}
	}, func(p *Parts) { p.SIP = http.NotFoundHandler() })
}

func TestAPageThatSaysNothingIsClosed(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		began := time.Now()
		s := w.browser().login("maria").events()
		s.beats(20 * time.Second)
		s.ended()
		if lived := time.Since(began); lived < 34*time.Second || lived > 36*time.Second {
			t.Errorf("it lived %v, want 15 s after its last word", lived)
		}
		synctest.Wait()
		if got := w.house.did(); !strings.HasSuffix(got, "disconnect maria") {
			t.Errorf("the house was told: %s", got)
		}
	})
}

func TestPagesThatTalkNonsense(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		s := b.events()
		for _, nonsense := range []string{"", "x", "{}", "[]", `{"type":"shout"}`, `{"type":"device","channel":"smell"}`} {
			s.say(nonsense)
			if m := s.until(func(m told) bool { return !isState(m) }); m.Type != "error" || m.Code != "invalid" {
				t.Errorf("%q is answered %+v", nonsense, m)
			}
			time.Sleep(time.Second)
		}
		s.say(strings.Repeat("x", maxMessage+1))
		if code := s.ended(); code != websocket.StatusMessageTooBig {
			t.Errorf("an endless message: closed with %v", code)
		}
		s = b.events()
		go func() {
			for range 1000 { // until it is closed
				if s.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)) != nil {
					return
				}
			}
		}()
		if code := s.ended(); code != websocket.StatusPolicyViolation {
			t.Errorf("a page that never stops talking: closed with %v", code)
		}
	})
}

// A page that stopped reading is cut after 5 s; meanwhile nobody waits for it.
func TestASlowPageHoldsNobodyUp(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		slow := w.browser().login("maria")
		conn, res, err := websocket.Dial(t.Context(), "ws://callfloor/api/events?tab=slow", &websocket.DialOptions{HTTPClient: slow.client})
		if err != nil {
			t.Fatal(err)
		}
		if res.Body != nil {
			defer res.Body.Close()
		}
		defer func() { _ = conn.CloseNow() }()
		quick := w.browser().login("maria").page("t2").events()
		quick.until(isState)
		began := time.Now()
		for range 10 {
			w.house.happens("agent.chose", "agent", "maria")
			quick.until(isState)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("others waited %v", took)
		}
		go quick.beats(30 * time.Second)
		quick.until(func(m told) bool { return isState(m) && !m.Agent.Viewer }) // the slow one is cut, its seat free
		if took := time.Since(began); took < slowest-time.Second || took > slowest+15*time.Second {
			t.Errorf("it was cut after %v", took)
		}
		time.Sleep(time.Minute)
		quick.leave()
	})
}

// However many events come, a page is told no more than 16 times a second, and the last word is the truth.
func TestManyEventsMakeFewMessages(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		s := w.browser().login("maria").events()
		s.next()
		for n := range 1000 {
			w.house.rename("maria", fmt.Sprint("Maria ", n))
			w.house.happens("agent.chose", "agent", "maria")
			time.Sleep(time.Millisecond)
		}
		last := s.until(func(m told) bool { return m.Agent.Name == "Maria 999" })
		if last.Seq > 25 {
			t.Errorf("told %d times in a second", last.Seq)
		}
		s.leave()
	})
}

// The queues' numbers concern everybody who works in them; all pages together ask for them once.
func TestManyPages(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		const pages = 60
		var all []*socket
		for n := range pages {
			id := fmt.Sprint("agent", n)
			w.house.with(func() { w.house.people[id] = Person{ID: id, Hash: cheap, Queues: []string{"sales"}} })
			s := w.browserAt(fmt.Sprint("192.0.2.", n)).login(id).events()
			s.next()
			all = append(all, s)
		}
		w.house.happens("interaction.queued", "interaction", "c-1", "queue", "sales")
		for _, s := range all {
			if m := s.next(); m.Seq != 2 || len(m.Queues) != 1 {
				t.Errorf("told %+v", m)
			}
		}
		w.house.happens("interaction.queued", "interaction", "c-2", "queue", "support")
		synctest.Wait()
		for _, s := range all {
			if len(s.told) > 0 {
				t.Fatalf("told of another queue: %+v", <-s.told)
			}
			s.leave()
		}
	})
}

// New words reach the open pages with the reload, and so do new queues.
func TestAReloadReachesOpenPagesAtOnce(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		s := w.browser().login("maria").events()
		s.next()
		began := time.Now()
		w.house.with(func() {
			w.house.queues["sales"] = Queue{Name: "sales", Label: "Orders"}
			w.house.queues["vip"] = Queue{Name: "vip", Label: "Very important"}
			w.house.reasons = []Choice{{"tea", "Tea"}}
			p := w.house.people["maria"]
			p.Name, p.Queues = "Maria Garcia", []string{"sales", "vip"}
			w.house.people["maria"] = p
		})
		w.api.Reloaded()
		m := s.next()
		if m.Agent.Name != "Maria Garcia" || len(m.Queues) != 2 || m.Queues[0].Label != "Orders" || m.Queues[1].Label != "Very important" ||
			m.Reasons[0].Code != "tea" {
			t.Errorf("told %+v", m)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("after %v", took)
		}
		w.house.happens("interaction.queued", "interaction", "c-1", "queue", "vip")
		if m := s.next(); m.Seq != 3 {
			t.Errorf("of the new queue the page was told %+v", m)
		}
		s.leave()
	})
}

// The server's end is told to every page, so that it comes back.
func TestTheServersEndIsToldToEveryPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, house: newHouse()}
		stop := w.open()
		b := w.browser().login("maria")
		all := []*socket{b.events(), b.page("t2").events(), w.browser().login("sam").events()}
		synctest.Wait()
		stop()
		for _, s := range all {
			if code := s.ended(); code != websocket.StatusGoingAway {
				t.Errorf("closed with %v", code)
			}
		}
	})
}

func TestWhoseAddressItIs(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:99": "192.0.2.7", "[2001:db8:1:2:3:4:5:6]:99": "2001:db8:1:2::", "[::1]:99": "::", "x": "x", "": "",
	} {
		if got := addressOf(remote); got != want {
			t.Errorf("%q is %q, want %q", remote, got, want)
		}
	}
}
