package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/callfloor/callfloor/state"
)

// ledger is the floor as somebody knows it who has only read the events: it must be the floor that Redis holds.
type ledger struct {
	Agents       map[string]presence
	Leases       map[string]hold // the live ones
	Interactions map[string]contact
}

type presence struct{ Session, ID, Chosen, Reason, System, Next, NextReason, Device, Chats, Drains string }

type hold struct{ Agent, Interaction, Queue, Channel, Kind, Deadline, Over, Purpose string }

type contact struct {
	Queue, Channel, Node, Priority, Since, State, Owner, Lease, Toward, Guests string
	Head                                                                       bool // stands before everybody else
}

// stranger is an agent of whom no event has told.
var stranger = presence{Session: "offline", Chosen: "away", System: "none", Device: "0"}

func newLedger() *ledger {
	return &ledger{map[string]presence{}, map[string]hold{}, map[string]contact{}}
}

// ledgerOf is what Redis says.
func ledgerOf(w world) *ledger {
	l := newLedger()
	for id, a := range w.of("agent:") {
		p := presence{a["session"], a["session_id"], a["chosen"], a["reason"], a["system"], a["next"], a["next_reason"], a["device"], a["device:chat"], a["drains"]}
		if p != stranger {
			l.Agents[id] = p
		}
	}
	for id, f := range w.live() {
		l.Leases[id] = hold{f["agent"], f["interaction"], f["queue"], f["channel"], f["kind"], f["deadline"], f["over"], f["purpose"]}
	}
	for id, f := range w.of("int:") {
		l.Interactions[id] = contact{
			f["queue"], f["channel"], f["node"], f["priority"], f["since"], f["state"], f["owner"], f["lease"], f["toward"], f["guests"], w.zsets["wait:"+f["queue"]][id] < 0,
		}
	}
	return l
}

// read takes one event; an error says that the event cannot be true after those before it.
func (l *ledger) read(e state.Event) error {
	if a := e.Get("agent"); a != "" {
		if err := l.readPresence(a, e); err != nil {
			return err
		}
	}
	return l.readWork(e)
}

func (l *ledger) readPresence(id string, e state.Event) error {
	p, ok := l.Agents[id]
	if !ok {
		p = stranger
	}
	switch e.What {
	case "agent.online":
		p = presence{Session: "online", ID: e.Get("session"), Chosen: e.Get("chosen"), System: p.System, Device: p.Device, Chats: p.Chats, Drains: p.Drains}
	case "agent.lost":
		p.Session = "lost"
	case "agent.regained":
		if p.Session != "lost" {
			return fmt.Errorf("%s was %s and came back", id, p.Session)
		}
		p.Session, p.ID = "online", e.Get("session")
	case "agent.moved":
		if p.Session != "online" || p.ID != e.Get("was") {
			return fmt.Errorf("%s moved and was %v", id, p)
		}
		p.ID = e.Get("session")
	case "agent.offline":
		p = presence{Session: "offline", Chosen: "away", System: p.System, Device: p.Device, Chats: p.Chats, Drains: p.Drains}
	case "agent.chosen":
		p.Chosen, p.Reason, p.Next, p.NextReason = e.Get("chosen"), e.Get("reason"), "", ""
	case "agent.next":
		p.Next, p.NextReason = e.Get("next"), e.Get("reason")
	case "agent.away_idle":
		p.System = "away_idle"
	case "agent.back":
		p.System = "none"
	case "agent.drains":
		p.Drains = e.Get("interaction")
	case "agent.device":
		switch e.Get("channel") {
		case "voice":
			p.Device = e.Get("ok")
		case "chat":
			p.Chats = e.Get("ok")
		}
	}
	if p == stranger {
		delete(l.Agents, id)
	} else {
		l.Agents[id] = p
	}
	return nil
}

