package app

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/internal/testredis"
)

const sharedSecret = "a secret that all nodes share"

// several nodes are one floor: one Redis, one Postgres, one secret. Everybody works at a desk phone.
func several(t *testing.T, count int, change ...func(*configs.Main)) []*node {
	t.Helper()
	redis := testredis.New(t).Address
	url := postgres(t)
	var all []*node
	for range count {
		n := prepare(t, func(m *configs.Main) {
			m.Redis.Address, m.SQL.URL = redis, url
			m.Cluster = cluster.Config{Listen: "127.0.0.1:0", Secret: sharedSecret}
			for _, c := range change {
				c(m)
			}
		})
		phones(n)
		all = append(all, n.start())
	}
	for _, n := range all {
		until(t, "the nodes know each other", func() bool { return len(n.known()) == count })
	}
	return all
}

// phones lets everybody work with a desk phone.
func phones(n *node) {
	n.edit("agents.yaml", "role: supervisor\n", "role: supervisor\n    device: phone\n    phone_password: \""+phonePassword+"\"\n")
	n.edit("agents.yaml", "device: browser ", "device: phone\n    phone_password: \""+phonePassword+"\" ")
}

// call is what a page is told of its agent's call.
type call struct {
	ID, Lease, State string
	Muted            bool
	Place, Owner     string
	Parties          []struct{ ID, Place, State string }
}

// party is how somebody takes part, "aside talking".
func (c *call) party(id string) string {
	for _, p := range c.Parties {
		if p.ID == id {
			return strings.TrimSpace(p.Place + " " + p.State)
		}
	}
	return "no party"
}

// callOf reads a state that a page was told; nil is no call.
func callIn(told string) *call {
	var m struct{ State struct{ Call *call } }
	if json.Unmarshal([]byte(told), &m) != nil {
		return nil
	}
	return m.State.Call
}

// shows waits until a page shows the call so.
func shows(t *testing.T, told <-chan string, what string, is func(*call) bool) *call {
	t.Helper()
	for text := range told {
		if c := callIn(text); strings.Contains(text, `"type":"state"`) && is(c) {
			return c
		}
	}
	t.Fatal("the page never shows ", what)
	return nil
}

// available logs an agent in at a node, with a page; they take calls.
func (n *node) available(agent string) (*person, <-chan string) {
	n.t.Helper()
	p := n.person(agent)
	told, leave := p.page()
	n.t.Cleanup(leave)
	hears(n.t, told, `"session":"online"`)
	p.does("/api/presence", `{"chosen":"available"}`)
	return p, told
}

func (p *person) does(path, body string) {
	p.t.Helper()
	if status, answer := p.do("POST", path, body); status != 204 {
		p.t.Fatalf("%s: %d %s", path, status, answer)
	}
}

// The caller is on one node, the agent's page on another, their phone on a third: they hear each other, every command
// reaches the call, the phone's own hold button, too, and the history has one row, whose recording is heard anywhere.
func TestOneCallOverThreeNodes(t *testing.T) {
	nodes := several(t, 3)
	phone := nodes[2].phoneOf("maria", 700)
	maria, told := nodes[1].available("maria")
	ann := nodes[0].dials("100", "ann")
	voice := hums(t, ann.sound, 1100)
	voice.towards(t, ann.answer)
	ann.presses("100", "ann", "1")
	phone.lifted()
	c := shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	until(t, "ann hears maria", func() bool { return voice.hears(700) })
	until(t, "maria hears ann", func() bool { return phone.hears(1100) })

	path := "/api/calls/" + c.ID
	maria.does(path+"/hold", "")
	shows(t, told, "the hold", func(c *call) bool { return c != nil && c.State == "held" })
	until(t, "neither hears the other", func() bool { return voice.misses(700) && phone.misses(1100) })
	if status, body := maria.do("POST", path+"/hold", ""); status != 409 || !strings.Contains(body, "not_now") {
		t.Errorf("a second hold: %d %s", status, body)
	}
	maria.does(path+"/resume", "")
	until(t, "ann hears maria again", func() bool { return voice.hears(700) && phone.hears(1100) })
	maria.does(path+"/mute", "")
	shows(t, told, "the mute", func(c *call) bool { return c != nil && c.Muted })
	until(t, "ann does not hear maria, who hears her", func() bool { return voice.misses(700) && phone.hears(1100) })
	maria.does(path+"/unmute", "")
	until(t, "ann hears maria again", func() bool { return voice.hears(700) })

	phone.within("INVITE", phone.sdp("sendonly"))
	shows(t, told, "the phone's hold", func(c *call) bool { return c != nil && c.State == "held" })
	phone.within("INVITE", phone.sdp("sendrecv"))
	shows(t, told, "the talk again", func(c *call) bool { return c != nil && c.State == "talking" })
	until(t, "both hear each other", func() bool { return voice.hears(700) && phone.hears(1100) })

	maria.does(path+"/end", "")
	<-phone.over
	shows(t, told, "no call", func(c *call) bool { return c == nil })
	ann.hangsUp("100", "ann")
	sam := nodes[1].person("sam")
	until(t, "the call is remembered, once", func() bool { h := sam.history(); return len(h) == 1 && h[0].Ended != "" })
	if h := sam.history()[0]; h.From != "ann" || h.Outcome != "served" {
		t.Errorf("the history says %+v", h)
	}
	until(t, "its recording is heard at a node that has not got it", func() bool {
		status, sound := maria.do("GET", "/api/recordings/"+c.ID, "")
		return status == 200 && strings.HasPrefix(sound, "RIFF") && len(sound) > 8000
	})
	for n, node := range nodes {
		until(t, "every relay is over", func() bool {
			select {
			case <-node.floor.empty():
				return true
			default:
				return false
			}
		})
		if kept := node.floor.total(); (kept == 1) != (n == 0) {
			t.Errorf("node %d had %d calls", n, kept)
		}
	}
}

