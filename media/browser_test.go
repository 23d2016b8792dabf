package media

import (
	"bytes"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	pion "github.com/pion/webrtc/v4"
	"golang.org/x/sys/unix"

	"github.com/callfloor/callfloor/media/audio"
	"github.com/callfloor/callfloor/media/webrtc"
)

// browser is a whole WebRTC peer on the wire, with an agent, offers and answers of its own.
type browser struct {
	t      *testing.T
	pc     *pion.PeerConnection
	line   *Line
	events chan Event
	track  *pion.TrackLocalStaticRTP
	mu     sync.Mutex
	heard  []int16
	came   chan struct{} // something was heard
	quit   chan struct{}
	wait   sync.WaitGroup
}

func newBrowser(t *testing.T, r *Room, id string, setting func(*pion.SettingEngine)) *browser {
	t.Helper()
	var m pion.MediaEngine
	if err := m.RegisterCodec(pion.RTPCodecParameters{
		RTPCodecCapability: pion.RTPCodecCapability{MimeType: pion.MimeTypePCMU, ClockRate: 8000}, PayloadType: 0,
	}, pion.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	var s pion.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(net.IP.IsLoopback)
	s.SetNetworkTypes([]pion.NetworkType{pion.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if setting != nil {
		setting(&s)
	}
	pc, err := pion.NewAPI(pion.WithMediaEngine(&m), pion.WithSettingEngine(s)).NewPeerConnection(pion.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, pc: pc, events: make(chan Event, 64), came: make(chan struct{}, 1), quit: make(chan struct{})}
	if b.track, err = pion.NewTrackLocalStaticRTP(pion.RTPCodecCapability{MimeType: pion.MimeTypePCMU, ClockRate: 8000}, "audio", "browser"); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(b.track); err != nil {
		t.Fatal(err)
	}
	pc.OnTrack(func(track *pion.TrackRemote, _ *pion.RTPReceiver) { b.wait.Go(func() { b.listen(track) }) })
	b.line = r.Line(id, LineOptions{Notify: func(e Event) { b.events <- e }})
	t.Cleanup(func() {
		close(b.quit)
		_ = pc.GracefulClose()
		b.wait.Wait()
	})
	return b
}

func (b *browser) listen(track *pion.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.heard = append(b.heard, decode(PCMU, p.Payload)...)
		b.mu.Unlock()
		select {
		case b.came <- struct{}{}:
		default:
		}
	}
}

// local is a description with all candidates in it.
func (b *browser) local(d pion.SessionDescription, err error) []byte {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := pion.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(d); err != nil {
		b.t.Fatal(err)
	}
	<-gathered
	return []byte(b.pc.LocalDescription().SDP)
}

// offers lets the browser offer; change may forge what it says.
func (b *browser) offers(o *pion.OfferOptions, change func(string) string) {
	b.t.Helper()
	sdp := b.local(b.pc.CreateOffer(o))
	if change != nil {
		sdp = []byte(change(string(sdp)))
	}
	answer, err := b.line.Answer(sdp)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, sdp)
	}
	if err := b.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: string(answer)}); err != nil {
		b.t.Fatalf("%v\n%s", err, answer)
	}
}

// answers lets the browser answer our offer.
func (b *browser) answers() error {
	b.t.Helper()
	offer, err := b.line.Offer(WebRTC)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeOffer, SDP: string(offer)}); err != nil {
		b.t.Fatalf("%v\n%s", err, offer)
	}
	return b.line.Accept(b.local(b.pc.CreateAnswer(nil)))
}

// sings sends a tone until the test ends.
func (b *browser) sings(hz float64) {
	sound := mu(audio.Tone(hz, 0.3, time.Second))
	b.wait.Go(func() {
		tick := time.NewTicker(frame)
		defer tick.Stop()
		for n := 0; ; n++ {
			at := n % second * samples
			_ = b.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n * samples)}, Payload: sound[at : at+samples]})
			select {
			case <-tick.C:
			case <-b.quit:
				return
			}
		}
	})
}

// hears waits until the tone is what the browser hears.
func (b *browser) hears(hz float64) {
	b.t.Helper()
	b.mu.Lock()
	from := len(b.heard)
	b.mu.Unlock()
	deadline := time.After(10 * time.Second)
	for {
		b.mu.Lock()
		pcm := b.heard[from:]
		b.mu.Unlock()
		const need = 2000
		if len(pcm) >= need && audio.Level(pcm[len(pcm)-need:], hz, audio.Rate) > 0.25 {
			return
		}
		select {
		case <-b.came:
		case <-deadline:
			b.t.Fatalf("%s does not hear %.0f Hz; %d samples came", b.line.id, hz, len(pcm))
		}
	}
}

func (b *browser) event(kind EventKind) Event {
	b.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case e := <-b.events:
			if e.Kind == kind {
				return e
			}
			if e.Kind == Failed {
				b.t.Fatal(e.Err)
			}
		case <-deadline:
			b.t.Fatalf("%s: no event %d", b.line.id, kind)
		}
	}
}

