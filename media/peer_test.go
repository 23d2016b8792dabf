package media

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/media/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func engine(t *testing.T) *Engine {
	t.Helper()
	c := DefaultConfig()
	c.Ports, c.WebRTC, c.Loops = fmt.Sprintf("%d-%d", 40000+os.Getpid()%100*100, 40000+os.Getpid()%100*100+99), 0, 1
	e, err := New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// peer is a phone on the wire: it sends a tone and keeps what it hears.
type peer struct {
	t      *testing.T
	conn   *net.UDPConn
	line   *Line
	law    Codec
	far    netip.AddrPort
	events chan Event
	mu     sync.Mutex
	heard  []int16
	seqs   []uint16
	stamps []uint32
	ssrcs  map[uint32]bool
	keys   map[uint32]byte // events by timestamp
	quit   chan struct{}
	wait   sync.WaitGroup
}

func (p *peer) sdp(extra string) []byte {
	a := p.conn.LocalAddr().(*net.UDPAddr)
	return []byte(fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\na=rtpmap:101 telephone-event/8000\r\n%s", a.Port, p.law, extra))
}

// call connects a new phone to the room: it offers, we answer.
func call(t *testing.T, r *Room, id string, law Codec) *peer {
	t.Helper()
	p := &peer{t: t, law: law, events: make(chan Event, 64), ssrcs: map[uint32]bool{}, keys: map[uint32]byte{}, quit: make(chan struct{})}
	var err error
	if p.conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	p.line = r.Line(id, LineOptions{Notify: func(e Event) { p.events <- e }})
	answer, err := p.line.Answer(p.sdp(""))
	if err != nil {
		t.Fatal(err)
	}
	p.far = portOf(t, answer)
	p.wait.Go(p.listen)
	t.Cleanup(func() {
		close(p.quit)
		_ = p.conn.Close()
		p.wait.Wait()
	})
	return p
}

func portOf(t *testing.T, sdp []byte) netip.AddrPort {
	t.Helper()
	for line := range strings.Lines(string(sdp)) {
		var port uint16
		if n, _ := fmt.Sscanf(line, "m=audio %d ", &port); n == 1 {
			return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
		}
	}
	t.Fatalf("no audio in\n%s", sdp)
	return netip.AddrPort{}
}

// sings sends a tone until the test ends.
func (p *peer) sings(hz float64) {
	pcm := audio.Tone(hz, 0.3, 20*time.Second)
	b := make([]byte, len(pcm))
	if p.law == PCMA {
		audio.EncodeA(b, pcm)
	} else {
		audio.EncodeMu(b, pcm)
	}
	p.wait.Go(func() {
		tick := time.NewTicker(frame)
		defer tick.Stop()
		for seq := uint16(0); int(seq+1)*samples <= len(b); seq++ {
			p.send(packet(uint8(p.law), seq, uint32(seq)*samples, uint32(hz), b[int(seq)*samples:int(seq+1)*samples]))
			select {
			case <-tick.C:
			case <-p.quit:
				return
			}
		}
	})
}

func packet(pt uint8, seq uint16, ts, ssrc uint32, payload []byte) []byte {
	b := make([]byte, rtpHeader, rtpHeader+len(payload))
	b[0], b[1] = 0x80, pt
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return append(b, payload...)
}

func (p *peer) send(b []byte) { _, _ = p.conn.WriteToUDPAddrPort(b, p.far) }

func (p *peer) listen() {
	b := make([]byte, 2048)
	for {
		n, err := p.conn.Read(b)
		if err != nil {
			return
		}
		p.hear(b[:n])
	}
}

func (p *peer) hear(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seqs = append(p.seqs, binary.BigEndian.Uint16(b[2:]))
	p.stamps = append(p.stamps, binary.BigEndian.Uint32(b[4:]))
	p.ssrcs[binary.BigEndian.Uint32(b[8:])] = true
	if b[1]&0x7F == 101 {
		p.keys[binary.BigEndian.Uint32(b[4:])] = b[12]
		return
	}
	pcm := make([]int16, len(b)-rtpHeader)
	if p.law == PCMA {
		audio.DecodeA(pcm, b[rtpHeader:])
	} else {
		audio.DecodeMu(pcm, b[rtpHeader:])
	}
	p.heard = append(p.heard, pcm...)
}

// level is the strength of a tone in what the phone hears from now on, over d.
func (p *peer) level(hz float64, d time.Duration) float64 {
	p.t.Helper()
	p.mu.Lock()
	from := len(p.heard)
	p.mu.Unlock()
	want := from + int(d.Seconds()*audio.Rate)
	deadline := time.After(d + 3*time.Second)
	for {
		p.mu.Lock()
		have := len(p.heard)
		p.mu.Unlock()
		if have >= want {
			break
		}
		select {
		case <-deadline:
			p.t.Fatalf("only %d of %d samples came", have-from, want-from)
		case <-time.After(frame):
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return audio.Level(p.heard[from:want], hz, audio.Rate)
}

// hears fails unless the tone is there (or, with 0 dB absent, is not).
func (p *peer) hears(hz float64) {
	p.t.Helper()
	if l := p.level(hz, 300*time.Millisecond); l < 0.2 {
		p.t.Errorf("%s hears %.0f Hz at %.3f", p.line.id, hz, l)
	}
}

func (p *peer) hearsNo(hz float64) {
	p.t.Helper()
	if l := p.level(hz, 300*time.Millisecond); l > 0.01 {
		p.t.Errorf("%s hears %.0f Hz at %.3f and should not", p.line.id, hz, l)
	}
}

func (p *peer) event(kind EventKind) Event {
	p.t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		select {
		case e := <-p.events:
			if e.Kind == kind {
				return e
			}
		case <-deadline:
			p.t.Fatalf("%s: no event %d", p.line.id, kind)
		}
	}
}

func plan(t *testing.T, r *Room, p Plan) {
	t.Helper()
	if err := r.Set(p); err != nil {
		t.Fatal(err)
	}
}
