package api

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"

	"github.com/callfloor/callfloor/records"
)

// Supervisors command the agents of their queues, and nobody else.
func TestWhoMayCommandWhom(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		maria, sam := w.browser().login("maria"), w.browser().login("sam")
		for _, c := range []struct {
			who        *browser
			path, body string
			status     int
		}{
			{maria, "/api/agents/sam/logout", "", 404}, // is no supervisor
			{sam, "/api/agents/bot/logout", "", 404},   // is in no queue of sam's
			{sam, "/api/agents/nobody/logout", "", 404},
			{sam, "/api/agents/maria/logout", "", 204},
			{maria, "/api/agents/sam/state", `{"chosen":"away"}`, 404},
			{sam, "/api/agents/bot/state", `{"chosen":"away"}`, 404},
			{sam, "/api/agents/maria/state", `{"chosen":"away","reason":"nonsense"}`, 422},
			{sam, "/api/agents/maria/state", `{"chosen":"offline"}`, 422}, // that is the other command
			{sam, "/api/agents/maria/state", `{"chosen":"away","reason":"lunch"}`, 204},
		} {
			if a := c.who.do("POST", c.path, c.body); a.status != c.status {
				t.Errorf("%s %s: %s, want %d", c.path, c.body, a, c.status)
			}
		}
		if got, want := w.house.did(), "sign out maria by sam, choose away lunch for maria by sam"; got != want {
			t.Errorf("routing was asked %q, want %q", got, want)
		}
		var deeds []string
		for _, e := range w.house.told {
			deeds = append(deeds, strings.Join([]string{e.What, e.Get("by"), e.Get("verb"), e.Get("agent"), e.Get("detail"), e.Get("address"), e.Get("result"), e.Get("queues")}, "|"))
		}
		for n, want := range []string{
			"supervisor.did|sam|sign_out|bot||127.0.0.1|not_found|",
			"supervisor.did|sam|sign_out|nobody||127.0.0.1|not_found|",
			"supervisor.did|sam|sign_out|maria||127.0.0.1|done|sales,support",
			"supervisor.did|sam|choose|bot|away|127.0.0.1|not_found|",
			"supervisor.did|sam|choose|maria|away, nonsense|127.0.0.1|unknown_reason|sales,support",
			"supervisor.did|sam|choose|maria|away, lunch|127.0.0.1|done|sales,support",
		} {
			if n >= len(deeds) || deeds[n] != want {
				t.Fatalf("remembered:\n%s\nwant as number %d %s", strings.Join(deeds, "\n"), n, want)
			}
		}
	})
}

// Supervisors read of the deeds in their queues, and of their own; agents of none.
func TestTheAudit(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		maria, sam := w.browser().login("maria"), w.browser().login("sam")
		w.house.deeds = []records.Deed{{ID: "7-0", At: noon, By: "sam", Verb: "sign_out", Agent: "maria", Address: "10.0.0.7", Result: "done"}}
		if a := maria.do("GET", "/api/audit", ""); a.status != 404 {
			t.Errorf("an agent: %s", a)
		}
		if a := sam.do("GET", "/api/audit?since=yesterday", ""); a.status != 422 {
			t.Errorf("no moment: %s", a)
		}
		var out struct{ Items []DeedView }
		if err := json.Unmarshal(sam.do("GET", "/api/audit?by=sam&agent=maria", "").body, &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Items) != 1 || out.Items[0].AgentName != "Maria Lopez" || out.Items[0].ByName != "Sam Taylor" || !out.Items[0].At.Equal(noon) {
			t.Errorf("it says %+v", out.Items)
		}
		if got, want := w.house.did(), "deeds of sam to maria read by sam of [support]"; got != want {
			t.Errorf("asked for %q, want %q", got, want)
		}
	})
}

// A supervisor signs an agent out: all of the agent's pages hear who it was and are closed, their logins are over, and
// a command that was on its way is refused.
func TestThePagesHearWhoSignedThemOut(t *testing.T) {
	for name, there := range map[string]bool{"the pages are there": true, "the page was gone": false} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				b := w.browser().login("maria")
				page := b.events()
				page.next()
				if !there {
					page.leave()
					synctest.Wait()
				}
				session := w.house.ends("maria", "sam")
				if a := b.do("POST", "/api/presence", `{"chosen":"available"}`); a.String() != "409 fenced" {
					t.Errorf("the old page may write: %s", a)
				}
				pages := []*socket{page}
				if there {
					second := b.page("t2").events()
					second.next()
					pages = append(pages, second)
				}
				w.house.happens("agent.offline", "agent", "maria", "session", session, "reason", "supervisor", "by", "sam")
				if !there {
					pages[0] = b.events()
				}
				for n, p := range pages {
					if m := p.until(func(m told) bool { return m.Type == "signed_off" }); m.By != "Sam Taylor" {
						t.Errorf("page %d was signed out by %q", n, m.By)
					}
					if code := p.ended(); code != websocket.StatusPolicyViolation {
						t.Errorf("page %d was closed with %v", n, code)
					}
				}
				synctest.Wait()
				if got := b.session(); got != 401 {
					t.Errorf("the session answers %d", got)
				}
			})
		})
	}
}
