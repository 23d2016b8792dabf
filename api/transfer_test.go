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
			if got, want := w.house.asked[len(w.house.asked)-1], "transfer c-1 maria{support 1 map[billing:50] [refunds] urgent false}"; got != want {
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
