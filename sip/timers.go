package sip

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// Session timers (RFC 4028): a dialog that nobody refreshes ends, on both sides.

// session is what we want of a session timer, and the least we agree to.
type session struct{ wish, least time.Duration }

// usual is what RFC 4028 recommends (section 4 and 5).
var usual = session{wish: 30 * time.Minute, least: 90 * time.Second}

// sessionOf reads Session-Expires (RFC 4028 section 4); ok is false when there is none, or none that can be read.
func sessionOf(m sipmsg.Message) (expires time.Duration, refresher string, ok bool) {
	text, there := first(m, "Session-Expires", "x")
	if !there {
		return 0, "", false
	}
	return parseSession(text)
}

func parseSession(text string) (expires time.Duration, refresher string, ok bool) {
	number, params, _ := strings.Cut(text, ";")
	seconds, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31)
	if err != nil || seconds == 0 {
		return 0, "", false
	}
	for p := range strings.SplitSeq(params, ";") {
		if name, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "refresher") {
			refresher = strings.ToLower(strings.TrimSpace(v))
		}
	}
	return time.Duration(seconds) * time.Second, refresher, true
}

// first is a header's value under its long or its short name.
func first(m sipmsg.Message, long, short string) (string, bool) {
	for _, name := range []string{long, short} {
		if hs := m.GetHeaders(name); len(hs) > 0 {
			return hs[0].Value(), true
		}
	}
	return "", false
}

// lists says whether one of a message's headers of a name lists a token.
func lists(m sipmsg.Message, token, long, short string) bool {
	for _, name := range []string{long, short} {
		if name == "" {
			continue
		}
		for _, h := range m.GetHeaders(name) {
			for t := range strings.SplitSeq(h.Value(), ",") {
				if strings.EqualFold(strings.TrimSpace(t), token) {
					return true
				}
			}
		}
	}
	return false
}

// tooBrief says whether a request wants a session that would be refreshed too often (RFC 4028 section 9); who cannot do better is
// not asked to.
func (e *Endpoint) tooBrief(req *sipmsg.Request) bool {
	if !req.IsInvite() && req.Method != sipmsg.UPDATE {
		return false
	}
	expires, _, ok := sessionOf(req)
	return ok && expires < e.session.least && lists(req, "timer", "Supported", "k")
}

func inSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// wants writes the session timer that we want into a request of ours.
func (s session) wants(req *sipmsg.Request, refresher string) {
	req.RemoveHeader("Session-Expires")
	req.RemoveHeader("Min-SE")
	req.AppendHeader(sipmsg.NewHeader("Session-Expires", inSeconds(s.wish)+refresher))
	req.AppendHeader(sipmsg.NewHeader("Min-SE", inSeconds(s.least)))
}

// longer is what a 422 wants (RFC 4028 section 7.3); false when that is nothing new.
func (s session) longer(res *sipmsg.Response) (session, bool) {
	text, _ := first(res, "Min-SE", "")
	least, _, ok := parseSession(text)
	if !ok || least <= s.least && s.wish >= least {
		return s, false
	}
	return session{wish: max(s.wish, least), least: max(s.least, least)}, true
}

// timers agrees to the session timer of a request in our answer to it (RFC 4028 section 9): the far end refreshes unless it wants us
// to, or cannot.
func (l *Leg) timers(req *sipmsg.Request, res *sipmsg.Response) {
	l.learn(req)
	expires, refresher, ok := sessionOf(req)
	takes := lists(req, "timer", "Supported", "k")
	l.mu.Lock()
	running, ours := l.expires, l.every > 0
	l.mu.Unlock()
	switch {
	case ok && expires < l.e.session.least:
		return
	case !ok && running == 0:
		return
	case !ok: // what was agreed goes on
		expires, refresher = running, "uac"
		if ours {
			refresher = "uas"
		}
	}
	if !takes || refresher != "uas" && refresher != "uac" {
		refresher = "uac"
		if !takes {
			refresher = "uas"
		}
	}
	res.AppendHeader(sipmsg.NewHeader("Session-Expires", inSeconds(expires)+";refresher="+refresher))
	if takes {
		res.AppendHeader(sipmsg.NewHeader("Require", "timer"))
	}
	l.lasts(expires, refresher == "uas")
}

// learn remembers whether the far end takes UPDATE: only where its Allow says so it is sent one (RFC 3311 section 4).
func (l *Leg) learn(m sipmsg.Message) {
	if len(m.GetHeaders("Allow")) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.updates = lists(m, "UPDATE", "Allow", "")
}

// agreed takes the session timer of a 2xx to a request of ours (RFC 4028 section 7.2).
func (l *Leg) agreed(res *sipmsg.Response) {
	l.learn(res)
	expires, refresher, ok := sessionOf(res)
	if ok {
		l.lasts(expires, refresher != "uas")
	}
}

// lasts begins, or begins anew, the time that the session has.
func (l *Leg) lasts(expires time.Duration, ours bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	if l.expiry != nil {
		l.expiry.Stop()
	}
	l.expires = expires
	left := expires
	if ours {
		l.refreshLocked(expires/2, expires/2)
	} else {
		left -= min(32*time.Second, expires/3) // RFC 4028 section 10: who waits says goodbye a little earlier
		l.every = 0
		if l.refresh != nil {
			l.refresh.Stop()
		}
	}
	l.expiry = time.AfterFunc(left, func() {
		l.e.log.Warn("the session was not refreshed", "leg", l.id)
		l.Hangup(calls.Expired)
	})
}

