package sip

import (
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// unacked is a 2xx of ours that is repeated until its ACK comes (RFC 3261 section 13.3.1.4).
type unacked struct {
	seq  uint32 // of the INVITE, and so of its ACK
	late bool   // the ACK carries the answer to our offer
	done chan struct{}
	once sync.Once
}

func newUnacked(req *sipmsg.Request, late bool) *unacked {
	return &unacked{seq: req.CSeq().SeqNo, late: late, done: make(chan struct{})}
}

func (u *unacked) stop() { u.once.Do(func() { close(u.done) }) }

// repeat sends the 2xx again and again: after T1, then twice as long, up to T2, for 64*T1.
func (l *Leg) repeat(u *unacked, tx sipmsg.ServerTransaction, res *sipmsg.Response) {
	l.e.run(func() {
		giveUp := time.NewTimer(64 * sipmsg.T1)
		defer giveUp.Stop()
		for pause := sipmsg.T1; ; pause = min(2*pause, sipmsg.T2) {
			again := time.NewTimer(pause)
			select {
			case <-u.done:
				again.Stop()
				return
			case <-again.C:
				_ = tx.Respond(res)
			case <-giveUp.C:
				again.Stop()
				l.e.log.Warn("the answer was never acknowledged", "leg", l.id)
				l.Hangup(calls.NoAnswer)
				return
			}
		}
	})
}

func (e *Endpoint) onAck(req *sipmsg.Request, _ sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		return
	}
	l.mu.Lock()
	u := l.unacked
	if u == nil || req.CSeq().SeqNo != u.seq { // a late copy
		l.mu.Unlock()
		return
	}
	l.unacked = nil
	l.mu.Unlock()
	u.stop()
	if u.late {
		if err := l.line.Accept(req.Body()); err != nil {
			e.log.Warn("late answer not understood", "leg", l.id, "err", err)
			l.Hangup(calls.NoMedia)
		}
	}
}

// dropTurn gives up a turn that came to no answer.
func (l *Leg) dropTurn(u *unacked) {
	l.mu.Lock()
	if l.unacked == u {
		l.unacked = nil
	}
	l.mu.Unlock()
	u.stop()
}

// takeTurn makes u the answer that waits for its ACK. One that still waits gets a moment: requests are handled each on its
// own goroutine, and the ACK may have been sent just before.
func (l *Leg) takeTurn(u *unacked) bool {
	late := time.After(sipmsg.T1)
	for {
		l.mu.Lock()
		before := l.unacked
		if l.offering {
			l.mu.Unlock()
			return false
		}
		if before == nil && !l.ended {
			l.unacked = u
			l.mu.Unlock()
			return true
		}
		l.mu.Unlock()
		if before == nil {
			return false
		}
		select {
		case <-before.done:
		case <-late:
			return false
		case <-l.over:
			return false
		}
	}
}
