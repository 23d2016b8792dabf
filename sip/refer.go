package sip

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
)

// The transfer key of a desk phone is a REFER inside its dialog (RFC 3515). It never makes us call anybody: the house is told whom the
// agent means, does what the agent may do, and the phone hears in NOTIFYs what came of it.

// onRefer takes a REFER of an agent's device. Nobody else's is heard, and none outside a dialog.
func (e *Endpoint) onRefer(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	switch {
	case req.To().Params == nil || !req.To().Params.Has("tag"):
		e.refuse(req, tx, 403)
		return
	case l == nil:
		e.refuse(req, tx, 481)
		return
	case l.party.Role != calls.Agent || !l.isUp():
		e.refuse(req, tx, 403)
		return
	}
	to, code := readReferTo(req)
	if code != 0 {
		e.refuse(req, tx, code)
		return
	}
	r := &calls.Referral{To: to.user}
	if to.replaces != nil {
		other := e.named(*to.replaces)
		if other == nil || other.owner() != l.owner() { // a dialog elsewhere would have to be called
			e.refuse(req, tx, 403)
			return
		}
		r.Replaces = other.id
	}
	s := &subscription{l: l, seq: req.CSeq().SeqNo, mute: refersSilently(req)}
	r.Tell = s.tell
	res := sipmsg.NewResponseFromRequest(req, 202, reason(202), nil)
	l.dress(res, nil)
	if s.mute {
		res.AppendHeader(sipmsg.NewHeader("Refer-Sub", "false"))
	}
	if err := tx.Respond(res); err != nil {
		return
	}
	s.tell(100) // RFC 3515 section 2.4.4: at once
	l.say(calls.Signal{Kind: calls.SigReferred, Refer: r})
}

// refersSilently says whether the far end wants no NOTIFYs (RFC 4488 section 4).
func refersSilently(req *sipmsg.Request) bool {
	h := req.GetHeader("Refer-Sub")
	return h != nil && strings.EqualFold(strings.TrimSpace(h.Value()), "false")
}

// referTo is whom a REFER means.
type referTo struct {
	user     string
	replaces *replaces
}

// readReferTo reads Refer-To (RFC 3515 section 2.1), and the status of one that is of no use.
func readReferTo(req *sipmsg.Request) (to referTo, code int) {
	hs := append(req.GetHeaders("Refer-To"), req.GetHeaders("r")...)
	if len(hs) != 1 {
		return to, 400
	}
	return parseReferTo(hs[0].Value())
}

func parseReferTo(text string) (to referTo, code int) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '<'); i >= 0 {
		inner, _, ok := strings.Cut(text[i+1:], ">")
		if !ok {
			return to, 400
		}
		text = inner
	}
	scheme, rest, _ := strings.Cut(text, ":")
	switch strings.ToLower(scheme) {
	case "sip", "sips":
	case "tel":
		to.user, _, _ = strings.Cut(rest, ";")
		return to, userOr400(to.user)
	default:
		return to, 416
	}
	address, headers, _ := strings.Cut(rest, "?")
	address, params, _ := strings.Cut(address, ";")
	user, _, ok := strings.Cut(address, "@")
	user, err := url.PathUnescape(user)
	if !ok || err != nil || !calledByInvite(params) {
		return to, 400
	}
	to.user = user
	for h := range strings.SplitSeq(headers, "&") {
		name, v, _ := strings.Cut(h, "=")
		if !strings.EqualFold(name, "Replaces") {
			continue
		}
		v, err := url.PathUnescape(v)
		r, ok := parseReplaces(v)
		if err != nil || !ok || to.replaces != nil {
			return to, 400
		}
		to.replaces = &r
	}
	return to, userOr400(to.user)
}

// calledByInvite says whether a URI's parameters name no other method.
func calledByInvite(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		if name, v, _ := strings.Cut(p, "="); strings.EqualFold(name, "method") && !strings.EqualFold(v, "INVITE") {
			return false
		}
	}
	return true
}

func userOr400(user string) int {
	if user == "" || len(user) > 200 {
		return 400
	}
	return 0
}

// subscription is what a REFER begins: who sent it is told how far it has come.
type subscription struct {
	l    *Leg
	seq  uint32 // of the REFER
	mute bool
	over bool // guarded by the leg's mutex
}

