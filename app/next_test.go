package app

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/routing"
)

// Chats come to maria's page as the router has them: two are offered, the third is hers when she asks for the next, and a fourth is not.
func TestChatsOnThePage(t *testing.T) {
	n := prepare(t).start()
	maria := n.person("maria")
	told, leave := maria.page()
	defer leave()
	maria.does("/api/presence", `{"chosen":"available"}`)
	load := func(n int) string { return fmt.Sprintf(`{"channel":"chat","load":%d,"standard":2,"max":3}`, n) }
	chat := func(id string) {
		ticket, err := n.router.Enqueue(context.Background(), routing.Interaction{ID: id, Channel: "chat", Queue: "sales", Data: map[string]string{"from": id}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(ticket.Close)
	}
	for i, id := range []string{"ann", "bob"} {
		chat(id)
		a, err := n.router.Agent(context.Background(), "maria")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range a.Leases {
			if l.Interaction == id {
				maria.does("/api/offers/"+l.ID+"/accept", "")
				maria.does("/api/work/"+l.ID+"/replied", "")
			}
		}
		hears(t, told, load(i+1))
	}
	if status, body := maria.do("POST", "/api/next", "{}"); status != 409 || !strings.Contains(body, "nothing_waits") {
		t.Errorf("nothing waits, and next says %d %s", status, body)
	}
	chat("cid")
	if status, body := maria.do("POST", "/api/next", "{}"); status != 200 || !strings.Contains(body, `"interaction":"cid"`) {
		t.Errorf("next says %d %s", status, body)
	}
	hears(t, told, load(3))
	chat("dan")
	if status, body := maria.do("POST", "/api/next", "{}"); status != 409 || !strings.Contains(body, "at_max") {
		t.Errorf("with three of three, next says %d %s", status, body)
	}
	a, err := n.router.Agent(context.Background(), "maria")
	if err != nil || !a.Busy {
		t.Errorf("with three of three she is busy: %v, %v", a.Busy, err)
	}
}
