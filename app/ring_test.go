package app

import (
	"context"
	"testing"
	"time"
)

// The queue rings for all. Sam lifts his phone, and maria's stops within 250 ms; of three times the quickest counts, for
// the machine may be busy. The last time hers is lifted when the CANCEL is on its way: her late answer is acknowledged and
// ended with BYE (RFC 3261 section 13.2.2.4). She has missed nothing.
func TestItRingsForAllUntilTheFirstLiftsTheirPhone(t *testing.T) {
	n := prepare(t)
	n.edit("queues.yaml", "strategy: skills ", "strategy: ring_all ")
	n.edit("queues.yaml", "kind: timed ", "kind: immediate ")
	n.edit("agents.yaml", "device: browser ", "device: phone\n    phone_password: \""+phonePassword+"\" ")
	n.edit("agents.yaml", "id: sam\n", "id: sam\n    device: phone\n    phone_password: \""+phonePassword+"\"\n")
	n.start()
	hers, his := n.phoneOf("maria", 700), n.phoneOf("sam", 900)
	n.available("maria")
	n.available("sam")
	quickest := time.Hour
	for _, crosses := range []bool{false, false, false, true} {
		hers.again(crosses)
		his.again(false)
		ann := n.dials("100", "ann")
		voice := hums(t, ann.sound, 1100)
		voice.towards(t, ann.answer)
		ann.presses("100", "ann", "1")
		until(t, "both phones ring", func() bool { return hers.rings() != "" && his.rings() != "" })
		hers.towards(t, hers.rings())
		lifted := time.Now()
		his.lifted()
		quickest = min(quickest, hers.ended(lifted))
		until(t, "ann hears sam", func() bool { return voice.hears(900) })
		hers.mu.Lock()
		if crosses && hers.acks == 0 {
			t.Error("the late answer was ended without an ACK")
		}
		if !hers.elsewhere {
			t.Error("maria's phone will show a missed call")
		}
		hers.mu.Unlock()
		maria, err := n.router.Agent(context.Background(), "maria")
		if err != nil || maria.Why != "" {
			t.Errorf("maria is not offered calls: %s, %v", maria.Why, err)
		}
		ann.hangsUp("100", "ann")
		his.ended(lifted)
		until(t, "sam is free", func() bool {
			sam, err := n.router.Agent(context.Background(), "sam")
			return err == nil && sam.Why == ""
		})
	}
	if t.Log("maria's phone stopped after ", quickest); quickest > 250*time.Millisecond {
		t.Errorf("maria's phone rang on for %s", quickest)
	}
}
