package sip

import (
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// Provisional responses that must not be lost (RFC 3262).

// rung is a reliable 180 of ours that waits for its PRACK.
type rung struct {
	seq  uint32
	done chan struct{}
}

// wantsReliable says whether the caller's INVITE lets our 180 be reliable. One without an offer would need ours in it
// (RFC 3262 section 5); it is told unreliably, or, when it requires otherwise, is only answered.
func wantsReliable(req *sipmsg.Request) (reliable, silent bool) {
	required := lists(req, "100rel", "Require", "")
	if len(req.Body()) == 0 {
		return false, required
	}
	return required || lists(req, "100rel", "Supported", "k"), false
}

// ringReliably repeats the 180, each time after twice as long, until its PRACK comes or the call is decided; without one for 64*T1
// the call is refused (RFC 3262 section 3).
func (l *Leg) ringReliably() {
	in := l.incoming
	l.mu.Lock()
	r := &rung{seq: 1, done: make(chan struct{})}
	l.rung = r
	l.mu.Unlock()
	res := l.response(180, nil)
	res.AppendHeader(sipmsg.NewHeader("Require", "100rel"))
	res.AppendHeader(sipmsg.NewHeader("RSeq", strconv.FormatUint(uint64(r.seq), 10)))
	if in.tx.Respond(res) != nil {
		return
	}
	l.e.run(func() {
		giveUp := time.NewTimer(64 * sipmsg.T1)
		defer giveUp.Stop()
		for pause := sipmsg.T1; ; pause *= 2 {
			again := time.NewTimer(pause)
			select {
			case <-r.done:
			case <-l.over:
			case <-again.C:
				if !l.isDecided() {
					_ = in.tx.Respond(res)
					continue
				}
			case <-giveUp.C:
				if !l.isDecided() {
					l.e.log.Warn("the caller acknowledges no ringing", "leg", l.id)
					l.Hangup(calls.Cause{Word: calls.Unreachable.Word, Code: 504})
				}
			}
			again.Stop()
			return
		}
	})
}

// isDecided says whether the caller has, or is about to have, a final response.
func (l *Leg) isDecided() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answering || l.ended
}

// onPrack takes the acknowledgement of a reliable response of ours (RFC 3262 section 3).
func (e *Endpoint) onPrack(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil || l.incoming == nil {
		e.refuse(req, tx, 481)
		return
	}
	text, _ := first(req, "RAck", "")
	rseq, cseq, ok := parseRAck(text)
	if !ok {
		e.refuse(req, tx, 400)
		return
	}
	if len(req.Body()) > 0 { // our 180 answers nothing, so this is no time for an offer (section 5)
		e.refuse(req, tx, 488)
		return
	}
	l.mu.Lock()
	r := l.rung
	matches := r != nil && r.seq == rseq && l.incoming.req.CSeq().SeqNo == cseq
	if matches {
		l.rung = nil
	}
	l.mu.Unlock()
	if !matches {
		e.refuse(req, tx, 481)
		return
	}
	close(r.done)
	e.refuse(req, tx, 200)
}

// parseRAck reads "RSeq CSeq method" of an INVITE's response (RFC 3262 section 7.2).
func parseRAck(text string) (rseq, cseq uint32, ok bool) {
	f := strings.Fields(text)
	if len(f) != 3 || f[2] != "INVITE" {
		return 0, 0, false
	}
	a, err1 := strconv.ParseUint(f[0], 10, 32)
	b, err2 := strconv.ParseUint(f[1], 10, 32)
	return uint32(a), uint32(b), err1 == nil && err2 == nil && a > 0
}

// reliable acknowledges a provisional response to our INVITE that asks for it (RFC 3262 section 4); false for a copy, and for one
// that comes before its time: those are no news.
func (b *branch) reliable(res *sipmsg.Response) bool {
	text, there := first(res, "RSeq", "")
	if !there || !lists(res, "100rel", "Require", "") || res.To() == nil {
		return true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	tag, tagged := res.To().Params.Get("tag")
	if err != nil || n == 0 || !tagged {
		return false
	}
	seq := uint32(n)
	b.mu.Lock()
	last := b.rseq[tag]
	fresh := last == 0 || seq == last+1
	if fresh {
		if b.rseq == nil {
			b.rseq = map[string]uint32{}
		}
		b.rseq[tag] = seq
	}
	b.mu.Unlock()
	if !fresh {
		return false
	}
	e := b.l.e
	var early dialog
	early.become(b.dialog)
	early.routes = nil
	early.answered(res)
	req := early.build(e, sipmsg.PRACK, b.dialog.next())
	req.AppendHeader(sipmsg.NewHeader("RAck", text+" "+strconv.FormatUint(uint64(b.invite.CSeq().SeqNo), 10)+" INVITE"))
	e.request(req, nil)
	return true
}