// Whoever offers, with either SRTP profile, a browser and a phone hear each other; an ICE restart changes nothing that
// can be heard; the browser's end is told.
func TestABrowserTalksToAPhone(t *testing.T) {
	for name, row := range map[string]struct {
		profile dtls.SRTPProtectionProfile
		offers  bool
		role    pion.DTLSRole // of a browser that answers
	}{
		"the browser offers":      {dtls.SRTP_AEAD_AES_128_GCM, true, pion.DTLSRoleAuto},
		"the browser offers, CM":  {dtls.SRTP_AES128_CM_HMAC_SHA1_80, true, pion.DTLSRoleAuto},
		"we offer, it is active":  {dtls.SRTP_AES128_CM_HMAC_SHA1_80, false, pion.DTLSRoleClient},
		"we offer, it is passive": {dtls.SRTP_AEAD_AES_128_GCM, false, pion.DTLSRoleServer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := engine(t).Room()
			defer r.Close()
			ann := call(t, r, "ann", PCMA)
			b := newBrowser(t, r, "maria", func(s *pion.SettingEngine) {
				s.SetSRTPProtectionProfiles(row.profile)
				if !row.offers {
					_ = s.SetAnsweringDTLSRole(row.role)
				}
			})
			if row.offers {
				b.offers(nil, nil)
			} else if err := b.answers(); err != nil {
				t.Fatal(err)
			}
			plan(t, r, together)
			ann.sings(440)
			b.sings(1000)
			b.event(Audio)
			early := b.line.Stats().Dropped // the browser may have its keys before us, and send
			b.hears(440)
			ann.hears(1000)
			if s := b.line.Stats(); !s.Encrypted || s.Dropped > early || s.Packets == 0 {
				t.Errorf("%+v", s)
			}

			b.offers(&pion.OfferOptions{ICERestart: true}, nil)
			b.hears(440)
			ann.hears(1000)

			if err := b.pc.Close(); err != nil {
				t.Fatal(err)
			}
			b.event(Closed)
		})
	}
}

var hexPair = regexp.MustCompile(`(?m)^(a=fingerprint:\S+ )..`)

func TestAForgedBrowserIsRefused(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	b := newBrowser(t, r, "maria", nil)
	b.offers(nil, func(sdp string) string {
		flipped := hexPair.ReplaceAllString(sdp, "${1}00")
		if flipped == sdp {
			flipped = hexPair.ReplaceAllString(sdp, "${1}01")
		}
		return flipped
	})
	for e := range b.events {
		if e.Kind == Audio {
			t.Fatal("sound from a forger")
		}
		if e.Kind == Failed {
			break
		}
	}
	if s := b.line.Stats(); s.Encrypted || s.Packets > 0 {
		t.Errorf("%+v", s)
	}
}

// A browser may be active or passive in DTLS; we are the other, and stay it in later descriptions.
func TestWhoBeginsDTLS(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	b := newBrowser(t, r, "maria", nil)
	sdp := string(b.local(b.pc.CreateOffer(nil)))
	for theirs, ours := range map[string]string{"actpass": "passive", "active": "passive", "passive": "active"} {
		l := r.Line(theirs, LineOptions{})
		for _, setup := range []string{theirs, "actpass"} {
			answer, err := l.Answer([]byte(strings.ReplaceAll(sdp, "a=setup:actpass", "a=setup:"+setup)))
			if err != nil || !bytes.Contains(answer, []byte("a=setup:"+ours+"\r\n")) {
				t.Errorf("%s, then %s: %v\n%s", theirs, setup, err, answer)
			}
		}
	}
}

// A browser that comes in while its line is closed leaves no socket behind.
func TestABrowserThatComesTooLate(t *testing.T) {
	r := engine(t).Room()
	defer r.Close()
	l := r.Line("maria", LineOptions{})
	l.Close()
	fd, err := bind(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	host{l}.Connected(fd, netip.AddrPort{})
	if err := r.loop.do(func() {
		if err := unix.SetNonblock(fd, true); err == nil {
			t.Error("the socket is open")
			closeFD(fd)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// A packet that somebody recorded and sends again is heard once, with either profile.
func TestAReplayIsRefused(t *testing.T) {
	for _, profile := range []srtp.ProtectionProfile{srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAes128CmHmacSha1_80} {
		inStudio(t, func(s *studio) {
			maria := s.phone("maria", PCMU, LineOptions{})
			l := s.room.Line("ann", LineOptions{})
			var b *browser
			s.meanwhile(func() {
				b = newBrowser(t, s.room, "unused", nil)
				if _, err := l.Answer(b.local(b.pc.CreateOffer(nil))); err != nil {
					t.Error(err)
				}
			})
			s.plan(together)
			c := newCrypto("1", suites[0].name)
			if profile == srtp.ProtectionProfileAes128CmHmacSha1_80 {
				c = newCrypto("1", suites[1].name)
			}
			host{l}.Keys(webrtc.SRTPKeys{Profile: profile, LocalKey: c.key, LocalSalt: c.salt, RemoteKey: c.key, RemoteSalt: c.salt})
			s.loop.obey()
			mine := contextOf(t, c)
			packets := make([][]byte, 0, 200)
			for n := range uint16(200) {
				sealed, err := mine.EncryptRTP(nil, packet(0, n, uint32(n)*samples, 7, make([]byte, samples)), nil)
				if err != nil {
					t.Error(err)
				}
				packets = append(packets, sealed)
			}
			for range 3 {
				for _, p := range packets {
					l.receive(p, &maria.from, l.fd)
				}
			}
			if got, dropped := l.stats.packets.Load(), l.stats.dropped.Load(); got != 200 || dropped != 400 {
				t.Errorf("%s: %d packets admitted, %d dropped", profile, got, dropped)
			}
		})
	}
}
