package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// Number is a number outside that Call calls.
type Number struct {
	Party calls.Party
	Name  string        // of the caller, for the callee
	Ways  []Way         // the first that takes the call has it
	Rings time.Duration // how long at most; 0 is for as long as the trunk likes
	Tried func(Attempt) // told of each try when it is over; it must not block; nil is nobody
}

// Way is one trunk, and how it wants the number and the caller id.
type Way struct {
	Trunk    string
	Number   string
	CallerID string
}

// Attempt is one INVITE to one trunk, and what became of it.
type Attempt struct {
	Trunk, Address string
	Word           string        // answered, refused, silent, unreachable, or how the callee ended it
	Code           int           // the final status, 0 for none
	Took           time.Duration // until then
}

// TookCall is the Word of a trunk that has the call.
const TookCall = "answered"

const (
	silentAfter = 1800 * time.Millisecond // without any answer, then the next trunk is tried: within 2 s
	lookUp      = time.Second             // how long names may take
)

// errNoWay is for a number that no trunk can be asked for.
var errNoWay = errors.New("no trunk can send this call")

// Call calls a number by its trunks, one after the other until one takes the call. It returns when the first is about to be
// asked; the leg's signals tell the rest. Trunks that do not answer OPTIONS are asked last. Another trunk is asked only for
// what a trunk says of itself: once the callee rings, or has said no, that is how the call ended.
func (e *Endpoint) Call(room *media.Room, to Number) (*Leg, error) {
	profile, ways := e.ways(to.Ways)
	if len(ways) == 0 {
		return nil, errNoWay
	}
	l := e.newLeg(to.Party, room)
	l.profile = profile
	offer, err := l.line.Offer(profile)
	if err != nil {
		l.line.Close()
		return nil, err
	}
	if !e.join(l) {
		l.line.Close()
		return nil, errClosing
	}
	h := &hunt{l: l, to: to, offer: offer, left: ways}
	e.run(h.limit)
	e.run(h.next)
	return l, nil
}

// ways are those whose trunks can send, the ones that live first, and the kind of sound of the first; trunks of another kind
// cannot take over the same offer.
func (e *Endpoint) ways(all []Way) (profile media.Profile, ways []Way) {
	var down []Way
	for _, w := range all {
		t, ok := e.trunk(w.Trunk)
		if at, err := readHop(t.Send); !ok || err != nil || e.local[at.transport] == (netip.AddrPort{}) { // "" is no hop
			continue
		}
		p := media.PlainRTP
		if t.SRTP {
			p = media.SDES
		}
		if profile == 0 {
			profile = p
		}
		switch {
		case p != profile:
		case e.watches.down(t.Name):
			down = append(down, w)
		default:
			ways = append(ways, w)
		}
	}
	return profile, append(ways, down...)
}

// hunt looks for a trunk that takes one call. Its branches report to it; only the one that is tried now counts.
type hunt struct {
	l     *Leg
	to    Number
	offer []byte

	mu      sync.Mutex
	left    []Way // not tried yet
	way     Way   // tried now
	now     *branch
	asked   bool // for a password, which was shown
	reached bool // the callee rings, or is heard
	began   time.Time
	done    bool
}

// limit ends a call that nobody takes in time.
func (h *hunt) limit() {
	if h.to.Rings <= 0 {
		return
	}
	late := time.NewTimer(h.to.Rings)
	defer late.Stop()
	select {
	case <-h.l.over:
	case <-late.C:
		h.l.mu.Lock()
		up := h.l.up
		h.l.mu.Unlock()
		if !up {
			h.l.Hangup(calls.NoAnswer)
		}
	}
}

// silence tells run when a trunk has kept silent for too long, and when the leg is over; never of a device.
func (h *hunt) silence(l *Leg) (silent <-chan time.Time, over <-chan struct{}) {
	if h == nil {
		return nil, nil
	}
	return time.After(silentAfter), l.over
}

// patience is how long a connection to a trunk may take.
func (h *hunt) patience(life context.Context) (context.Context, context.CancelFunc) {
	if h == nil {
		return life, func() {}
	}
	return context.WithTimeout(life, silentAfter)
}

// next tries the next trunk, or ends the leg when there is none.
func (h *hunt) next() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.advance(calls.Unreachable)
}

