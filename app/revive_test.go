package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/media/audio"
	"github.com/callfloor/callfloor/state"
)

// afterTheRestart is how soon both parties of a talk hear each other again.
const afterTheRestart = 2 * time.Second

// forget empties the ear: what it hears from now on is new.
func (v *voice) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ear = nil
}

// hearsAny tells whether half a second of anything has come.
func (v *voice) hearsAny() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.ear) == audio.Rate/2
}

// singer is a caller with a voice.
func (n *node) singer(from string, hz float64) (*caller, *voice) {
	n.t.Helper()
	c := n.dials("100", from)
	v := hums(n.t, c.sound, hz)
	v.towards(n.t, c.answer)
	return c, v
}

// queued is how many wait in the queue sales.
func (n *node) queued() int {
	n.t.Helper()
	s, err := AskStatus(n.t.Context(), n.data)
	if err != nil {
		return -1
	}
	return waiting(s)
}

// The server is killed with one caller in a talk with a desk phone, two in a queue and one in a menu, and started again.
// The talk goes on within two seconds, the queue has its order, the menu is said anew, the history has one row each, and
// the recording has the outage in it. It is the same with a Redis that lived on and with one that died, too.
func TestCallsOutliveTheirProcess(t *testing.T) {
	for name, address := range map[string]func() string{
		"embedded redis": func() string { return "" },
		"redis-server":   func() string { return testredis.New(t).Address },
	} {
		t.Run(name, func(t *testing.T) { outlive(t, address()) })
	}
}

func outlive(t *testing.T, redis string) {
	n := prepare(t)
	phones(n)
	n.startElsewhere(redis)
	phone := n.phoneOf("maria", 1000)
	maria, told := n.available("maria")
	ann, anns := n.singer("ann", 440)
	ann.presses("100", "ann", "1")
	phone.lifted()
	talk := shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	id, lease, began := talk.ID, talk.Lease, time.Now()
	until(t, "they talk", func() bool { return anns.hears(1000) && phone.hears(440) })
	bob, bobs := n.singer("bob", 500)
	bob.presses("100", "bob", "1")
	until(t, "bob waits", func() bool { return n.queued() == 1 })
	cid, _ := n.singer("cid", 600)
	cid.presses("100", "cid", "1")
	until(t, "cid waits", func() bool { return n.queued() == 2 })
	dan, dans := n.singer("dan", 700)
	until(t, "dan hears the menu", dans.hearsAny)
	until(t, "some of the talk is recorded", func() bool {
		files, _ := filepath.Glob(filepath.Join(n.data, "recordings/*/*/*/*.part.wav"))
		if len(files) != 1 {
			return false
		}
		info, err := os.Stat(files[0])
		return err == nil && info.Size() > audio.WAVHeader
	})

	n.kills()
	n.runs()
	restarted := time.Now()
	for _, v := range []*voice{anns, bobs, dans, phone.voice} {
		v.forget()
	}
	until(t, "they talk again", func() bool { return anns.hears(1000) && phone.hears(440) })
	if took := time.Since(restarted); took > afterTheRestart {
		t.Errorf("they heard each other again after %v", took)
	}
	for name, v := range map[string]*voice{"bob hears music": bobs, "dan hears the menu": dans} {
		until(t, name, v.hearsAny)
	}
	until(t, "both wait", func() bool { return n.queued() == 2 })
	dan.presses("100", "dan", "1")
	until(t, "dan waits, too", func() bool { return n.queued() == 3 })

	again, leave := maria.page()
	defer leave()
	shows(t, again, "the same talk", func(c *call) bool { return c != nil && c.ID == id && c.State == "talking" })
	maria.does("/api/calls/"+id+"/hold", "")
	until(t, "neither hears the other", func() bool { return anns.misses(1000) && phone.misses(440) })
	maria.does("/api/calls/"+id+"/resume", "")
	until(t, "both hear each other", func() bool { return anns.hears(1000) && phone.hears(440) })
	ann.hangsUp("100", "ann")
	<-phone.over
	shows(t, again, "no call", func(c *call) bool { return c == nil })
	heardAgain(t, maria, id, time.Since(began))
	phone.again(false) // it is called again without a word of its own
	maria.does("/api/wrapup/"+lease, `{"code":"sold"}`)
	until(t, "bob, who came first, is offered first", func() bool { return strings.Contains(phone.rings(), "bob") })
	for _, c := range []struct {
		*caller
		name string
	}{{bob, "bob"}, {cid, "cid"}, {dan, "dan"}} {
		c.hangsUp("100", c.name)
	}
	sam := n.person("sam")
	until(t, "the history has a row for each", func() bool {
		h := sam.history()
		if len(h) != 4 {
			return false
		}
		for _, i := range h {
			if i.Ended == "" || i.Revived == "" || i.Cause != "normal" {
				return false
			}
		}
		return true
	})
}

