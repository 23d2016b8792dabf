package media

import (
	"errors"
	"testing"
	"time"

	pion "github.com/pion/webrtc/v4"

	"github.com/callfloor/callfloor/internal/testwait"
)

// A browser tries whether sound gets through: it is connected, and when it has left, or somebody ends the trial, nothing of it is left.
func TestATrial(t *testing.T) {
	for name, leaves := range map[string]bool{"the browser leaves": true, "it is ended here": false} {
		t.Run(name, func(t *testing.T) {
			e := engine(t)
			b := newBrowser(t, e.Room(), "unused", nil)
			connected := make(chan struct{})
			b.pc.OnConnectionStateChange(func(s pion.PeerConnectionState) {
				if s == pion.PeerConnectionStateConnected {
					close(connected)
				}
			})
			answer, at, end, err := e.Trial(b.local(b.pc.CreateOffer(nil)))
			if err != nil {
				t.Fatal(err)
			}
			if at.Port() != e.door.Port() || at.Addr() != e.advertise {
				t.Errorf("it is to reach %s", at)
			}
			if err := b.pc.SetRemoteDescription(pion.SessionDescription{Type: pion.SDPTypeAnswer, SDP: string(answer)}); err != nil {
				t.Fatal(err)
			}
			<-connected
			testwait.Until(t, 5*time.Second, "there is a line", func() bool { return e.Stats().Lines == 1 })
			if leaves {
				if err := b.pc.GracefulClose(); err != nil {
					t.Fatal(err)
				}
			} else {
				end()
			}
			testwait.Until(t, 5*time.Second, "the line is gone", func() bool { return e.Stats().Lines == 0 })
		})
	}
}

func TestATrialIsForBrowsers(t *testing.T) {
	e := engine(t)
	for _, offer := range []string{"", "v=0\r\n", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"} {
		if _, _, _, err := e.Trial([]byte(offer)); !errors.Is(err, ErrBadSDP) && !errors.Is(err, ErrNoCommonMedia) {
			t.Errorf("%q: %v", offer, err)
		}
	}
	if n := e.Stats().Lines; n > 0 {
		t.Errorf("%d lines are left", n)
	}
}
