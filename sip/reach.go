package sip

// How a trunk is reached, and convinced that we may call.

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// proves answers a challenge with the trunk's password, once (RFC 3261 section 22); false when there is nothing to show.
func (h *hunt) proves(b *branch, res *sipmsg.Response) bool {
	if res == nil || h.asked || res.StatusCode != 401 && res.StatusCode != 407 || b.l.hasEnded() {
		return false
	}
	t, ok := b.l.e.trunk(h.way.Trunk)
	if !ok || t.Username == "" {
		return false
	}
	proof := answerChallenge(b.invite, res, t.Username, t.Password)
	if proof == nil {
		return false
	}
	h.asked = true
	g := &dialog{}
	g.become(b.dialog)
	h.try(t, g, proof)
	return true
}

// answerChallenge is the header that answers the first challenge of a response that can be met, nil for none.
func answerChallenge(req *sipmsg.Request, res *sipmsg.Response, user, password string) sipmsg.Header {
	ask, show := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		ask, show = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, header := range res.GetHeaders(ask) {
		c, err := digest.ParseChallenge(header.Value())
		if err != nil || !digest.CanDigest(c) {
			continue
		}
		shown, err := digest.Digest(c, digest.Options{
			Method: string(req.Method), URI: req.Recipient.String(), Username: user, Password: password,
		})
		if err == nil {
			return sipmsg.NewHeader(show, shown.String())
		}
	}
	return nil
}

// reach is where the trunk is: address and transport.
func (t trunk) reach(ctx context.Context) (hop, error) {
	h, err := readHop(t.Send)
	if err != nil {
		return h, err
	}
	if _, err := netip.ParseAddr(h.host); err == nil {
		return h, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", h.host)
	if err != nil || len(all) == 0 {
		return h, fmt.Errorf("%s is not found: %w", h.host, err)
	}
	h.host = all[0].Unmap().String()
	return h, nil
}

// toTrunk is half a dialog with a number behind a trunk; with nobody in particular the trunk itself is asked.
func (e *Endpoint) toTrunk(t trunk, at hop, number, callerID, name string) *dialog {
	target := sipmsg.Uri{Scheme: "sip", User: number, Host: t.Domain}
	if t.Domain == "" {
		h, _ := readHop(t.Send) // checked
		target.Host, target.Port = h.host, h.port
	}
	tag := token()
	from, to := sipmsg.NewParams(), sipmsg.Uri{Scheme: "sip", User: number, Host: target.Host}
	from.Add("tag", tag)
	return &dialog{
		callID: token() + token(), localTag: tag, target: target, transport: at.transport, destination: at.address(),
		local: &sipmsg.FromHeader{
			DisplayName: plain(name), Address: sipmsg.Uri{Scheme: "sip", User: cmp.Or(t.FromUser, callerID), Host: target.Host}, Params: from,
		},
		remote: &sipmsg.ToHeader{Address: to, Params: sipmsg.NewParams()},
	}
}

// plain is a name that may stand in quotes.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r == 0x7f {
			return -1
		}
		return r
	}, name)
}

// invite is the INVITE of one try.
func (h *hunt) invite(t trunk, g *dialog, proof sipmsg.Header) *sipmsg.Request {
	req := g.request(h.l.e, sipmsg.INVITE)
	req.AppendHeader(sipmsg.NewHeader("Allow", allow))
	req.AppendHeader(sipmsg.NewHeader("Supported", supported))
	h.l.e.session.wants(req, "")
	if t.Asserted {
		id := sipmsg.Uri{Scheme: "sip", User: h.way.CallerID, Host: g.target.Host}
		req.AppendHeader(sipmsg.NewHeader("P-Asserted-Identity", `"`+plain(h.to.Name)+`" <`+id.String()+">"))
	}
	if proof != nil {
		req.AppendHeader(proof)
	}
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(h.offer)
	return req
}