func (l *ledger) readWork(e state.Event) error {
	lease, id := e.Get("lease"), e.Get("interaction")
	held, i := l.Leases[lease], l.Interactions[id]
	if e.Get("purpose") != "" {
		return l.readDirected(e, held, i)
	}
	switch e.What {
	case "offer.orphaned":
		if held.Purpose == "" || i.Toward != lease {
			return fmt.Errorf("%s is an orphan, and was %v of %v", lease, held, i)
		}
		held.Purpose = ""
		l.Leases[lease] = held
		i.State, i.Owner, i.Lease, i.Toward = "offered", "", lease, ""
		l.Interactions[id] = i
	case "interaction.queued":
		if i.Queue != "" {
			return fmt.Errorf("%s was queued and is %v already", id, i)
		}
		l.Interactions[id] = contact{
			Queue: e.Get("queue"), Channel: e.Get("channel"), Node: e.Get("node"), Priority: e.Get("priority"), Since: e.Get("since"), State: "waiting",
		}
	case "interaction.left":
		if i.Node == "" || e.Get("reason") == "" {
			return fmt.Errorf("%s (%v) left with the reason %q", id, i, e.Get("reason"))
		}
		delete(l.Interactions, id)
	case "offer.made":
		joins := i.State == "offered" && e.Get("strategy") == "ring_all"
		if i.State != "waiting" && !joins || held.Kind != "" {
			return fmt.Errorf("%s was offered and is %v", id, i)
		}
		l.Leases[lease] = hold{e.Get("agent"), id, e.Get("queue"), i.Channel, "offer", e.Get("deadline"), "", ""}
		i.State, i.Lease = "offered", strings.TrimPrefix(i.Lease+","+lease, ",")
		l.Interactions[id] = i
	case "offer.accepted":
		if held.Kind != "offer" {
			return fmt.Errorf("%s was accepted and is %v", lease, held)
		}
		held.Kind, held.Deadline = "work", e.Get("deadline")
		l.Leases[lease] = held
		i.State, i.Owner, i.Lease, i.Head = "owned", e.Get("agent"), lease, false
		l.Interactions[id] = i
	case "work.given":
		if i.Lease != "" || held.Kind != "" {
			return fmt.Errorf("%s was given to %s and is %v", id, e.Get("agent"), i)
		}
		l.Leases[lease] = hold{e.Get("agent"), id, e.Get("queue"), e.Get("channel"), "work", "0", strings.Trim(e.Get("over"), "0"), ""}
		i.State, i.Owner, i.Lease, i.Head = "owned", e.Get("agent"), lease, false
		l.Interactions[id] = i
	case "work.dialed":
		if i.Queue != "" || i.Node != "" || held.Kind != "" {
			return fmt.Errorf("%s was called by %s and is %v", id, e.Get("agent"), i)
		}
		l.Leases[lease] = hold{e.Get("agent"), id, "", e.Get("channel"), "work", e.Get("deadline"), "", ""}
		l.Interactions[id] = contact{
			Channel: e.Get("channel"), Node: e.Get("node"), Priority: e.Get("priority"), Since: e.Get("since"), State: "owned", Owner: e.Get("agent"), Lease: lease,
		}
	case "work.released":
		delete(l.Leases, lease)
		i.State, i.Owner, i.Lease = "released", "", ""
		l.Interactions[id] = i
	case "interaction.snoozed":
		delete(l.Leases, lease)
		i.State, i.Owner, i.Lease, i.Head = "snoozed", e.Get("agent"), "", false
		l.Interactions[id] = i
	case "offer.connected":
		held.Deadline = "0"
		l.Leases[lease] = held
	case "offer.declined", "offer.missed", "offer.withdrawn", "offer.device_failed", "offer.customer_gone", "interaction.requeued":
		return l.ended(lease, id, e)
	case "work.ended":
		held.Kind, held.Deadline = "acw", e.Get("deadline")
		l.Leases[lease] = held
		if e.Get("kind") == "immediate" {
			delete(l.Leases, lease)
		}
	case "acw.ended":
		delete(l.Leases, lease)
	}
	return nil
}

// readDirected: the interaction stays with who has it until somebody accepts.
func (l *ledger) readDirected(e state.Event, held hold, i contact) error {
	lease, id := e.Get("lease"), e.Get("interaction")
	switch {
	case e.What == "offer.made" && i.State == "owned" && i.Toward == "" && i.Owner != e.Get("agent"):
		l.Leases[lease] = hold{e.Get("agent"), id, e.Get("queue"), i.Channel, "offer", e.Get("deadline"), "", e.Get("purpose")}
		i.Toward = lease
	case e.What == "join.begun" && i.State == "owned" && held.Kind == "":
		l.Leases[lease] = hold{e.Get("agent"), id, e.Get("queue"), i.Channel, "join", "0", "", e.Get("purpose")}
		i.Guests = strings.TrimPrefix(i.Guests+","+lease, ",")
	case held.Kind == held.Purpose && held.Purpose == e.Get("purpose"):
		l.readGuest(e, held, &i)
	case i.Toward != lease || held.Kind != "offer" || held.Purpose != e.Get("purpose"):
		return fmt.Errorf("%s %s: it was %v of %v", e.What, lease, held, i)
	case e.What == "offer.accepted":
		if e.Get("purpose") == ToConsult {
			held.Kind, held.Deadline = "consult", e.Get("deadline")
			l.Leases[lease] = held
			i.Guests, i.Toward = strings.TrimPrefix(i.Guests+","+lease, ","), ""
			break
		}
		held.Kind, held.Deadline, held.Purpose = "work", e.Get("deadline"), ""
		l.Leases[lease] = held
		i.Owner, i.Lease, i.Toward = e.Get("agent"), lease, ""
	default:
		delete(l.Leases, lease)
		i.Toward = ""
	}
	l.Interactions[id] = i
	return nil
}

