package media

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// reports are what a line has sent to its phone's RTCP port.
func (p *phone) reports(fd int) (all []rtcp.Packet) {
	b := make([]byte, 2048)
	var from sockaddr
	for n := recv(fd, b, &from); n > 0; n = recv(fd, b, &from) {
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil {
			p.s.t.Error(err)
		}
		all = append(all, packets...)
	}
	return all
}

func lastSR(t *testing.T, all []rtcp.Packet) *rtcp.SenderReport {
	t.Helper()
	var last *rtcp.SenderReport
	for _, p := range all {
		if sr, ok := p.(*rtcp.SenderReport); ok {
			last = sr
		}
	}
	if last == nil {
		t.Fatal("no sender's report came")
	}
	return last
}

// inReports is a studio with one phone whose reports come to a socket of their own.
func inReports(t *testing.T, f func(s *studio, ann *phone, reports int)) {
	t.Helper()
	inStudio(t, func(s *studio) {
		fd, at := s.socket()
		defer closeFD(fd)
		ann := s.phone("ann", PCMU, LineOptions{})
		ann.offer("")
		ann.line.out.rtcpTo = sockaddrOf(at)
		f(s, ann, fd)
	})
}

// Every five seconds a report tells what was sent and what was lost, and late packets are not lost ones.
func TestReportsTellTheTruth(t *testing.T) {
	inReports(t, func(s *studio, ann *phone, fd int) {
		music := NewPlayback([]*Sound{toneSound(600, time.Second)}, true)
		s.plan(Plan{Seats: []Seat{{Line: "ann", Plays: music}}})
		seq := uint16(65500) // over the edge within the test
		send := func(n uint16) { ann.sends(packet(0, seq+n, uint32(n)*samples, 7, make([]byte, samples))) }
		for _, n := range []uint16{0, 2, 1, 3, 5, 4, 6} {
			ann.sends(packet(0, n, uint32(n)*samples, 6, make([]byte, samples)))
		}
		if lost := ann.line.stats.lost.Load(); lost != 0 {
			t.Errorf("%d late packets are taken for lost ones", lost)
		}
		for n := range uint16(550) { // 11 s; one in ten is lost, one in ten changes places with its successor
			switch {
			case n%10 == 3 && n < 500:
			case n%10 == 5:
				send(n + 1)
			case n%10 == 6:
				send(n - 1)
			default:
				send(n)
			}
			s.frame()
		}
		sr := lastSR(t, ann.reports(fd))
		if len(ann.heard) < 500 || math.Abs(float64(sr.PacketCount)-500) > 5 || sr.OctetCount != sr.PacketCount*samples {
			t.Errorf("%d packets and %d bytes told, %d heard", sr.PacketCount, sr.OctetCount, len(ann.heard))
		}
		if len(sr.Reports) != 1 {
			t.Fatalf("%d reception blocks", len(sr.Reports))
		}
		r := sr.Reports[0]
		if r.SSRC != 7 || r.TotalLost != 50 || math.Abs(float64(r.FractionLost)/256-0.1) > 0.01 {
			t.Errorf("%+v", r)
		}
		if want := uint32(1<<16 + (65500+500-1)&0xFFFF); math.Abs(float64(r.LastSequenceNumber)-float64(want)) > 5 {
			t.Errorf("the last sequence number is %d, not about %d", r.LastSequenceNumber, want)
		}
		if r.LastSenderReport != 0 {
			t.Error("a sender's report is answered that never came")
		}
		var figures LineStats
		s.meanwhile(func() { figures = ann.line.Stats() })
		if figures.Lost != 50 || figures.Packets != 507 {
			t.Errorf("%+v", figures)
		}
	})
}

// A phone that restarts its numbers, with a new SSRC or without, has not lost 60,000 packets.
func TestARestartIsNoLoss(t *testing.T) {
	inReports(t, func(s *studio, ann *phone, _ int) {
		seq, ssrc := uint16(1000), uint32(7)
		talk := func(lose bool) {
			for n := range uint16(20) {
				if !lose || n != 10 {
					ann.sends(packet(0, seq, uint32(seq)*samples, ssrc, make([]byte, samples)))
				}
				seq++
				s.frame()
			}
		}
		talk(true)
		seq = 50000
		talk(true)
		ssrc = 8
		seq = 1
		talk(true)
		seq = 0
		seq -= 5000 // far back
		talk(false)
		// After a restart without a new SSRC the count begins at the second packet.
		if lost := ann.line.stats.lost.Load(); lost != 3 {
			t.Errorf("%d packets lost, not 3", lost)
		}
		ann.sends(packet(0, 30000, 1, ssrc, make([]byte, samples))) // one stray number is no restart
		talk(false)
		if lost := ann.line.stats.lost.Load(); lost != 3 {
			t.Errorf("%d packets lost after a stray number", lost)
		}
	})
}

