package media

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtcp"
)

// reportEvery is the interval of RTCP reports (RFC 3550 section 6.2 asks for 5 s at least).
const reportEvery = 5 * time.Second

// Limits of RFC 3550 appendix A.1, in packets: further on is a restart, less far back is a late packet.
const (
	maxDropout  = 3000
	maxMisorder = 100
)

// track keeps the receiver's figures of RFC 3550 appendix A.
func (l *Line) track(b []byte) {
	s := &l.stats
	seq, ts, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	arrival := l.loop.now * 8 / 1e6
	d := seq - s.maxSeq
	switch {
	case s.received == 0 || s.ssrc != ssrc:
		s.restart(ssrc, seq, arrival-int64(ts))
	case d < maxDropout:
		if seq < s.maxSeq {
			s.cycles += 1 << 16
		}
		s.maxSeq = seq
	case d <= 1<<16-maxMisorder && seq == s.badSeq: // two in a row: the far end counts anew
		s.restart(ssrc, seq, arrival-int64(ts))
	case d <= 1<<16-maxMisorder:
		s.badSeq = seq + 1
		return
	}
	s.received++
	if b[1]&0x7F == uint8(l.in.codec) { // a key's packets all have the time of its beginning
		s.arrived(arrival - int64(ts))
	}
	s.lost.Store(s.lostBefore + uint64(s.missing()))
}

// arrived measures jitter (RFC 3550 appendix A.8).
func (s *lineStats) arrived(transit int64) {
	late := max(transit-s.transit, s.transit-transit)
	s.transit = transit
	if late < 8000 { // not a jump of the clock
		j := s.jitter.Load()
		s.jitter.Store(j + (late*125000-j)/16)
	}
}

// restart begins to count a new stream; what the ones before it lost is kept.
func (s *lineStats) restart(ssrc uint32, seq uint16, transit int64) {
	if s.received > 0 {
		s.lostBefore += uint64(s.missing())
	}
	s.ssrc, s.maxSeq, s.cycles, s.baseSeq, s.received = ssrc, seq, 0, uint32(seq), 0
	s.expectedPrior, s.receivedPrior, s.badSeq, s.transit = 0, 0, seq, transit
}

func (s *lineStats) expected() uint32 { return s.cycles + uint32(s.maxSeq) - s.baseSeq + 1 }

// missing is how many packets of this stream did not come; duplicates may hide some.
func (s *lineStats) missing() uint32 {
	if e := s.expected(); e > s.received {
		return e - s.received
	}
	return 0
}

// report sends a sender's or receiver's report.
func (l *Line) report() {
	l.nextReport = l.loop.now + int64(reportEvery)
	o, s := &l.out, &l.stats
	if !o.on || o.packets == 0 && s.received == 0 {
		return
	}
	var blocks []rtcp.ReceptionReport
	if s.received > 0 {
		blocks = append(blocks, l.reception())
	}
	now := time.Now()
	packets := []rtcp.Packet{
		&rtcp.SenderReport{
			SSRC: o.ssrc, NTPTime: ntp(now), RTPTime: o.ts + uint32((l.loop.now-o.at)*8/1e6),
			PacketCount: o.packets, OctetCount: o.octets, Reports: blocks,
		},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
			Source: o.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "callfloor"}},
		}}},
	}
	b, err := rtcp.Marshal(packets)
	if err != nil {
		return
	}
	if o.srtp != nil {
		if b, err = o.srtp.EncryptRTCP(nil, b, nil); err != nil {
			return
		}
	}
	switch {
	case l.rtcpFD >= 0 && !o.mux:
		send(l.rtcpFD, b, &o.rtcpTo)
	case l.fd >= 0: // RFC 5761: by the ports of the sound
		send(l.fd, b, &o.to)
	}
}

func (l *Line) reception() rtcp.ReceptionReport {
	s := &l.stats
	expected := s.expected()
	e, r := expected-s.expectedPrior, s.received-s.receivedPrior
	s.expectedPrior, s.receivedPrior = expected, s.received
	var fraction uint8
	if e > r {
		fraction = uint8((e - r) << 8 / e)
	}
	rr := rtcp.ReceptionReport{
		SSRC: s.ssrc, FractionLost: fraction, TotalLost: min(s.missing(), 0x7FFFFF),
		LastSequenceNumber: s.cycles + uint32(s.maxSeq), Jitter: uint32(s.jitter.Load() / 125000), LastSenderReport: s.lastSR,
	}
	if s.lastSRAt != 0 {
		rr.Delay = uint32((l.loop.now - s.lastSRAt) * 65536 / 1e9)
	}
	return rr
}

// rtcp takes the far end's reports.
func (l *Line) rtcp(b []byte) {
	if l.in.srtp != nil {
		plain, err := l.in.srtp.DecryptRTCP(nil, b, nil)
		if err != nil {
			l.drop()
			return
		}
		b = plain
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		l.drop()
		return
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			l.stats.lastSR, l.stats.lastSRAt = uint32(p.NTPTime>>16), l.loop.now
			l.roundTrip(p.Reports)
		case *rtcp.ReceiverReport:
			l.roundTrip(p.Reports)
		}
	}
}

// roundTrip is RFC 3550 section 6.4.1: now less the report's time less the delay at the far end.
func (l *Line) roundTrip(reports []rtcp.ReceptionReport) {
	for _, r := range reports {
		if r.SSRC != l.out.ssrc || r.LastSenderReport == 0 {
			continue
		}
		d := int32(uint32(ntp(time.Now())>>16) - r.LastSenderReport - r.Delay)
		if d >= 0 && d < 10<<16 {
			l.stats.rtt.Store(int64(d) * 1e9 / 65536)
		}
	}
}

// ntp is a time in the format of RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	const to1900 = 2208988800
	return uint64(t.Unix()+to1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
