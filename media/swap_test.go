package media

import (
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

func toneSound(hz float64, d time.Duration) *Sound { return NewSound(audio.Tone(hz, 0.3, d)) }

// Between prompts, music, silence and another party's own packets the listener hears one stream: no gap above 20 ms, no
// sequence number twice or never, time that goes on with the sound.
func TestASwapLeavesNoGap(t *testing.T) {
	for _, law := range []Codec{PCMU, G722} {
		t.Run(law.String(), func(t *testing.T) { swaps(t, law) })
	}
}

func swaps(t *testing.T, law Codec) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", law, LineOptions{}), s.phone("maria", PCMA, LineOptions{})
		ann.hz, maria.hz = 440, 1000
		music := NewPlayback([]*Sound{toneSound(600, time.Second)}, true)
		seat := func(p *Playback, hears string) Plan {
			return Plan{Seats: []Seat{{Line: "ann", Plays: p, Hears: []string{hears}}}}
		}
		prompt := func() *Playback {
			return NewPlayback([]*Sound{toneSound(500, 200*time.Millisecond), toneSound(500, 130*time.Millisecond)}, false)
		}
		s.lasts(100 * time.Millisecond)
		for _, row := range []struct {
			what string
			plan Plan
			hz   float64
		}{
			{"prompt", seat(prompt(), ""), 500},
			{"music", seat(music, ""), 600},
			{"talk", together, 1000},
			{"prompt over the talk", seat(prompt(), "maria"), 500},
			{"music again", seat(music, ""), 600},
			{"prompt out of music", seat(prompt(), ""), 500},
			{"talk after the prompt", together, 1000},
			{"music on hold", seat(music, ""), 600},
		} {
			s.plan(row.plan)
			from := len(ann.heard)
			s.lasts(300 * time.Millisecond)
			var pcm []int16
			for _, h := range ann.heard[from:] {
				pcm = append(pcm, h.pcm...)
			}
			if len(pcm) < int(0.28*audio.Rate) {
				t.Errorf("%s: only %d samples in 300 ms", row.what, len(pcm))
			}
			if l := audio.Level(pcm, row.hz, audio.Rate); l < 0.27 { // nothing else, nothing missing
				t.Errorf("%s: %.0f Hz at %.3f", row.what, row.hz, l)
			}
		}
		ann.unbroken()
	})
}

// A prompt over a talk ends by itself, and the talk is heard again in the next packet.
func TestATalkGoesOnAfterAPrompt(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		maria.hz = 1000
		s.plan(together)
		s.lasts(200 * time.Millisecond)
		p := NewPlayback([]*Sound{toneSound(500, 200*time.Millisecond)}, false)
		s.plan(Plan{Seats: []Seat{{Line: "ann", Hears: []string{"maria"}, Plays: p}, {Line: "maria", Hears: []string{"ann"}}}})
		s.lasts(220 * time.Millisecond)
		if !p.Finished() {
			t.Error("the prompt has not ended")
		}
		if l := ann.hears(1000, 300*time.Millisecond); l < 0.27 {
			t.Errorf("the talk at %.3f", l)
		}
		ann.unbroken()
	})
}

// The far end restarts: a new SSRC, new numbers, new time, as after its own hold or a transfer behind it. The listener
// hears one stream.
func TestARestartedStreamIsOneStreamForTheListener(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		maria.hz = 1000
		s.plan(together)
		s.lasts(200 * time.Millisecond)
		for _, restart := range []func(){
			func() { maria.ssrc, maria.seq, maria.ts = 77, 40000, 1<<31+5 },
			func() { maria.seq, maria.ts = 20000, 9 },         // without a new SSRC
			func() { maria.seq, maria.ts = 65530, 1<<32-500 }, // and over the edge of both counters
			func() { maria.ts += 1 << 30 },
		} {
			restart()
			s.lasts(400 * time.Millisecond)
		}
		ann.heard = ann.heard[10:]
		ann.unbroken()
		if l := audio.Level(ann.sound(), 1000, audio.Rate); l < 0.29 {
			t.Errorf("1000 Hz at %.3f", l)
		}
	})
}

// Packets that come late, twice or never keep their places: the listener's jitter buffer sees what the network did.
func TestTheNetworksTroublesArePassedOnAsTheyAre(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		s.plan(together)
		s.lasts(100 * time.Millisecond)
		ann.heard = nil
		for _, n := range []uint16{1, 2, 4, 3, 5, 5, 8} { // 3 late, 5 twice, 6 and 7 lost
			maria.sends(packet(0, n, uint32(n)*samples, 7, make([]byte, samples)))
			s.frame()
		}
		var got []uint16
		for _, h := range ann.heard {
			if h.ssrc != ann.heard[0].ssrc {
				t.Error("another SSRC")
			}
			got = append(got, h.seq-ann.heard[0].seq+1)
			if want := (h.ts - ann.heard[0].ts) / samples; uint16(want)+1 != got[len(got)-1] {
				t.Errorf("packet %d has the time of %d", got[len(got)-1], want+1)
			}
		}
		for i, want := range []uint16{1, 2, 4, 3, 5, 5, 8} {
			if i >= len(got) || got[i] != want {
				t.Fatalf("got %v", got)
			}
		}
	})
}
