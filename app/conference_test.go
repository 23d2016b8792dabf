package app

import (
	"strings"
	"testing"
)

// matrix waits until each of the three hears just those of these tones: ann's is 440, maria's 1000, sam's 700.
func (c *consult) matrix(what string, ann, maria, sam []float64) {
	c.t.Helper()
	for who, hears := range map[*voice][]float64{c.anns: ann, c.phone.voice: maria, c.sams.voice: sam} {
		until(c.t, what, func() bool {
			for _, hz := range []float64{440, 1000, 700} {
				if due := among(hears, hz); due && !who.hears(hz) || !due && !who.misses(hz) {
					return false
				}
			}
			return true
		})
	}
}

func among(all []float64, hz float64) bool {
	for _, x := range all {
		if x == hz {
			return true
		}
	}
	return false
}

// together merges, and finds all three in one conference; sam's desk phone has nothing to be asked by.
func (c *consult) together() {
	c.t.Helper()
	c.does("merge", "")
	c.matrix("in the conference", []float64{1000, 700}, []float64{440, 700}, []float64{440, 1000})
	shows(c.t, c.told, "sam among them", func(x *call) bool { return x != nil && x.State == "talking" && x.party("sam") == "among talking" })
	shows(c.t, c.tells, "the conference", func(x *call) bool { return x != nil && x.Place == "among" })
}

// The caller is at one node, the phones and pages at another: three hear each other, each can be kept from being heard, and whoever leaves
// leaves the caller with somebody.
func TestAConferenceOverTwoNodes(t *testing.T) {
	nodes := several(t, 2)
	c := consults(t, nodes[0], nodes[1], nodes[1], nodes[1])
	c.together()
	c.does("parties/sam/mute", "")
	c.matrix("sam is muted", []float64{1000}, []float64{440}, []float64{440, 1000})
	c.does("parties/sam/unmute", "")
	c.does("hold", "")
	c.matrix("ann is on hold", nil, []float64{700}, []float64{1000})
	c.does("resume", "")
	c.matrix("in the conference again", []float64{1000, 700}, []float64{440, 700}, []float64{440, 1000})
	c.does("end", "")
	<-c.phone.over
	until(t, "ann is sam's", func() bool { return c.anns.hears(700) && c.anns.misses(1000) && c.sams.hears(440) })
	shows(t, c.tells, "a call of his own", func(x *call) bool { return x != nil && x.Place == "" })
	hears(t, c.told, `"wrapup":{`)
	c.ann.hangsUp("100", "ann")
	<-c.sams.over
	until(t, "the history has it as one call", func() bool {
		h := c.sam.history()
		return len(h) == 1 && h[0].Ended != "" && h[0].Outcome == "served"
	})
}

// A killed node's conference goes on after the restart.
func TestAConferenceOutlivesItsProcess(t *testing.T) {
	n := prepare(t)
	phones(n)
	n.startElsewhere("")
	c := consults(t, n, n, n, n)
	c.together()
	n.kills()
	n.runs()
	c.forget()
	c.matrix("after the restart", []float64{1000, 700}, []float64{440, 700}, []float64{440, 1000})
	c.looks(n)
	c.does("parties/sam/drop", "")
	<-c.sams.over
	until(t, "ann and maria go on", func() bool { return c.anns.hears(1000) && c.phone.hears(440) && c.phone.misses(700) })
	c.ann.hangsUp("100", "ann")
	<-c.phone.over
}

// Sam supervises from another node than the call's: he listens, whispers, takes part, and takes the call over. Whose queue it is not may not.
func TestASupervisorOverTwoNodes(t *testing.T) {
	nodes := several(t, 2)
	c := consults(t, nodes[0], nodes[0], nodes[1], nodes[1])
	c.does("take-back", "")
	<-c.sams.over
	c.sams.again(false)
	shows(t, c.tells, "no call", func(x *call) bool { return x == nil })
	if status, body := c.maria.do("POST", "/api/calls/"+c.call+"/listen", ""); status != 404 {
		t.Errorf("an agent listens: %d %s", status, body)
	}
	path := "/api/calls/" + c.call
	c.sam.does(path+"/listen", "")
	c.sams.lifted()
	c.matrix("listening", []float64{1000}, []float64{440}, []float64{440, 1000})
	shows(t, c.tells, "what he listens to", func(x *call) bool { return x != nil && x.Place == "listening" && x.Owner == "Maria Lopez" })
	if status, body := c.maria.do("POST", path+"/parties/sam/drop", ""); status != 409 || !strings.Contains(body, "no_party") {
		t.Errorf("he is dropped: %d %s", status, body)
	}
	c.sam.does(path+"/whisper", "")
	c.matrix("whispering", []float64{1000}, []float64{440, 700}, []float64{440, 1000})
	c.sam.does(path+"/barge", "")
	c.matrix("among them", []float64{1000, 700}, []float64{440, 700}, []float64{440, 1000})
	c.sam.does(path+"/listen", "")
	c.matrix("listening again", []float64{1000}, []float64{440}, []float64{440, 1000})
	c.sam.does(path+"/take-over", "")
	<-c.phone.over
	until(t, "ann is sam's", func() bool { return c.anns.hears(700) && c.anns.misses(1000) && c.sams.hears(440) })
	shows(t, c.tells, "a call of his own", func(x *call) bool { return x != nil && x.Place == "" && x.State == "talking" })
	hears(t, c.told, `"wrapup":{`)
	c.ann.hangsUp("100", "ann")
	<-c.sams.over
}
