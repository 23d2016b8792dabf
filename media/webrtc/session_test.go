package webrtc

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v3"
)

// A whole ICE agent finds us, DTLS agrees on keys, and each side's keys are the other's, mirrored.
func TestABrowserIsLetIn(t *testing.T) {
	for _, row := range []struct {
		theirs []dtls.SRTPProtectionProfile
		want   srtp.ProtectionProfile
	}{
		{[]dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}, srtp.ProtectionProfileAeadAes128Gcm},
		{[]dtls.SRTPProtectionProfile{dtls.SRTP_AES128_CM_HMAC_SHA1_80}, srtp.ProtectionProfileAes128CmHmacSha1_80},
		{[]dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}, srtp.ProtectionProfileAeadAes128Gcm},
	} {
		t.Run(row.want.String(), func(t *testing.T) {
			h, g, conn := enter(t, open(t), dtls.WithSRTPProtectionProfiles(row.theirs...))
			ours := await(t, h.keys, "the keys")
			if ours.Profile != row.want {
				t.Errorf("profile %s", ours.Profile)
			}
			theirs, err := export(conn, false)
			if err != nil {
				t.Fatal(err)
			}
			// export speaks for the server: what it calls remote is the client's own.
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("the two sides have different keys (-browser +we):\n%s", diff)
			}
			// What is no STUN and no DTLS is the host's.
			if _, err := g.conn.Write([]byte{0x80, 0, 1, 2}); err != nil {
				t.Fatal(err)
			}
			if b := await(t, h.sound, "the sound"); b[0] != 0x80 || len(b) != 4 {
				t.Errorf("the host got %x", b)
			}
		})
	}
}

// A browser that is passive waits for our hello; all else is the same.
func TestAPassiveBrowserIsGreeted(t *testing.T) {
	d := open(t)
	h, g := newHouse(t, d), newGuest(t, d)
	h.session.Remote(g.fingerprint(), true)
	g.connect(h.session)
	conn, err := g.receive()
	if err != nil {
		t.Fatal(err)
	}
	ours := await(t, h.keys, "the keys")
	theirs, err := export(conn, false) // it is the server
	if err != nil {
		t.Fatal(err)
	}
	mirrored := SRTPKeys{theirs.Profile, theirs.RemoteKey, theirs.RemoteSalt, theirs.LocalKey, theirs.LocalSalt}
	if diff := cmp.Diff(mirrored, ours); diff != "" {
		t.Errorf("the two sides have different keys (-browser +we):\n%s", diff)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, h.closed, "the goodbye")
}

func TestAPassiveBrowserWithTheWrongCertificateIsRefused(t *testing.T) {
	d := open(t)
	h, g := newHouse(t, d), newGuest(t, d)
	h.session.Remote(newGuest(t, d).fingerprint(), true)
	g.connect(h.session)
	if _, err := g.receive(); err == nil {
		t.Error("we went in")
	}
	if err := await(t, h.failed, "the failure"); !strings.Contains(err.Error(), "not the one it announced") {
		t.Error(err)
	}
}

func TestABrowserWithoutSRTPIsRefused(t *testing.T) {
	d := open(t)
	h, g := newHouse(t, d), newGuest(t, d)
	h.session.Remote(g.fingerprint(), false)
	g.connect(h.session)
	_, _ = g.greet(g.conn, dtls.WithSRTPProtectionProfiles(dtls.SRTP_NULL_HMAC_SHA1_80))
	if err := await(t, h.failed, "the failure"); !strings.Contains(err.Error(), "dtls") {
		t.Error(err)
	}
}

func TestTheWrongCertificateIsRefused(t *testing.T) {
	d := open(t)
	h, g := newHouse(t, d), newGuest(t, d)
	h.session.Remote(newGuest(t, d).fingerprint(), false) // somebody else's
	g.connect(h.session)
	if _, err := g.greet(g.conn); err == nil {
		t.Error("the browser was welcomed")
	}
	if err := await(t, h.failed, "the failure"); !strings.Contains(err.Error(), "not the one it announced") {
		t.Error(err)
	}
	if len(h.keys) > 0 {
		t.Error("keys were given out")
	}
}

// What is lost is sent again: the first hello, then a whole flight of the browser's.
func TestLostHandshakesAreRepeated(t *testing.T) {
	for name, lost := range map[string][]int64{"the first hello": {1}, "the second": {2}, "the last flight": {3, 4, 5, 6, 7}} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			h, g := newHouse(t, d), newGuest(t, d)
			h.session.Remote(g.fingerprint(), false)
			g.connect(h.session)
			lossy := &lossy{Conn: g.conn, lost: lost}
			if _, err := g.greet(lossy); err != nil {
				t.Fatal(err)
			}
			await(t, h.keys, "the keys")
			if lossy.dropped.Load() == 0 {
				t.Error("nothing was lost: the test proves nothing")
			}
		})
	}
}

// lossy loses the writes of the given numbers.
type lossy struct {
	net.Conn
	lost             []int64
	written, dropped atomic.Int64
}

func (l *lossy) Write(b []byte) (int, error) {
	n := l.written.Add(1)
	for _, x := range l.lost {
		if x == n {
			l.dropped.Add(1)
			return len(b), nil
		}
	}
	return l.Conn.Write(b)
}

