package app

import "testing"

// Maria transfers with the key of her desk phone: to nobody, and to sam, who lifts. The call is where the caller's
// node is, the phones may be elsewhere.
func TestADeskPhoneTransfersByItsKey(t *testing.T) {
	for name, count := range map[string]int{"one node": 1, "two nodes": 2} {
		t.Run(name, func(t *testing.T) {
			var nodes []*node
			if count == 1 {
				n := prepare(t)
				phones(n)
				n.startElsewhere("")
				nodes = []*node{n}
			} else {
				nodes = several(t, count)
			}
			first, last := nodes[0], nodes[len(nodes)-1]
			marias, sams := last.phoneOf("maria", 1000), last.phoneOf("sam", 700)
			_, told := first.available("maria")
			ann, anns := first.singer("ann", 440)
			ann.presses("100", "ann", "1")
			marias.lifted()
			shows(t, told, "the talk", func(x *call) bool { return x != nil && x.State == "talking" })
			talking := func() {
				t.Helper()
				until(t, "ann and maria hear each other", func() bool { return anns.hears(1000) && marias.hears(440) })
			}
			talking()
			marias.transfers("nobody")
			marias.hearsOfIt("404")
			talking()
			first.available("sam")
			marias.transfers("SAM")
			sams.lifted()
			marias.hearsOfIt("200")
			<-marias.over
			until(t, "ann and sam hear each other", func() bool { return anns.hears(700) && sams.hears(440) })
			ann.hangsUp("100", "ann")
			<-sams.over
		})
	}
}
