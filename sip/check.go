package sip

import (
	"errors"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/media"
)

// handler is what answers a method.
type handler = func(*sipmsg.Request, sipmsg.ServerTransaction)

// checked lets only whole requests through to a handler, which may then rely on every header that RFC 3261 section 8.1.1
// demands, and on the tag of From.
func (e *Endpoint) checked(next handler) handler {
	return func(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
		select {
		case <-e.awake:
		case <-e.life.Done():
			return
		}
		code, why := fault(req)
		lacking := unsupported(req)
		switch {
		case req.IsAck() && code != 0: // nothing answers an ACK
		case code == 505:
			req.SipVersion = "SIP/2.0" // the answer is in ours
			e.refuse(req, tx, code)
		case code != 0:
			e.refuse(req, tx, code, warning(why))
		case lacking != "" && !req.IsAck() && !req.IsCancel(): // they may not carry it (RFC 3261 section 8.2.2.3)
			e.refuse(req, tx, 420, sipmsg.NewHeader("Unsupported", lacking))
		case e.tooBrief(req):
			e.refuse(req, tx, 422, sipmsg.NewHeader("Min-SE", inSeconds(e.session.least)), sipmsg.NewHeader("Supported", supported))
		case req.IsInvite() && !takesSDP(req):
			e.refuse(req, tx, 406)
		default:
			next(req, tx)
		}
	}
}

// fault is the status of a request that cannot be understood and what is wrong with it; 0 for a good one.
func fault(req *sipmsg.Request) (code int, why string) {
	from, cseq := req.From(), req.CSeq()
	tag := ""
	if from != nil {
		tag, _ = from.Params.Get("tag")
	}
	switch {
	case req.SipVersion != "SIP/2.0":
		return 505, "only SIP/2.0 is spoken here"
	case from == nil || req.To() == nil || req.CallID() == nil || cseq == nil || req.Via() == nil:
		return 400, "Via, From, To, Call-ID and CSeq are needed"
	case tag == "":
		return 400, "From has no tag"
	case !strings.EqualFold(string(cseq.MethodName), string(req.Method)): // sipgo makes the one upper case
		return 400, "CSeq names another method"
	case more(req, "From", "To", "Call-ID", "CSeq", "Content-Length", "Max-Forwards"):
		return 400, "a header that may stand once stands twice"
	case len(req.Recipient.Headers) > 0:
		return 400, "headers in the Request-URI (RFC 3261 section 19.1.1)"
	case req.IsInvite() && req.Contact() == nil:
		return 400, "an INVITE needs a Contact"
	case !strings.EqualFold(req.Recipient.Scheme, "sip") && !strings.EqualFold(req.Recipient.Scheme, "sips"):
		return 416, "only sip: and sips: are understood"
	}
	return 0, ""
}

// unsupported lists the extensions a request requires and we do not have (RFC 3261 section 8.2.2.3).
func unsupported(req *sipmsg.Request) string {
	var missing []string
	for _, h := range req.GetHeaders("Require") {
		for name := range strings.SplitSeq(h.Value(), ",") {
			if name = strings.TrimSpace(name); name != "" && !have(name) {
				missing = append(missing, name)
			}
		}
	}
	return strings.Join(missing, ", ")
}

// have says whether an extension is one of ours.
func have(name string) bool {
	for ours := range strings.SplitSeq(supported, ", ") {
		if strings.EqualFold(ours, name) {
			return true
		}
	}
	return false
}

// takesSDP says whether a caller can read our answer; one who says nothing can (RFC 3261 section 20.1).
func takesSDP(req *sipmsg.Request) bool {
	accept := req.GetHeaders("Accept")
	for _, h := range accept {
		v := strings.ToLower(h.Value())
		if strings.Contains(v, "application/sdp") || strings.Contains(v, "application/*") || strings.Contains(v, "*/*") {
			return true
		}
	}
	return len(accept) == 0
}

func more(req *sipmsg.Request, names ...string) bool {
	for _, n := range names {
		if len(req.GetHeaders(n)) > 1 {
			return true
		}
	}
	return false
}

// warning says what is wrong to whoever looks at a trace (RFC 3261 section 20.43; 399 is the code for free text).
func warning(text string) sipmsg.Header {
	return sipmsg.NewHeader("Warning", `399 callfloor "`+strings.NewReplacer(`"`, "'", "\\", "/", "\r", " ", "\n", " ").Replace(text)+`"`)
}

// refuseSDP answers a description that cannot be met, and says why.
func (e *Endpoint) refuseSDP(req *sipmsg.Request, tx sipmsg.ServerTransaction, err error) {
	switch {
	case errors.Is(err, media.ErrNoCommonMedia):
		e.refuse(req, tx, 488, warning(err.Error()))
	case errors.Is(err, media.ErrBadSDP):
		e.refuse(req, tx, 400, warning(err.Error()))
	case errors.Is(err, errNoSDP):
		e.refuse(req, tx, 415, sipmsg.NewHeader("Accept", "application/sdp"))
	case errors.Is(err, errClosing):
		e.refuse(req, tx, 503, sipmsg.NewHeader("Retry-After", retryAfter))
	default:
		e.refuse(req, tx, 500)
	}
}
