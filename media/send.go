package media

import (
	"encoding/binary"

	"github.com/callfloor/callfloor/media/audio"
)

// sendFrame sends 20 ms of our own: a prompt, music, silence.
func (l *Line) sendFrame(payload []byte) {
	o := &l.out
	marker := byte(0)
	if o.source != nil || o.at == 0 {
		marker = 0x80
		o.ts += l.gap()
		o.source = nil
	} else {
		o.ts += samples
	}
	o.seq++
	l.write(uint8(o.codec)|marker, o.seq, o.ts, payload)
}

// gap is the time since the last packet in samples: what the timestamp must skip when the source changes.
func (l *Line) gap() uint32 {
	if l.out.at == 0 {
		return samples
	}
	return uint32(max(samples, (l.loop.now-l.out.at)*8/1e6))
}

// pass sends another line's packet on, whose payload is of this codec: untouched where ours agrees, a table away between the laws, encoded
// where ours is G.722.
func (l *Line) pass(from *Line, b, payload []byte, law Codec) {
	pt, marker := uint8(l.out.codec), b[1]&0x80
	seq, ts, ok := l.follow(from, b)
	if !ok {
		marker = 0x80
	}
	if law == l.out.codec {
		l.write(pt|marker, seq, ts, payload)
		return
	}
	l.write(pt|marker, seq, ts, l.recode(law, payload))
}

// recode writes a law's payload in the line's own codec, where its packet will have it.
func (l *Line) recode(law Codec, payload []byte) []byte {
	dst := l.out.packet[rtpHeader : rtpHeader+min(len(payload), len(l.out.packet)-rtpHeader)]
	switch l.out.codec {
	case G722:
		for at := 0; at < len(dst); at += samples {
			part := dst[at:min(at+samples, len(dst))]
			linear(law, l.pcm[:len(part)], payload[at:at+len(part)])
			l.out.coder.encode(G722, part, l.pcm[:len(part)])
		}
	case PCMA:
		translate(dst, payload, &audio.MuToA)
	default:
		translate(dst, payload, &audio.AToMu)
	}
	return dst
}

func translate(dst, src []byte, law *[256]byte) {
	for i, b := range src[:len(dst)] {
		dst[i] = law[b]
	}
}

// passEvent sends another line's key on.
func (l *Line) passEvent(from *Line, b, payload []byte) {
	seq, ts, _ := l.follow(from, b)
	l.write(l.out.event|b[1]&0x80, seq, ts, payload[:4])
}

// follow translates a packet's sequence number and time into this line's one stream; known is false when the source
// is new.
func (l *Line) follow(from *Line, b []byte) (seq uint16, ts uint32, known bool) {
	o := &l.out
	inSeq, inTS, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	known = o.source == from && o.sourceSSRC == ssrc
	if known && jumped(inSeq+o.seqOff, o.seq, inTS+o.tsOff, o.ts) {
		known = false // the far end restarted its stream without a new SSRC
	}
	if !known {
		o.seqOff = o.seq + 1 - inSeq
		o.tsOff = o.ts + l.gap() - inTS
		o.source, o.sourceSSRC = from, ssrc
	}
	seq, ts = inSeq+o.seqOff, inTS+o.tsOff
	if int16(seq-o.seq) > 0 { // not a late one
		o.seq = seq
	}
	if int32(ts-o.ts) > 0 {
		o.ts = ts
	}
	return seq, ts, known
}

func jumped(seq, lastSeq uint16, ts, lastTS uint32) bool {
	d, t := int16(seq-lastSeq), int32(ts-lastTS)
	return d > maxDropout || d < -maxMisorder || t > 600*8000 || t < -8000
}

// write puts the header before the payload and sends the packet.
func (l *Line) write(pt uint8, seq uint16, ts uint32, payload []byte) {
	o := &l.out
	p := o.packet[:rtpHeader+min(len(payload), len(o.packet)-rtpHeader)]
	p[0], p[1] = 0x80, pt
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], ts)
	binary.BigEndian.PutUint32(p[8:], o.ssrc)
	copy(p[rtpHeader:], payload)
	if pt&0x7F == uint8(G722) && o.codec == G722 {
		o.coder.sent(p[rtpHeader:])
	}
	o.at = l.loop.now
	o.packets++
	o.octets += uint32(len(p) - rtpHeader)
	if o.srtp != nil {
		sealed, err := o.srtp.EncryptRTP(o.cipher[:0], p, &l.loop.header)
		if err != nil {
			return
		}
		p = sealed
	}
	if l.fd >= 0 && send(l.fd, p, &o.to) {
		l.loop.count.out.Add(1)
	}
}
