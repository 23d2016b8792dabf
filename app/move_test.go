package app

import (
	"strings"
	"testing"
	"time"
)

// A node of several is drained, with one caller in a talk with a desk phone of it, two in a queue and one in a menu. Who
// waits is at the other node at once, in the order as they came; the talk follows when the time is over, and so does the
// menu. One whose phone refuses to follow stays, is not asked again before the end, and hears why. Nobody else is hung up
// on, and the history has one row for each.
func TestCallsLeaveADrainedNode(t *testing.T) {
	nodes := several(t, 2)
	old, other := nodes[0], nodes[1]
	phone := old.phoneOf("maria", 1000)
	maria, told := other.available("maria")
	ann, anns := old.singer("ann", 440)
	ann.presses("100", "ann", "1")
	phone.lifted()
	talk := shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	until(t, "they talk", func() bool { return anns.hears(1000) && phone.hears(440) })
	bob, bobs := old.singer("bob", 500)
	bob.presses("100", "bob", "1")
	until(t, "bob waits", func() bool { return old.queued() == 1 })
	cid, cids := old.singer("cid", 600)
	cid.presses("100", "cid", "1")
	gus := old.dials("100", "gus")
	gus.presses("100", "gus", "1")
	until(t, "three wait", func() bool { return old.queued() == 3 })
	dan, dans := old.singer("dan", 700)
	until(t, "dan hears the menu", dans.hearsAny)

	old.Drain(time.Hour)
	bobs.forget()
	cids.forget()
	bobs.towards(t, bob.follows())
	cids.towards(t, cid.follows())
	gus.respond(gus.hears("INVITE"), "488 Not Acceptable Here", "")
	until(t, "two are at the other node", func() bool { return other.floor.size() == 2 && old.floor.size() == 3 })
	until(t, "both hear music", func() bool { return bobs.hearsAny() && cids.hearsAny() })
	if waiting := other.queued(); waiting != 3 {
		t.Errorf("%d wait", waiting)
	}

	anns.forget()
	phone.forget()
	dans.forget()
	old.Drain(time.Millisecond)
	anns.towards(t, ann.follows())
	dans.towards(t, dan.follows())
	gus.respond(gus.hears("INVITE"), "488 Not Acceptable Here", "")
	until(t, "the two talk at the other node", func() bool { return anns.hears(1000) && phone.hears(440) })
	until(t, "dan hears the menu again", dans.hearsAny)
	dan.presses("100", "dan", "1")
	gus.hears("BYE ")
	if err := <-old.ran; err != nil {
		t.Error(err)
	}
	old.cancel = nil

	maria.does("/api/calls/"+talk.ID+"/hold", "")
	until(t, "neither hears the other", func() bool { return anns.misses(1000) && phone.misses(440) })
	maria.does("/api/calls/"+talk.ID+"/resume", "")
	until(t, "both hear each other", func() bool { return anns.hears(1000) && phone.hears(440) })
	ann.hangsUp("100", "ann")
	phone.ended(time.Now())
	phone.again(false) // it is called again without a word of its own
	maria.does("/api/wrapup/"+talk.Lease, `{"code":"sold"}`)
	until(t, "bob, who came first, is offered first", func() bool { return strings.Contains(phone.rings(), "bob") })
	bob.hangsUp("100", "bob")
	cid.hangsUp("100", "cid")
	dan.hangsUp("100", "dan")
	sam := other.person("sam")
	until(t, "the history has a row for each", func() bool {
		causes := map[string]string{}
		for _, i := range sam.history() {
			if i.Ended != "" {
				causes[i.From] += i.Cause
			}
		}
		return len(causes) == 5 && causes["gus"] == "draining" && causes["ann"]+causes["bob"]+causes["cid"]+causes["dan"] == strings.Repeat("normal", 4)
	})
	for _, i := range sam.history() {
		if i.From == "ann" && (len(i.RecordingParts) != 2 || i.RecordingParts[1].Silence > 1 || i.RecordingSeconds < 2) {
			t.Errorf("ann's recording is %+v", i)
		}
	}
	until(t, "nothing is shared any more", func() bool { return shared(t, other, old.node)+shared(t, other, other.node) == 0 })
}
