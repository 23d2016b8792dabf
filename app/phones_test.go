package app

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// rung is a caller at a node, for whom an agent's phone rings.
func (n *node) rung(phone *deskPhone, from string) *caller {
	n.t.Helper()
	c := n.dials("100", from)
	c.presses("100", from, "1")
	until(n.t, "the phone rings for "+from, func() bool { return strings.Contains(phone.rings(), from) })
	return c
}

// The process dies and comes back: a desk phone that was registered is called again although it has said nothing since, and one
// that is gone is not taken for there.
func TestADeskPhoneOutlivesTheProcess(t *testing.T) {
	n := prepare(t)
	phones(n)
	n.startElsewhere("")
	phone, gone := n.phoneOf("maria", 1000), n.phoneOf("sam", 700)
	maria, _ := n.available("maria")
	until(t, "both are kept", func() bool {
		b, _ := os.ReadFile(filepath.Join(n.data, "kept"))
		return strings.Count(string(b), `"phone:`) == 2
	})
	_ = gone.conn.Close()
	n.kills()
	n.runs()
	_, leave := maria.page()
	defer leave()
	until(t, "her phone is found", func() bool { return n.diary.says("msg=\"desk phone found\" agent=maria") })
	until(t, "she is available", func() bool { // which may not have been kept yet; and her page is only just there
		status, _ := maria.do("POST", "/api/presence", `{"chosen":"available"}`)
		return status == 204
	})
	bob := n.rung(phone, "bob")
	bob.hangsUp("100", "bob")
	if n.diary.says("found\" agent=sam") || n.diary.says(phonePassword) {
		t.Error("sam's phone is taken for there, or the log tells a password")
	}
}

// The node of a desk phone dies and stays dead: its heir is answered by the phone, and calls it.
func TestAnHeirHasTheDeskPhones(t *testing.T) {
	first, rest := mortal(t, 1, soon)
	second := rest[0]
	phone := first.phoneOf("maria", 1000)
	_, told := second.available("maria")
	until(t, "the phone is shared", func() bool {
		ids, err := second.state.Redis().HKeys(t.Context(), second.state.Key("kept:"+first.name())).Result()
		return err == nil && len(ids) == 1 && strings.HasPrefix(ids[0], "phone:maria@")
	})
	first.kills()
	hears(t, told, "the desk phone is not registered")
	until(t, "the heir has it", func() bool { return second.diary.says("msg=\"desk phone found\" agent=maria") })
	ann := second.rung(phone, "ann")
	ann.hangsUp("100", "ann")
	phone.ended(time.Now())
	phone.again(false)
	until(t, "it is shared as the heir's, once", func() bool {
		mine, err := second.state.Redis().HKeys(t.Context(), second.state.Key("kept:"+second.name())).Result()
		theirs, err2 := second.state.Redis().HKeys(t.Context(), second.state.Key("kept:"+first.name())).Result()
		return err == nil && err2 == nil && len(mine) == 1 && len(theirs) == 0
	})
}

// A node is drained: its desk phones are called by another one at once, and it ends.
func TestADrainedNodeLendsItsDeskPhones(t *testing.T) {
	nodes := several(t, 2)
	phone := nodes[0].phoneOf("maria", 1000)
	nodes[1].available("maria")
	nodes[0].Drain(time.Minute)
	until(t, "the other one has it", func() bool { return nodes[1].diary.says("msg=\"desk phone found\" agent=maria") })
	ann := nodes[1].rung(phone, "ann")
	phone.lifted()
	nodes[0].stop()
	ann.hangsUp("100", "ann")
	phone.ended(time.Now())
}

// Another node had a phone meanwhile that registers at its own again: it is called from there.
func TestAPhoneThatRegistersAgainIsWhereItRegisters(t *testing.T) {
	nodes := several(t, 2)
	phone := nodes[0].phoneOf("maria", 1000)
	is := func(n *node) func() bool {
		return func() bool {
			at, err := n.router.Whereabouts(t.Context(), "maria", routing.AtPhone)
			return err == nil && at == n.node
		}
	}
	until(t, "it is at its node", is(nodes[0]))
	if n := nodes[1].recallAll(t.Context(), slices.Collect(maps.Values(nodes[0].sip.Phones()))); n != 1 {
		t.Fatalf("%d phones were found", n)
	}
	until(t, "it is at the other one", is(nodes[1]))
	phone.conn.(*roaming).speaksTo(t, nodes[0].sipAt())
	phone.signsIn()
	until(t, "it is at its own again", is(nodes[0]))
}
