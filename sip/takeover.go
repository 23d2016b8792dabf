package sip

import (
	"context"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// refusal is a far end that does not follow.
type refusal struct{ code int }

func (r refusal) Error() string {
	return fmt.Sprintf("the far end answers the new address with %d", r.code)
}

// TakeOver goes on with a leg that another node saved, which is dead: a re-INVITE tells the far end this node's Contact, ports
// and keys (RFC 3261 section 14.1). It returns when the far end has answered, or an error when it refuses or ctx ends; the
// dialog is left as it is then. Errors wrap ErrSaved or media.ErrSaved for what cannot be read.
func (e *Endpoint) TakeOver(ctx context.Context, saved []byte, room *media.Room) (*Leg, error) {
	s, err := readSaved(saved)
	if err != nil {
		return nil, err
	}
	l := e.namedLeg(s.ID, s.Party, room)
	l.profile, l.up = s.Profile, true
	if err := l.takeOver(ctx, s); err != nil {
		l.line.Close()
		return nil, err
	}
	return l, nil
}

func (l *Leg) takeOver(ctx context.Context, s savedLeg) error {
	e := l.e
	if err := l.dialog.restore(s); err != nil {
		return err
	}
	if _, ok := e.local[l.dialog.transport]; !ok {
		return fmt.Errorf("sip: %s is not spoken here", l.dialog.transport)
	}
	if err := l.line.Adopt(s.Line); err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	offer, err := l.line.Offer(l.profile)
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	answer, err := l.reinvite(ctx, offer, func(req *sipmsg.Request) {
		if s.Expires > 0 {
			session{wish: s.Expires, least: e.session.least}.wants(req, "")
		}
	})
	if err != nil {
		return err
	}
	if !answer.IsSuccess() {
		return fmt.Errorf("sip: %w", refusal{answer.StatusCode})
	}
	l.say(calls.Signal{Kind: calls.SigAnswered})
	l.say(calls.Signal{Kind: calls.SigAudio})
	if err := l.line.Accept(answer.Body()); err != nil {
		l.bye()
		return fmt.Errorf("sip: %w", err)
	}
	if !e.join(l) {
		l.bye()
		return errClosing
	}
	e.keep(l)
	l.continues(s)
	l.agreed(answer)
	return nil
}

// reinvite offers a new description inside the dialog and acknowledges the answer; it returns the final response, whatever that is. dress adds
// headers.
func (l *Leg) reinvite(ctx context.Context, offer []byte, dress func(*sipmsg.Request)) (*sipmsg.Response, error) {
	e := l.e
	req := l.dialog.request(e, sipmsg.INVITE)
	req.AppendHeader(sipmsg.NewHeader("Allow", allow))
	req.AppendHeader(sipmsg.NewHeader("Supported", supported))
	dress(req)
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(offer)
	tx, err := e.client.TransactionRequest(ctx, req, as)
	if err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	ack := func() { _ = e.client.WriteRequest(l.dialog.ack(e, req.CSeq().SeqNo), as) }
	tx.OnRetransmission(func(res *sipmsg.Response) {
		if res.IsSuccess() {
			ack()
		}
	})
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			if !res.IsSuccess() {
				tx.Terminate()
				return res, nil
			}
			l.dialog.follow(res)
			ack()
			e.run(func() { // stays for copies of the answer, whose ACK was lost
				<-tx.Done()
				tx.Terminate()
			})
			return res, nil
		case <-tx.Done():
			return nil, fmt.Errorf("sip: %w: %w", errNobody, tx.Err())
		case <-ctx.Done():
			tx.Terminate()
			return nil, fmt.Errorf("sip: %w", ctx.Err())
		case <-e.life.Done():
			tx.Terminate()
			return nil, errClosing
		}
	}
}

// moves tells whether another node can take the leg over: a browser's is bound to its connection, one between nodes to both.
func (l *Leg) moves() bool { return l.profile != media.WebRTC && !l.dialog.goes(peer) }
