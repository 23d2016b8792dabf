package app

import (
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/configs"
)

// mortal is a floor of several nodes of which the first runs in a process of its own, and can be killed.
func mortal(t *testing.T, others int, takeOver time.Duration) (first *node, rest []*node) {
	t.Helper()
	rest = several(t, others, func(m *configs.Main) { m.Cluster.TakeOver = takeOver })
	first = prepare(t)
	phones(first)
	first.startAs(process{
		Redis: rest[0].main.Redis.Address, SQL: rest[0].main.SQL.URL, Cluster: cluster.Config{Listen: freeAddress(t), Secret: sharedSecret, TakeOver: takeOver},
	})
	for _, n := range rest {
		until(t, "the nodes know each other", func() bool { return len(n.known()) == others+1 })
	}
	return first, rest
}

// The node of a caller is killed. Whoever waits there is offered to nobody; the agent elsewhere who talks with a caller of
// it sees that they are cut off, ends their part, and has the next call.
func TestAnAgentIsNotStuckWithACallerOfADeadNode(t *testing.T) {
	first, rest := mortal(t, 1, 0)
	second := rest[0]
	phone := second.phoneOf("maria", 700)
	maria, told := second.available("maria")
	ann := first.dials("100", "ann")
	ann.presses("100", "ann", "1")
	phone.lifted()
	c := shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	bob := first.dials("100", "bob")
	bob.presses("100", "bob", "1")
	until(t, "bob waits", func() bool { return first.queued() == 1 })

	first.kills()
	shows(t, told, "that the talk is cut", func(now *call) bool {
		return now != nil && now.State == "cut" && now.ID == c.ID && now.Lease == c.Lease
	})
	if status, body := maria.do("POST", "/api/calls/"+c.ID+"/hold", ""); status != 503 || !strings.Contains(body, "is not there") {
		t.Errorf("a hold: %d %s", status, body)
	}
	maria.does("/api/calls/"+c.ID+"/end", "")
	hears(t, told, `"wrapup":{`)
	maria.does("/api/wrapup/"+c.Lease, `{"code":"sold"}`)
	phone.ended(time.Now())
	phone.again(false)
	cid := second.dials("100", "cid")
	cid.presses("100", "cid", "1")
	until(t, "the next who can be heard is offered", func() bool { return phone.rings() != "" })
	if !strings.Contains(phone.rings(), "cid") {
		t.Errorf("offered is %s", phone.rings())
	}
	cid.hangsUp("100", "cid")
}
