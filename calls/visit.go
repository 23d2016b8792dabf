package calls

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// lastWords is how long a call that is over may take to tell the router.
const lastWords = 5 * time.Second

// update takes what routing says of this customer's offers.
func (v *visit) update(ctx context.Context, u routing.Update) {
	if o := v.guestOf(u.Lease); o != nil {
		v.guestUpdate(o, u)
		return
	}
	switch u.Kind {
	case routing.Offered:
		v.ring(ctx, u)
	case routing.Accepted:
		v.accepted(u)
	case routing.Recalled:
		if v.recalled(u) {
			v.withdrawn(ctx)
		}
	case routing.Left:
		v.closed = v.closed || u.Reason == string(Closed)
		v.deserted = v.deserted || u.Reason == string(NoAgents)
	case routing.Moved: // or it is the transfer that led here
		if v.offer == nil && u.Queue != v.w.Queue {
			v.led(u.Queue)
		}
	case routing.Orphaned: // the giver's leave has told
	case routing.HandedOver, routing.ConsultEnded, routing.Joined, routing.JoinEnded: // so has who did it
	case routing.Given, routing.Snoozed: // never of a call
	default: // declined, missed, withdrawn, device_failed, lost
		if o := v.find(u.Lease); o != nil {
			v.drop(o, Cause{string(u.Kind), Cancelled.Code})
		}
	}
}

// ring calls the device of an agent whom routing offers, while those of others may ring already.
func (v *visit) ring(ctx context.Context, u routing.Update) {
	o := &offer{lease: u.Lease, agent: u.Agent, over: make(chan struct{})}
	v.rings = append(v.rings, o)
	v.c.Log.Info("offered", "agent", u.Agent, "queue", v.w.Queue)
	v.call(ctx, o, func() { v.shows(o) })
}

// call calls the device of an offer's agent; run does called before it hears anything of the leg.
func (v *visit) call(ctx context.Context, o *offer, called func()) {
	c := v.c
	rung, err := c.Dialer.Dial(ctx, Ring{Agent: o.agent, Lease: o.lease, From: c.Customer.Party()})
	if err != nil {
		c.Log.Warn("device not reached", "agent", o.agent, "err", err)
		v.deviceFailed(ctx, o, "unreachable")
		return
	}
	o.byAnswer = rung.AnswerAccepts
	if err := c.do(func() {
		o.leg = c.add(rung.Leg, Dialling)
		o.leg.auto = !rung.AnswerAccepts
		called()
	}); err != nil {
		rung.Leg.Hangup(Cancelled)
	}
}

// shows lets the call be an agent's. While several are rung it is the one's who was rung last; run calls it.
func (v *visit) shows(o *offer) {
	v.c.agent = o.leg
	v.c.talk.offered(o.agent, o.lease, v.w.Queue, o.over)
	v.c.talk.byAnswer, v.c.changed = o.byAnswer, true
}

// accepted: the customer is this agent's. Whoever else is rung stops ringing before anything else is done.
func (v *visit) accepted(u routing.Update) {
	o := v.find(u.Lease)
	if o == nil {
		return
	}
	for _, other := range slices.Clone(v.rings) {
		if other != o {
			v.drop(other, Taken)
		}
	}
	v.rings, v.offer = nil, o
	v.c.Log.Info("accepted", "agent", u.Agent, "queue", v.w.Queue, "waited", time.Since(v.since).Round(100*time.Millisecond))
	_ = v.c.do(func() { v.shows(o) })
	v.join()
}

// look takes what the legs of the offers have reported.
func (v *visit) look(ctx context.Context) {
	for _, o := range v.live() {
		v.lookAt(ctx, o)
	}
	v.lookGuests(ctx)
}

func (v *visit) lookAt(ctx context.Context, o *offer) {
	switch {
	case o.leg == nil:
	case is(o.leg.gone):
		v.offerLost(ctx, o)
	case is(o.leg.answered) && !o.seen:
		v.offerAnswered(ctx, o)
	}
}