// Where a caller waits does not matter: all pages count them, and a supervisor's history is one.
func TestQueuesAreOne(t *testing.T) {
	nodes := several(t, 2)
	sam := nodes[1].person("sam")
	told, leave := sam.page()
	defer leave()
	for i, from := range []string{"ann", "bob"} {
		c := nodes[i].dials("100", from)
		c.presses("100", from, "1")
		defer c.hangsUp("100", from)
	}
	hears(t, told, `"waiting":2`)
	for _, n := range nodes {
		s, err := n.Status(context.Background())
		if err != nil || waiting(s) != 2 {
			t.Errorf("a node says %v, %v", s, err)
		}
		if _, figures := n.person("maria").do("GET", "/metrics", ""); !strings.Contains(figures, `callfloor_nodes{state="alive"} 2`) {
			t.Error("the figures do not count two nodes")
		}
	}
}

// A phone elsewhere that is busy, or rejects, declines as one at the caller's own node does; one whose owner hangs up
// ends the talk; a caller who hangs up stops the ringing.
func TestTheEndsOfALegBetweenNodes(t *testing.T) {
	for _, status := range []string{"486 Busy Here", "603 Decline"} {
		t.Run(status, func(t *testing.T) {
			nodes := several(t, 2)
			phone := nodes[1].phoneOf("maria", 700)
			_, told := nodes[1].available("maria")
			ann := nodes[0].dials("100", "ann")
			ann.presses("100", "ann", "1")
			hears(t, told, `"offer":{`)
			phone.refuses(status)
			hears(t, told, `"why":"cooling down`)
			ann.hangsUp("100", "ann")
		})
	}
	t.Run("the phone hangs up", func(t *testing.T) {
		nodes := several(t, 2)
		phone := nodes[1].phoneOf("maria", 700)
		_, told := nodes[1].available("maria")
		ann := nodes[0].dials("100", "ann")
		ann.presses("100", "ann", "1")
		phone.lifted()
		shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
		phone.within("BYE", "")
		hears(t, told, `"wrapup":{`)
		ann.hangsUp("100", "ann")
	})
	t.Run("the caller hangs up", func(t *testing.T) {
		nodes := several(t, 2)
		phone := nodes[1].phoneOf("maria", 700)
		_, told := nodes[1].available("maria")
		ann := nodes[0].dials("100", "ann")
		ann.presses("100", "ann", "1")
		until(t, "the phone rings", func() bool { return phone.rings() != "" })
		ann.hangsUp("100", "ann")
		<-phone.over
		hears(t, told, `"offer":null`)
	})
}

// A browser may register at any node, whichever gave it its password.
func TestABrowsersPasswordIsGoodAtEveryNode(t *testing.T) {
	nodes := several(t, 2)
	maria := nodes[0].person("maria")
	status, body := maria.do("GET", "/api/session", "")
	var session struct {
		SIP struct{ User, Password string }
	}
	if err := json.Unmarshal([]byte(body), &session); status != 200 || err != nil || session.SIP.User == "" {
		t.Fatalf("the session is %d %s (%v)", status, body, err)
	}
	for n, x := range nodes {
		a, ok := house{x.App}.Account(session.SIP.User)
		if !ok || a.Agent != "maria" || a.Password != session.SIP.Password || !a.Browser {
			t.Errorf("at node %d the account is %+v, %v", n, a, ok)
		}
	}
}

// A node with another secret is told so, and is not spoken to.
func TestANodeWithAnotherSecret(t *testing.T) {
	nodes := several(t, 1)
	other := prepare(t, func(m *configs.Main) {
		m.Redis.Address, m.SQL.URL = nodes[0].main.Redis.Address, nodes[0].main.SQL.URL
		m.Cluster = cluster.Config{Listen: "127.0.0.1:0", Secret: sharedSecret + "!"}
	}).start()
	for _, n := range []*node{nodes[0], other} {
		until(t, "both logs say it", func() bool {
			n.diary.mu.Lock()
			defer n.diary.mu.Unlock()
			return strings.Contains(n.diary.text.String(), "is cluster.secret the same")
		})
	}
}
