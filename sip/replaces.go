package sip

import (
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// replaces names a dialog that an INVITE takes the place of (RFC 3891 section 6.1), as seen by who receives it.
type replaces struct {
	callID, to, from string // the tags: to is ours
	earlyOnly        bool
}

func parseReplaces(text string) (r replaces, ok bool) {
	callID, params, _ := strings.Cut(text, ";")
	r.callID = strings.TrimSpace(callID)
	tags := 0
	for p := range strings.SplitSeq(params, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			r.to = strings.TrimSpace(v)
			tags++
		case "from-tag":
			r.from = strings.TrimSpace(v)
			tags++
		case "early-only":
			r.earlyOnly = true
		}
	}
	return r, r.callID != "" && r.to != "" && r.from != "" && tags == 2
}

// named is the leg of a dialog, nil when there is none.
func (e *Endpoint) named(r replaces) *Leg {
	e.mu.Lock()
	l := e.dialog[r.callID+" "+r.to]
	e.mu.Unlock()
	if l == nil || l.dialog.remoteTag() != r.from {
		return nil
	}
	return l
}

// owner is who a leg belongs to, as proved when it began; the zero Source is nobody.
func (l *Leg) owner() Source {
	if l.party.Role == calls.Agent {
		return Source{"agent", l.party.Agent}
	}
	return l.source
}

// onReplace lets a leg go on with another device of the same owner: an INVITE with Replaces (RFC 3891 section 3). The old dialog is
// said goodbye to.
func (e *Endpoint) onReplace(req *sipmsg.Request, tx sipmsg.ServerTransaction, text string) {
	source, known := e.neighbour(req)
	proof := right
	if !known {
		source, proof = e.caller(req)
	}
	r, ok := parseReplaces(text)
	switch {
	case !ok || len(req.GetHeaders("Replaces")) > 1 || req.GetHeader("Join") != nil:
		e.refuse(req, tx, 400)
		return
	case proof == wrong:
		e.refuse(req, tx, 403)
		return
	case proof != right: // nobody learns which dialogs there are
		e.challenge(req, tx)
		return
	}
	l := e.named(r)
	switch {
	case l == nil:
		e.refuse(req, tx, 481)
	case l.owner() != source:
		e.refuse(req, tx, 403)
	case !l.isUp(): // an early dialog that we did not begin
		e.refuse(req, tx, 481)
	case r.earlyOnly:
		e.refuse(req, tx, 486)
	case l.profile == media.WebRTC || l.dialog.goes(peer):
		e.refuse(req, tx, 488)
	default:
		e.replace(l, req, tx)
	}
}

// replace answers the INVITE as the leg's and moves the leg into its dialog.
func (e *Endpoint) replace(l *Leg, req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	u := newUnacked(req, len(req.Body()) == 0)
	if !l.takeTurn(u) {
		e.refuse(req, tx, 491)
		return
	}
	sdp, err := l.describe(req)
	if err != nil {
		l.dropTurn(u)
		e.refuseSDP(req, tx, err)
		return
	}
	var old dialog
	e.mu.Lock()
	delete(e.dialog, l.key())
	old.become(&l.dialog)
	l.dialog.renew(req)
	if e.legs[l] {
		e.dialog[l.key()] = l
	}
	e.mu.Unlock()
	res := sipmsg.NewResponseFromRequest(req, 200, reason(200), nil)
	l.dress(res, sdp)
	l.timers(req, res)
	_ = tx.Respond(res)
	e.request(old.request(e, sipmsg.BYE), nil)
	e.log.Info("dialog replaced", "leg", l.id, "source", req.Source())
	l.repeat(u, tx, res)
	<-u.done
}

// renew makes the dialog the one of another INVITE.
func (d *dialog) renew(req *sipmsg.Request) {
	var other dialog
	other.take(req)
	d.become(&other)
}
