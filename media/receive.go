package media

import (
	"encoding/binary"

	"github.com/callfloor/callfloor/media/audio"
)

const rtpHeader = 12

// receive takes one packet from the line's socket.
func (l *Line) receive(b []byte, from *sockaddr, fd int) {
	switch {
	case len(b) < 2:
		return
	case b[0] < 128 || b[0] > 191: // RFC 7983: STUN or DTLS
		if l.session != nil && fd == l.fd {
			l.session.Packet(b)
		}
		return
	case b[1] >= 192 && b[1] <= 223: // RFC 5761: RTCP on the same port
		l.rtcp(b)
		return
	case len(b) < rtpHeader || fd != l.fd:
		l.drop()
		return
	}
	fresh, ok := l.admit(from, b)
	if !ok || l.secret && l.in.srtp == nil {
		l.drop()
		return
	}
	if l.in.srtp != nil {
		plain, err := l.in.srtp.DecryptRTP(l.loop.clear[:0], b, &l.loop.header)
		if err != nil {
			l.drop()
			return
		}
		b = plain
	}
	payload, ok := payloadOf(b)
	if !ok {
		l.drop()
		return
	}
	if fresh {
		l.latch(from)
	}
	l.stats.packets.Add(1)
	l.quietSince, l.everHeard, l.toldSilent = l.loop.now, true, false
	l.tellAudio()
	l.track(b)
	switch pt := b[1] & 0x7F; {
	case pt == uint8(l.in.codec) && len(payload) > 0: // Chromium sends empty ones now and then
		l.sound(b, payload)
	case l.in.event != 0 && pt == l.in.event:
		l.keyEvent(b, payload)
	default:
		l.swallow(binary.BigEndian.Uint16(b[2:]))
	}
}

// swallow closes the hole that a packet leaves which is not passed on: to its listeners nothing was lost.
func (l *Line) swallow(seq uint16) {
	for _, h := range l.hearers {
		if o := &h.out; o.source == l && seq+o.seqOff == o.seq+1 {
			o.seqOff--
		}
	}
}

func (l *Line) drop() {
	l.stats.dropped.Add(1)
	l.loop.count.dropped.Add(1)
}

// admit is symmetric RTP: the first packet from the signalled host decides its port, and from then on nobody else is
// heard until the next negotiation, but for the signalled address itself: what came before it was a stray, such as a
// phone that still talks to the port's last owner. Where the signalled address can be no real one, the first sender is
// believed. A fresh sender is to be latched once its packet proves sound, and genuine where it is encrypted.
func (l *Line) admit(from *sockaddr, b []byte) (fresh, ok bool) {
	if l.session != nil { // a connected socket: the kernel admits
		return false, true
	}
	if l.in.latched && l.in.peer.same(from) {
		return false, true
	}
	if l.in.latched && l.in.exact {
		return false, false
	}
	at := from.addrPort()
	if at != l.in.signal && (l.in.latched || l.in.strict && at.Addr() != l.in.signal.Addr()) {
		return false, false
	}
	pt := b[1] & 0x7F
	return true, pt == uint8(l.in.codec) || l.in.event != 0 && pt == l.in.event
}

// latch takes a sender for the far end: it is heard from there, and spoken to there.
func (l *Line) latch(from *sockaddr) {
	l.in.peer, l.in.latched, l.in.exact = *from, true, from.addrPort() == l.in.signal
	l.out.to = *from
}

// payloadOf skips what RFC 3550 section 5.1 allows in front of and behind the payload.
func payloadOf(b []byte) ([]byte, bool) {
	at := rtpHeader + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 {
		if len(b) < at+4 {
			return nil, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 && end > 0 {
		end -= int(b[end-1])
	}
	if at > end {
		return nil, false
	}
	return b[at:end], true
}

// sound passes a packet of voice to whoever hears this line.
func (l *Line) sound(b, payload []byte) {
	own, law := payload, l.in.codec
	if law == G722 && l.understood() {
		payload, law = l.lower(payload), PCMU
	}
	for _, h := range l.hearers {
		switch {
		case !h.out.on || h.plays != nil || h.keys.sending():
		case h.out.codec == l.in.codec:
			h.pass(l, b, own, h.out.codec)
		default:
			h.pass(l, b, payload, law)
		}
	}
	if l.voice != nil {
		l.voice.put(payload, law)
	}
	for _, t := range l.tapped {
		t.put(payload, law)
	}
	if l.in.event == 0 || l.opts.Inband {
		l.listen(payload, law)
	}
}

// maxNarrow is the longest G.722 packet that is read, in bytes: 60 ms.
const maxNarrow = 3 * samples

// understood tells whether anybody needs more of this line than its packets as they are.
func (l *Line) understood() bool {
	if l.voice != nil || len(l.tapped) > 0 || l.in.event == 0 || l.opts.Inband {
		return true
	}
	for _, h := range l.hearers {
		if h.out.codec != G722 {
			return true
		}
	}
	return false
}

// lower is the lower band of a G.722 packet as PCMU, decoded once for all: a telephone's sound, whoever it is for.
func (l *Line) lower(payload []byte) []byte {
	payload = payload[:min(len(payload), maxNarrow)]
	for at := 0; at < len(payload); at += samples {
		part := payload[at:min(at+samples, len(payload))]
		l.in.wide.Decode(l.pcm[:len(part)], part)
		audio.EncodeMu(l.narrow[at:at+len(part)], l.pcm[:len(part)])
	}
	return l.narrow[:len(payload)]
}

// listen looks for keys in the sound itself.
func (l *Line) listen(payload []byte, law Codec) {
	for len(payload) > 0 {
		n := min(len(payload), samples)
		linear(law, l.pcm[:n], payload[:n])
		if k, ok := l.detector.Feed(l.pcm[:n]); ok {
			l.notify(Event{Kind: Digit, Digit: string(rune(k)), Via: "inband"})
		}
		payload = payload[n:]
	}
}

// keyEvent is RFC 4733: many packets of one key, of which the first that arrives counts.
func (l *Line) keyEvent(b, payload []byte) {
	if len(payload) < 4 {
		return
	}
	key, ok := audio.Key(payload[0])
	if !ok {
		return
	}
	fresh := l.in.keys.fresh(payload[0], binary.BigEndian.Uint32(b[4:]), b[1]&0x80 != 0)
	if fresh {
		l.notify(Event{Kind: Digit, Digit: key, Via: "rfc4733"})
	}
	for _, h := range l.hearers {
		switch {
		case !h.out.on || h.plays != nil:
		case h.out.event != 0 && !h.keys.sending():
			h.passEvent(l, b, payload)
		case fresh && h.out.event == 0:
			h.keys.add(key)
		}
	}
	for _, h := range l.mixers { // whose packets are made here
		if fresh && h.out.on && h.plays == nil {
			h.keys.add(key)
		}
	}
}
