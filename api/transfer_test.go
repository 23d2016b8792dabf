package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/routing"
)

// An agent sees where a caller may go, and sends them there with a word; what is refused says why.
func TestTransfer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		b := w.browser().login("maria")
		var said struct{ Queues []TargetView }
		if err := json.Unmarshal(b.do("GET", "/api/transfer-targets", "").body, &said); err != nil || len(said.Queues) != 2 ||
			!said.Queues[0].Open || said.Queues[1].Open || said.Queues[1].Label != "Support" {
			t.Errorf("targets %+v, %v", said, err)
		}
		to := func(call, body string) string { return b.do("POST", "/api/calls/"+call+"/transfer", body).String() }
		if a := to("c-1", `{"queue":"support","priority":1,"add":{"billing":50},"remove":["refunds"],"note":"urgent"}`); !strings.HasPrefix(a, "204") {
			t.Errorf("transfer: %s", a)
		}
		w.house.with(func() {
			if got, want := w.house.asked[len(w.house.asked)-1], "transfer maria c-1 {support 1 map[billing:50] [refunds] urgent false}"; got != want {
				t.Errorf("asked for %q, want %q", got, want)
			}
			w.house.refuses = &routing.Conflict{Code: "full"}
		})
		for want, a := range map[string]string{
			"409 full": to("c-1", `{"queue":"support"}`), "404 not_found": to("c-2", `{"queue":"support"}`),
			"422 invalid": to("c-1", `{"queue":"support","priority":11}`),
		} {
			if a != want {
				t.Errorf("%s, want %s", a, want)
			}
		}
	})
}

// The same to a colleague: who is there is listed, who can take a call first; and what becomes of it is on the page.
func TestTransferToAnAgent(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		w.house.with(func() {
			c := w.house.calls["maria"]
			c.Toward = Toward{Agent: "sam", Purpose: "transfer", State: "ringing"}
			w.house.calls["maria"] = c
		})
		b := w.browser().login("maria")
		var said struct{ Agents []ColleagueView }
		if err := json.Unmarshal(b.do("GET", "/api/transfer-targets", "").body, &said); err != nil || len(said.Agents) != 2 ||
			said.Agents[0] != (ColleagueView{"sam", "Sam Taylor", "", true}) || said.Agents[1] != (ColleagueView{"bot", "May not log in", "on a break", true}) {
			t.Errorf("colleagues %+v, %v", said, err)
		}
		to := func(body string) answer { return b.do("POST", "/api/calls/c-1/transfer", body) }
		if a := to(`{"agent":"sam","note":"urgent"}`); a.status != 204 {
			t.Errorf("transfer: %s", a)
		}
		for _, body := range []string{`{"agent":"sam","queue":"support"}`, `{}`} {
			if a := to(body); a.String() != "422 invalid" {
				t.Errorf("%s: %s", body, a)
			}
		}
		if got, want := w.house.did(), "direct maria c-1 sam transfer urgent"; got != want {
			t.Errorf("asked for %q, want %q", got, want)
		}
		if s := b.events().next().State; s.Call == nil || s.Call.Toward == nil || *s.Call.Toward != (TowardView{Agent: "sam", Name: "Sam Taylor", Purpose: "transfer", State: "ringing"}) {
			t.Errorf("maria sees %+v", s.Call)
		}
		w.house.with(func() { w.house.refuses = NewProblem(409, "not_available", "") })
		if a := to(`{"agent":"sam"}`); a.String() != "409 not_available" || !strings.Contains(string(a.body), "Sam Taylor cannot take a call now.") {
			t.Errorf("refused with %s %s", a, a.body)
		}
	})
}

// It rings at sam's, who sees whose wish it is.
func TestAnOfferByAColleague(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.with(func() {
			w.house.leases["o-2"] = routing.Lease{
				ID: "o-2", Agent: "sam", Interaction: "c-1", Queue: "sales", Kind: "offer", Purpose: "transfer", Giver: "maria", Note: "urgent",
				Data: map[string]string{"note": "of an earlier one", "transferred_by": "bob"},
			}
		})
		o := w.browser().login("sam").events().next().Offer
		if o == nil || o.By != "Maria Lopez" || o.Note != "urgent" || o.Purpose != "transfer" {
			t.Errorf("sam sees %+v", o)
		}
	})
}

// A supervisor of the call's queue may transfer in the place of who talks; nobody else may.
func TestASupervisorTransfers(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		w.house.with(func() {
			w.house.explained = map[string]routing.Explanation{
				"c-1": {Asked: routing.Asked{Queue: "support", State: "owned", With: "maria"}},
				"c-2": {Asked: routing.Asked{Queue: "sales", State: "owned", With: "maria"}}, // no queue of sam's
				"c-3": {Asked: routing.Asked{Queue: "support", State: "waiting"}},
			}
		})
		sam := w.browser().login("sam")
		for call, status := range map[string]int{"c-1": 204, "c-2": 404, "c-3": 404} {
			if a := sam.do("POST", "/api/calls/"+call+"/transfer", `{"agent":"bot"}`); a.status != status {
				t.Errorf("%s: %s", call, a)
			}
		}
		if got, want := w.house.did(), "direct maria c-1 bot transfer"; got != want {
			t.Errorf("asked for %q, want %q", got, want)
		}
	})
}
