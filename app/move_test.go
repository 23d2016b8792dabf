package app

import (
	"fmt"
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
	b := busyAt(t, old, other)

	old.Drain(time.Hour)
	b.bob.forget()
	b.cid.forget()
	b.bob.follow()
	b.cid.follow()
	b.gus.respond(b.gus.hears("INVITE"), "488 Not Acceptable Here", "")
	until(t, "two are at the other node", func() bool { return other.floor.size() == 2 && old.floor.size() == 3 })
	until(t, "both hear music", func() bool { return b.bob.hearsAny() && b.cid.hearsAny() })
	if waiting := other.queued(); waiting != 3 {
		t.Errorf("%d wait", waiting)
	}

	for _, v := range []*voice{b.ann.voice, b.phone.voice, b.dan.voice} {
		v.forget()
	}
	old.Drain(time.Millisecond)
	b.ann.follow()
	b.dan.follow()
	refused := b.gus.hears("INVITE")
	b.gus.respond(refused, "488 Not Acceptable Here", "")
	b.talks()
	until(t, "dan hears the menu again", b.dan.hearsAny)
	b.dan.presses("100", "dan", "1")
	if bye := b.gus.hears("BYE "); number(t, bye) <= number(t, refused) { // a phone would refuse it
		t.Errorf("after %s comes %s", refused, bye)
	}
	if err := <-old.ran; err != nil {
		t.Error(err)
	}
	old.cancel = nil

	b.goesOn()
	b.theRest("draining")
	for _, i := range other.person("sam").history() {
		if i.From == "ann" && (len(i.RecordingParts) != 2 || i.RecordingParts[1].Silence > 1 || i.RecordingSeconds < 2) {
			t.Errorf("ann's recording is %+v", i)
		}
	}
	until(t, "nothing is shared any more", func() bool { return shared(t, other, old.node)+shared(t, other, other.node) == 0 })
}

// number is a request's (RFC 3261 section 8.1.1.5).
func number(t *testing.T, request string) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(request[strings.Index(request, "CSeq: "):], "CSeq: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A node is drained while an agent consults another one: all three follow, the two go on in private, and then the customer
// is handed over.
func TestAConsultLeavesADrainedNode(t *testing.T) {
	nodes := several(t, 2)
	old, other := nodes[0], nodes[1]
	marias, sams := old.phoneOf("maria", 1000), old.phoneOf("sam", 700)
	maria, told := other.available("maria")
	ann, anns := old.singer("ann", 440)
	ann.presses("100", "ann", "1")
	marias.lifted()
	talk := shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	other.available("sam")
	maria.does("/api/calls/"+talk.ID+"/consult", `{"agent":"sam"}`)
	sams.lifted()
	until(t, "the agents talk", func() bool { return marias.hears(700) && sams.hears(1000) })

	for _, v := range []*voice{anns, marias.voice, sams.voice} {
		v.forget()
	}
	old.Drain(time.Millisecond)
	anns.towards(t, ann.follows())
	if err := <-old.ran; err != nil {
		t.Error(err)
	}
	old.cancel = nil
	until(t, "the agents talk at the other node", func() bool { return marias.hears(700) && sams.hears(1000) })
	until(t, "ann hears music", func() bool { return anns.hearsAny() && anns.misses(1000) && anns.misses(700) })
	maria.does("/api/calls/"+talk.ID+"/swap", "")
	until(t, "ann hears maria", func() bool { return anns.hears(1000) && marias.hears(440) && sams.misses(1000) })
	maria.does("/api/calls/"+talk.ID+"/complete", "")
	until(t, "ann hears sam", func() bool { return anns.hears(700) && sams.hears(440) })
	marias.ended(time.Now())
	ann.hangsUp("100", "ann")
}
