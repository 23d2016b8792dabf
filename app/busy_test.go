package app

import (
	"strings"
	"testing"
	"time"
)

// busy is a node with one caller in a talk with a desk phone of it, two in a queue and one in a menu; and gus, who waits as the
// third and whose phone is no singer. The agent's page is at another node.
type busy struct {
	t                  *testing.T
	there              *node // the other one
	phone              *deskPhone
	maria              *person
	told               <-chan string
	talk               *call
	ann, bob, cid, dan *singing
	gus                *caller
}

type singing struct {
	*caller
	*voice
}

func (n *node) sings(from string, hz float64) *singing {
	c, v := n.singer(from, hz)
	return &singing{c, v}
}

// follow takes the re-INVITE of another node.
func (s *singing) follow() {
	s.t.Helper()
	s.towards(s.t, s.follows())
}

func busyAt(t *testing.T, n, there *node) *busy {
	t.Helper()
	b := &busy{t: t, there: there, phone: n.phoneOf("maria", 1000)}
	b.maria, b.told = there.available("maria")
	b.ann = n.sings("ann", 440)
	b.ann.presses("100", "ann", "1")
	b.phone.lifted()
	b.talk = shows(t, b.told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	b.talks()
	b.bob = n.sings("bob", 500)
	b.bob.presses("100", "bob", "1")
	until(t, "bob waits", func() bool { return n.queued() == 1 })
	b.cid = n.sings("cid", 600)
	b.cid.presses("100", "cid", "1")
	until(t, "cid waits", func() bool { return n.queued() == 2 })
	b.dan = n.sings("dan", 700)
	until(t, "dan hears the menu", b.dan.hearsAny)
	b.gus = n.dials("100", "gus")
	b.gus.presses("100", "gus", "1")
	until(t, "gus waits", func() bool { return n.queued() == 3 })
	return b
}

func (b *busy) talks() {
	b.t.Helper()
	until(b.t, "the two talk", func() bool { return b.ann.voice.hears(1000) && b.phone.hears(440) })
}

// goesOn holds and ends the talk at the other node.
func (b *busy) goesOn() {
	t := b.t
	t.Helper()
	b.maria.does("/api/calls/"+b.talk.ID+"/hold", "")
	until(t, "neither hears the other", func() bool { return b.ann.misses(1000) && b.phone.misses(440) })
	b.maria.does("/api/calls/"+b.talk.ID+"/resume", "")
	b.talks()
	b.ann.hangsUp("100", "ann")
	b.phone.ended(time.Now())
}

// theRest: who waits is served in the order as they came, and has a row of its own; gus' one has another cause.
func (b *busy) theRest(gus string) {
	t := b.t
	t.Helper()
	b.phone.again(false) // it is called again without a word of its own
	b.maria.does("/api/wrapup/"+b.talk.Lease, `{"code":"sold"}`)
	until(t, "bob, who came first, is offered first", func() bool { return strings.Contains(b.phone.rings(), "bob") })
	b.bob.hangsUp("100", "bob")
	b.cid.hangsUp("100", "cid")
	b.dan.hangsUp("100", "dan")
	sam := b.there.person("sam")
	until(t, "the history has a row for each", func() bool {
		causes := map[string]string{}
		for _, i := range sam.history() {
			if i.Ended != "" && (i.Revived != "") == (i.From != "gus") {
				causes[i.From] += i.Cause
			}
		}
		return len(causes) == 5 && causes["gus"] == gus && causes["ann"]+causes["bob"]+causes["cid"]+causes["dan"] == strings.Repeat("normal", 4)
	})
}
