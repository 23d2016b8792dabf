package media

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/srtp/v3"

	"github.com/callfloor/callfloor/media/audio"
)

// sealed is a phone that encrypts, with the library and not with our code.
type sealed struct {
	*phone
	mine, theirs *srtp.Context
	answered     cryptoLine
}

func (s *studio) sealed(id, suite string) *sealed {
	p := &sealed{phone: s.phone(id+"'s other phone", PCMU, LineOptions{})}
	s.meanwhile(p.line.Close) // it speaks plainly
	p.line = s.room.Line(id, LineOptions{Notify: func(e Event) { p.events = append(p.events, e) }})
	p.agree(newCrypto("1", suite))
	return p
}

func contextOf(t *testing.T, c cryptoLine) *srtp.Context {
	t.Helper()
	x, err := srtp.CreateContext(c.key, c.salt, c.profile)
	if err != nil {
		t.Error(err)
	}
	return x
}

// agree offers a key and takes ours from the answer.
func (p *sealed) agree(key cryptoLine) {
	t := p.s.t
	offer := strings.Replace(string(p.sdp("a=crypto:"+key.String()+"\r\n")), "RTP/AVP", "RTP/SAVP", 1)
	for line := range strings.Lines(string(p.offers([]byte(offer)))) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "a=crypto:"); ok {
			var readable bool
			if p.answered, readable = parseCrypto(text); !readable {
				t.Errorf("answered %q", text)
			}
		}
	}
	p.mine, p.theirs = contextOf(t, key), contextOf(t, p.answered)
}

func (p *sealed) seal(b []byte) []byte {
	out, err := p.mine.EncryptRTP(nil, b, nil)
	if err != nil {
		p.s.t.Error(err)
	}
	return out
}

// speak lets time pass while the phone sends a tone.
func (p *sealed) speak(hz float64, d time.Duration) {
	for range d / frame {
		p.hz = hz
		b := packet(0, p.seq, p.ts, p.ssrc, p.tone(samples))
		p.hz = 0
		p.seq++
		p.ts += samples
		p.sends(p.seal(b))
		p.s.frame()
	}
}

// opened is what the phone can decrypt of what it heard, and how much it cannot.
func (p *sealed) opened() (pcm []int16, bad int) {
	for _, h := range p.heard {
		raw := packet(h.pt|map[bool]uint8{true: 0x80}[h.marker], h.seq, h.ts, h.ssrc, h.payload)
		b, err := p.theirs.DecryptRTP(nil, raw, nil)
		if err != nil {
			bad++
			continue
		}
		pcm = append(pcm, decode(PCMU, b[rtpHeader:])...)
	}
	return pcm, bad
}

// Every suite carries both directions; the answer keeps the offer's suite and tag and brings a key of its own.
func TestEverySuite(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.name, func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann, maria := s.sealed("ann", suite.name), s.phone("maria", PCMU, LineOptions{})
				s.plan(together)
				if ann.answered.suite != suite.name || ann.answered.tag != "1" {
					t.Errorf("answered %s with tag %s", ann.answered.suite, ann.answered.tag)
				}
				ann.heard = nil
				maria.hz = 1000
				ann.speak(440, 500*time.Millisecond)
				if l := audio.Level(maria.sound(), 440, audio.Rate); l < 0.25 {
					t.Errorf("maria hears 440 Hz at %.3f", l)
				}
				pcm, bad := ann.opened()
				if l := audio.Level(pcm, 1000, audio.Rate); l < 0.25 || bad > 0 {
					t.Errorf("ann hears 1000 Hz at %.3f and cannot read %d packets", l, bad)
				}
				// Reports are encrypted, too.
				report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: ann.ssrc, NTPTime: 5 << 32}})
				if err != nil {
					t.Error(err)
				}
				if report, err = ann.mine.EncryptRTCP(nil, report, nil); err != nil {
					t.Error(err)
				}
				ann.line.rtcp(report)
				if got := ann.line.stats.lastSR; got != 5<<16 {
					t.Errorf("the report says %#x", got)
				}
			})
		})
	}
}

