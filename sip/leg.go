package sip

import (
	"context"
	"fmt"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// Leg is a dialog and its media: one party's audio connection. It satisfies calls.Leg.
type Leg struct {
	e       *Endpoint
	id      string
	party   calls.Party
	room    *media.Room
	line    *media.Line
	profile media.Profile
	signals chan calls.Signal

	mu        sync.Mutex
	backlog   []calls.Signal
	news      chan struct{}
	over      chan struct{} // closed when the leg is gone
	ended     bool
	incoming  *incoming // nil for a leg that we called
	branches  []*branch // of a leg that we called; more come while trunks are tried
	open      int       // how many of them may still answer
	dialog    dialog
	up        bool
	answering bool
	unacked   *unacked // our 2xx that waits for its ACK
	refresh   *time.Timer
	every     time.Duration // of refreshes by us, 0 is none
	due       time.Time     // the next one
}

// incoming is the caller's INVITE until it has its final response.
type incoming struct {
	req    *sipmsg.Request
	tx     sipmsg.ServerTransaction
	answer []byte // our SDP; an offer when the INVITE had none
	late   bool
	rang   bool
}

// newLeg makes a leg that nobody knows of until it joins.
func (e *Endpoint) newLeg(party calls.Party, room *media.Room) *Leg {
	return e.namedLeg("l-"+token(), party, room)
}

func (e *Endpoint) namedLeg(id string, party calls.Party, room *media.Room) *Leg {
	l := &Leg{
		e: e, id: id, party: party, room: room,
		signals: make(chan calls.Signal), news: make(chan struct{}, 1), over: make(chan struct{}),
	}
	l.line = room.Line(l.id, media.LineOptions{Notify: l.heard})
	return l
}

// ID is the leg's name; the line has the same.
func (l *Leg) ID() string { return l.id }

// Party is who it is.
func (l *Leg) Party() calls.Party { return l.party }

// Room is where the leg is heard.
func (l *Leg) Room() *media.Room { return l.room }

// Signals reports what happens, in order; it is closed after SigGone and must be read until then.
func (l *Leg) Signals() <-chan calls.Signal { return l.signals }

// Digits sends keys to the party.
func (l *Leg) Digits(keys string) { l.line.Digits(keys) }

// say queues a signal, unless the leg is gone.
func (l *Leg) say(s calls.Signal) {
	l.mu.Lock()
	if !l.ended {
		l.backlog = append(l.backlog, s)
	}
	l.mu.Unlock()
	l.tell()
}

func (l *Leg) tell() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// deliver carries the backlog to a reader who may be slow, and ends with the leg.
func (l *Leg) deliver() {
	defer close(l.signals)
	for {
		l.mu.Lock()
		var next calls.Signal
		waiting := len(l.backlog) > 0
		if waiting {
			next = l.backlog[0]
			l.backlog = l.backlog[1:]
		}
		l.mu.Unlock()
		if !waiting {
			<-l.news
			continue
		}
		l.signals <- next
		if next.Kind == calls.SigGone {
			return
		}
	}
}

// heard takes the line's events. It is called from the media loop.
func (l *Leg) heard(ev media.Event) {
	switch ev.Kind {
	case media.Audio:
		l.say(calls.Signal{Kind: calls.SigAudio})
	case media.Held:
		l.say(calls.Signal{Kind: calls.SigHeld})
	case media.Resumed:
		l.say(calls.Signal{Kind: calls.SigResumed})
	case media.Digit:
		l.say(calls.Signal{Kind: calls.SigDigit, Digit: ev.Digit, Via: ev.Via})
	case media.Silent:
		l.say(calls.Signal{Kind: calls.SigSilent})
	case media.Closed:
		l.say(calls.Signal{Kind: calls.SigLost})
	case media.Failed:
		l.e.log.Warn("media failed", "leg", l.id, "err", ev.Err)
		l.say(calls.Signal{Kind: calls.SigLost})
	}
}

// gone ends the leg, once: whoever comes first says why.
func (l *Leg) gone(cause calls.Cause) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	l.ended = true
	l.backlog = append(l.backlog, calls.Signal{Kind: calls.SigGone, Cause: cause})
	if l.refresh != nil {
		l.refresh.Stop()
	}
	if l.unacked != nil {
		l.unacked.stop()
	}
	l.mu.Unlock()
	l.tell()
	l.line.Close()
	l.e.forget(l)
	close(l.over)
}

// Ring tells the caller that somebody is being called.
func (l *Leg) Ring() {
	l.mu.Lock()
	in := l.incoming
	ring := in != nil && !in.rang && !l.answering
	if ring {
		in.rang = true
	}
	l.mu.Unlock()
	if ring {
		_ = in.tx.Respond(l.response(180, nil))
	}
}

// Answer sends the 200 with our description. Audio may flow when it returns.
func (l *Leg) Answer(context.Context) error {
	l.mu.Lock()
	in := l.incoming
	if in == nil || l.ended || l.answering {
		l.mu.Unlock()
		return fmt.Errorf("leg %s cannot be answered", l.id)
	}
	l.answering = true
	u := newUnacked(in.req, in.late) // before the 200, for the ACK may be quick
	l.unacked = u
	l.mu.Unlock()
	res := l.response(200, in.answer)
	l.timers(in.req, res)
	if err := in.tx.Respond(res); err != nil {
		l.gone(calls.Cancelled)
		return fmt.Errorf("answering: %w", err)
	}
	l.mu.Lock()
	l.up = true
	ended := l.ended
	l.mu.Unlock()
	if ended { // hung up in between, when no BYE could be sent yet
		l.bye()
		return fmt.Errorf("leg %s ended while it was answered", l.id)
	}
	l.repeat(u, in.tx, res)
	l.say(calls.Signal{Kind: calls.SigAnswered})
	return nil
}

func (l *Leg) bye() { l.e.request(l.dialog.request(l.e, sipmsg.BYE), nil) }

// response is an answer to the caller's INVITE, inside our dialog.
func (l *Leg) response(code int, sdp []byte) *sipmsg.Response {
	res := sipmsg.NewResponseFromRequest(l.incoming.req, code, reason(code), nil)
	l.dress(res, sdp)
	return res
}

// dress adds what every answer of a dialog carries.
func (l *Leg) dress(res *sipmsg.Response, sdp []byte) {
	if to := res.To(); to != nil {
		if to.Params == nil {
			to.Params = sipmsg.NewParams()
		}
		to.Params.Remove("tag")
		to.Params.Add("tag", l.dialog.localTag)
	}
	res.AppendHeader(l.e.contact(l.dialog.transport))
	res.AppendHeader(sipmsg.NewHeader("Allow", allow))
	res.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	if sdp != nil {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(sdp)
	}
}

// Hangup ends the leg from any state. The end is told before the media closes.
func (l *Leg) Hangup(cause calls.Cause) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	in, up, branches, answering := l.incoming, l.up, l.branches, l.answering
	if in != nil {
		l.answering = true // by the end, if by nothing else
	}
	l.mu.Unlock()
	switch {
	case up && cause == calls.Forsaken && l.moves(): // another node is in its dialog
	case up:
		l.bye()
	case in != nil && !answering:
		code := cause.Code
		if code < 300 {
			code = 480 // the house ended the call before it was answered
		}
		res := l.response(code, nil)
		if cause == calls.Draining {
			res.AppendHeader(sipmsg.NewHeader("Retry-After", retryAfter))
		}
		_ = in.tx.Respond(res)
	default:
		for _, b := range branches {
			b.cancel(cause == calls.Taken)
		}
	}
	l.gone(cause)
}
