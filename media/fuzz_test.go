package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"

	"github.com/pion/rtcp"
)

// scene is a talk of two lines without sockets, recorded.
func scene(near, far Codec) (ann, maria *Line, tap *Tap) {
	l := &loop{}
	tap = NewTap()
	line := func(c Codec) *Line {
		x := &Line{loop: l, fd: -1, rtcpFD: -1, opts: LineOptions{Inband: true}}
		x.in.codec, x.out.codec, x.in.event, x.out.event = c, c, 101, 101
		x.in.on, x.out.on = true, true
		x.in.wide, x.out.coder.g722 = audio.NewG722Decoder(), audio.NewG722Encoder()
		return x
	}
	ann, maria = line(near), line(far)
	ann.hearers, ann.tapped, maria.hears = []*Line{maria}, []*channel{&tap.left}, ann
	return ann, maria, tap
}

// Any packet from a phone that is believed, plain or encrypted: nothing breaks, and nothing is read beyond its end.
func FuzzPacket(f *testing.F) {
	f.Add(packet(0, 1, 2, 3, make([]byte, samples)))
	f.Add(packet(8, 1, 2, 3, make([]byte, 1900)))
	f.Add(packet(101, 1, 2, 3, []byte{1, 138, 1, 2}))
	for _, b := range surprises() {
		f.Add(b)
	}
	from := sockaddr{}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, codec := range []Codec{PCMU, PCMA, G722} {
			ann, _, tap := scene(PCMU, codec)
			for range 3 {
				ann.loop.now += int64(frame)
				ann.receive(bytes.Clone(b), &from, -1)
				tap.tick(0)
			}
			if tap.left.n > tapDepth || tap.left.n < 0 {
				t.Errorf("the tap holds %d", tap.left.n)
			}
			sealed, _, _ := scene(PCMU, codec)
			sealed.in.srtp, _ = newCrypto("1", suites[int(codec)%2].name).context()
			sealed.receive(bytes.Clone(b), &from, -1)
			if sealed.stats.packets.Load() > 0 {
				t.Error("a forged packet was admitted")
			}
		}
	})
}

// Any report: read, or dropped and counted.
func FuzzReport(f *testing.F) {
	for _, p := range []rtcp.Packet{
		&rtcp.SenderReport{SSRC: 1, NTPTime: ntp(time.Unix(1, 0)), Reports: []rtcp.ReceptionReport{{SSRC: 0, LastSenderReport: 1}}},
		&rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 0, LastSenderReport: 1, Delay: 1 << 31}}},
		&rtcp.Goodbye{Sources: []uint32{1}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "x"}}}}},
	} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0x81, 201, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		ann, _, _ := scene(PCMU, PCMU)
		ann.rtcp(bytes.Clone(b))
		if rtt := ann.stats.rtt.Load(); rtt < 0 || rtt > int64(10*time.Second) {
			t.Errorf("a round trip of %d ns", rtt)
		}
		sealed, _, _ := scene(PCMU, PCMU)
		sealed.in.srtp, _ = newCrypto("1", suites[0].name).context()
		sealed.rtcp(bytes.Clone(b))
		if sealed.stats.dropped.Load() != 1 {
			t.Error("a forged report was believed")
		}
	})
}
