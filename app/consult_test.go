package app

import (
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
)

// consult is maria, at a desk phone, who asks sam, at another one, about ann.
type consult struct {
	t           *testing.T
	ann         *caller
	anns        *voice
	phone, sams *deskPhone
	maria, sam  *person
	call        string
	told, tells <-chan string // maria's page, and sam's
}

// consults begins one: the caller is at the first node, the phones are at the others, and so are the pages.
func consults(t *testing.T, caller, marias, sams, pages *node) *consult {
	t.Helper()
	c := &consult{t: t, phone: marias.phoneOf("maria", 1000), sams: sams.phoneOf("sam", 700)}
	c.maria, c.told = pages.available("maria")
	c.ann, c.anns = caller.singer("ann", 440)
	c.ann.presses("100", "ann", "1")
	c.phone.lifted()
	c.call = shows(t, c.told, "the talk", func(x *call) bool { return x != nil && x.State == "talking" }).ID
	c.sam, c.tells = pages.available("sam")
	c.does("consult", `{"agent":"sam","note":"a refund?"}`)
	c.sams.lifted()
	c.inPrivate("they talk")
	shows(t, c.told, "the consult", func(x *call) bool {
		return x != nil && x.State == "held" && x.party("sam") == "aside talking"
	})
	shows(t, c.tells, "who asks", func(x *call) bool {
		return x != nil && x.State == "talking" && x.Place == "aside" && x.Owner == "Maria Lopez"
	})
	return c
}

func (c *consult) does(verb, body string) {
	c.t.Helper()
	c.maria.does("/api/calls/"+c.call+"/"+verb, body)
}

func (c *consult) inPrivate(what string) {
	c.t.Helper()
	until(c.t, what+": the two hear each other", func() bool { return c.phone.hears(700) && c.sams.hears(1000) })
	until(c.t, what+": ann hears neither", func() bool { return c.anns.misses(1000) && c.anns.misses(700) && c.anns.hearsAny() })
	until(c.t, what+": nor do they hear ann", func() bool { return c.phone.misses(440) && c.sams.misses(440) })
}

// swapsAndHandsOver: all that maria may do reaches the call, and at the end ann is sam's.
func (c *consult) swapsAndHandsOver() {
	c.t.Helper()
	c.does("swap", "")
	until(c.t, "ann and maria hear each other", func() bool { return c.anns.hears(1000) && c.phone.hears(440) })
	until(c.t, "sam hears music", func() bool { return c.sams.misses(1000) && c.sams.misses(440) && c.sams.hearsAny() })
	shows(c.t, c.tells, "sam on hold", func(x *call) bool { return x != nil && x.State == "held" })
	c.does("complete", "")
	<-c.phone.over
	hears(c.t, c.told, `"wrapup":{`)
	until(c.t, "ann and sam hear each other", func() bool { return c.anns.hears(700) && c.sams.hears(440) })
	shows(c.t, c.tells, "a call of his own", func(x *call) bool { return x != nil && x.State == "talking" && x.Place == "" })
	c.ann.hangsUp("100", "ann")
	<-c.sams.over
}

// The caller is at one node, and each agent's phone at another: they are heard, and every command reaches the call.
func TestAConsultOverThreeNodes(t *testing.T) {
	nodes := several(t, 3)
	c := consults(t, nodes[0], nodes[1], nodes[2], nodes[1])
	c.swapsAndHandsOver()
	for _, n := range nodes {
		until(t, "no leg is left", func() bool { return n.floor.size() == 0 })
	}
}

// Sam's phone hangs up, at another node: ann is maria's again, and his slot is his.
func TestTheConsultedHangsUpAtAnotherNode(t *testing.T) {
	nodes := several(t, 2)
	c := consults(t, nodes[0], nodes[0], nodes[1], nodes[1])
	c.sams.within("BYE", "")
	until(t, "ann and maria hear each other", func() bool { return c.anns.hears(1000) && c.phone.hears(440) })
	shows(t, c.tells, "no call", func(x *call) bool { return x == nil })
	c.ann.hangsUp("100", "ann")
	<-c.phone.over
	until(t, "the history tells of it", func() bool {
		h := c.maria.history()
		return len(h) == 1 && h[0].Ended != "" && h[0].Outcome == "served"
	})
}

// The server is killed in a consult, and started again: the two talk on, and then ann is sam's.
func TestAConsultOfDeskPhonesOutlivesItsProcess(t *testing.T) {
	for name, address := range map[string]func() string{
		"embedded redis": func() string { return "" },
		"redis-server":   func() string { return testredis.New(t).Address },
	} {
		t.Run(name, func(t *testing.T) {
			n := prepare(t)
			phones(n)
			n.startElsewhere(address())
			c := consults(t, n, n, n, n)
			n.kills()
			n.runs()
			restarted := time.Now()
			c.forget()
			c.inPrivate("after the restart")
			if took := time.Since(restarted); took > afterTheRestart {
				t.Errorf("they heard each other again after %v", took)
			}
			c.looks(n)
			c.swapsAndHandsOver()
		})
	}
}

func (c *consult) forget() {
	for _, v := range []*voice{c.anns, c.phone.voice, c.sams.voice} {
		v.forget()
	}
}

// looks opens the pages anew.
func (c *consult) looks(n *node) {
	var leave, too func()
	c.told, leave = c.maria.page()
	c.tells, too = n.person("sam").page()
	c.t.Cleanup(leave)
	c.t.Cleanup(too)
}

// Their node is killed and stays dead: the three follow to another one, and go on as they stood.
func TestAnotherNodeGoesOnWithAConsult(t *testing.T) {
	first, rest := mortal(t, 1, soon)
	second := rest[0]
	c := consults(t, first, first, first, second)
	until(t, "the consult is shared", func() bool {
		id := callKept + c.call
		sealed, err := second.state.Redis().HGet(t.Context(), second.state.Key("kept:"+first.name()), id).Bytes()
		text, _ := second.seal.Open(id, sealed)
		return err == nil && strings.Contains(string(text), `"guests":[{`)
	})
	first.kills()
	c.forget()
	c.anns.towards(t, c.ann.follows())
	c.inPrivate("at the second node")
	c.swapsAndHandsOver()
}