// refreshIn refreshes the session after first, and then every so often.
func (l *Leg) refreshIn(first, every time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.refreshLocked(first, every)
	}
}

func (l *Leg) refreshLocked(first, every time.Duration) {
	if l.refresh != nil {
		l.refresh.Stop()
	}
	l.every, l.due = every, time.Now().Add(first)
	l.refresh = time.AfterFunc(first, func() { l.e.run(l.refreshes) })
}

// refreshes sends a refresh and takes the answer.
func (l *Leg) refreshes() {
	l.mu.Lock()
	s, every := session{wish: l.expires, least: max(l.least, l.e.session.least)}, l.every
	l.mu.Unlock()
	if s.wish == 0 {
		s.wish = 2 * every
	}
	ctx, cancel := context.WithCancel(l.e.life)
	defer cancel()
	res, err := l.refreshing(ctx, s)
	switch {
	case l.isOver() || l.e.life.Err() != nil:
	case err != nil:
		l.Hangup(calls.Vanished)
	case res.IsSuccess():
		if _, _, ok := sessionOf(res); ok {
			l.agreed(res)
		} else {
			l.lasts(s.wish, true)
		}
	case res.StatusCode == 481 || res.StatusCode == 408: // RFC 4028 section 10
		l.Hangup(calls.Vanished)
	case res.StatusCode == 422:
		if longer, ok := s.longer(res); ok {
			l.mu.Lock()
			l.expires, l.least = longer.wish, longer.least
			l.mu.Unlock()
			l.refreshIn(0, longer.wish/2)
			return
		}
		l.refreshIn(every/2, every)
	case res.StatusCode == 491:
		l.refreshIn(l.afterGlare(), every)
	case res.StatusCode == 405 || res.StatusCode == 501: // its Allow was wrong
		l.mu.Lock()
		again := l.updates
		l.updates = false
		l.mu.Unlock()
		if again {
			l.refreshIn(0, every)
			return
		}
		l.refreshIn(every/2, every)
	default: // perhaps the next time; the session's end comes else
		l.refreshIn(every/2, every)
	}
}

// refreshing sends an UPDATE to who takes that, and a re-INVITE with what is agreed already to who does not.
func (l *Leg) refreshing(ctx context.Context, s session) (*sipmsg.Response, error) {
	l.mu.Lock()
	updates := l.updates
	l.mu.Unlock()
	if updates || l.profile == media.WebRTC {
		req := l.dialog.request(l.e, sipmsg.UPDATE)
		req.AppendHeader(sipmsg.NewHeader("Supported", supported))
		s.wants(req, ";refresher=uac")
		res, err := l.e.sender(req).Do(ctx, req, as)
		if err == nil && res.IsSuccess() {
			l.dialog.follow(res)
		}
		return res, err
	}
	return l.reoffer(ctx, s)
}

// reoffer is a re-INVITE of ours. While it is on its way the far end may not make an offer (RFC 3261 section 14.1).
func (l *Leg) reoffer(ctx context.Context, s session) (*sipmsg.Response, error) {
	if !l.mayOffer() {
		return sipmsg.NewResponse(491, reason(491)), nil
	}
	defer l.offered()
	offer, err := l.line.Offer(l.line.Profile())
	if err != nil {
		return nil, err
	}
	res, err := l.reinvite(ctx, offer, func(req *sipmsg.Request) { s.wants(req, ";refresher=uac") })
	if err != nil || !res.IsSuccess() {
		return res, err
	}
	if err := l.line.Accept(res.Body()); err != nil {
		l.e.log.Warn("the answer to a refresh is not understood", "leg", l.id, "err", err)
		l.Hangup(calls.NoMedia)
	}
	return res, nil
}

// mayOffer takes the turn to make an offer, unless the far end has it.
func (l *Leg) mayOffer() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.offering || l.unacked != nil || l.ended {
		return false
	}
	l.offering = true
	return true
}

func (l *Leg) offered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offering = false
}

// afterGlare is when an offer that met another one is made again (RFC 3261 section 14.1): who made the Call-ID waits longer.
func (l *Leg) afterGlare() time.Duration {
	unit := 10 * time.Millisecond
	if l.incoming == nil {
		return 2100*time.Millisecond + rand.N(191*unit).Truncate(unit)
	}
	return rand.N(201 * unit).Truncate(unit)
}

// follow takes the far end's new address from its 2xx (RFC 3261 section 12.2.1.2).
func (d *dialog) follow(res *sipmsg.Response) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := res.Contact(); c != nil {
		d.target = c.Address
	}
}

// longer makes the branch's INVITE anew, with the session that a 422 wants; false when there is none, or it is cancelled.
func (b *branch) longer(res *sipmsg.Response) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.l.e.session
	if d, _, ok := sessionOf(b.invite); ok {
		was.wish = d
	}
	s, ok := was.longer(res)
	if !ok || b.cancelled() {
		return false
	}
	req := b.invite.Clone()
	req.Via().Params.Remove("branch")
	req.Via().Params.Add("branch", sipmsg.GenerateBranch())
	req.CSeq().SeqNo = b.dialog.next()
	s.wants(req, "")
	req.Laddr = b.invite.Laddr
	req.SetTransport(b.invite.Transport())
	req.SetDestination(b.dialog.destination)
	b.invite, b.heard = req, false
	return true
}
