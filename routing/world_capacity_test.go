package routing

import (
	"fmt"
	"slices"
)

// What the world says of capacities, answered anew.

// channels are those that slots are counted by: a callback is a call.
var channels = []string{"voice", "chat", "email", "voicemail"}

// load is how much of each channel the agent has in hand.
func (w world) load(id string) map[string]int {
	n := map[string]int{}
	for _, l := range w.live() {
		if l["agent"] == id {
			n[slotOf(l["channel"])]++
		}
	}
	return n
}

// free is the scripts' why asked of the whole world and answered anew: may the agent be offered something of a channel?
func (w world) free(id, channel string) bool {
	a, load := w.hashes["agent:"+id], w.load(id)
	free := w.there(id, channel) && number(a["cooldown:"+channel]) == 0 && load[channel] < int(number(a[channel])) && !w.isConsulted(id)
	if channel == "voice" {
		free = free && (a["blended"] == "1" || load["chat"] == 0)
	} else {
		free = free && (a["blended"] == "1" || load["voice"] == 0) && (channel != "chat" || a["drains"] == "")
	}
	return free
}

// there tells whether nothing in the agent's presence is against a channel.
func (w world) there(id, channel string) bool {
	a := w.hashes["agent:"+id]
	device := a["device:"+channel] != "0"
	if channel == "voice" {
		device = a["device"] == "1"
	}
	return slices.Contains(w.sets["agents"], id) && a["session"] == "online" && a["chosen"] == "available" && a["system"] == "none" &&
		a["next"] == "" && device
}

// kept tells whether nothing but chats keeps the agent from a call, and they are not kept free for one yet.
func (w world) kept(id string) bool {
	a, load := w.hashes["agent:"+id], w.load(id)
	return w.there(id, "voice") && load["chat"] > 0 && a["blended"] != "1" && load["voice"] < int(number(a["voice"])) && a["drains"] == "" && !w.isConsulted(id)
}

// drains: whoever is kept free for a call is known to it, and the call waits.
func (w world) drains() error {
	kept, waits := map[string]string{}, map[string]string{}
	for id, a := range w.of("agent:") {
		if a["drains"] != "" {
			kept[a["drains"]] = id
		}
	}
	for id, i := range w.of("int:") {
		if i["drained"] != "" {
			waits[id] = i["drained"]
		}
		if i["drained"] != "" && i["state"] == "owned" {
			return fmt.Errorf("%s is owned by %s, and %s is kept free for it", id, i["owner"], i["drained"])
		}
	}
	return same("who is kept free for which call", waits, kept)
}
