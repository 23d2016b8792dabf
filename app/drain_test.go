package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
	"github.com/callfloor/callfloor/routing"
)

// A draining node refuses new calls, is not ready, lets the live ones finish, and then ends by itself.
func TestDrain(t *testing.T) {
	n := prepare(t).start()
	sam := n.person("sam")
	if status, body := sam.do("GET", "/readyz", ""); status != 200 {
		t.Fatalf("not ready: %s", body)
	}
	c := n.dials("100", "ann")
	told, leave := sam.page()
	defer leave()
	hears(t, told, `"drain":null`)
	n.Drain(time.Hour)
	n.Drain(0)                      // twice is once, and another end
	hears(t, told, `"moves":false`) // there is nowhere to go
	if status, body := sam.do("GET", "/readyz", ""); status != 503 || !strings.Contains(body, `"serving":"failed"`) || !strings.Contains(body, `"calls":1`) {
		t.Errorf("ready while draining: %d %s", status, body)
	}
	if s, err := n.Status(context.Background()); err != nil || s.Left > 10*time.Minute || !strings.Contains(s.String(), "draining until ") {
		t.Errorf("it says %s, %v", s, err)
	}
	if got := n.dials("100", "bob").refused(); !strings.HasPrefix(got, "SIP/2.0 503") {
		t.Errorf("a new call is answered %q", got)
	}
	select {
	case err := <-n.ran:
		t.Fatalf("it ended with a call alive: %v", err)
	default:
	}
	c.hangsUp("100", "ann")
	select {
	case err := <-n.ran:
		if err != nil {
			t.Error(err)
		}
		n.cancel = nil
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
}

// A second word ends what is left.
func TestTheEndOfADrain(t *testing.T) {
	n := prepare(t).start()
	c := n.dials("100", "ann")
	n.Drain(0)
	n.End()
	c.hears("BYE ")
	if err := <-n.ran; err != nil {
		t.Error(err)
	}
	n.cancel = nil
}

// When a drain's time is over, whoever waits or talks yet hears why, and then the call ends; the history has the cause.
func TestTheTimeOfADrainIsOver(t *testing.T) {
	n := prepare(t)
	n.edit("callfloor.yaml", `drain_words: "Sorry, our system is being updated. Please call again in a few minutes."`, "drain_words: {file: tone.wav}")
	n.writes("sounds/tone.wav", 950)
	n.edit("agents.yaml", "device: browser ", "device: phone\n    phone_password: \""+phonePassword+"\" ")
	n.start()
	phone := n.phoneOf("maria", 700)
	_, told := n.available("maria")
	ann := n.dials("100", "ann")
	voice := hums(t, ann.sound, 1100)
	voice.towards(t, ann.answer)
	ann.presses("100", "ann", "1")
	phone.lifted()
	until(t, "ann talks with maria", func() bool { return voice.hears(700) })
	bob := n.dials("100", "bob")
	bob.presses("100", "bob", "1")
	until(t, "bob waits", func() bool { s, err := n.Status(context.Background()); return err == nil && waiting(s) == 1 })

	n.Drain(time.Hour)
	hears(t, told, `"drain":{"leftMs":3`)
	n.Drain(time.Millisecond)
	until(t, "ann is told why", func() bool { return voice.hears(950) })
	until(t, "she hears maria no more", func() bool { return voice.misses(700) })
	<-phone.over
	ann.hears("BYE ")
	bob.hears("BYE ")
	if err := <-n.ran; err != nil {
		t.Error(err)
	}
	n.cancel = nil
	n.start()
	h := n.person("sam").history()
	if len(h) != 2 || h[0].Cause != "draining" || h[0].Outcome != "draining" || h[1].Cause != "draining" || h[1].Outcome != "served" {
		t.Errorf("the history says %+v", h)
	}
}

// A node of several is told to stop. The page of an idle agent is asked to move and does, without being lost for a
// moment; that of one who talks stays until the talk is over; a page elsewhere knows that its call depends on the node,
// which ends long before its time.
func TestPagesLeaveADrainedNode(t *testing.T) {
	nodes := several(t, 2)
	old, other := nodes[0], nodes[1]
	phone := other.phoneOf("maria", 700)
	maria, sam := old.person("maria"), old.person("sam")
	talks, mariaLeaves := maria.page()
	idle, samLeaves := sam.page()
	hears(t, idle, `"session":"online"`)
	hears(t, talks, `"session":"online"`)
	maria.does("/api/presence", `{"chosen":"available"}`)
	since := old.agent("sam").Since
	ann := old.dials("100", "ann")
	ann.presses("100", "ann", "1")
	phone.lifted()
	c := shows(t, talks, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })

	old.Drain(time.Hour)
	hears(t, talks, `"moves":false`)
	hears(t, idle, `"moves":true`)
	if _, _, err := sam.opens("&leaves=" + old.node); err == nil {
		t.Error("a page moves to where it is")
	}
	samLeft := sam.moves(old, other)
	defer samLeft()
	status, seen := (&person{t, other, sam.client}).do("GET", "/api/nodes", "")
	if want := `{"name":"` + old.node + `","address":"` + old.nodeAddress() + `","alive":true,"draining":true,"leftMs":3`; status != 200 ||
		!strings.Contains(seen, want) || !strings.Contains(seen, `"calls":1`) || !strings.Contains(seen, `"draining":false`) {
		t.Errorf("the nodes are %d %s", status, seen)
	}
	if status, _ := maria.do("GET", "/api/nodes", ""); status != 404 {
		t.Errorf("an agent sees the nodes: %d", status)
	}
	if s, err := other.Status(context.Background()); err != nil || !strings.Contains(s.String(), " left, 1 calls") {
		t.Errorf("it says %s, %v", s, err)
	}
	samLeaves()
	until(t, "sam's former page is closed", func() bool { return old.diary.says("page closed\" agent=sam") })
	if a := other.agent("sam"); a.Session != "online" || !a.Since.Equal(since) {
		t.Errorf("sam was lost: %+v", a)
	}

	here := &person{t, other, maria.client}
	elsewhere, leave := here.page()
	defer leave()
	hears(t, elsewhere, `"drain":{"leftMs":3`)
	here.does("/api/calls/"+c.ID+"/end", "")
	<-phone.over
	ann.hangsUp("100", "ann")
	hears(t, elsewhere, `"drain":null`)
	hears(t, talks, `"moves":true`)
	over := time.Now()
	mariaLeaves()
	if err := <-old.ran; err != nil || time.Since(over) > moving/2 {
		t.Errorf("after %s it ends with %v", time.Since(over), err)
	}
	old.cancel = nil
}

