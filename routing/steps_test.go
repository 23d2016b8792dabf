package routing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// The longer steps of a random history, and whom they are about: mostly somebody to whom it can happen, sometimes not.

func (h *history) ctx() context.Context { return h.t.Context() }

func (h *history) node() *Router { return pick(h, h.nodes) }

// somebody is an agent, with their session or a second tab's.
func (h *history) somebody() (agent, session string) {
	agent = pick(h, agents)
	if s := h.world.hashes["agent:"+agent]["session_id"]; s != "" && h.rng.IntN(5) > 0 {
		return agent, s
	}
	return agent, fmt.Sprintf("s-%s-%d", agent, h.rng.IntN(2))
}

// lease is one of these kinds, if there is any, with the session that may write, or the device (""), or another tab.
func (h *history) lease(kinds ...string) (id, session string) {
	var fit []string
	for id, l := range h.world.of("lease:") {
		if slices.Contains(kinds, l["kind"]) || h.rng.IntN(40) == 0 {
			fit = append(fit, id)
		}
	}
	if len(fit) == 0 {
		return "o-none", ""
	}
	slices.Sort(fit)
	id = pick(h, fit)
	session = h.world.hashes["agent:"+h.world.hashes["lease:"+id]["agent"]]["session_id"]
	return id, pick(h, []string{session, session, session, "", "s-another"})
}

// giver is the lease of an agent who offers what they have to another one, or of any who has something.
func (h *history) giver() string {
	var fit []string
	for _, i := range h.world.of("int:") {
		if i["toward"] != "" {
			fit = append(fit, i["lease"])
		}
	}
	if slices.Sort(fit); len(fit) > 0 && h.rng.IntN(4) > 0 {
		return pick(h, fit)
	}
	l, _ := h.lease("work")
	return l
}

func (h *history) customer() string {
	all := slices.Sorted(maps.Keys(h.world.of("int:")))
	if len(all) == 0 || h.rng.IntN(20) == 0 {
		return "nobody"
	}
	return pick(h, all)
}

// arrives: an agent logs in, plugs in, and is available.
func (h *history) arrives(agent string) (string, error) {
	session := "s-" + agent + "-0"
	_, err := h.node().Login(h.ctx(), agent, session)
	return agent, errors.Join(err, h.node().Device(h.ctx(), agent, "voice", true, ""),
		h.node().Choose(h.ctx(), agent, session, Choice{State: "available"}))
}

func (h *history) enqueue() (string, error) {
	h.people++
	i := Interaction{ID: fmt.Sprintf("c%d", h.people), Channel: h.channel(), Queue: pick(h, queues), Priority: pick(h, []int{0, 0, 0, 1, 10})}
	if h.rng.IntN(4) == 0 {
		i.Since = h.now.Add(-time.Duration(h.rng.IntN(100_000)) * time.Millisecond)
	}
	switch h.rng.IntN(20) {
	case 0:
		i.ID = h.customer() // already there
	case 1:
		i.Queue = "nowhere"
	}
	ticket, err := h.node().Enqueue(h.ctx(), i)
	if err == nil && !h.keeps {
		ticket.Close()
	} else if err == nil {
		h.t.Cleanup(ticket.Close)
	}
	return fmt.Sprint(i), err
}

// transfer: mostly by whom it is, mostly of a talk.
func (h *history) transfer() (string, error) {
	l, _ := h.lease("work")
	agent := h.world.hashes["lease:"+l]["agent"]
	if h.rng.IntN(10) == 0 {
		agent = pick(h, agents)
	}
	to := Transfer{Queue: pick(h, append(queues, "nowhere")), Priority: pick(h, []int{0, 0, 1}), Note: "please"}
	return fmt.Sprint(l, " of ", agent, " ", to), h.node().Transfer(h.ctx(), l, agent, to)
}

// consult: mostly somebody who has nothing to do is asked.
func (h *history) consult() (string, error) {
	l, _ := h.lease("work")
	giver, to := h.world.hashes["lease:"+l]["agent"], pick(h, agents)
	for _, a := range agents {
		if a != giver && len(h.world.sets["leases:"+a]) == 0 && h.rng.IntN(5) > 0 {
			to = a
		}
	}
	return l + " asks " + to, h.node().Direct(h.ctx(), l, giver, Directed{Agent: to, Purpose: ToConsult, Note: "how?"})
}

// asks: somebody answers, and asks a colleague who answers, too, all at once, or nearly nobody would ever be consulted.
func (h *history) asks() (string, error) {
	l, _ := h.lease("offer")
	giver := h.world.hashes["lease:"+l]["agent"]
	if err := errors.Join(h.node().Accept(h.ctx(), l, ""), h.node().Connected(h.ctx(), l)); err != nil {
		return l, err
	}
	for _, a := range agents {
		if h.node().Direct(h.ctx(), l, giver, Directed{Agent: a, Purpose: ToConsult}) != nil {
			continue
		}
		consult, err := h.s.Redis().HGet(h.ctx(), h.s.Key("int:"+h.world.hashes["lease:"+l]["interaction"]), "toward").Result()
		if err != nil {
			return l, err
		}
		return l + " asks " + a, errors.Join(h.node().Accept(h.ctx(), consult, ""), h.node().Connected(h.ctx(), consult))
	}
	return l + " finds nobody to ask", nil
}