// What the wrong key sealed, what is not sealed at all, what was changed on its way and what comes a second time is
// dropped, counted, and heard by nobody.
func TestForgedPacketsAreRefused(t *testing.T) {
	for _, suite := range suites {
		inStudio(t, func(s *studio) {
			ann, maria := s.sealed("ann", suite.name), s.phone("maria", PCMU, LineOptions{})
			s.plan(together)
			ann.speak(440, 200*time.Millisecond)
			other := contextOf(t, newCrypto("1", suite.name))
			plain := func(n uint16) []byte { return packet(0, ann.seq+n, ann.ts, ann.ssrc, make([]byte, samples)) }
			wrong, err := other.EncryptRTP(nil, plain(0), nil)
			if err != nil {
				t.Error(err)
			}
			changed := ann.seal(plain(1))
			changed[40] ^= 1
			good := ann.seal(plain(2))
			ann.sends(good)
			heard, dropped := ann.line.stats.packets.Load(), ann.line.stats.dropped.Load()
			forged := [][]byte{wrong, plain(3), changed, good, good[:20], good[:12]}
			for _, b := range forged {
				ann.sends(b)
			}
			ann.line.rtcp([]byte{0x80, 201, 0, 1, 0, 0, 0, 7})
			ann.line.rtcp([]byte{0x80, 201})
			if got := ann.line.stats.packets.Load() - heard; got != 0 {
				t.Errorf("%s: %d forged packets admitted", suite.name, got)
			}
			if got := ann.line.stats.dropped.Load() - dropped; got != uint64(len(forged))+2 {
				t.Errorf("%s: %d forged packets counted", suite.name, got)
			}
			maria.heard = nil
			ann.seq += 4
			ann.speak(440, 200*time.Millisecond)
			if l := audio.Level(maria.sound(), 440, audio.Rate); l < 0.25 {
				t.Errorf("%s: afterwards 440 Hz at %.3f", suite.name, l)
			}
		})
	}
}

// Behind a NAT the first sender is believed, but not before its key proves it: garbage takes nobody's place.
func TestAStrangerCannotTakeAnEncryptedLine(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.sealed("ann", suites[0].name)
		ann.at = netip.MustParseAddrPort("192.168.1.7:4000")
		key := newCrypto("1", suites[0].name)
		ann.agree(key)
		ann.sendsFrom("198.51.100.1:9", loud())
		if got := ann.speaksTo(); got != ann.at {
			t.Fatalf("garbage was latched: we speak to %s", got)
		}
		ann.sendsFrom("203.0.113.7:61000", ann.seal(loud()))
		if got := ann.speaksTo(); got.Port() != 61000 {
			t.Errorf("we speak to %s", got)
		}
	})
}

// What comes before the answer with the key is nobody's sound: it is neither heard nor believed.
func TestNothingIsHeardBeforeTheKey(t *testing.T) {
	inStudio(t, func(s *studio) {
		l := s.room.Line("early", LineOptions{Notify: func(e Event) { t.Errorf("event %v", e) }})
		s.meanwhile(func() {
			if _, err := l.Offer(SDES); err != nil {
				t.Error(err)
			}
		})
		from := sockaddrOf(netip.MustParseAddrPort("198.51.100.1:9"))
		l.receive(loud(), &from, l.fd)
		if l.in.latched || l.everHeard {
			t.Error("garbage is taken for sound")
		}
	})
}

// A re-offer with the same key changes nothing, one with a new key changes both keys; the talk goes on.
func TestKeysAreRenewed(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.sealed("ann", suites[1].name), s.phone("maria", PCMU, LineOptions{})
		s.plan(together)
		maria.hz = 1000
		ann.speak(440, 200*time.Millisecond)
		first := ann.answered.String()
		ann.agree(newCrypto("2", suites[1].name))
		if ann.answered.String() == first || ann.answered.tag != "2" {
			t.Errorf("answered %s to a new key", ann.answered)
		}
		ann.heard, maria.heard = nil, nil
		ann.speak(440, 300*time.Millisecond)
		pcm, bad := ann.opened()
		if l, m := audio.Level(maria.sound(), 440, audio.Rate), audio.Level(pcm, 1000, audio.Rate); l < 0.25 || m < 0.25 || bad > 0 {
			t.Errorf("with new keys: 440 Hz at %.3f, 1000 Hz at %.3f, %d unreadable", l, m, bad)
		}
	})
}

