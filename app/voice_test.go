package app

import (
	"encoding/binary"
	"fmt"
	"net"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/callfloor/callfloor/media/audio"
)

// voice is the sound of a party: it hums a tone to wherever it is told, and keeps the last second of what it hears.
type voice struct {
	conn net.PacketConn
	hz   float64
	mu   sync.Mutex
	to   net.Addr
	ear  []int16
}

// hums gives a socket for sound a voice, until the socket is closed.
func hums(t *testing.T, conn net.PacketConn, hz float64) *voice {
	v := &voice{conn: conn, hz: hz}
	var wait sync.WaitGroup
	quit := make(chan struct{})
	wait.Go(v.listen)
	wait.Go(func() { v.hum(quit) })
	t.Cleanup(func() {
		close(quit)
		_ = conn.Close()
		wait.Wait()
	})
	return v
}

var placed = regexp.MustCompile(`(?s)c=IN IP4 (\S+).*m=audio (\d+) `)

// towards follows a description (SDP).
func (v *voice) towards(t *testing.T, sdp string) {
	t.Helper()
	at := placed.FindStringSubmatch(sdp)
	if at == nil {
		t.Fatalf("no place for sound in %q", sdp)
	}
	to, err := net.ResolveUDPAddr("udp", at[1]+":"+at[2])
	if err != nil {
		t.Fatal(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.to = to
}

func (v *voice) hum(quit chan struct{}) {
	tone := audio.Tone(v.hz, 0.5, time.Second)
	packet := make([]byte, 12+160)
	packet[0] = 0x80
	binary.BigEndian.PutUint32(packet[8:], uint32(v.hz))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-quit:
			return
		}
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(n*160))
		audio.EncodeMu(packet[12:], tone[n%50*160:][:160])
		v.mu.Lock()
		to := v.to
		v.mu.Unlock()
		if to != nil {
			_, _ = v.conn.WriteTo(packet, to)
		}
	}
}

func (v *voice) listen() {
	b := make([]byte, 2000)
	for {
		n, _, err := v.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if n < 172 || b[1]&0x7f != 0 {
			continue
		}
		pcm := make([]int16, n-12)
		audio.DecodeMu(pcm, b[12:n])
		v.mu.Lock()
		v.ear = append(v.ear, pcm...)
		v.ear = v.ear[max(0, len(v.ear)-audio.Rate/2):]
		v.mu.Unlock()
	}
}

// hears tells whether a tone fills the last half second.
func (v *voice) hears(hz float64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.ear) == audio.Rate/2 && audio.Level(v.ear, hz, audio.Rate) > 0.3
}

// misses tells whether nothing of a tone is in the last half second.
func (v *voice) misses(hz float64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return audio.Level(v.ear, hz, audio.Rate) < 0.02
}

func (v *voice) sdp(direction string) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=%s\r\n",
		v.conn.LocalAddr().(*net.UDPAddr).Port, direction)
}
