package media

import (
	"fmt"
	"net/netip"
	"strings"
)

// What we say of a line in SDP (RFC 8866); sdp.go reads what the far end says.

// write200 is our answer: as many media lines as the offer, all refused but the audio.
func (l *Line) write200(d description) string {
	var b strings.Builder
	l.writeHead(&b, d.bundle)
	for i, m := range d.media {
		if i == d.index {
			l.writeAudio(&b, mirror(d.direction), []Codec{l.nego.codec})
			continue
		}
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", m.MediaName.Media, strings.Join(m.MediaName.Protos, "/"), strings.Join(m.MediaName.Formats, " "))
	}
	return b.String()
}

func (l *Line) writeOffer() string {
	var b strings.Builder
	l.writeHead(&b, l.nego.profile == WebRTC)
	l.writeAudio(&b, "sendrecv", l.nego.offered(l.opts.Codecs))
	return b.String()
}

func (l *Line) writeHead(b *strings.Builder, bundle bool) {
	ip := l.room.engine.advertise
	if l.inside.IsValid() {
		ip = l.inside
	}
	fmt.Fprintf(b, "v=0\r\no=callfloor %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		l.out.ssrc, l.nego.version, family(ip), ip, family(ip), ip)
	if l.nego.profile == WebRTC {
		b.WriteString("a=ice-lite\r\n")
		if bundle && l.nego.mid != "" {
			fmt.Fprintf(b, "a=group:BUNDLE %s\r\n", l.nego.mid)
		}
	}
}

func family(ip netip.Addr) string {
	if ip.Is6() {
		return "IP6"
	}
	return "IP4"
}

func (l *Line) writeAudio(b *strings.Builder, direction string, codecs []Codec) {
	n := &l.nego
	event := n.event
	if !n.agreed {
		event = eventPT
	}
	fmt.Fprintf(b, "m=audio %d %s", n.port, n.proto)
	for _, c := range codecs {
		fmt.Fprintf(b, " %d", c)
	}
	if event != 0 {
		fmt.Fprintf(b, " %d", event)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", c, c)
	}
	if event != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event, event)
	}
	fmt.Fprintf(b, "a=ptime:20\r\na=%s\r\n", direction)
	switch n.profile {
	case WebRTC:
		l.writeBrowser(b)
	case SDES:
		for _, c := range n.crypto {
			fmt.Fprintf(b, "a=crypto:%s\r\n", c)
		}
	case PlainRTP:
	}
	if n.profile != WebRTC && n.mux && n.agreed {
		b.WriteString("a=rtcp-mux\r\n")
	}
}

func (l *Line) writeBrowser(b *strings.Builder) {
	ufrag, pwd := l.browser.Local()
	door := l.room.engine.door
	setup := "passive"
	switch {
	case !l.nego.agreed:
		setup = "actpass"
	case l.nego.active:
		setup = "active"
	}
	fmt.Fprintf(b, "a=mid:%s\r\na=rtcp-mux\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\na=setup:%s\r\na=msid:callfloor audio\r\na=ssrc:%d cname:callfloor\r\n",
		l.nego.mid, ufrag, pwd, door.Fingerprint(), setup, l.out.ssrc)
	for _, c := range door.Candidates() {
		fmt.Fprintf(b, "a=candidate:%s\r\n", c)
	}
	b.WriteString("a=end-of-candidates\r\n")
}