// dial: an agent calls somebody.
func (h *history) dial() (string, error) {
	a, s := h.somebody()
	h.people++
	ticket, lease, err := h.node().Dial(h.ctx(), a, s, Interaction{ID: fmt.Sprintf("d%d", h.people)})
	if err == nil && !h.keeps {
		ticket.Close()
	} else if err == nil {
		h.t.Cleanup(ticket.Close)
	}
	return fmt.Sprint(a, " ", lease), err
}

// channel is mostly a call, or a chat.
func (h *history) channel() string {
	return pick(h, []string{"voice", "voice", "voice", "chat", "chat", "chat", "email", "voicemail", "callback"})
}

// capacity is what somebody may say of it, little enough to be reached.
func (h *history) capacity() (c Capacity) {
	if h.rng.IntN(3) == 0 {
		return c
	}
	chat, email := h.rng.IntN(3), h.rng.IntN(2)
	return Capacity{
		Voice: pick(h, []*int{nil, new(0), new(1), new(1), new(2)}), Chat: Span{&chat, new(chat + h.rng.IntN(2))},
		Email: Span{&email, new(email + h.rng.IntN(2))}, Voicemail: pick(h, []*int{nil, new(1)}), Blended: pick(h, []*bool{nil, new(true)}),
	}
}

// shift is what somebody may say of the day; it is eight o'clock in the morning when a history begins.
func (h *history) shift() (s Shift) {
	if h.rng.IntN(2) == 0 {
		return s
	}
	return Shift{
		LoginPrep:   pick(h, []*time.Duration{nil, new(time.Duration(0)), new(7 * time.Second), new(25 * time.Second)}),
		LogoutAfter: pick(h, []*time.Duration{nil, new(30 * time.Second), new(3 * time.Minute)}),
		LogoutAt:    pick(h, []*string{nil, new(""), new("08:01 UTC"), new("09:02 Europe/Paris"), new("03:03 America/New_York")}),
	}
}

// configure: the admin changes whatever may change; people and queues come and go.
func (h *history) configure() (string, error) {
	f := Floor{Limits: DefaultLimits()}
	f.Limits.Capacity, f.Limits.Misses, f.Limits.Shift = h.capacity(), 1+h.rng.IntN(2), h.shift()
	f.Limits.Outbound = pick(h, []AfterWork{{Kind: "immediate"}, {Kind: "timed", For: 30 * time.Second}})
	f.Limits.DigitalMisses = 1 + h.rng.IntN(2)
	f.Teams = map[string]*Team{"first": {Capacity: h.capacity(), Shift: h.shift()}}
	for _, name := range queues {
		q := DefaultQueue()
		q.Name = name
		q.Cooldown = pick(h, []time.Duration{0, 15 * time.Second})
		q.FirstReply = pick(h, []time.Duration{0, 10 * time.Second})
		q.MaxWaiting = pick(h, []int{0, 0, 3})
		q.Transfers, q.KeepAge = h.rng.IntN(8) > 0, h.rng.IntN(2) == 0
		q.Strategy = pick(h, []string{"skills", "round_robin", "ring_all", "ring_all"})
		q.AfterWork = pick(h, []AfterWork{{Kind: "immediate"}, {Kind: "timed", For: 30 * time.Second}, {Kind: "indefinite"}})
		if h.rng.IntN(8) > 0 {
			f.Queues = append(f.Queues, q)
		}
	}
	for _, id := range agents {
		a := Agent{ID: id, Name: id, Team: pick(h, []string{"", "first"})}
		if h.rng.IntN(3) == 0 {
			a.Capacity = h.capacity()
		}
		for _, q := range f.Queues {
			if h.rng.IntN(4) > 0 {
				a.Queues = append(a.Queues, q.Name)
			}
		}
		if len(a.Queues) > 0 && h.rng.IntN(8) > 0 {
			f.Agents = append(f.Agents, a)
		}
	}
	return fmt.Sprint(f), h.node().Configure(h.ctx(), f)
}

// untilDue: time goes on until the next timer is due, to the millisecond, or one more or less.
func (h *history) untilDue() (string, error) {
	next := 0.0
	for _, at := range h.world.zsets["due"] {
		if next == 0 || at < next {
			next = at
		}
	}
	to := time.UnixMilli(int64(next)).Add(time.Duration(h.rng.IntN(3)-1) * time.Millisecond)
	if to.After(h.now) {
		h.set(to)
	}
	return to.Format("15:04:05.000"), nil
}

// silence: one node lives on, so that another one that says nothing is dead.
func (h *history) silence() (string, error) {
	r := h.node()
	for range 4 {
		if _, err := r.Alive(h.ctx(), "10.0.0.1:7000", time.Minute, nil); err != nil {
			return r.node, err
		}
		h.pass(time.Second)
	}
	return r.node + " lives on", nil
}
