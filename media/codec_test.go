package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// Whatever two parties speak, each hears the other as loud as they are; and where both speak the same, packets pass as they came.
func TestPartiesOfAnyTwoCodecs(t *testing.T) {
	for _, pair := range [][2]Codec{{G722, PCMU}, {G722, PCMA}, {G722, G722}} {
		t.Run(fmt.Sprint(pair), func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann, maria := s.phone("ann", pair[0], LineOptions{}), s.phone("maria", pair[1], LineOptions{})
				ann.hz, maria.hz = 440, 1000
				p := together
				p.Takes = []Take{{Tap: NewTap(), Left: []string{"ann"}, Right: []string{"maria"}}} // which has to be told what they say
				s.plan(p)
				s.lasts(200 * time.Millisecond)
				ann.heard, maria.heard = nil, nil
				s.lasts(time.Second)
				for _, row := range []struct {
					p  *phone
					hz float64
				}{{ann, 1000}, {maria, 440}} {
					pcm := row.p.sound()
					if l, pure := audio.Level(pcm, row.hz, audio.Rate), purity(pcm, row.hz); l < 0.27 || l > 0.34 || pure < 0.99 {
						t.Errorf("%s hears %.0f Hz at %.3f, purity %.3f", row.p.line.id, row.hz, l, pure)
					}
					row.p.unbroken()
				}
				if pair[1] == G722 && !bytes.Contains(maria.said, ann.heard[10].payload) {
					t.Error("the packets were touched")
				}
			})
		})
	}
}

// Music is encoded once for all who speak G.722; and a line that agrees on it only after the plan was made is played it all the same.
func TestMusicForAWideLine(t *testing.T) {
	inStudio(t, func(s *studio) {
		sound := toneSound(600, time.Second)
		music := NewPlayback([]*Sound{sound}, true)
		ann := s.phone("ann", PCMU, LineOptions{})
		s.plan(Plan{Seats: []Seat{{Line: "ann", Plays: music}}})
		if sound.wide.Load() != nil {
			t.Error("it was encoded for nobody")
		}
		ann.law = G722
		ann.offer("")
		ann.hears(600, 100*time.Millisecond)
		if l := ann.hears(600, time.Second); l < 0.27 {
			t.Errorf("late, it is at %.3f", l)
		}
		s.plan(Plan{Seats: []Seat{{Line: "ann", Plays: music}}})
		if sound.wide.Load() == nil {
			t.Error("it is encoded for each")
		}
		ann.hears(600, 100*time.Millisecond)
		if l := ann.hears(600, time.Second); l < 0.27 {
			t.Errorf("shared, it is at %.3f", l)
		}
	})
}

// What we say to an offer, by our own preference; and what we take for an answer.
func TestWhichCodecIsAgreed(t *testing.T) {
	offer := func(formats string) []byte {
		return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP %s\r\na=rtpmap:111 opus/48000/2\r\n", formats)
	}
	r := engine(t).Room()
	defer r.Close()
	for n, row := range []struct {
		ours   []Codec
		theirs string
		want   string // "" is a refusal
	}{
		{nil, "111 9 0 8", "0"}, // a browser
		{nil, "9 8", "8"},
		{nil, "9 111", ""},
		{[]Codec{G722, PCMU, PCMA}, "0 8 9", "9"},
		{[]Codec{G722, PCMU, PCMA}, "111 8", "8"},
		{[]Codec{PCMU, PCMA, G722}, "9 111", "9"},
	} {
		l := r.Line(fmt.Sprint("answers", n), LineOptions{Codecs: row.ours})
		answer, err := l.Answer(offer(row.theirs))
		if row.want == "" {
			if !errors.Is(err, ErrNoCommonMedia) {
				t.Errorf("%v of %s: %v", row.ours, row.theirs, err)
			}
		} else if err != nil || !strings.Contains(string(answer), " RTP/AVP "+row.want+"\r\na=rtpmap:"+row.want+" ") {
			t.Errorf("%v of %s: %v\n%s", row.ours, row.theirs, err, answer)
		}
		l = r.Line(fmt.Sprint("offers", n), LineOptions{Codecs: row.ours})
		if _, err := l.Offer(PlainRTP); err != nil {
			t.Fatal(err)
		}
		if err := l.Accept(offer(row.theirs)); (row.want == "") != errors.Is(err, ErrNoCommonMedia) {
			t.Errorf("%v answered by %s: %v", row.ours, row.theirs, err)
		}
	}
}

func TestCodecsOfTheConfiguration(t *testing.T) {
	for _, row := range []struct {
		codecs []string
		wrong  string
	}{
		{[]string{"PCMU", "PCMA"}, ""},
		{[]string{"G722", "PCMA"}, ""},
		{nil, ""},
		{[]string{"PCMU", "PCMU"}, `codecs "PCMU"`},
		{[]string{"G729"}, `codecs "G729"`},
	} {
		c := DefaultConfig()
		c.Codecs = row.codecs
		if err := c.Validate(); (err != nil) != (row.wrong != "") || err != nil && !strings.Contains(err.Error(), row.wrong) {
			t.Errorf("%q: %v", row.codecs, err)
		}
	}
}

// Nor does a packet that is decoded or encoded.
func TestAPacketOfG722CostsNoMemory(t *testing.T) {
	for _, pair := range [][2]Codec{{G722, PCMU}, {PCMA, G722}} {
		ann, maria, _ := scene(pair[0], pair[1])
		b := packet(uint8(pair[0]), 1, 160, 7, make([]byte, samples))
		from, seq := sockaddr{}, uint16(1)
		if got := testing.AllocsPerRun(500, func() {
			seq++
			binary.BigEndian.PutUint16(b[2:], seq)
			ann.receive(b, &from, -1)
		}); got != 0 || maria.out.packets < 500 {
			t.Errorf("%v: %.1f allocations for each of %d packets", pair, got, maria.out.packets)
		}
	}
}
