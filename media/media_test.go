package media

import (
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

var together = Plan{Seats: []Seat{{Line: "ann", Hears: []string{"maria"}}, {Line: "maria", Hears: []string{"ann"}}}}

func TestTwoPhonesHearEachOther(t *testing.T) {
	for name, laws := range map[string][2]Codec{"one codec": {PCMU, PCMU}, "two codecs": {PCMU, PCMA}} {
		t.Run(name, func(t *testing.T) {
			r := engine(t).Room()
			defer r.Close()
			ann, maria := call(t, r, "ann", laws[0]), call(t, r, "maria", laws[1])
			ann.sings(440)
			maria.sings(1000)
			plan(t, r, together)
			ann.event(Audio)
			ann.hears(1000)
			maria.hears(440)
			ann.hearsNo(440)

			// Hold: music to the one, nothing to the other.
			music := NewPlayback([]*Sound{NewSound(audio.Tone(600, 0.3, time.Second))}, true)
			plan(t, r, Plan{Seats: []Seat{{Line: "ann", Plays: music}, {Line: "maria"}}})
			ann.level(600, 100*time.Millisecond) // what was on its way
			ann.hears(600)
			ann.hearsNo(1000)
			maria.hearsNo(440)
			plan(t, r, together)
			ann.level(1000, 100*time.Millisecond)
			ann.hears(1000)
			one(t, ann)
			one(t, maria)
		})
	}
}

// one checks that all a phone heard was one stream: one SSRC, sequence numbers without a hole, time that never runs back.
func one(t *testing.T, p *peer) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ssrcs) != 1 {
		t.Errorf("%d SSRCs", len(p.ssrcs))
	}
	for i := 1; i < len(p.seqs); i++ {
		if p.seqs[i] != p.seqs[i-1]+1 {
			t.Fatalf("sequence %d follows %d", p.seqs[i], p.seqs[i-1])
		}
		if d := int32(p.stamps[i] - p.stamps[i-1]); d <= 0 || d > 800 {
			t.Fatalf("time goes on by %d samples", d)
		}
	}
}

func TestAPromptEndsAndSaysSo(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	call(t, r, "ann", PCMU)
	p := NewPlayback([]*Sound{NewSound(audio.Tone(500, 0.3, 300*time.Millisecond)), NewSound(audio.Tone(700, 0.3, 300*time.Millisecond))}, false)
	began := time.Now()
	plan(t, r, Plan{Seats: []Seat{{Line: "ann", Plays: p}}})
	<-p.Done()
	if d := time.Since(began); !p.Finished() || d < 550*time.Millisecond || d > 900*time.Millisecond {
		t.Errorf("finished %v after %v", p.Finished(), d)
	}
	q := NewPlayback([]*Sound{NewSound(make([]int16, 80000))}, false)
	plan(t, r, Plan{Seats: []Seat{{Line: "ann", Plays: q}}})
	plan(t, r, Plan{Seats: []Seat{{Line: "ann"}}})
	<-q.Done()
	if q.Finished() {
		t.Error("a prompt that was cut short says it was played")
	}
}

func TestKeysArrive(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann, maria := call(t, r, "ann", PCMU), call(t, r, "maria", PCMU)
	plan(t, r, together)
	// RFC 4733: the first packet is lost, the end is repeated; it is one key.
	for i, p := range [][4]byte{{5, 10, 0, 160}, {5, 10, 1, 64}, {5, 138, 1, 224}, {5, 138, 1, 224}} {
		ann.send(packet(101, uint16(i+1), 1000, 7, p[:]))
	}
	if e := ann.event(Digit); e.Digit != "5" || e.Via != "rfc4733" {
		t.Errorf("key %q via %s", e.Digit, e.Via)
	}
	ann.send(packet(101, 6, 3000, 7, []byte{11, 10, 0, 160}))
	if e := ann.event(Digit); e.Digit != "#" {
		t.Errorf("key %q", e.Digit)
	}
	// What we send is understood, too.
	ann.line.Digits("42")
	deadline := time.After(3 * time.Second)
	for {
		ann.mu.Lock()
		n := len(ann.keys)
		ann.mu.Unlock()
		if n == 2 {
			break
		}
		select {
		case <-deadline:
			t.Fatalf("%d keys came", n)
		case <-time.After(frame):
		}
	}
	maria.mu.Lock()
	defer maria.mu.Unlock()
	if len(maria.keys) == 0 {
		t.Error("the key did not cross the bridge")
	}
}

func TestKeysInTheSound(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann := call(t, r, "ann", PCMU)
	if _, err := ann.line.Answer([]byte(strings.ReplaceAll(strings.ReplaceAll(string(ann.sdp("")), " 101", ""), "a=rtpmap:101 telephone-event/8000\r\n", ""))); err != nil {
		t.Fatal(err)
	}
	pcm := append(audio.KeyTone('7', 100*time.Millisecond), make([]int16, 800)...)
	b := make([]byte, len(pcm))
	audio.EncodeMu(b, pcm)
	for i := 0; (i+1)*samples <= len(b); i++ {
		ann.send(packet(0, uint16(i), uint32(i)*samples, 7, b[i*samples:(i+1)*samples]))
	}
	if e := ann.event(Digit); e.Digit != "7" || e.Via != "inband" {
		t.Errorf("key %q via %s", e.Digit, e.Via)
	}
}

