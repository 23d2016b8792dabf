package routing

import (
	"fmt"
	"strings"
)

// What the world says of consults, answered anew.

// isConsulted tells whether somebody consults the agent, or rings to them for that.
func (w world) isConsulted(id string) bool {
	for _, l := range w.live() {
		if l["agent"] == id && l["purpose"] == ToConsult {
			return true
		}
	}
	return false
}

// consulted: who is consulted knows the lease, and has nothing else in hand but what is more than they may have.
func (w world) consulted(id string, a map[string]string, held []string) error {
	if l := w.hashes["lease:"+a["consulted"]]; a["consulted"] != "" && (l["agent"] != id || l["purpose"] != ToConsult || l["kind"] == "done") {
		return fmt.Errorf("%s is consulted by %v", id, l)
	}
	for _, lease := range held {
		l := w.hashes["lease:"+lease]
		if l["purpose"] == ToConsult && a["consulted"] != lease {
			return fmt.Errorf("%s is consulted by %v, and is %v", id, l, a)
		}
		if a["consulted"] != "" && a["consulted"] != lease && l["over"] == "" {
			return fmt.Errorf("%s is consulted, and has %v besides", id, l)
		}
	}
	return nil
}

// consults: an interaction knows those that there are, and somebody has it.
func (w world) consults(id string, i map[string]string) error {
	n := 0
	for lease := range strings.SplitSeq(i["consults"], ",") {
		if l := w.hashes["lease:"+lease]; lease != "" && (l["kind"] != "consult" || l["interaction"] != id) {
			return fmt.Errorf("%s has the consult %s, which is %v", id, lease, l)
		}
		if lease != "" {
			n++
		}
	}
	if n > 0 && i["state"] != "owned" || n > 6 {
		return fmt.Errorf("%s has %d consults, and is %v", id, n, i)
	}
	return nil
}