// Offers of keys that are none are refused; among several the first that we understand is taken.
func TestWhichKeyIsTaken(t *testing.T) {
	good := newCrypto("3", "AES_CM_128_HMAC_SHA1_80").String()
	key := base64.StdEncoding.EncodeToString(make([]byte, 30))
	for _, row := range []struct {
		name, crypto string
		ok           bool
	}{
		{"one", good, true},
		{"a lifetime and an index", good + "|2^31|1:1", true},
		{"an unknown suite, then ours", "1 F8_128_HMAC_SHA1_80 inline:" + key + "\r\na=crypto:" + good, true},
		{"a short key, then a good one", "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\na=crypto:" + good, true},
		{"unpadded", "1 AEAD_AES_128_GCM inline:" + base64.RawStdEncoding.EncodeToString(make([]byte, 28)), true},
		{"a short key", "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", false},
		{"a long key", "1 AES_CM_128_HMAC_SHA1_80 inline:" + base64.StdEncoding.EncodeToString(make([]byte, 46)), false},
		{"no base64", "1 AES_CM_128_HMAC_SHA1_80 inline:????", false},
		{"no inline", "1 AES_CM_128_HMAC_SHA1_80 " + key, false},
		{"nothing", "", false},
	} {
		inStudio(t, func(s *studio) {
			p := s.phone("ann", PCMU, LineOptions{})
			sdp := strings.Replace(string(p.sdp("a=crypto:"+row.crypto+"\r\n")), "RTP/AVP", "RTP/SAVP", 1)
			l := s.room.Line("sealed", LineOptions{})
			s.meanwhile(func() {
				answer, err := l.Answer([]byte(sdp))
				if row.ok != (err == nil) || !row.ok && !errors.Is(err, ErrNoCommonMedia) {
					t.Errorf("%s: %v", row.name, err)
				}
				if row.ok && strings.Count(string(answer), "a=crypto:") != 1 {
					t.Errorf("%s: answered\n%s", row.name, answer)
				}
			})
		})
	}
}

// An answer must take one of the keys that were offered.
func TestAnAnswersKey(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.phone("ann", PCMU, LineOptions{})
		answer := func(suite string) (err error) {
			l := s.room.Line(suite, LineOptions{})
			s.meanwhile(func() {
				if _, err := l.Offer(SDES); err != nil {
					t.Error(err)
				}
				err = l.Accept([]byte(strings.Replace(string(ann.sdp(fmt.Sprintf("a=crypto:%s\r\n", newCrypto("1", suite)))), "RTP/AVP", "RTP/SAVP", 1)))
			})
			return err
		}
		if err := answer(suites[1].name); err != nil {
			t.Error(err)
		}
		if err := answer(suites[2].name); !errors.Is(err, ErrNoCommonMedia) {
			t.Errorf("a suite that was not offered: %v", err)
		}
		l := s.room.Line("plain", LineOptions{})
		s.meanwhile(func() {
			if _, err := l.Offer(SDES); err != nil {
				t.Error(err)
			}
			if err := l.Accept(ann.sdp("")); !errors.Is(err, ErrNoCommonMedia) {
				t.Errorf("a plain answer to an encrypted offer: %v", err)
			}
			l.Close()
			if err := l.Accept(ann.sdp("")); err == nil {
				t.Error("a closed line accepts")
			}
		})
	})
}

func FuzzCrypto(f *testing.F) {
	for _, s := range suites {
		f.Add(newCrypto("1", s.name).String())
	}
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:|2^31")
	f.Add("9 AEAD_AES_128_GCM inline: ")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCrypto(text)
		if !ok {
			return
		}
		if _, err := c.context(); err != nil {
			t.Errorf("accepted, but of no use: %v", err)
		}
		again, ok := parseCrypto(c.String())
		if !ok || again.String() != c.String() {
			t.Errorf("%q is read again as %q", c, again)
		}
	})
}
