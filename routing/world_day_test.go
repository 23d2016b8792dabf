package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// days: what ends an agent's day by itself follows from how they stand, and from nothing else.
func (w world) days() error {
	for id, a := range w.of("agent:") {
		if (a["prep"] != "") != (a["chosen"] == "login_prep") {
			return fmt.Errorf("%s gets ready, or does not: %v", id, a)
		}
		there := a["session"] != "offline"
		after := number(a["logout_after"])
		rests := there && after > 0 && (a["chosen"] == "away" || a["system"] == "away_idle") && len(w.sets["leases:"+id]) == 0
		if (a["rests"] != "") != rests || number(a["rests"]) > w.now {
			return fmt.Errorf("%s rests %v, and that is written: %v", id, rests, a)
		}
		at, shown, _ := strings.Cut(a["evening"], " ")
		known := slices.Contains(w.sets["agents"], id) // of others the configuration says nothing any more
		if want := a["logout_at"]; shown != want && there && known || !there && shown != "" {
			return fmt.Errorf("%s is to go at %q, and that is written: %v", id, want, a)
		}
		if m, _ := wallClock(shown); m != nil && !strings.HasPrefix(shown, time.UnixMilli(int64(number(at))).In(m.zone).Format("15:04:05")[:5]) {
			return fmt.Errorf("%s is to go at %q, which is written as %s", id, shown, time.UnixMilli(int64(number(at))).In(m.zone))
		}
		out := number(at)
		if sooner := number(a["rests"]) + after; rests && (out == 0 || sooner < out) {
			out = sooner
		}
		if number(a["logout"]) != out {
			return fmt.Errorf("%s is signed out at %v, and it should be %v", id, a, out)
		}
	}
	return nil
}