// offerAnswered: a desk phone was lifted, or a browser is connected and waits for its agent's word.
func (v *visit) offerAnswered(ctx context.Context, o *offer) {
	o.seen = true
	if o == v.offer {
		v.join()
		return
	}
	if !o.byAnswer {
		return
	}
	if err := v.c.Router.Accept(ctx, o.lease, ""); err != nil {
		v.c.Log.Info("answered too late", "agent", o.agent, "err", err)
		v.drop(o, Cancelled)
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
func (v *visit) offerLost(ctx context.Context, o *offer) {
	switch cause := o.leg.cause; {
	case o.byAnswer && o != v.offer && (cause == Busy || cause == Declined || cause == NoAnswer):
		if err := v.c.Router.Decline(ctx, o.lease, ""); err != nil {
			v.c.Log.Debug("offer was over already", "agent", o.agent, "err", err)
		}
		v.drop(o, cause)
	default:
		v.deviceFailed(ctx, o, cause.Word)
	}
}

// withdrawn: the agent was signed out after the accept, before the two could hear each other.
func (v *visit) withdrawn(ctx context.Context) {
	if err := v.c.Router.Requeue(ctx, v.offer.lease, true, Recalled.Word); err != nil {
		v.closed = v.closed || routing.IsConflict(err, string(Closed))
		v.c.Log.Debug("not given back", "agent", v.offer.agent, "err", err)
	}
	v.drop(v.offer, Recalled)
}

func (v *visit) deviceFailed(ctx context.Context, o *offer, reason string) {
	if err := v.c.Router.DeviceFailed(ctx, o.lease, reason); err != nil {
		v.c.Log.Debug("offer was over already", "agent", o.agent, "err", err)
	}
	v.drop(o, Cancelled)
}

// drop ends an offer's leg; when nobody is rung any more the music goes on.
func (v *visit) drop(o *offer, why Cause) {
	if o == v.toward {
		v.callOff(why)
		return
	}
	v.rings = slices.DeleteFunc(v.rings, func(x *offer) bool { return x == o })
	if v.offer == o {
		v.offer = nil
	}
	_ = v.c.do(func() {
		if o.leg != nil {
			o.leg.leg.Hangup(why)
		}
		v.c.agent = nil
		v.c.talk.reset()
		if rest := v.live(); len(rest) > 0 {
			v.shows(rest[len(rest)-1])
		}
		v.c.replan()
	})
	if v.said == nil && !v.offered() {
		v.music()
	}
	v.c.Log.Info("offer over", "agent", o.agent, "cause", why.Word)
}

// abandon leaves the queue because the customer, or the call, is gone, or because the node stops.
func (v *visit) abandon(ctx context.Context) {
	why := "abandoned"
	if errors.Is(context.Cause(ctx), Draining) {
		why = Draining.Word
	}
	if v.c.forsaken() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := v.c.Router.Leave(ctx, v.c.ID, why); err != nil {
		v.c.Log.Error("leaving the queue", "queue", v.w.Queue, "err", err)
	}
	for _, o := range v.live() {
		v.drop(o, Cancelled)
	}
}

// live are the offers: those that ring, or the one that was accepted.
func (v *visit) live() []*offer {
	if v.offer != nil {
		return []*offer{v.offer}
	}
	return slices.Clone(v.rings)
}

func (v *visit) offered() bool { return v.offer != nil || len(v.rings) > 0 }

func (v *visit) find(lease string) *offer {
	for _, o := range v.live() {
		if o.lease == lease {
			return o
		}
	}
	return nil
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
	if v.said != nil || v.offer != nil {
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
	_ = v.c.do(func() { v.c.stay.place, v.c.changed = place, true })
	if words := v.w.Announce(ctx, place, max(waiting, place)); len(words) > 0 {
		v.say(words)
	}
}

// audible is closed when the agent who accepted is heard; nil while there is none.
func (v *visit) audible() <-chan struct{} {
	if v.offer == nil || v.offer.leg == nil {
		return nil
	}
	return v.offer.leg.audio
}
