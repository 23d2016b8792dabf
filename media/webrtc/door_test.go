package webrtc

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"syscall"
	"testing"

	"github.com/pion/stun/v3"
	"golang.org/x/sys/unix"
)

// Many browsers share the one port, all at once; each gets its own socket, its own keys and its own sound.
func TestManyBrowsersOnOnePort(t *testing.T) {
	d := open(t)
	const many = 12
	type visit struct {
		h *house
		g *guest
	}
	visits := make([]visit, many)
	for i := range visits {
		visits[i] = visit{newHouse(t, d), newGuest(t, d)}
		visits[i].h.session.Remote(visits[i].g.fingerprint(), false)
	}
	var wait sync.WaitGroup
	for i, v := range visits {
		wait.Go(func() {
			v.g.connect(v.h.session)
			if _, err := v.g.greet(v.g.conn); err != nil {
				t.Errorf("browser %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	salts := map[string]bool{}
	for i, v := range visits {
		salts[string(await(t, v.h.keys, "the keys").LocalSalt)] = true
		for range 10 {
			if _, err := v.g.conn.Write([]byte{0x80, 0, byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(salts) != many {
		t.Errorf("%d different salts for %d browsers", len(salts), many)
	}
	for i, v := range visits {
		for range 10 {
			if b := await(t, v.h.sound, "the sound"); b[2] != byte(i) {
				t.Fatalf("browser %d gets what %d sent", i, b[2])
			}
		}
	}
}

// Sockets are made and connected on the port all the time. A check that the kernel puts into such a socket before it is
// connected belongs to somebody else, and is answered all the same. (A packet that the kernel is delivering at the very
// moment of the connect is lost, as on any network: a few in ten thousand.)
func TestNothingIsLostWhileOthersComeIn(t *testing.T) {
	d := open(t)
	h := newHouse(t, d)
	ufrag, pwd := h.session.Local()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := uint16(0); ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if fd, err := d.connected(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), 1024+i%60000)); err == nil {
				_ = unix.Close(fd)
			}
		}
	})
	k := newKnocker(t, d)
	again := 0
	for range 3000 {
		m := check(t, ufrag, pwd, false)
		k.send(m.Raw)
		got := k.within(patience / 100)
		if got == nil {
			again++
			got = k.insist(m)
		}
		if transaction(got) != transaction(m) {
			t.Fatal("another check's answer")
		}
	}
	close(stop)
	wait.Wait()
	if again > 8 {
		t.Errorf("%d of 3000 checks were lost", again)
	}
}

// Garbage, checks of strangers and stray DTLS records come in heaps; the browser that is talking does not notice, and
// nothing answers them.
func TestStrangersDisturbNobody(t *testing.T) {
	d := open(t)
	h, g, conn := enter(t, d)
	await(t, h.keys, "the keys")
	stranger := newKnocker(t, d)
	forged := check(t, "nobody", "nothing", true).Raw
	ufrag, _ := h.session.Local()
	known := check(t, ufrag, "guessed", true).Raw
	hello := append([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40}, make([]byte, 40)...)
	goodbye := []byte{21, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0}
	for i := range 500 {
		junk := make([]byte, rand.IntN(200))
		for j := range junk {
			junk[j] = byte(rand.Uint32())
		}
		for _, b := range [][]byte{forged, known, hello, goodbye, junk, forged[:len(forged)/2]} {
			stranger.send(b)
		}
		if _, err := g.conn.Write([]byte{0x80, 0, byte(i)}); err != nil {
			t.Fatal(err)
		}
		if b := await(t, h.sound, "the sound"); b[2] != byte(i) {
			t.Fatalf("packet %d instead of %d", b[2], byte(i))
		}
	}
	ours, pwd := h.session.Local()
	right := check(t, ours, pwd, false)
	if got := stranger.insist(right); transaction(got) != transaction(right) {
		t.Error("a stranger was answered")
	}
	if len(h.moved) != 1 || len(h.closed)+len(h.failed) > 0 {
		t.Errorf("moved %d times, closed %d, failed %d", len(h.moved), len(h.closed), len(h.failed))
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, h.closed, "the goodbye")
}

// A closed session leaves nothing behind in the door.
func TestAClosedSessionIsForgotten(t *testing.T) {
	d := open(t)
	h, _, _ := enter(t, d)
	await(t, h.keys, "the keys")
	h.session.Restart()
	h.session.Close()
	h.session.Close()
	h.session.Remote("sha-256 00", false) // too late: it must not come to life again
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.byName)+len(d.byPeer) > 0 {
		t.Errorf("%d names and %d peers are left", len(d.byName), len(d.byPeer))
	}
}

func FuzzDoor(f *testing.F) {
	d, err := Open(netip.AddrPortFrom(localhost, 0), nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = d.Close() })
	s := d.NewSession(&house{moved: make(chan netip.AddrPort, 1)})
	ufrag, pwd := s.Local()
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(ufrag+":x"), stun.NewShortTermIntegrity(pwd), stun.Fingerprint)
	if err != nil {
		f.Fatal(err)
	}
	from := netip.AddrPortFrom(localhost, 9)
	d.byPeer[from] = s
	for _, seed := range [][]byte{m.Raw, m.Raw[:30], {0}, {22, 254, 253}, {0x80, 0}, bytes.Repeat([]byte{0x21, 0x12, 0xA4, 0x42}, 9)} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if len(b) == 0 { // the socket's reader drops it
			return
		}
		d.packet(b, from)
		s.Packet(b)
		for len(s.in) > 0 { // nobody shakes hands here
			<-s.in
		}
	})
}

// A second program does not get the port of the first, although the first's own sockets share it.
func TestThePortIsOurs(t *testing.T) {
	second, err := Open(netip.AddrPortFrom(localhost, open(t).Port()), nil, nil)
	if err == nil {
		_ = second.Close()
		t.Fatal("the port was opened twice")
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Error(err)
	}
}
