package calls

import (
	"context"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// lastWords is how long a call that is over may take to tell the router.
const lastWords = 5 * time.Second

// update takes what routing says of this customer's offers.
func (v *visit) update(ctx context.Context, u routing.Update) {
	switch u.Kind {
	case routing.Offered:
		v.ring(ctx, u)
	case routing.Accepted:
		if v.offer != nil && v.offer.lease == u.Lease {
			v.offer.accepted = true
			v.c.Log.Info("accepted", "agent", u.Agent, "queue", v.w.Queue, "waited", time.Since(v.since).Round(100*time.Millisecond))
			v.join()
		}
	case routing.Left:
		v.closed = v.closed || u.Reason == string(Closed)
		v.deserted = v.deserted || u.Reason == string(NoAgents)
	case routing.Given, routing.Snoozed, routing.Requeued: // the last is this call's own wish
	default: // declined, missed, withdrawn, device_failed, lost
		if v.offer != nil && v.offer.lease == u.Lease {
			v.drop(Cause{string(u.Kind), Cancelled.Code})
		}
	}
}

// ring calls the device of the agent whom routing offers.
func (v *visit) ring(ctx context.Context, u routing.Update) {
	c := v.c
	v.drop(Cancelled) // routing never offers twice at a time; a leftover would be a leak
	v.offer = &offer{lease: u.Lease, agent: u.Agent, over: make(chan struct{})}
	c.Log.Info("offered", "agent", u.Agent, "queue", v.w.Queue)
	rung, err := c.Dialer.Dial(ctx, Ring{Agent: u.Agent, Lease: u.Lease, From: c.Customer.Party()})
	if err != nil {
		c.Log.Warn("device not reached", "agent", u.Agent, "err", err)
		v.deviceFailed(ctx, "unreachable")
		return
	}
	v.offer.byAnswer = rung.AnswerAccepts
	if err := c.do(func() {
		v.offer.leg = c.add(rung.Leg, Dialling)
		v.offer.leg.auto = !rung.AnswerAccepts
		c.agent = v.offer.leg
		c.talk.offered(u.Agent, u.Lease, v.w.Queue, v.offer.over)
	}); err != nil {
		rung.Leg.Hangup(Cancelled)
	}
}

// offerAnswered: a desk phone was lifted, or a browser is connected and waits for its agent's word.
func (v *visit) offerAnswered(ctx context.Context) {
	o := v.offer
	o.seen = true
	if o.byAnswer && !o.accepted {
		if err := v.c.Router.Accept(ctx, o.lease, ""); err != nil {
			v.c.Log.Info("answered too late", "agent", o.agent, "err", err)
			v.drop(Cancelled)
		}
		return
	}
	if o.accepted {
		v.join()
	}
}

// join lets both hear each other as soon as the offer is accepted and the device connected.
func (v *visit) join() {
	_ = v.c.do(func() {
		if v.offer.leg == nil || !v.offer.leg.there() {
			return
		}
		if err := v.c.turn(Accept); err == nil {
			v.c.sound = nil
			v.c.replan()
		}
	})
	v.said = nil
}

// offerLost: the device hung up or broke before the talk began. A desk phone that is busy, or whose owner presses
// reject, declines.
func (v *visit) offerLost(ctx context.Context) {
	o := v.offer
	switch cause := o.leg.cause; {
	case o.byAnswer && !o.accepted && (cause == Busy || cause == Declined || cause == NoAnswer):
		if err := v.c.Router.Decline(ctx, o.lease, ""); err != nil {
			v.c.Log.Debug("offer was over already", "agent", o.agent, "err", err)
		}
		v.drop(cause)
	default:
		v.deviceFailed(ctx, cause.Word)
	}
}

func (v *visit) deviceFailed(ctx context.Context, reason string) {
	if err := v.c.Router.DeviceFailed(ctx, v.offer.lease, reason); err != nil {
		v.c.Log.Debug("offer was over already", "agent", v.offer.agent, "err", err)
	}
	v.drop(Cancelled)
}

// drop ends the offer's leg and goes back to the music.
func (v *visit) drop(why Cause) {
	if v.offer == nil {
		return
	}
	o := v.offer
	v.offer = nil
	_ = v.c.do(func() {
		if o.leg != nil {
			o.leg.leg.Hangup(why)
			if v.c.agent == o.leg {
				v.c.agent = nil
			}
		}
		v.c.talk.reset()
		v.c.replan()
	})
	if v.said == nil {
		v.music()
	}
	v.c.Log.Info("offer over", "agent", o.agent, "cause", why.Word)
}

// abandon leaves the queue because the customer, or the call, is gone.
func (v *visit) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := v.c.Router.Leave(ctx, v.c.ID, "abandoned"); err != nil {
		v.c.Log.Error("leaving the queue", "queue", v.w.Queue, "err", err)
	}
	v.drop(Cancelled)
}

// say plays words over the music, unless an agent is about to talk.
func (v *visit) say(words []*media.Sound) {
	if len(words) == 0 {
		v.music()
		return
	}
	v.said = media.NewPlayback(words, false)
	_ = v.c.hear(v.said)
}

func (v *visit) music() {
	v.said = nil
	_ = v.c.Music(v.w.Music)
}

// saidAll is closed when the announcement has ended; nil when there is none.
func (v *visit) saidAll() <-chan struct{} {
	if v.said == nil {
		return nil
	}
	return v.said.Done()
}

// announcePlace says the customer's place, which never gets worse from one announcement to the next.
func (v *visit) announcePlace(ctx context.Context) {
	if v.said != nil || v.offer != nil && v.offer.accepted {
		return
	}
	place, waiting, err := v.c.Router.Position(ctx, v.c.ID)
	if err != nil || place == 0 {
		return
	}
	if v.place > 0 {
		place = min(place, v.place)
	}
	v.place = place
	if words := v.w.Announce(ctx, place, max(waiting, place)); len(words) > 0 {
		v.say(words)
	}
}

// answered, legGone and audible are what the wait looks for in the offered leg; nil while there is none.
func (v *visit) answered() <-chan struct{} {
	if v.offer == nil || v.offer.leg == nil || v.offer.seen {
		return nil
	}
	return v.offer.leg.answered
}

func (v *visit) legGone() <-chan struct{} {
	if v.offer == nil || v.offer.leg == nil {
		return nil
	}
	return v.offer.leg.gone
}

func (v *visit) audible() <-chan struct{} {
	if v.offer == nil || v.offer.leg == nil || !v.offer.accepted {
		return nil
	}
	return v.offer.leg.audio
}
