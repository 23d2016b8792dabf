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

// guests: an interaction knows those that there are, and somebody has it.
func (w world) guests(id string, i map[string]string) error {
	if i["guests"] == "" {
		return nil
	}
	asked := 0
	for lease := range strings.SplitSeq(i["guests"], ",") {
		l := w.hashes["lease:"+lease]
		if l["kind"] != "consult" && l["kind"] != "join" || l["interaction"] != id {
			return fmt.Errorf("%s has the guest %s, which is %v", id, lease, l)
		}
		if l["kind"] == "consult" {
			asked++
		}
	}
	if i["state"] != "owned" || asked > 6 {
		return fmt.Errorf("%s has %d consults, and is %v", id, asked, i)
	}
	return nil
}