// The first sender from the signalled address is believed; afterwards nobody else gets in.
func TestStrangersAreNotHeard(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann, maria := call(t, r, "ann", PCMU), call(t, r, "maria", PCMU)
	plan(t, r, together)
	ann.sings(440)
	maria.hears(440)
	thief, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer thief.Close()
	loud := make([]byte, samples)
	audio.EncodeMu(loud, audio.Tone(2000, 0.5, frame))
	for i := range 50 {
		_, _ = thief.WriteToUDPAddrPort(packet(0, uint16(i), uint32(i)*samples, 9, loud), ann.far)
	}
	maria.hearsNo(2000)
	if s := ann.line.Stats(); s.Dropped < 50 {
		t.Errorf("%d packets dropped", s.Dropped)
	}
}

// A phone of a former call still talks to this port, from the signalled host, and is first: the signalled address wins.
func TestAStrayStreamIsReplacedByTheSignalledOne(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann, maria := call(t, r, "ann", PCMU), call(t, r, "maria", PCMU)
	plan(t, r, together)
	maria.sings(1000)
	stray, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer stray.Close()
	loud := make([]byte, samples)
	audio.EncodeMu(loud, audio.Tone(2000, 0.5, frame))
	for i := range 10 {
		_, _ = stray.WriteToUDPAddrPort(packet(0, uint16(i), uint32(i)*samples, 9, loud), ann.far)
		time.Sleep(20 * time.Millisecond)
	}
	ann.sings(440)
	maria.hears(440)
	ann.hears(1000)
	for i := range 50 {
		_, _ = stray.WriteToUDPAddrPort(packet(0, uint16(10+i), uint32(10+i)*samples, 9, loud), ann.far)
	}
	maria.hearsNo(2000)
}

// RFC 3264 section 6.1 and 8.4.
func TestHoldBySDP(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann := call(t, r, "ann", PCMU)
	for _, row := range []struct {
		offer, answer string
		event         EventKind
	}{
		{"sendonly", "recvonly", Held},
		{"sendrecv", "sendrecv", Resumed},
		{"inactive", "inactive", Held},
		{"recvonly", "sendonly", Resumed},
	} {
		a, err := ann.line.Answer(ann.sdp("a=" + row.offer + "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(a), "a="+row.answer+"\r\n") {
			t.Errorf("%s is answered\n%s", row.offer, a)
		}
		ann.event(row.event)
	}
}

func TestOffersWeCannotMeet(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	for name, row := range map[string]struct {
		sdp  string
		want error
	}{
		"garbage":      {"hello", ErrBadSDP},
		"no audio":     {"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n", ErrNoCommonMedia},
		"no codec":     {"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 18\r\n", ErrNoCommonMedia},
		"no address":   {"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n", ErrBadSDP},
		"SRTP, no key": {"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/SAVP 0\r\n", ErrNoCommonMedia},
	} {
		if _, err := r.Line(name, LineOptions{}).Answer([]byte(row.sdp)); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

// Ann hangs up while the call still plans with her: what the plan says of Maria holds.
func TestAPlanOutlivesALine(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann, maria := call(t, r, "ann", PCMU), call(t, r, "maria", PCMU)
	ann.line.Close()
	music := NewPlayback([]*Sound{NewSound(audio.Tone(500, 0.3, time.Second))}, true)
	plan(t, r, Plan{Seats: []Seat{{Line: "ann", Hears: []string{"maria"}}, {Line: "maria", Hears: []string{"ann"}, Plays: music}}})
	maria.hears(500)
}

// Two of our own lines talk over SRTP with keys in the SDP, one offering and one answering.
func TestEncryptedBySDES(t *testing.T) {
	e := engine(t)
	near, far := e.Room(), e.Room()
	defer near.Close()
	defer far.Close()
	ann, maria := call(t, near, "ann", PCMU), call(t, far, "maria", PCMU)
	ann.sings(440)
	out, in := near.Line("out", LineOptions{}), far.Line("in", LineOptions{})
	offer, err := out.Offer(SDES)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := in.Answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Accept(answer); err != nil {
		t.Fatal(err)
	}
	plan(t, near, Plan{Seats: []Seat{{Line: "out", Hears: []string{"ann"}}, {Line: "ann", Hears: []string{"out"}}}})
	plan(t, far, Plan{Seats: []Seat{{Line: "maria", Hears: []string{"in"}}, {Line: "in", Hears: []string{"maria"}}}})
	maria.hears(440)
	if s := in.Stats(); !s.Encrypted || s.Dropped > 0 {
		t.Errorf("%+v", s)
	}
	// A later offer with the same keys changes nothing.
	again, err := out.Offer(SDES)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err = in.Answer(again); err != nil {
		t.Fatal(err)
	}
	if err := out.Accept(answer); err != nil {
		t.Fatal(err)
	}
	maria.hears(440)
}

// The packet path allocates nothing.
func TestAPacketCostsNoMemory(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	ann := call(t, r, "ann", PCMU)
	call(t, r, "maria", PCMU)
	plan(t, r, together)
	b := packet(0, 1, 160, 7, make([]byte, samples))
	from := sockaddrOf(ann.conn.LocalAddr().(*net.UDPAddr).AddrPort())
	var got float64
	if err := r.loop.do(func() {
		seq := uint16(1)
		got = testing.AllocsPerRun(1000, func() {
			seq++
			binary.BigEndian.PutUint16(b[2:], seq)
			ann.line.receive(b, &from, ann.line.fd)
		})
	}); err != nil {
		t.Fatal(err)
	}
	if got != 0 {
		t.Errorf("%.1f allocations for each packet", got)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n")
	f.Add("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 9 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\na=rtcp:\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := read([]byte(text))
		if err == nil && (d.profile == 0 || len(d.codecs) == 0 || d.index < 0) {
			t.Errorf("accepted without understanding: %+v", d)
		}
		if err != nil && !errors.Is(err, ErrBadSDP) && !errors.Is(err, ErrNoCommonMedia) {
			t.Errorf("an error of no kind: %v", err)
		}
	})
}