// moves opens the person's page at another node, as a load balancer leads it there.
func (p *person) moves(from, to *node) (leave func()) {
	p.t.Helper()
	told, leave, err := (&person{p.t, to, p.client}).opens("&leaves=" + from.node)
	if err != nil {
		p.t.Fatal(err)
	}
	hears(p.t, told, `"session":"online"`)
	return leave
}

// agent is how somebody stands.
func (n *node) agent(id string) routing.AgentState {
	n.t.Helper()
	a, err := n.router.Agent(context.Background(), id)
	if err != nil {
		n.t.Fatal(err)
	}
	return a
}

// writes a sound file of a second of a tone into the configuration.
func (n *node) writes(file string, hz float64) {
	n.t.Helper()
	var b bytes.Buffer
	pcm := audio.Tone(hz, 0.5, time.Second)
	for _, v := range []any{
		[]byte("RIFF"), uint32(36 + 2*len(pcm)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(audio.Rate),
		uint32(2 * audio.Rate), uint16(2), uint16(16), []byte("data"), uint32(2 * len(pcm)), pcm,
	} {
		_ = binary.Write(&b, binary.LittleEndian, v) // to memory
	}
	if err := os.WriteFile(filepath.Join(n.dir, file), b.Bytes(), 0o600); err != nil {
		n.t.Fatal(err)
	}
}