// readGuest: the interaction stays with who has it until it is handed over.
func (l *ledger) readGuest(e state.Event, held hold, i *contact) {
	lease := e.Get("lease")
	rest := func() string {
		return strings.Join(slices.DeleteFunc(strings.Split(i.Guests, ","), func(s string) bool { return s == lease }), ",")
	}
	switch e.What {
	case "offer.connected":
		held.Deadline = "0"
		l.Leases[lease] = held
	case "work.cut":
	case "consult.handed_over", "join.handed_over":
		held.Kind, held.Purpose = "work", ""
		l.Leases[lease] = held
		i.Owner, i.Lease, i.Guests = e.Get("agent"), lease, rest()
	default:
		delete(l.Leases, lease)
		i.Guests = rest()
	}
}

// consulted is how many leases the agent has, and whether one is a consult, or the offer of one.
func (l *ledger) consulted(id string) (leases int, consulted bool) {
	for _, held := range l.Leases {
		if held.Agent == id {
			leases, consulted = leases+1, consulted || held.Purpose == ToConsult
		}
	}
	return leases, consulted
}

// grown is the law of every moment in which an agent gets more: not above the most they may have, when it is offered
// not above the standard, and a call and a chat together only for whom that is allowed. Whoever has too much because a
// limit was lowered keeps it.
func (l *ledger) grown(e state.Event, w world) error {
	id, channel := e.Get("agent"), slotOf(l.Leases[e.Get("lease")].Channel)
	a, load, most := w.hashes["agent:"+id], l.load(id), channel
	leases, consulted := l.consulted(id)
	if e.What == "offer.made" && consulted && leases > 1 {
		return fmt.Errorf("%s is consulted and has %d leases", id, leases)
	}
	switch by := e.Get("by"); {
	case (e.What == "work.dialed" || e.What == "join.begun") && (consulted || load[channel] > int(number(a[channel+"_max"])) || a["blended"] != "1" && load["chat"] > 0):
		return fmt.Errorf("%s has %v in hand, and calls or joins", id, load)
	case e.What == "work.given" && (load[channel] > int(number(a[channel+"_max"])) || consulted) != (e.Get("over") == "1"):
		return fmt.Errorf("%s has %d on %s, may have %s, and that is over: %s", id, load[channel], channel, a[channel+"_max"], e.Get("over"))
	case e.What != "offer.made" || by != "" && by != "next" && load[channel] <= int(number(a[channel+"_max"])):
		return nil // a supervisor's word is above all but the telephone
	}
	if e.Get("by") == "next" {
		most += "_max"
	}
	switch {
	case load[channel] > int(number(a[most])):
		return fmt.Errorf("%s has %d on %s, and may have %s", id, load[channel], channel, a[most])
	case a["blended"] != "1" && channel != "voice" && load["voice"] > 0, a["blended"] != "1" && channel == "voice" && load["chat"] > 0:
		return fmt.Errorf("%s has %v in hand, and gets more on %s", id, load, channel)
	}
	return nil
}

// load is how much of each channel the agent has in hand.
func (l *ledger) load(id string) map[string]int {
	n := map[string]int{}
	for _, held := range l.Leases {
		if held.Agent == id {
			n[slotOf(held.Channel)]++
		}
	}
	return n
}

// ended: an agent gives an interaction back, which waits on at its age, or at the head.
func (l *ledger) ended(lease, id string, e state.Event) error {
	if _, live := l.Leases[lease]; !live && (lease != "" || l.Interactions[id].State != "snoozed") {
		return fmt.Errorf("%s of %s ended a second time: %s", lease, id, e.What)
	}
	delete(l.Leases, lease)
	i, waits := l.Interactions[id]
	if !waits {
		return nil
	}
	if since := e.Get("since"); since != "" && since != i.Since {
		return fmt.Errorf("%s waits since %s and was requeued as of %s", id, i.Since, since)
	}
	all := strings.Split(i.Lease, ",")
	rest := slices.DeleteFunc(all, func(other string) bool { return other == lease })
	if i.Lease = strings.Join(rest, ","); i.Lease != "" {
		l.Interactions[id] = i // others ring on, or one of them has it
		return nil
	}
	i.State, i.Owner = "waiting", ""
	head, _ := strconv.ParseBool(e.Get("head"))
	i.Head = i.Head || head
	l.Interactions[id] = i
	return nil
}
