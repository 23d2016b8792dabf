package routing

import (
	"fmt"
	"slices"
	"strings"
)

// What the world says of the indexes by which matching finds people, answered anew.

func (w world) index(prefix string) map[string]map[string]float64 {
	out := map[string]map[string]float64{}
	for name, z := range w.zsets {
		if q, ok := strings.CutPrefix(name, prefix); ok {
			out[q] = z
		}
	}
	return out
}

// indexes: who is here and who is free, against the answer counted anew.
func (w world) indexes() error {
	here, free := map[string][]string{}, map[string]map[string]float64{}
	put := func(index, id string, rank float64) {
		if free[index] == nil {
			free[index] = map[string]float64{}
		}
		free[index][id] = rank
	}
	for _, id := range w.sets["agents"] {
		a := w.hashes["agent:"+id]
		for q := range strings.SplitSeq(a["queues"], ",") {
			if a["session"] == "online" {
				here[q] = append(here[q], id)
			}
			for _, c := range channels {
				if w.indexed(q, c) && w.free(id, c) {
					put(q+":"+c, id, w.rank(q, id, slices.Index(strings.Split(a["queues"], ","), q)))
				}
			}
			if w.kept(id) {
				put(q+":kept", id, float64(w.load(id)["chat"])*1e13+number(a["idle"]))
			}
		}
	}
	got := map[string][]string{}
	for name, set := range w.sets {
		if q, ok := strings.CutPrefix(name, "here:"); ok {
			got[q] = set
		}
	}
	if err := same("index of who is here", here, got); err != nil {
		return err
	}
	if err := same("index of who is free", free, w.index("free:")); err != nil {
		return err
	}
	return nil
}

// indexed: a queue has the index of calls, and those of other channels that it has seen.
func (w world) indexed(q, channel string) bool {
	return channel == "voice" || slices.Contains(strings.Split(w.hashes["channels"][q], ","), channel)
}

// rank is the agent's place in a queue by its strategy; n says which of the agent's queues it is.
func (w world) rank(q, id string, n int) float64 {
	a := w.hashes["agent:"+id]
	place := number(strings.Split(strings.Split(a["places"], ",")[n], "/")[1])
	idle, used := number(a["idle"]), 0
	for channel, n := range w.load(id) {
		if channel != "voicemail" { // which takes no slot
			used += n
		}
	}
	turn, had := a["turn:"+q]
	switch w.hashes["queue:"+q]["strategy"] {
	case "skills":
		return float64(used)*1e13 + idle
	case "fewest_calls":
		return number(a["calls"])*1e13 + idle
	case "round_robin":
		if !had {
			return place / 10_000
		}
		return number(turn)
	case "linear":
		return place
	}
	return idle
}

// nobodyWaitsForNothing: where somebody is free who has what is needed, nobody waits, and what rings for everybody rings for
// them.
func (w world) nobodyWaitsForNothing() error {
	if w.held {
		return nil
	}
	for id, i := range w.of("int:") {
		if i["state"] != "owned" && i["state"] != "snoozed" && !w.indexed(i["queue"], slotOf(i["channel"])) {
			return fmt.Errorf("%s waits in %s, which does not know who is free for it", id, i["queue"])
		}
		if slotOf(i["channel"]) == "voice" && w.dead(i["node"]) {
			continue
		}
		rings := i["state"] == "offered" && w.hashes["queue:"+i["queue"]]["strategy"] == "ring_all"
		for agent := range w.index("free:")[i["queue"]+":"+slotOf(i["channel"])] {
			if !w.fits(i, agent) || i["tried"] == ","+agent+"!,"+agent+"," { // who gave it away
				continue
			}
			if i["state"] == "waiting" {
				return fmt.Errorf("%s waits for %s although %s is free", id, i["queue"], agent)
			}
			if asked := "," + i["rung"] + "," + i["tried"]; rings && !strings.Contains(asked, ","+agent+",") {
				return fmt.Errorf("%s rings for everybody in %s but %s, who is free: %v", id, i["queue"], agent, i)
			}
		}
	}
	return nil
}

// fits tells whether an agent has all that an interaction needs now, and is among those whom it is for.
func (w world) fits(i map[string]string, agent string) bool {
	has := map[string]float64{}
	for _, trait := range strings.Split(strings.Trim(w.hashes["traits"][agent], ","), ",") {
		name, level, _ := strings.Cut(trait, "=")
		has[name] = number(level)
	}
	for _, need := range strings.Split(strings.Trim(i["needs"], ","), ",") {
		name, least, _ := strings.Cut(need, "=")
		if level, ok := has[name]; name != "" && (!ok || level < number(least)) {
			return false
		}
	}
	return i["only"] == "" || slices.Contains(strings.Split(i["only"], ","), agent)
}
