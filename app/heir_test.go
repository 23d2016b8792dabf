package app

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// soon is how long a node must be dead in these tests; both sides are heard again two seconds later at most.
const soon = 5 * time.Second

// A node is killed and stays dead, with one caller in a talk with a desk phone of that node, two in a queue and one in a menu;
// and one whose phone knows nothing of the call any more. The other node goes on with all but the last: the talk is heard
// both ways, the queue has its order, the menu is said anew, and the history has one row for each.
func TestAnotherNodeGoesOnWithTheCallsOfADeadOne(t *testing.T) {
	first, rest := mortal(t, 1, soon)
	second := rest[0]
	phone := first.phoneOf("maria", 1000)
	maria, told := second.available("maria")
	ann, anns := first.singer("ann", 440)
	ann.presses("100", "ann", "1")
	phone.lifted()
	talk := shows(t, told, "the talk", func(c *call) bool { return c != nil && c.State == "talking" })
	until(t, "they talk", func() bool { return anns.hears(1000) && phone.hears(440) })
	bob, bobs := first.singer("bob", 500)
	bob.presses("100", "bob", "1")
	until(t, "bob waits", func() bool { return first.queued() == 1 })
	cid, cids := first.singer("cid", 600)
	cid.presses("100", "cid", "1")
	until(t, "cid waits", func() bool { return first.queued() == 2 })
	dan, dans := first.singer("dan", 700)
	until(t, "dan hears the menu", dans.hearsAny)
	gus := first.dials("100", "gus")
	gus.presses("100", "gus", "1")
	until(t, "gus waits", func() bool { return first.queued() == 3 })
	until(t, "some of the talk is recorded", func() bool { return recordedSoFar(first) > audio.WAVHeader })
	until(t, "all of that is shared", func() bool { return shared(t, second, first.name()) == 5 })

	first.kills()
	killed := time.Now()
	for _, v := range []*voice{anns, bobs, cids, dans, phone.voice} {
		v.forget()
	}
	for _, c := range []struct {
		*caller
		*voice
	}{{ann, anns}, {bob, bobs}, {cid, cids}, {dan, dans}} {
		c.towards(t, c.follows())
	}
	gus.respond(gus.hears("INVITE"), "481 Call/Transaction Does Not Exist", "")
	until(t, "the two talk again", func() bool { return anns.hears(1000) && phone.hears(440) })
	for name, v := range map[string]*voice{"bob": bobs, "cid": cids, "dan": dans} {
		until(t, name+" hears something", v.hearsAny)
	}
	if took := time.Since(killed); took > soon+2*time.Second {
		t.Errorf("they heard each other again after %v", took)
	}
	shows(t, told, "the same talk", func(c *call) bool { return c != nil && c.ID == talk.ID && c.State == "talking" })
	until(t, "two wait", func() bool { return second.queued() == 2 })
	dan.presses("100", "dan", "1")
	until(t, "dan waits, too", func() bool { return second.queued() == 3 })

	maria.does("/api/calls/"+talk.ID+"/hold", "")
	until(t, "neither hears the other", func() bool { return anns.misses(1000) && phone.misses(440) })
	maria.does("/api/calls/"+talk.ID+"/resume", "")
	until(t, "both hear each other", func() bool { return anns.hears(1000) && phone.hears(440) })
	ann.hangsUp("100", "ann")
	phone.ended(time.Now())
	after := heardOf(t, maria, talk.ID, 1)
	after.voices(t, "what the second node has", 0, soon, after.length()) // with the outage before it
	phone.again(false)                                                   // it is called again without a word of its own
	maria.does("/api/wrapup/"+talk.Lease, `{"code":"sold"}`)
	until(t, "bob, who came first, is offered first", func() bool { return strings.Contains(phone.rings(), "bob") })
	bob.hangsUp("100", "bob")
	cid.hangsUp("100", "cid")
	dan.hangsUp("100", "dan")
	sam := second.person("sam")
	until(t, "the history has a row for each", func() bool {
		causes := map[string]string{}
		for _, i := range sam.history() {
			if i.Ended != "" && (i.Revived != "") == (i.From != "gus") {
				causes[i.From] += i.Cause
			}
		}
		return len(causes) == 5 && causes["gus"] == "interrupted" && causes["ann"]+causes["bob"]+causes["cid"]+causes["dan"] == strings.Repeat("normal", 4)
	})
	if !second.diary.says("call of a dead node is interrupted") {
		t.Error("the log does not say what became of gus")
	}
	until(t, "nothing is shared any more", func() bool { return shared(t, second, second.name()) == 0 })

	first.runs() // it finds nothing of its own but the beginning of a recording
	whole := heardOf(t, maria, talk.ID, 0)
	if whole.length() <= after.length() {
		t.Fatalf("the first node is back, and %v are heard instead of %v", whole.length(), after.length())
	}
	begin := whole.length() - after.length()
	whole.voices(t, "the whole, before the outage", 0, 0, begin)
	whole.voices(t, "the whole, after it", begin, begin+soon, whole.length())
	for _, i := range sam.history() {
		if i.ID == talk.ID && (i.Cause != "normal" || len(i.RecordingParts) != 2 || i.RecordingParts[1].Silence < soon.Seconds()-2 ||
			math.Abs(i.RecordingSeconds-whole.length().Seconds()) > 0.1) {
			t.Errorf("the history says %+v of a recording of %v", i, whole.length())
		}
	}
	if !first.diary.says("calls went on at another node meanwhile") && first.queued() != 0 {
		t.Error("the dead node took its calls back")
	}
}