// Packets that come 5 ms early and late by turns have a jitter of 10 ms; those in step have none; keys change nothing.
func TestJitterIsMeasured(t *testing.T) {
	inReports(t, func(s *studio, ann *phone, fd int) {
		jitter := func() float64 { return float64(ann.line.stats.jitter.Load()) / 1e6 }
		n := uint16(0)
		send := func(off time.Duration) {
			s.loop.now += int64(off)
			ann.sends(packet(0, n, uint32(n)*samples, 7, make([]byte, samples)))
			s.loop.now -= int64(off)
			n++
			s.frame()
		}
		for range 200 {
			send(0)
		}
		if j := jitter(); j > 0.3 {
			t.Errorf("jitter %.2f ms of a steady stream", j)
		}
		for i := range 300 {
			send(time.Duration(5-i%2*10) * time.Millisecond)
		}
		if j := jitter(); j < 9 || j > 11 {
			t.Errorf("jitter %.2f ms, not 10", j)
		}
		before := jitter()
		for range 20 {
			ann.sends(packet(101, n, uint32(n-5)*samples, 7, []byte{1, 10, 1, 0}))
			n++
		}
		if jitter() != before {
			t.Errorf("keys changed the jitter from %.2f to %.2f ms", before, jitter())
		}
		s.lasts(5 * time.Second)
		if r := lastSR(t, ann.reports(fd)).Reports[0]; math.Abs(float64(r.Jitter)/8-before) > 0.5 {
			t.Errorf("reported as %.2f ms", float64(r.Jitter)/8)
		}
	})
}

// The round trip is now, less our report's time as the far end gives it back, less how long it kept it.
func TestTheRoundTripIsMeasured(t *testing.T) {
	inReports(t, func(s *studio, ann *phone, fd int) {
		rtt := func() float64 { return float64(ann.line.stats.rtt.Load()) / 1e6 }
		ann.hz = 440
		s.plan(Plan{Seats: []Seat{{Line: "ann"}}})
		s.lasts(6 * time.Second)
		sr := lastSR(t, ann.reports(fd))
		answer := func(ssrc uint32, ago, kept time.Duration) {
			lsr := uint32(ntp(time.Now().Add(-ago)) >> 16)
			b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{
				SSRC: ssrc, LastSenderReport: lsr, Delay: uint32(kept * 65536 / time.Second),
			}}}})
			if err != nil {
				t.Error(err)
			}
			ann.line.rtcp(b)
		}
		answer(sr.SSRC, 180*time.Millisecond, 100*time.Millisecond)
		if r := rtt(); r < 79 || r > 200 { // the machine may dawdle
			t.Errorf("%.1f ms, not 80", r)
		}
		last := rtt()
		answer(sr.SSRC+1, time.Second, 0)               // of somebody else
		answer(sr.SSRC, time.Millisecond, time.Second)  // kept longer than it is old
		answer(sr.SSRC, time.Minute, time.Millisecond)  // absurd
		ann.line.rtcp([]byte{0x81, 201, 0, 7, 1, 2, 3}) // cut off
		if rtt() != last {
			t.Errorf("nonsense changed it to %.1f ms", rtt())
		}
		// Our next report tells the far end how long we have kept its own.
		b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 7, NTPTime: 0x1122334455667788}})
		if err != nil {
			t.Error(err)
		}
		ann.line.rtcp(b)
		s.lasts(time.Duration(ann.line.nextReport-s.loop.now) + frame)
		r := lastSR(t, ann.reports(fd)).Reports[0]
		if r.LastSenderReport != 0x33445566 || r.Delay == 0 || r.Delay > 6<<16 {
			t.Errorf("%+v", r)
		}
	})
}
