package media

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pion/srtp/v3"

	"github.com/callfloor/callfloor/internal/testwait"
)

// crypted is an SDES phone on a real socket, which notes every SRTP index that its far end uses.
type crypted struct {
	t    *testing.T
	conn net.PacketConn
	key  cryptoLine
	mine *srtp.Context // of what we send
	far  cryptoLine
	at   net.Addr // the far end's port
	used map[uint64]bool
	top  uint64
}

// calls lets a line answer the phone's offer.
func (c *crypted) calls(line *Line) {
	c.t.Helper()
	offer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/SAVP 0\r\na=crypto:%s\r\n",
		c.conn.LocalAddr().(*net.UDPAddr).Port, c.key)
	answer, err := line.Answer([]byte(offer))
	if err != nil {
		c.t.Fatal(err)
	}
	for l := range strings.Lines(string(answer)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), "a=crypto:"); ok {
			c.far, _ = parseCrypto(v)
		}
	}
	c.at = net.UDPAddrFromAddrPort(addrPortOf(line))
	c.mine = contextOf(c.t, c.key)
}

// packet is the phone's sound with a number, encrypted; it is not sent yet.
func (c *crypted) packet(seq uint16) []byte {
	c.t.Helper()
	b, err := c.mine.EncryptRTP(nil, packet(0, seq, uint32(seq)*samples, 7, make([]byte, samples)), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

func (c *crypted) sends(b []byte) {
	c.t.Helper()
	if _, err := c.conn.WriteTo(b, c.at); err != nil {
		c.t.Fatal(err)
	}
}

// hears reads n packets, each of which must open and have an index of its own.
func (c *crypted) hears(n int) {
	c.t.Helper()
	b := make([]byte, 1500)
	for n > 0 {
		_ = c.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		size, _, err := c.conn.ReadFrom(b)
		if err != nil {
			c.t.Fatal(err)
		}
		if b[1]&0x7F != 0 {
			continue
		}
		seq := uint64(b[2])<<8 | uint64(b[3])
		index := c.top&^0xFFFF | seq
		if c.top != 0 && index+1<<15 < c.top { // as RFC 3711 appendix A guesses
			index += 1 << 16
		}
		ctx := contextOf(c.t, c.far)
		ctx.SetROC(uint32(b[8])<<24|uint32(b[9])<<16|uint32(b[10])<<8|uint32(b[11]), uint32(index>>16))
		if _, err := ctx.DecryptRTP(nil, b[:size], nil); err != nil {
			c.t.Fatalf("index %d after %d: %v", index, c.top, err)
		}
		if c.used[index] {
			c.t.Fatalf("the index %d is used twice (RFC 3711 section 9.1)", index)
		}
		c.used[index], c.top = true, max(c.top, index)
		n--
	}
}

// TestAnEncryptedLineGoesOn: after a crash the same keys go on, no SRTP index is used twice even where the sequence number
// begins anew within the jump, the far end's roll-over counter is remembered, and what it sent before counts as a replay.
func TestAnEncryptedLineGoesOn(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.name, func(t *testing.T) { goesOn(t, suite.name) })
	}
}

func goesOn(t *testing.T, suite string) {
	first, err := New(Config{Address: "127.0.0.1", Ports: fmt.Sprintf("%d-%d", 18000+os.Getpid()%100*10, 18009+os.Getpid()%100*10), Loops: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := &crypted{t: t, conn: conn, key: newCrypto("1", suite), used: map[uint64]bool{}}
	line := first.Room().Line("ann", LineOptions{})
	_ = line.loop.do(func() { line.out.seq = 64900 }) // the jump leads over the end of the range
	if line.Save() != nil {
		t.Error("a line without a far end is saved")
	}
	c.calls(line)
	var old []byte
	for seq := uint16(65500); seq != 20; seq++ { // their sequence number begins anew, too
		old = c.packet(seq)
		c.sends(old)
		testwait.Until(t, 10*time.Second, "the packets are taken", func() bool { return line.Stats().Packets > uint64(seq-65500) })
	}
	c.hears(5)
	saved := line.Save()
	c.hears(5) // sent, but not saved
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	port := c.at.(*net.UDPAddr).Port
	config := Config{Address: "127.0.0.1", Ports: fmt.Sprintf("%d-%d", port, port+8), Loops: 1}
	second, err := New(config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	r := second.Room()
	defer r.Close()
	line = r.Line("ann", LineOptions{})
	if err := line.Restore(saved); err != nil {
		t.Fatal(err)
	}
	c.hears(20)
	before := line.Stats()
	c.sends(old)
	testwait.Until(t, 10*time.Second, "the copy is refused", func() bool { return line.Stats().Dropped > before.Dropped })
	c.sends(c.packet(60))
	testwait.Until(t, 10*time.Second, "the next packet is taken", func() bool { return line.Stats().Packets > before.Packets })
	if err := r.Line("bob", LineOptions{}).Restore(saved); err == nil {
		t.Error("two lines have the same ports")
	}
}

// FuzzSavedLine: a damaged saved line is an error and no more.
func FuzzSavedLine(f *testing.F) {
	f.Add([]byte(`{"Format":1,"Profile":1,"Port":20000,"Far":"dj0wDQo="}`))
	f.Add([]byte(`{"Format":1,"Profile":2,"Codec":8,"Out":{"Index":9223372036854775807}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := readSaved(b); err != nil && !errors.Is(err, ErrSaved) {
			t.Errorf("%v does not say what it is", err)
		}
	})
}

func addrPortOf(l *Line) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(l.nego.port))
}
