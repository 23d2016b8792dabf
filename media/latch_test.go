package media

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// from is a packet of sound as if it came from another address.
func (p *phone) sendsFrom(at string, b []byte) {
	from := sockaddrOf(netip.MustParseAddrPort(at))
	p.line.receive(b, &from, p.line.fd)
}

func loud() []byte {
	b := make([]byte, samples)
	audio.EncodeMu(b, audio.Tone(2000, 0.5, frame))
	return packet(0, 1, 160, 666, b)
}

func (p *phone) remote() (at netip.AddrPort) { return p.line.in.peer.addrPort() }

func (p *phone) speaksTo() netip.AddrPort { return p.line.out.to.addrPort() }

// Where packets come from is decided once, by the signalled address, and again only by a new negotiation.
func TestWhoIsBelieved(t *testing.T) {
	for _, row := range []struct {
		name     string
		signal   string   // in the SDP
		senders  []string // who sends a packet of sound, one after the other
		admitted []bool
		speaksTo string // in the end
	}{
		{"the signalled peer", "203.0.113.7:4000", []string{"203.0.113.7:4000", "203.0.113.7:4000"}, []bool{true, true}, "203.0.113.7:4000"},
		{
			"behind a NAT that changes the port", "203.0.113.7:4000",
			[]string{"203.0.113.7:61000", "203.0.113.7:61000", "203.0.113.7:61001"},
			[]bool{true, true, false},
			"203.0.113.7:61000",
		},
		{
			"a stranger after the peer", "203.0.113.7:4000",
			[]string{"203.0.113.7:4000", "198.51.100.1:4000", "203.0.113.7:4002", "203.0.113.7:4000"},
			[]bool{true, false, false, true},
			"203.0.113.7:4000",
		},
		{
			"a stranger before the peer", "203.0.113.7:4000",
			[]string{"198.51.100.1:4000", "203.0.113.7:4000"},
			[]bool{false, true},
			"203.0.113.7:4000",
		},
		{
			"a stray from the peer's host, then the peer", "203.0.113.7:4000",
			[]string{"203.0.113.7:5000", "203.0.113.7:4000", "203.0.113.7:5000"},
			[]bool{true, true, false},
			"203.0.113.7:4000",
		},
		{
			"a private address behind a NAT: the first sender", "192.168.1.7:4000",
			[]string{"203.0.113.7:61000", "198.51.100.1:4000", "203.0.113.7:61000"},
			[]bool{true, false, true},
			"203.0.113.7:61000",
		},
		{
			"a private address that is real", "10.0.0.7:4000",
			[]string{"10.0.0.7:4000", "10.0.0.8:4000"},
			[]bool{true, false},
			"10.0.0.7:4000",
		},
		{"nobody yet", "203.0.113.7:4000", nil, nil, "203.0.113.7:4000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inStudio(t, func(s *studio) {
				ann := s.phone("ann", PCMU, LineOptions{})
				ann.at = netip.MustParseAddrPort(row.signal)
				ann.offer("")
				for i, from := range row.senders {
					before := ann.line.stats.packets.Load()
					ann.sendsFrom(from, loud())
					if got := ann.line.stats.packets.Load() > before; got != row.admitted[i] {
						t.Errorf("packet %d from %s admitted: %v", i, from, got)
					}
				}
				if got := ann.speaksTo(); got != netip.MustParseAddrPort(row.speaksTo) {
					t.Errorf("speaks to %s", got)
				}
			})
		})
	}
}

// Only sound latches: neither an unknown type, nor a malformed packet, nor a report may point our sound anywhere.
func TestWhatIsNoSoundLatchesNobody(t *testing.T) {
	inStudio(t, func(s *studio) {
		for name, b := range surprises() {
			ann := s.phone(name, PCMU, LineOptions{})
			ann.at = netip.MustParseAddrPort("192.168.1.7:4000")
			ann.offer("")
			ann.sendsFrom("198.51.100.1:9", b)
			if switched := ann.speaksTo() != ann.at; switched && name != "no payload" && name != "half an event" &&
				name != "an event that is no key" && name != "padding alone" { // these are packets of the agreed types, after all
				t.Errorf("%s: speaks to %s", name, ann.speaksTo())
			}
		}
	})
}

// A re-INVITE moves the phone: its old place is heard no more, and is not spoken to.
func TestAReInviteMovesThePeer(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann, maria := s.phone("ann", PCMU, LineOptions{}), s.phone("maria", PCMU, LineOptions{})
		s.plan(together)
		ann.hz = 440
		s.lasts(100 * time.Millisecond)
		old := ann.fd
		fd, at := s.socket()
		ann.fd, ann.at = fd, at
		ann.offer("")
		if ann.speaksTo() != at {
			t.Errorf("speaks to %s, not %s", ann.speaksTo(), at)
		}
		ann.hz = 0
		ann.from = sockaddrOf(at)
		ann.sing(samples) // the new place speaks
		oldPlace := sockaddrOf(netip.AddrPortFrom(at.Addr(), at.Port()-1))
		before := ann.line.stats.packets.Load()
		ann.line.receive(loud(), &oldPlace, ann.line.fd)
		if ann.line.stats.packets.Load() > before {
			t.Error("the old place is heard")
		}
		closeFD(old)
		maria.hz = 1000
		if l := ann.hears(1000, 200*time.Millisecond); l < 0.27 {
			t.Errorf("the new place hears 1000 Hz at %.3f", l)
		}
		// The same address again, as in a refresh: nothing moves, and a NAT's port is kept.
		ann.at = netip.MustParseAddrPort("203.0.113.7:4000")
		ann.offer("")
		ann.sendsFrom("203.0.113.7:61000", loud())
		ann.offer("")
		if got := ann.speaksTo(); got.Port() != 61000 {
			t.Errorf("after a refresh we speak to %s", got)
		}
		ann.at = at // for the end
	})
}

// A description may give a name instead of an address, or the port of RTCP: neither is in the way.
func TestStrangeAddresses(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.phone("ann", PCMU, LineOptions{})
		named := strings.Replace(string(ann.sdp("")), "c=IN IP4 127.0.0.1", "c=IN IP4 phone.example", 1)
		ann.offers([]byte(named))
		ann.sends(loud())
		if ann.remote() != ann.at {
			t.Errorf("heard from %s", ann.remote())
		}
		ann.offer(fmt.Sprintf("a=rtcp:%d\r\n", ann.at.Port()+7))
		if got := ann.line.out.rtcpTo.addrPort().Port(); got != ann.at.Port()+7 {
			t.Errorf("reports to port %d", got)
		}
		ann.offer("a=rtcp-mux\r\n")
		s.lasts(reportEvery + time.Second)
		muxed := false
		for _, h := range ann.heard {
			muxed = muxed || h.pt == 200&0x7F
		}
		if !muxed {
			t.Error("with rtcp-mux no report came by the way of the sound")
		}
	})
}
