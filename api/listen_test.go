package api

import (
	"strings"
	"testing"

	"github.com/callfloor/callfloor/routing"
)

// A supervisor listens to, whispers into, joins and takes over the talks of their queues; to others these are not there.
func TestSupervise(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		w.house.with(func() {
			w.house.explained = map[string]routing.Explanation{
				"c-1": {Asked: routing.Asked{Queue: "support", State: "owned", With: "maria"}},
				"c-2": {Asked: routing.Asked{Queue: "sales", State: "owned", With: "maria"}},
				"c-3": {Asked: routing.Asked{Queue: "support", State: "waiting"}},
			}
		})
		sam := w.browser().login("sam")
		for _, c := range []struct{ path, want, asked string }{
			{"c-1/listen", "204", "supervise sam c-1 listening maria"},
			{"c-1/whisper", "204", "supervise sam c-1 whispering maria"},
			{"c-1/barge", "204", "supervise sam c-1 among maria"},
			{"c-1/take-over", "204", "takeover sam c-1 maria"},
			{"c-2/listen", "404 not_found", "takeover sam c-1 maria"},
			{"c-3/listen", "404 not_found", "takeover sam c-1 maria"},
		} {
			if a := sam.do("POST", "/api/calls/"+c.path, "").String(); strings.TrimSpace(a) != c.want {
				t.Errorf("%s: %s", c.path, a)
			}
			if got := w.house.did(); lastOf(got) != c.asked {
				t.Errorf("%s asked for %q", c.path, got)
			}
		}
		if a := w.browser().login("maria").do("POST", "/api/calls/c-1/listen", "").String(); a != "404 not_found" {
			t.Errorf("an agent: %s", a)
		}
		w.house.with(func() { w.house.calls["sam"] = CallView{ID: "c-9", State: "talking"} })
		if a := sam.do("POST", "/api/calls/c-1/listen", "").String(); a != "409 in_call" {
			t.Errorf("in a call: %s", a)
		}
	})
}

// lastOf is the last of what was asked.
func lastOf(all string) string {
	parts := strings.Split(all, ", ")
	return parts[len(parts)-1]
}
