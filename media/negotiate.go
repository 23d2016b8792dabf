package media

import (
	"fmt"
	"net/netip"

	"github.com/pion/srtp/v3"

	"github.com/callfloor/callfloor/media/audio"
	"github.com/callfloor/callfloor/media/webrtc"
)

// eventPT is the payload type of telephone-event in our own offers.
const eventPT = 101

// negotiation is what a line has offered and agreed; guarded by Line.mu.
type negotiation struct {
	profile Profile
	proto   string
	port    int
	version int
	codec   Codec
	agreed  bool
	event   uint8 // payload type of keys towards us, as in our own description
	mid     string
	mux     bool
	held    bool
	active  bool // we begin DTLS: the browser is passive, and both stay what they are
	far     description
	crypto  []cryptoLine // ours, as offered or answered
	srtpIn  *srtp.Context
	srtpOut *srtp.Context
	inKey   string // the far key in use: a re-offer with the same key keeps its context
	outKey  string
}

// Answer takes an offer, the first or a later one, and returns our answer. Errors wrap ErrBadSDP or ErrNoCommonMedia.
func (l *Line) Answer(offer []byte) ([]byte, error) {
	d, err := read(offer)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	codec, ok := prefer(l.opts.Codecs, d.codecs)
	if !ok {
		return nil, fmt.Errorf("%w: codecs", ErrNoCommonMedia)
	}
	if err := l.open(d.profile); err != nil {
		return nil, err
	}
	n := &l.nego
	n.proto, n.codec, n.event, n.mid, n.mux = d.proto, codec, d.event, d.mid, d.mux
	if d.profile == SDES {
		n.crypto = []cryptoLine{n.answerKey(d.crypto[0])}
	}
	if n.agreed && d.profile == WebRTC && d.ufrag != n.far.ufrag {
		l.browser.Restart()
	}
	if err := l.agree(d); err != nil {
		return nil, err
	}
	n.version++
	return []byte(l.write200(d)), nil
}

// answerKey keeps our key while the far end keeps its own.
func (n *negotiation) answerKey(theirs cryptoLine) cryptoLine {
	if len(n.crypto) == 1 && n.crypto[0].suite == theirs.suite && n.inKey == theirs.String() {
		return n.crypto[0]
	}
	return newCrypto(theirs.tag, theirs.suite)
}

// Profile is how the line's packets travel, 0 before anything was offered.
func (l *Line) Profile() Profile {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nego.profile
}

// Inside says that the far end is in our own network, another node of ours: it is told the address that the sockets are
// bound to or, where they are bound to all, at; not what the world is told (Config.Advertise). It counts from the next
// description on.
func (l *Line) Inside(at netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inside = l.room.engine.address
	if l.inside.IsUnspecified() {
		l.inside = at
	}
}

// Offer describes us: at first with everything we can, later as agreed.
func (l *Line) Offer(p Profile) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if err := l.open(p); err != nil {
		return nil, err
	}
	n := &l.nego
	n.version++
	if n.proto == "" {
		n.proto = map[Profile]string{PlainRTP: "RTP/AVP", SDES: "RTP/SAVP", WebRTC: "UDP/TLS/RTP/SAVPF"}[p]
		n.mid = "0"
	}
	if p == SDES && len(n.crypto) == 0 {
		for i, s := range suites[:2] {
			n.crypto = append(n.crypto, newCrypto(fmt.Sprint(i+1), s.name))
		}
	}
	return []byte(l.writeOffer()), nil
}

// Accept takes the answer to our offer.
func (l *Line) Accept(answer []byte) error {
	d, err := read(answer)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &l.nego
	if l.closed {
		return errClosed
	}
	if d.profile != n.profile {
		return fmt.Errorf("%w: the answer speaks another transport", ErrNoCommonMedia)
	}
	codec, ok := prefer(d.codecs, n.offered(l.opts.Codecs))
	if !ok {
		return fmt.Errorf("%w: the answer's codec was not offered", ErrNoCommonMedia)
	}
	n.codec, n.mux = codec, d.mux
	switch {
	case d.event == 0:
		n.event = 0
	case n.event == 0: // each side names the number that it wants to see (RFC 3264 section 6.1)
		n.event = eventPT
	}
	if d.profile == SDES {
		chosen := cryptoLine{}
		for _, c := range n.crypto {
			if c.suite == d.crypto[0].suite {
				chosen = c
			}
		}
		if chosen.suite == "" {
			return fmt.Errorf("%w: the answer's key is for a suite we did not offer", ErrNoCommonMedia)
		}
		n.crypto = []cryptoLine{chosen}
	}
	return l.agree(d)
}

// offered are the codecs of our offer: all of these at first, the agreed one later.
func (n *negotiation) offered(all []Codec) []Codec {
	if n.agreed {
		return []Codec{n.codec}
	}
	return all
}

