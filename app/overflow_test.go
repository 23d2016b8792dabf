package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A queue that does not take a caller sends them where its overflow says, each reason to its own flow; the caller ends
// up in another queue without ever being cut off, and the record says why.
func TestOverflowOfAQueue(t *testing.T) {
	for reason, limit := range map[string][2]string{
		"full":      {"max_waiting: 50             #", "max_waiting: 1\n    overflow: {full: other} #"},
		"closed":    {"max_waiting: 50             #", "hours: never\n    overflow: {closed: other} #"},
		"no_agents": {"join_empty: true            #", "join_empty: false\n    overflow: {no_agents: other} #"},
		"timeout":   {"max_wait: 10m               #", "max_wait: 1s\n    overflow: {timeout: other} #"},
	} {
		t.Run(reason, func(t *testing.T) {
			n := prepare(t)
			day := strings.ToLower(time.Now().UTC().AddDate(0, 0, 3).Format("Mon"))
			n.edit("hours.yaml", "hours:\n", "hours:\n  never: {timezone: UTC, week: {"+day+": \"12:00-12:01\"}}\n") // not today
			n.edit("queues.yaml", limit[0], limit[1])
			n.edit("flows/main.yaml", "    full: full ", "    #full: full ")
			n.edit("flows/main.yaml", "    timeout: late ", "    #timeout: late ")
			n.edit("flows/main.yaml", "  full: {end", "  #full: {end")
			n.edit("flows/main.yaml", "  late: {end", "  #late: {end")
			if err := os.WriteFile(filepath.Join(n.dir, "flows", "other.yaml"), []byte("flow: other\nstart: wait\nsteps:\n  wait: {queue: support}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			n.start()
			callers := []string{"ann"}
			if reason == "full" {
				callers = []string{"ann", "bob"} // ann takes the only place
			}
			for _, from := range callers {
				c := n.dials("100", from)
				defer c.hangsUp("100", from)
				c.presses("100", from, "1")
				until(t, from+" waits", func() bool { return n.waits("sales")+n.waits("support") > 0 })
			}
			until(t, "the last one waits for support", func() bool { return n.waits("support") == 1 })
			if reason == "full" && n.waits("sales") != 1 {
				t.Error("ann has lost her place")
			}
		})
	}
}

// waits is how many callers wait in a queue.
func (n *node) waits(queue string) int {
	s, err := n.Status(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	for _, q := range s.Queues {
		if q.Name == queue {
			return q.Waiting
		}
	}
	return 0
}