func TestAGoodbyeIsHeard(t *testing.T) {
	t.Run("theirs", func(t *testing.T) {
		h, _, conn := enter(t, open(t))
		await(t, h.keys, "the keys")
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		await(t, h.closed, "the goodbye")
	})
	t.Run("ours", func(t *testing.T) {
		h, _, conn := enter(t, open(t))
		await(t, h.keys, "the keys")
		h.session.Close()
		gone := make(chan error, 1)
		go func() {
			_, err := conn.Read(make([]byte, 10))
			gone <- err
		}()
		if err := await(t, gone, "our goodbye"); err == nil {
			t.Error("data instead of a goodbye")
		}
		if len(h.closed)+len(h.failed) > 0 {
			t.Error("a closed session told its host something")
		}
	})
}

// Nobody sends data over DTLS here; a browser that does stays in its call.
func TestDataOverDTLSIsIgnored(t *testing.T) {
	h, g, conn := enter(t, open(t))
	await(t, h.keys, "the keys")
	for range 3 {
		if _, err := conn.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.conn.Write([]byte{0x80, 0}); err != nil {
		t.Fatal(err)
	}
	await(t, h.sound, "the sound after the data")
	for range 1000 { // until the session has read them
		if len(h.session.in) == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if len(h.session.in) > 0 || len(h.closed) > 0 {
		t.Error("data ended the session")
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, h.closed, "the goodbye")
}

// After an ICE restart the browser has new sockets and both sides new names; DTLS and its keys stay (RFC 8842 section 4.4).
func TestAnICERestartKeepsTheCall(t *testing.T) {
	h, g, conn := enter(t, open(t))
	await(t, h.keys, "the keys")
	before := await(t, h.moved, "the first pair")
	oldName, _ := h.session.Local()
	h.session.Restart()
	ufrag, pwd := h.session.Local()
	if ufrag == oldName {
		t.Fatal("the name stayed")
	}
	if err := g.agent.Restart("", ""); err != nil {
		t.Fatal(err)
	}
	if err := g.agent.SetRemoteCredentials(ufrag, pwd); err != nil {
		t.Fatal(err)
	}
	g.gather()
	if after := await(t, h.moved, "the new pair"); after == before {
		t.Errorf("still at %s", after)
	}
	if _, err := g.conn.Write([]byte{0x80, 0, 9, 9}); err != nil {
		t.Fatal(err)
	}
	await(t, h.sound, "the sound on the new pair")
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, h.closed, "the goodbye by the new pair")
	if len(h.failed)+len(h.keys) > 0 {
		t.Error("the restart made a new handshake, or broke the old one")
	}
}

// Only the name and the password of a session open its door; what is wrong gets no answer at all.
func TestAWrongKnockIsIgnored(t *testing.T) {
	d := open(t)
	h := newHouse(t, d)
	ufrag, pwd := h.session.Local()
	k := newKnocker(t, d)
	noIntegrity, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(ufrag+":guest"), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	forged := check(t, ufrag, pwd, true)
	forged.Raw[len(forged.Raw)-9] ^= 1 // within the integrity
	for _, m := range []*stun.Message{
		check(t, "stranger", pwd, true), check(t, ufrag, "wrong", true), check(t, ufrag[:4], pwd, true), check(t, "", pwd, true), noIntegrity, forged,
	} {
		k.send(m.Raw)
	}
	right := check(t, ufrag, pwd, true)
	k.send(right.Raw)
	if got := k.answer(); transaction(got) != transaction(right) {
		t.Error("a wrong check was answered")
	}
	if at := await(t, h.moved, "the pair"); at != k.address() || len(h.moved) > 0 {
		t.Errorf("connected to %s and %d more", at, len(h.moved))
	}
}

// A browser whose network changes nominates from another port, and we follow; a check alone moves nobody.
func TestAMovingBrowserIsFollowed(t *testing.T) {
	d := open(t)
	h := newHouse(t, d)
	ufrag, pwd := h.session.Local()
	first, second := newKnocker(t, d), newKnocker(t, d)
	first.send(check(t, ufrag, pwd, true).Raw)
	first.answer()
	if at := await(t, h.moved, "the first pair"); at != first.address() {
		t.Fatalf("connected to %s", at)
	}
	second.send(check(t, ufrag, pwd, false).Raw)
	var mapped stun.XORMappedAddress
	if err := mapped.GetFrom(second.answer()); err != nil || mapped.Port != int(second.address().Port()) {
		t.Errorf("we see the browser at %s, %v", mapped, err)
	}
	if len(h.moved) > 0 {
		t.Error("moved without a nomination")
	}
	second.send(check(t, ufrag, pwd, true).Raw)
	second.answer()
	if at := await(t, h.moved, "the second pair"); at != second.address() {
		t.Fatalf("connected to %s", at)
	}
	second.send([]byte{0x80, 0, 1, 1})
	await(t, h.sound, "the sound from the new port")
}

func TestNamesAreHardToGuess(t *testing.T) {
	d := open(t)
	seen := map[string]bool{}
	for range 100 {
		ufrag, pwd := newHouse(t, d).session.Local()
		if seen[ufrag] || len(ufrag) < 4 || len(pwd) < 22 { // RFC 8839 section 5.4
			t.Errorf("ufrag %q, password of %d characters", ufrag, len(pwd))
		}
		seen[ufrag] = true
	}
	junk := make([]byte, 8)
	_, _ = rand.Read(junk)
	if d.byName[hex.EncodeToString(junk)] != nil {
		t.Error("a random name is known")
	}
}