// A node hangs for so long that another one has its callers, and then goes on. It lets go of them without a word: they are
// heard by the other one alone, nobody is hung up, and their rows are not closed.
func TestANodeThatHungLetsGoOfWhatIsNotItsOwnAnyMore(t *testing.T) {
	first, rest := mortal(t, 1, soon)
	second := rest[0]
	ann, anns := first.singer("ann", 440)
	ann.presses("100", "ann", "1")
	until(t, "ann waits", func() bool { return first.queued() == 1 })
	until(t, "ann is shared", func() bool { return shared(t, second, first.name()) == 1 })

	first.away.signals(t, syscall.SIGSTOP)
	anns.towards(t, ann.follows())
	until(t, "the second goes on", func() bool { return second.diary.says("call of a dead node taken over") })
	first.away.signals(t, syscall.SIGCONT)
	until(t, "the first lets go", func() bool { return first.diary.says("cause=forsaken") })
	anns.forget()
	until(t, "ann hears music", anns.hearsAny)
	until(t, "ann has her place", func() bool { return first.queued() == 1 && second.queued() == 1 })
	until(t, "both nodes live", func() bool {
		n, ok := second.known()[first.name()]
		return ok && !n.Dead()
	})
	if h := second.person("sam").history(); len(h) != 1 || h[0].Ended != "" || h[0].Revived == "" {
		t.Errorf("the history is %+v", h)
	}
	phone := first.phoneOf("maria", 1000)
	first.available("maria")
	until(t, "she is offered by the second", func() bool { return strings.Contains(phone.rings(), "ann") })
	if first.diary.says("msg=offered") || !second.diary.says("msg=offered") {
		t.Error("the offer is carried out by both, or by the wrong one")
	}
	ann.hangsUp("100", "ann")
}

// recordedSoFar is the size of the only file that a node is recording, in bytes.
func recordedSoFar(n *node) int64 {
	files, _ := filepath.Glob(filepath.Join(n.data, "recordings/*/*/*/*.part.wav"))
	if len(files) != 1 {
		return 0
	}
	info, err := os.Stat(files[0])
	if err != nil {
		return 0
	}
	return info.Size()
}

// tape is a recording as it is heard: the caller, and the agent.
type tape struct{ left, right []int16 }

// heardOf waits for a recording of which so many parts are not there.
func heardOf(t *testing.T, p *person, id string, missing int) (x tape) {
	t.Helper()
	var sound string
	until(t, "the recording is heard", func() bool {
		res, err := p.client.Get(p.url("/api/recordings/" + id))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		sound = string(b)
		n, _ := strconv.Atoi(res.Header.Get("Callfloor-Parts-Missing"))
		return res.StatusCode == 200 && len(b) > audio.WAVHeader && n == missing
	})
	for b := []byte(sound[audio.WAVHeader:]); len(b) > 1; b = b[2:] {
		var pair [2]int16
		audio.DecodeMu(pair[:], b[:2])
		x.left, x.right = append(x.left, pair[0]), append(x.right, pair[1])
	}
	return x
}

func (x tape) length() time.Duration { return time.Duration(len(x.left)) * time.Second / audio.Rate }

// voices: nothing is heard from a moment on, until another one, about, and from that on both voices are, to the end.
func (x tape) voices(t *testing.T, what string, from, quiet, to time.Duration) {
	t.Helper()
	level := func(at time.Duration, side []int16, hz float64) float64 {
		n := int(at.Seconds() * audio.Rate)
		return audio.Level(side[n:n+audio.Rate/8], hz, audio.Rate)
	}
	if middle := (from + quiet) / 2; quiet > from && (level(middle, x.left, 440) > 0.01 || level(middle, x.right, 1000) > 0.01) {
		t.Errorf("%s: no silence at %v", what, middle)
	}
	heard := false // of the time in which they talk, holds and outages included
	for at := quiet; at < to-time.Second/8; at += time.Second / 8 {
		heard = heard || level(at, x.left, 440) > 0.3 && level(at, x.right, 1000) > 0.3
	}
	if !heard {
		t.Errorf("%s: not both are heard between %v and %v", what, quiet, to)
	}
}

// name is the node's own.
func (n *node) name() string {
	n.t.Helper()
	if n.away == nil {
		return n.node
	}
	name, err := kept(n.data+"/node", "n-", 4)
	if err != nil {
		n.t.Fatal(err)
	}
	return name
}

var sealedCall = regexp.MustCompile(`^call:c-`)

// shared is how many calls of a node its heirs would have.
func shared(t *testing.T, by *node, of string) (calls int) {
	t.Helper()
	ids, err := by.state.Redis().HKeys(t.Context(), by.state.Key("kept:"+of)).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if sealedCall.MatchString(id) {
			calls++
		}
	}
	return calls
}
