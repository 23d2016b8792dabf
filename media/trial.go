package media

import (
	"fmt"
	"net/netip"
	"time"
)

// trialLasts is for how long a browser may try: the slowest have given up by then.
const trialLasts = 10 * time.Second

// Trial answers a browser that wants to know whether sound gets through: it is connected as in a call, and hears silence.
// at is where the browser has to reach. The trial ends when the browser leaves, after ten seconds, or with end.
func (e *Engine) Trial(offer []byte) (answer []byte, at netip.AddrPort, end func(), err error) {
	d, err := read(offer)
	if err == nil && d.profile != WebRTC {
		err = fmt.Errorf("%w: it is no browser's", ErrBadSDP)
	}
	if err != nil {
		return nil, at, nil, err
	}
	room := e.Room()
	over := time.AfterFunc(trialLasts, room.Close)
	line := room.Line("trial", LineOptions{Notify: func(v Event) {
		if v.Kind == Closed || v.Kind == Failed {
			over.Reset(0)
		}
	}})
	if answer, err = line.Answer(offer); err != nil {
		over.Reset(0)
		return nil, at, nil, err
	}
	return answer, netip.AddrPortFrom(e.advertise, e.door.Port()), func() { over.Reset(0) }, nil
}
