package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

const (
	period  = 20 * time.Millisecond
	samples = 160
	header  = 12
)

// streams are the far ends of every call's sound: one socket for the callers' and one for the agents', told apart by the
// server's port, as all callers behind one gateway would be.
type streams struct {
	conns [2]*net.UDPConn
	mu    sync.RWMutex
	all   []*stream
	by    [2]map[uint16]*stream
	since time.Time
	wait  sync.WaitGroup
	quit  chan struct{}
}

// stream is one end. A measured stream counts what it hears.
type stream struct {
	side   int
	to     netip.AddrPort
	packet [header + samples]byte
	mu     sync.Mutex
	on     bool
	window
	last    time.Time
	highest uint16
	heard   bool
}

// window is what one measurement saw.
type window struct {
	sent, received, lost int64
	silent               int
	largest              time.Duration
	took                 time.Duration
}

func newStreams(ip string) (*streams, error) {
	s := &streams{by: [2]map[uint16]*stream{{}, {}}, quit: make(chan struct{})}
	for i := range s.conns {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
		if err != nil {
			return nil, err
		}
		_ = c.SetReadBuffer(16 << 20)
		_ = c.SetWriteBuffer(16 << 20)
		s.conns[i] = c
	}
	for i := range s.conns {
		s.wait.Go(func() { s.listen(i) })
	}
	s.wait.Go(s.send)
	return s, nil
}

func (s *streams) close() {
	close(s.quit)
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.wait.Wait()
}

// sdp describes the end of a side.
func (s *streams) sdp(side int) []byte {
	a := s.conns[side].LocalAddr().(*net.UDPAddr)
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n", a.IP, a.Port)
}

// start sends a tone to where the server's description says; the stream ends with stop.
func (s *streams) start(side int, sdp []byte) (*stream, error) {
	to, err := addressOf(sdp)
	if err != nil {
		return nil, err
	}
	st := &stream{side: side, to: to, on: true}
	st.packet[0] = 0x80
	binary.BigEndian.PutUint32(st.packet[8:], uint32(to.Port())<<8|uint32(side))
	copy(st.packet[header:], tone[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, st)
	s.by[side][to.Port()] = st
	return st, nil
}

// stop ends a stream; a call without sound has none.
func (s *streams) stop(st *stream) {
	if st == nil {
		return
	}
	st.mu.Lock()
	st.on = false
	st.mu.Unlock()
}

// send spreads the streams over the period and keeps its own time, so that a late tick is made good.
func (s *streams) send() {
	runtime.LockOSThread()
	const slots = 20
	began := time.Now()
	for n := 0; ; n++ {
		select {
		case <-s.quit:
			return
		case <-time.After(time.Until(began.Add(time.Duration(n) * period / slots))):
		}
		s.mu.RLock()
		for i := n % slots; i < len(s.all); i += slots {
			s.all[i].next(s.conns[s.all[i].side])
		}
		s.mu.RUnlock()
	}
}

func (st *stream) next(c *net.UDPConn) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.on {
		return
	}
	binary.BigEndian.PutUint16(st.packet[2:], binary.BigEndian.Uint16(st.packet[2:])+1)
	binary.BigEndian.PutUint32(st.packet[4:], binary.BigEndian.Uint32(st.packet[4:])+samples)
	if _, err := c.WriteToUDPAddrPort(st.packet[:], st.to); err == nil {
		st.sent++
	}
}

func (s *streams) listen(side int) {
	runtime.LockOSThread()
	buf := make([]byte, 2048)
	for {
		n, from, err := s.conns[side].ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if n < header || buf[1]&0x7F != 0 { // µ-law alone counts
			continue
		}
		s.mu.RLock()
		st := s.by[side][from.Port()]
		s.mu.RUnlock()
		if st != nil {
			st.hear(binary.BigEndian.Uint16(buf[2:]), time.Now())
		}
	}
}

func (st *stream) hear(seq uint16, now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.received++
	if st.heard {
		if step := int16(seq - st.highest); step > 1 {
			st.lost += int64(step - 1)
		} else if step < 0 { // late, but here: not lost
			st.lost--
			seq = st.highest
		}
		st.largest = max(st.largest, now.Sub(st.last))
	}
	st.highest, st.last, st.heard = seq, now, true
}

// begin starts a window.
func (s *streams) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Now()
	for _, st := range s.all {
		st.mu.Lock()
		st.window, st.heard = window{}, false
		st.mu.Unlock()
	}
}

// end is what the window saw, over all streams that are still on.
func (s *streams) end() window {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := window{took: time.Since(s.since)}
	for _, st := range s.all {
		st.mu.Lock()
		if st.on {
			w.sent += st.sent
			w.received += st.received
			w.lost += st.lost
			w.largest = max(w.largest, st.largest)
			if st.received < int64(w.took/period)*9/10 {
				w.silent++
			}
		}
		st.mu.Unlock()
	}
	return w
}

// tone is 400 Hz in µ-law, whole periods in 20 ms.
var tone = func() (t [samples]byte) {
	audio.EncodeMu(t[:], audio.Tone(400, 0.12, period))
	return t
}()

// addressOf reads where a description wants its audio.
func addressOf(sdp []byte) (netip.AddrPort, error) {
	var ip string
	var port uint16
	for line := range strings.Lines(string(sdp)) {
		_, _ = fmt.Sscanf(line, "c=IN IP4 %s", &ip)
		_, _ = fmt.Sscanf(line, "m=audio %d ", &port)
	}
	a, err := netip.ParseAddr(ip)
	if err != nil || port == 0 {
		return netip.AddrPort{}, fmt.Errorf("no audio in %q", sdp)
	}
	return netip.AddrPortFrom(a, port), nil
}