// tell sends how far the transfer is: 100, and once a final status. What comes after that one is dropped, and all after the leg's end.
func (s *subscription) tell(code int) {
	l := s.l
	l.mu.Lock()
	over := s.over || l.ended || s.mute
	s.over = s.over || code >= 200
	l.mu.Unlock()
	if over {
		return
	}
	req := l.dialog.request(l.e, sipmsg.NOTIFY)
	req.AppendHeader(sipmsg.NewHeader("Event", "refer;id="+strconv.FormatUint(uint64(s.seq), 10)))
	state := "active;expires=180"
	if code >= 200 {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(sipmsg.NewHeader("Subscription-State", state))
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody([]byte(fmt.Sprintf("SIP/2.0 %d %s\r\n", code, reason(code))))
	l.inTurn(req, func(res *sipmsg.Response, err error) {
		if err == nil && res.StatusCode == 481 { // it does not want to know
			l.mu.Lock()
			s.over = true
			l.mu.Unlock()
		}
	})
}

// inTurn sends a request when the one before it is answered, or has had a while: a BYE must not overtake what it is about.
func (l *Leg) inTurn(req *sipmsg.Request, done func(*sipmsg.Response, error)) {
	mine := make(chan struct{})
	l.mu.Lock()
	before := l.turn
	l.turn = mine
	l.mu.Unlock()
	l.e.requestAfter(before, req, func(res *sipmsg.Response, err error) {
		close(mine)
		if done != nil {
			done(res, err)
		}
	})
}

// patience is how long a request waits for the one before it.
func patience() time.Duration { return 4 * sipmsg.T1 }

// Unreferred is a far end that does not go on with whom it was referred to.
type Unreferred struct{ Code int }

// Error says so.
func (u *Unreferred) Error() string {
	return fmt.Sprintf("the far end answers the transfer with %d", u.Code)
}

// Refer asks the far end to go on with somebody else, a SIP or tel URI, and returns when it has told what came of that (RFC 3515):
// nil when they are connected; the leg goes on until one side hangs up. Errors are an *Unreferred, or ctx's; hung up meanwhile is
// 487, as nobody knows then.
func (l *Leg) Refer(ctx context.Context, to string) error {
	if !l.isUp() {
		return &Unreferred{481}
	}
	req := l.dialog.request(l.e, sipmsg.REFER)
	req.AppendHeader(sipmsg.NewHeader("Refer-To", "<"+to+">"))
	req.AppendHeader(sipmsg.NewHeader("Referred-By", "<"+l.e.contact(l.dialog.by()).Address.String()+">"))
	seq, told := req.CSeq().SeqNo, make(chan int, 1)
	l.mu.Lock()
	if l.referred == nil {
		l.referred = map[uint32]chan int{}
	}
	l.referred[seq] = told
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.referred, seq)
		l.mu.Unlock()
	}()
	refused := make(chan int, 1)
	l.inTurn(req, func(res *sipmsg.Response, err error) {
		switch {
		case err != nil:
			refused <- 408
		case !res.IsSuccess():
			refused <- res.StatusCode
		}
	})
	code := 487
	select {
	case code = <-told:
	case code = <-refused:
	case <-l.over:
		select { // the goodbye may be on the heels of the word
		case code = <-told:
		default:
		}
	case <-ctx.Done():
		return fmt.Errorf("sip: %w", ctx.Err())
	}
	if code < 300 {
		return nil
	}
	return &Unreferred{code}
}

// onNotify takes what became of a REFER of ours.
func (e *Endpoint) onNotify(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := e.leg(req)
	if l == nil {
		e.refuse(req, tx, 481)
		return
	}
	kind, id := eventOf(req)
	if kind != "refer" {
		e.refuse(req, tx, 489, sipmsg.NewHeader("Allow-Events", "refer"))
		return
	}
	told := l.asked(id)
	if told == nil {
		e.refuse(req, tx, 481)
		return
	}
	code := fragment(string(req.Body()))
	h := req.GetHeader("Subscription-State")
	if code < 200 && h != nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Value())), "terminated") {
		code = 487 // nothing more will come
	}
	if code >= 200 {
		select {
		case told <- code:
		default:
		}
	}
	e.refuse(req, tx, 200)
}

// asked finds the REFER of ours that a NOTIFY is about: by its number, or the only one (RFC 3515 section 2.4.6).
func (l *Leg) asked(id string) chan int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id == "" && len(l.referred) == 1 {
		for _, told := range l.referred {
			return told
		}
	}
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return nil
	}
	return l.referred[uint32(n)]
}

func eventOf(req *sipmsg.Request) (kind, id string) {
	h := req.GetHeader("Event")
	if h == nil {
		h = req.GetHeader("o")
	}
	if h == nil {
		return "", ""
	}
	kind, params, _ := strings.Cut(h.Value(), ";")
	for p := range strings.SplitSeq(params, ";") {
		if name, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "id") {
			id = v
		}
	}
	return strings.ToLower(strings.TrimSpace(kind)), id
}

// fragment is the status of a message/sipfrag (RFC 3420), 0 when there is none.
func fragment(body string) int {
	line, _, _ := strings.Cut(body, "\n")
	f := strings.Fields(line)
	if len(f) < 2 || f[0] != "SIP/2.0" {
		return 0
	}
	code, err := strconv.Atoi(f[1])
	if err != nil || code < 100 || code > 699 {
		return 0
	}
	return code
}
