package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/routing"
)

// An agent consults a colleague, swaps, and hands the call over; what cannot be is told with the colleague's name.
func TestConsult(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		b := w.browser().login("maria")
		for _, c := range []struct{ path, body, want, asked string }{
			{"consult", `{"agent":"sam","note":"a refund?"}`, "204", "direct maria c-1 sam consult a refund?"},
			{"swap", "", "204", "swap maria c-1"},
			{"complete", "", "204", "complete maria c-1"},
			{"take-back", "", "204", "takeback maria c-1"},
			{"parties/l-7/complete", "", "204", "completeto maria c-1 l-7"},
			{"consult", `{"number":"+331","callerId":"+442"}`, "204", "callout maria c-1 +331 +442 consult"},
			{"transfer", `{"number":"+331"}`, "204", "callout maria c-1 +331 transfer"},
			{"merge", "", "204", "merge maria c-1"},
			{"meet", "", "204", "meet maria c-1"},
			{"parties/l-7/drop", "", "204", "drop maria c-1 l-7"},
			{"parties/l-7/mute", "", "204", "muteparty maria c-1 l-7"},
			{"parties/l-7/unmute", "", "204", "unmuteparty maria c-1 l-7"},
			{"take-back", "", "204", "takeback maria c-1"},
			{"consult", `{"agent":"sam","number":"+331"}`, "422 invalid", "takeback maria c-1"},
			{"transfer", `{"agent":"sam","number":"+331"}`, "422 invalid", "takeback maria c-1"},
			{"consult", `{"note":"nobody"}`, "422 invalid", "takeback maria c-1"},
		} {
			if a := b.do("POST", "/api/calls/c-1/"+c.path, c.body).String(); !strings.HasPrefix(a, c.want) {
				t.Errorf("%s: %s", c.path, a)
			}
			if got := w.house.did(); !strings.HasSuffix(got, c.asked) {
				t.Errorf("asked for %q, want %q", got, c.asked)
			}
		}
		for _, path := range []string{"consult", "swap", "complete"} {
			if a := b.do("POST", "/api/calls/c-2/"+path, map[string]string{"consult": `{"agent":"sam"}`}[path]).String(); a != "404 not_found" {
				t.Errorf("%s of somebody else's call: %s", path, a)
			}
		}
		w.house.with(func() { w.house.refuses = NewProblem(409, "not_idle", "") })
		a := b.do("POST", "/api/calls/c-1/consult", `{"agent":"sam"}`)
		if a.String() != "409 not_idle" || !strings.Contains(string(a.body), "Sam Taylor has something in hand.") {
			t.Errorf("refused with %s %s", a, a.body)
		}
	})
}

// No supervisor consults in the place of who talks, as they may transfer.
func TestNobodyConsultsForAnother(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		w.house.with(func() {
			w.house.explained = map[string]routing.Explanation{"c-1": {Asked: routing.Asked{Queue: "support", State: "owned", With: "maria"}}}
		})
		if a := w.browser().login("sam").do("POST", "/api/calls/c-1/consult", `{"agent":"bot"}`); a.String() != "404 not_found" {
			t.Errorf("a supervisor: %s", a)
		}
	})
}

// Who is consulted sees whose call it is, with the note; and who has something in hand is listed as such.
func TestWhoIsConsultedSeesTheCall(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.with(func() {
			w.house.leases["o-2"] = routing.Lease{
				ID: "o-2", Agent: "sam", Interaction: "c-1", Queue: "sales", Kind: "consult", Purpose: "consult", Giver: "maria", Note: "a refund?",
			}
			w.house.calls["sam"] = CallView{ID: "c-1", Lease: "o-2", State: "talking", From: "+331", Queue: "sales", Agent: "sam", Place: "aside", Owner: "maria", Members: []Member{
				{ID: "l-1", Role: "customer", Number: "+331", State: "held"},
				{ID: "maria", Role: "agent", Agent: "maria", State: "talking", Hears: []string{"sam"}},
				{ID: "sam", Role: "agent", Agent: "sam", Place: "aside", State: "talking", Hears: []string{"maria"}},
			}}
		})
		s := w.browser().login("sam").events().next().State
		if c := s.Call; c == nil || c.Owner != "Maria Lopez" || c.Note != "a refund?" || c.Place != "aside" || c.State != "talking" {
			t.Errorf("sam sees %+v", c)
		}
		if p := s.Call.Parties; len(p) != 3 || p[0].Number != "+331" || p[1].Name != "Maria Lopez" || p[1].Me || !p[2].Me || p[2].Hears[0] != "maria" {
			t.Errorf("sam sees the parties %+v", p)
		}
		if s.Wrapup != nil || s.Offer != nil || len(s.Work) != 1 || s.Work[0].Kind != "consult" {
			t.Errorf("sam has %+v", s)
		}
		var said struct{ Agents []ColleagueView }
		if err := json.Unmarshal(w.browser().login("maria").do("GET", "/api/transfer-targets", "").body, &said); err != nil {
			t.Fatal(err)
		}
		for _, c := range said.Agents {
			if c.Idle != (c.ID != "sam") {
				t.Errorf("listed %+v", c)
			}
		}
	})
}
