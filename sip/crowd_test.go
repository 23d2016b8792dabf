package sip

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
)

// TestACrowdIsForgotten: many addresses send, every one is answered, and no more than a few are remembered.
func TestACrowdIsForgotten(t *testing.T) {
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	srv.OnOptions(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
		_ = tx.Respond(sipmsg.NewResponseFromRequest(req, 200, "OK", nil))
	})
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = serveUDP(srv, newCrowd(conn, 3))
		close(done)
	}()
	for i := range 10 {
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 1, byte(i+1))}, conn.LocalAddr().(*net.UDPAddr))
		if err != nil {
			t.Fatal(err)
		}
		p := phoneOn(t, c, "UDP")
		again := time.NewTicker(time.Second) // one may be lost when it is read last
		for answered := false; !answered; {
			p.send(asks("OPTIONS", "100", fmt.Sprint(i)).text(p))
			select {
			case <-p.news:
				answered = true
			case <-again.C:
			case <-p.closed:
				t.Fatal("no answer")
			}
		}
		again.Stop()
		if n := ua.TransportLayer().Pool("udp").Size(); n > 5 {
			t.Errorf("sipgo remembers %d addresses", n)
		}
	}
	_ = conn.Close()
	select {
	case <-done:
	case <-time.After(within):
		t.Error("it serves a closed socket")
	}
	_ = ua.Close()
}