// advance goes to the next trunk that can be asked; cause is how the call ends when there is none.
func (h *hunt) advance(cause calls.Cause) {
	for !h.done && len(h.left) > 0 {
		h.way, h.left = h.left[0], h.left[1:]
		t, ok := h.l.e.trunk(h.way.Trunk)
		if !ok || t.Send == "" {
			continue
		}
		h.asked, h.began = false, time.Now()
		to, err := t.reach(h.l.e.life)
		if err != nil {
			h.tell("unreachable", 0)
			continue
		}
		h.now = nil
		h.try(t, h.l.e.toTrunk(t, to, h.way.Number, h.way.CallerID, h.to.Name), nil)
		return
	}
	h.done = true
	h.l.gone(cause)
}

// try begins a branch, with an answer to a challenge or without; the mutex is held.
func (h *hunt) try(t trunk, g *dialog, proof sipmsg.Header) {
	l := h.l
	b := &branch{l: l, hunt: h, dialog: g, invite: h.invite(t, g, proof), stop: make(chan struct{})}
	l.mu.Lock()
	ended := l.ended
	l.branches = append(l.branches, b)
	l.mu.Unlock()
	if ended {
		h.done = true
		return
	}
	h.now = b
	l.e.run(b.run)
}

// tell reports a try that is over; the mutex is held.
func (h *hunt) tell(word string, code int) {
	a := Attempt{Trunk: h.way.Trunk, Word: word, Code: code, Took: time.Since(h.began)}
	if h.now != nil {
		a.Address = h.now.dialog.destination
	}
	if word == "silent" {
		h.l.e.watches.missed(a.Trunk)
	}
	if h.to.Tried != nil {
		h.to.Tried(a)
	}
}

// heard takes a provisional response of the trunk that is tried now.
func (h *hunt) heard(b *branch, res *sipmsg.Response) {
	h.mu.Lock()
	current := h.now == b && !h.done
	sound := res.StatusCode >= 180 && isSDPAnswer(res)
	if current && (sound || res.StatusCode == 180) {
		h.reached = true
	}
	h.mu.Unlock()
	switch {
	case !current:
	case sound && !b.early:
		if err := b.l.line.Accept(res.Body()); err != nil {
			b.l.e.log.Warn("what a trunk describes before the answer is not understood", "leg", b.l.id, "err", err)
			return
		}
		b.early = true
		b.l.say(calls.Signal{Kind: calls.SigEarly})
	case res.StatusCode == 180:
		b.l.say(calls.Signal{Kind: calls.SigRinging})
	}
}

func isSDPAnswer(res *sipmsg.Response) bool {
	h := res.ContentType()
	return h != nil && len(res.Body()) > 0 && strings.HasPrefix(strings.ToLower(h.Value()), "application/sdp")
}

// answered: this trunk has the call.
func (h *hunt) answered(b *branch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now == b && !h.done {
		h.done = true
		h.tell(TookCall, 200)
	}
}

// lost: this try is over. A challenge is answered once; another trunk is asked if the fault was this one's.
func (h *hunt) lost(b *branch, cause calls.Cause, res *sipmsg.Response) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now != b || h.done {
		return
	}
	code := 0
	if res != nil {
		code = res.StatusCode
	}
	if h.proves(b, res) {
		return
	}
	switch {
	case res == nil && cause == calls.Unreachable && !b.hasHeard():
		h.tell("silent", 0)
	case res == nil:
		h.tell(cause.Word, 0)
	case !ofTrunk(code):
		h.tell(cause.Word, code)
	default:
		h.tell("refused", code)
	}
	if h.reached || res != nil && !ofTrunk(code) || b.l.hasEnded() {
		h.done = true
		b.l.gone(cause)
		return
	}
	h.advance(cause)
}

func (b *branch) hasHeard() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard
}

func (l *Leg) hasEnded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// ofTrunk says whether a status speaks of the trunk (it is broken, full, does not know us, does not do this) and not of the
// callee, who would say the same by any other trunk (RFC 3261 section 21). 408 is a trunk that found nothing behind it; with a
// callee who rings it is not asked.
func ofTrunk(code int) bool {
	switch code {
	case 401, 402, 403, 405, 407, 408, 420, 482, 483, 500, 501, 502, 503, 504, 505, 513, 580:
		return true
	}
	return false
}