// open binds what the profile needs, once.
func (l *Line) open(p Profile) error {
	n := &l.nego
	if n.profile == p {
		return nil
	}
	if n.profile != 0 {
		return fmt.Errorf("%w: the transport cannot change in a call", ErrNoCommonMedia)
	}
	if p == WebRTC {
		l.browser = l.room.engine.door.NewSession(host{l})
		n.port = int(l.room.engine.door.Port())
		s := l.browser
		if err := l.loop.do(func() { l.session, l.secret = s, true; l.loop.add(l) }); err != nil {
			return err
		}
	} else {
		rtp, rtcp, port, err := l.room.engine.pair()
		if err != nil {
			return err
		}
		n.port = port
		if err := l.loop.do(func() {
			l.fd, l.rtcpFD, l.secret = rtp, rtcp, p == SDES
			l.loop.watch(rtp, watched{line: l})
			l.loop.watch(rtcp, watched{line: l, rtcp: true})
			l.loop.add(l)
		}); err != nil {
			return err
		}
	}
	n.profile = p
	return nil
}

// agree puts what was negotiated into the loop.
func (l *Line) agree(d description) error {
	n := &l.nego
	if err := n.keys(d); err != nil {
		return err
	}
	moved := !n.agreed || n.far.address != d.address
	was := n.held
	first := !n.agreed
	if first {
		n.active = d.setup == "passive"
	}
	n.held, n.far, n.agreed = d.held(), d, true
	codec, event, theirs, in, out := n.codec, n.event, d.event, n.srtpIn, n.srtpOut
	sends, held := d.sends(), n.held
	l.wide.Store(codec == G722)
	if l.browser != nil {
		l.browser.Remote(d.fingerprint, n.active)
	}
	err := l.loop.do(func() {
		l.in.codec, l.in.event, l.out.codec, l.out.event = codec, event, codec, theirs
		if codec == G722 && l.in.wide == nil {
			l.in.wide, l.out.coder.g722 = audio.NewG722Decoder(), audio.NewG722Encoder()
		}
		l.in.on = sends && !held
		if l.session == nil {
			l.in.srtp, l.out.srtp = in, out
			l.out.on = !held && d.address.Port() != 0
			l.out.rtcpTo, l.out.mux = sockaddrOf(d.rtcp), d.mux
			if moved {
				l.retarget(d)
			}
		} else {
			l.out.on = !held && l.out.srtp != nil
			l.heldBrowser = held
		}
		l.quietSince = l.loop.now
	})
	if err == nil && held != was && (held || !first) {
		kind := Resumed
		if held {
			kind = Held
		}
		_ = l.loop.post(func() { l.notify(Event{Kind: kind}) })
	}
	return err
}

// retarget sends to the signalled address, and lets the first packet from there say where it really is.
func (l *Line) retarget(d description) {
	l.in.latched, l.in.exact, l.in.signal = false, false, d.address
	l.in.strict = !l.in.signal.Addr().IsPrivate() && !l.in.signal.Addr().IsUnspecified()
	l.out.to = sockaddrOf(d.address)
}

// keys makes SRTP contexts where keys are new.
func (n *negotiation) keys(d description) (err error) {
	if d.profile != SDES {
		return nil
	}
	theirs, ours := d.crypto[0], n.crypto[0]
	if k := theirs.String(); n.inKey != k {
		if n.srtpIn, err = theirs.context(); err != nil {
			return fmt.Errorf("%w: %w", ErrNoCommonMedia, err)
		}
		n.inKey = k
	}
	if k := ours.String(); n.outKey != k {
		if n.srtpOut, err = ours.context(); err != nil {
			return err
		}
		n.outKey = k
	}
	return nil
}

// host is a line as the browser's session sees it.
type host struct{ l *Line }

// Connected takes the browser's own socket.
func (h host) Connected(fd int, _ netip.AddrPort) {
	l := h.l
	if err := l.loop.post(func() {
		if l.gone { // it came in while the line was closed
			closeFD(fd)
			return
		}
		if l.fd >= 0 {
			l.loop.leave(l.fd)
		}
		l.fd = fd
		l.loop.watch(fd, watched{line: l})
	}); err != nil {
		closeFD(fd)
	}
}

// Keys starts the sound.
func (h host) Keys(k webrtc.SRTPKeys) {
	l := h.l
	in, err := srtp.CreateContext(k.RemoteKey, k.RemoteSalt, k.Profile, srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(128))
	out, err2 := srtp.CreateContext(k.LocalKey, k.LocalSalt, k.Profile)
	if err != nil || err2 != nil {
		h.Failed(fmt.Errorf("srtp: %w %w", err, err2))
		return
	}
	_ = l.loop.post(func() {
		l.in.srtp, l.out.srtp = in, out
		l.out.on = !l.heldBrowser
		l.tellAudio()
	})
}

// Failed passes the news on.
func (h host) Failed(err error) {
	_ = h.l.loop.post(func() { h.l.notify(Event{Kind: Failed, Err: err}) })
}

// Closed passes the browser's goodbye on.
func (h host) Closed() {
	_ = h.l.loop.post(func() { h.l.notify(Event{Kind: Closed}) })
}