// heardAgain: the recording of a talk that the server's end has cut in two is one file, as long as the talk was, with
// both voices at its beginning and at its end, and silence between.
func heardAgain(t *testing.T, p *person, id string, talked time.Duration) {
	t.Helper()
	var left, right []int16
	until(t, "the recording is finished", func() bool {
		h := p.history()
		return len(h) > 0 && h[len(h)-1].ID == id && h[len(h)-1].RecordingSeconds > 0
	})
	status, sound := p.do("GET", "/api/recordings/"+id, "")
	if status != 200 || len(sound) < audio.WAVHeader {
		t.Fatalf("the recording: %d", status)
	}
	for b := []byte(sound[audio.WAVHeader:]); len(b) > 1; b = b[2:] {
		var pair [2]int16
		audio.DecodeMu(pair[:], b[:2])
		left, right = append(left, pair[0]), append(right, pair[1])
	}
	length := time.Duration(len(left)) * time.Second / audio.Rate
	if length < talked-time.Second || length > talked+time.Second/2 {
		t.Errorf("the recording has %v of a talk of %v", length, talked)
	}
	const edge = audio.Rate / 2
	_, begin := levels(left[:edge], 440)
	silence, _ := levels(left, 440)
	_, end := levels(left[len(left)-edge:], 440)
	if begin < 0.3 || silence > 0.01 || end < 0.3 {
		t.Errorf("the caller's side: %v, silence %v, %v", begin, silence, end)
	}
	if _, l := levels(right[len(right)-edge:], 1000); l < 0.3 {
		t.Errorf("the agent's side ends with %v", l)
	}
}

// levels are the lowest and the highest of a tone in any sixteenth of a second: on a busy machine a caller's sound has gaps.
func levels(samples []int16, hz float64) (lowest, highest float64) {
	const part = audio.Rate / 16
	lowest = 1
	for n := 0; n+part <= len(samples); n += part {
		l := audio.Level(samples[n:n+part], hz, audio.Rate)
		lowest, highest = min(lowest, l), max(highest, l)
	}
	return lowest, highest
}

// Of what was kept, one call is of another version and one line is damaged: the log says so, that caller's row is closed
// as interrupted, and everybody else goes on.
func TestACallThatCannotGoOn(t *testing.T) {
	n := prepare(t).startElsewhere("")
	sam := n.person("sam")
	ann := n.dials("100", "ann")
	ann.presses("100", "ann", "1")
	until(t, "ann waits", func() bool { return n.queued() == 1 })
	until(t, "ann is kept", func() bool { return len(keptCalls(t, n)) == 1 })
	bob := n.dials("100", "bob")
	bob.presses("100", "bob", "1")
	until(t, "bob waits, and both are kept", func() bool { return n.queued() == 2 && len(keptCalls(t, n)) == 2 })
	until(t, "both have a row", func() bool { return len(sam.history()) == 2 })
	n.kills()

	k, err := state.OpenKeep(filepath.Join(n.data, "kept"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range k.All() {
		if strings.Contains(string(text), `"from":"ann"`) {
			k.Put(id, []byte(strings.Replace(string(text), `"format":2`, `"format":99`, 1)))
		}
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(n.data, "kept"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("half a line")
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}

	n.runs()
	until(t, "bob waits on", func() bool { return n.queued() == 1 })
	until(t, "ann's row is closed, bob's is not", func() bool {
		closed := map[string]string{}
		for _, i := range sam.history() {
			closed[i.From] = i.Cause
		}
		return len(closed) == 2 && closed["ann"] == "interrupted" && closed["bob"] == ""
	})
	for _, words := range []string{"call does not go on", "format 99", "lines of the keep are damaged"} {
		if !n.diary.says(words) {
			t.Errorf("the log does not say %q", words)
		}
	}
	bob.hangsUp("100", "bob")
	until(t, "nothing is kept", func() bool { return len(keptCalls(t, n)) == 0 })
}

// keptCalls are the calls that would go on now.
func keptCalls(t *testing.T, n *node) (all []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(n.data, "kept")) // whose lines the last of each id counts
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(copied, b, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := state.OpenKeep(copied, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for id, text := range k.All() {
		if strings.HasPrefix(id, callKept) && strings.Contains(string(text), `"stay"`) {
			all = append(all, id)
		}
	}
	return all
}
