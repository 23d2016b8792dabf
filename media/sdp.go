package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// ErrNoCommonMedia is returned for an offer or answer that we cannot meet; SIP answers 488.
var ErrNoCommonMedia = errors.New("no codec or transport in common")

// ErrBadSDP is returned for a description that cannot be read; SIP answers 400.
var ErrBadSDP = errors.New("the session description cannot be read")

// Profile is how a line's packets travel.
type Profile uint8

// The profiles.
const (
	PlainRTP Profile = iota + 1 // RTP/AVP (RFC 3551)
	SDES                        // RTP/SAVP with keys in the SDP (RFC 4568)
	WebRTC                      // UDP/TLS/RTP/SAVPF with ICE (RFC 8827)
)

// description is the far end's audio, as read from its SDP.
type description struct {
	raw         []byte // as it came
	profile     Profile
	proto       string
	media       []*sdp.MediaDescription // all of them: an answer has as many
	index       int                     // of the audio among them
	mid         string
	bundle      bool
	address     netip.AddrPort
	rtcp        netip.AddrPort
	mux         bool
	codecs      []Codec // in its order
	event       uint8
	direction   string
	crypto      []cryptoLine
	ufrag       string
	pwd         string
	fingerprint string
	setup       string
}

// read understands a session description, or says what is wrong with it.
func read(b []byte) (d description, err error) {
	var s sdp.SessionDescription
	if err := s.Unmarshal(b); err != nil {
		return d, fmt.Errorf("%w: %w", ErrBadSDP, err)
	}
	d.raw, d.media, d.index = slices.Clone(b), s.MediaDescriptions, -1
	for i, m := range s.MediaDescriptions {
		if m.MediaName.Media == "audio" && m.MediaName.Port.Value != 0 {
			d.index = i
			break
		}
	}
	if d.index < 0 {
		return d, fmt.Errorf("%w: no audio is offered", ErrNoCommonMedia)
	}
	m := s.MediaDescriptions[d.index]
	d.proto = strings.Join(m.MediaName.Protos, "/")
	attribute := func(name string) string {
		if v, ok := m.Attribute(name); ok {
			return v
		}
		v, _ := s.Attribute(name)
		return v
	}
	d.ufrag, d.pwd, d.fingerprint = attribute("ice-ufrag"), attribute("ice-pwd"), attribute("fingerprint")
	d.setup, d.mid = attribute("setup"), attribute("mid")
	_, d.mux = m.Attribute("rtcp-mux")
	group, _ := s.Attribute("group")
	d.bundle = strings.HasPrefix(group, "BUNDLE")
	d.direction = directionOf(&s, m)
	if err := d.readAddress(&s, m); err != nil {
		return d, err
	}
	d.readCodecs(m)
	for _, a := range m.Attributes {
		if a.Key == "crypto" {
			if c, ok := parseCrypto(a.Value); ok {
				d.crypto = append(d.crypto, c)
			}
		}
	}
	return d, d.choose()
}

func (d *description) readAddress(s *sdp.SessionDescription, m *sdp.MediaDescription) error {
	c := m.ConnectionInformation
	if c == nil {
		c = s.ConnectionInformation
	}
	port := m.MediaName.Port.Value
	if port < 0 || port > 65535 {
		return fmt.Errorf("%w: port %d", ErrBadSDP, port)
	}
	if c == nil || c.Address == nil {
		return fmt.Errorf("%w: no connection address", ErrBadSDP)
	}
	ip, err := netip.ParseAddr(c.Address.Address)
	if err != nil { // a name: packets will tell (symmetric RTP)
		ip = netip.IPv4Unspecified()
	}
	d.address = netip.AddrPortFrom(ip.Unmap(), uint16(port))
	d.rtcp = netip.AddrPortFrom(d.address.Addr(), uint16(min(port+1, 65535)))
	if v, ok := m.Attribute("rtcp"); ok { // RFC 3605
		if p, err := strconv.ParseUint(strings.Fields(v + " 0")[0], 10, 16); err == nil && p != 0 {
			d.rtcp = netip.AddrPortFrom(d.address.Addr(), uint16(p))
		}
	}
	return nil
}

func directionOf(s *sdp.SessionDescription, m *sdp.MediaDescription) string {
	for _, dir := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
		if _, ok := m.Attribute(dir); ok {
			return dir
		}
	}
	for _, dir := range []string{"sendonly", "recvonly", "inactive"} {
		if _, ok := s.Attribute(dir); ok {
			return dir
		}
	}
	return "sendrecv"
}

func (d *description) readCodecs(m *sdp.MediaDescription) {
	names := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000"}
	for _, a := range m.Attributes {
		if a.Key == "rtpmap" {
			if pt, name, ok := strings.Cut(a.Value, " "); ok {
				names[pt] = strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(name), "/1"))
			}
		}
	}
	for _, f := range m.MediaName.Formats {
		switch names[f] {
		case "PCMU/8000":
			if f == "0" {
				d.codecs = append(d.codecs, PCMU)
			}
		case "PCMA/8000":
			if f == "8" {
				d.codecs = append(d.codecs, PCMA)
			}
		case "G722/8000":
			if f == "9" {
				d.codecs = append(d.codecs, G722)
			}
		case "TELEPHONE-EVENT/8000":
			if pt, err := strconv.ParseUint(f, 10, 7); err == nil && d.event == 0 {
				d.event = uint8(pt)
			}
		}
	}
}

// choose decides the profile.
func (d *description) choose() error {
	switch {
	case len(d.codecs) == 0:
		return fmt.Errorf("%w: none of our codecs", ErrNoCommonMedia)
	case d.fingerprint != "" && strings.Contains(d.proto, "SAVP"):
		if d.ufrag == "" || d.pwd == "" {
			return fmt.Errorf("%w: DTLS without ICE", ErrNoCommonMedia)
		}
		d.profile = WebRTC
	case strings.Contains(d.proto, "SAVP"):
		if len(d.crypto) == 0 {
			return fmt.Errorf("%w: SRTP without a key that we understand", ErrNoCommonMedia)
		}
		d.profile = SDES
	case d.proto == "RTP/AVP" || d.proto == "RTP/AVPF":
		d.profile = PlainRTP
	default:
		return fmt.Errorf("%w: transport %s", ErrNoCommonMedia, d.proto)
	}
	return nil
}

// held tells whether the far end does not want to hear us (RFC 3264 section 8.4, and the 0.0.0.0 of RFC 2543).
func (d *description) held() bool {
	return d.direction == "sendonly" || d.direction == "inactive" ||
		d.profile != WebRTC && d.address.Addr() == netip.IPv4Unspecified()
}

// sends tells whether packets are to be expected.
func (d *description) sends() bool { return d.direction == "sendrecv" || d.direction == "sendonly" }

// mirror is the answer to a direction (RFC 3264 section 6.1).
func mirror(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return direction
}

// prefer is the first of ours that the far end has, too.
func prefer(ours, theirs []Codec) (Codec, bool) {
	for _, c := range ours {
		if slices.Contains(theirs, c) {
			return c, true
		}
	}
	return 0, false
}
