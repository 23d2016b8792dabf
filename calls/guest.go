package calls

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// A guest of a talk is whoever takes part in it beside the customer and the agent who has them: a colleague who is consulted or in the
// conference, somebody outside, a supervisor. However a guest's part ends, the customer is somebody's.
//
//	           accept, answer          sound             lose
//	(rings) ──────────────────▶ connecting ──────▶ talking ◀───────▶ lost
//	                                │                 │     regain     │
//	                                └── how it ended ─┴────────────────┘

// The states of a guest.
const (
	guestConnecting = "connecting"
	guestTalking    = "talking"
	guestLost       = "lost" // their device is waited for
)

// most is how many take part in a talk beside the customer and the agent who has them, and beside those who only listen.
const most = 6

// Place is where a guest is: whom they hear, and who hears them.
type Place uint8

// The places.
const (
	Aside      Place = iota + 1 // in private with the agent who has the customer; there is one at most
	Among                       // with everybody: a conference
	Whispering                  // hears everybody, and is heard by the agent who has the customer
	Listening                   // hears everybody
)

// String names the place as the API and events write it.
func (p Place) String() string {
	names := [...]string{"", "aside", "among", "whispering", "listening"}
	if int(p) < len(names) {
		return names[p]
	}
	return "unknown"
}

// How a guest's part ends, beside the ends of an offer and of a leg.
var (
	guestEnded = Cause{"ended", Normal.Code}  // by the agent who has the customer
	guestLeft  = Cause{"left", Normal.Code}   // by themselves
	guestGone  = Cause{"gone", Vanished.Code} // their device did not come back, or they were signed out
)

// guest is one as run knows them. Their id is the agent's, of somebody outside the leg's.
type guest struct {
	id       string
	lease    string // "" of somebody outside, and of who only listens
	party    Party
	place    Place
	state    string
	asked    bool // to come among everybody
	leg      *member
	byAnswer bool // a desk phone's
	since    time.Time
	part
}

// aside is who is in private with the agent who has the customer; nil is nobody.
func (t *talk) aside() *guest {
	for _, g := range t.guests {
		if g.place == Aside {
			return g
		}
	}
	return nil
}

// meets tells whether anybody but the agent who has the customer talks with the customer.
func (t *talk) meets() bool {
	return slices.ContainsFunc(t.guests, func(g *guest) bool { return g.place == Among })
}

// apart tells whether the agent talks in private now. While nobody else is with the customer these are on hold then.
func (t *talk) apart() bool {
	switch {
	case t.aside() == nil:
		return false
	case t.meets():
		return t.stepped
	}
	return t.state == OnHold || t.state == LostOnHold
}

// guest finds one by their id; nil is none.
func (t *talk) guest(id string) *guest {
	if n := slices.IndexFunc(t.guests, func(g *guest) bool { return g.id == id }); n >= 0 {
		return t.guests[n]
	}
	return nil
}

// seated is what becomes of the talk for a guest.
func (t *talk) seated(g *guest) Talk {
	switch {
	case g.state == guestLost:
		return Lost
	case g.state == guestConnecting:
		return Connecting
	case g.place == Aside && !t.apart():
		return OnHold
	}
	return Talking
}

// guests that are somebody's to end are told of by stirs: their part is over, their leg has reported something, their grace has passed.
func (v *visit) lookGuests(ctx context.Context) {
	for _, o := range slices.Clone(v.guests) {
		v.lookGuest(ctx, o)
	}
}

// lookGuest takes what a guest's leg has reported, and what was wanted of them.
func (v *visit) lookGuest(ctx context.Context, o *offer) {
	switch leg := o.leg; {
	case is(o.over):
		v.endGuest(ctx, o, v.endOf(o))
	case !o.until.IsZero() && !time.Now().Before(o.until):
		v.endGuest(ctx, o, guestGone)
	case leg == nil: // it is waited for
	case is(leg.gone) && !o.until.IsZero(): // it was called again, and could not be reached
		v.seat(o, nil, guestLost)
	case is(leg.gone) && (o.heard || o.lease == ""):
		v.endGuest(ctx, o, guestLeft)
	case is(leg.gone) || is(leg.lost) && !o.heard:
		v.guestFailed(ctx, o)
	case is(leg.lost) && o.agent == "":
		v.endGuest(ctx, o, guestGone)
	case is(leg.lost):
		v.recall(ctx, o)
	case is(leg.audio) && (!o.heard || !o.until.IsZero()):
		v.heard(ctx, o)
	}
}

// endOf is why a guest's part is over.
func (v *visit) endOf(o *offer) (why Cause) {
	_ = v.c.do(func() { why = o.guest.why })
	if why == (Cause{}) {
		return guestLeft
	}
	return why
}

// sits makes somebody whose device is called, or answered, a guest.
func (v *visit) sits(o *offer, place Place) {
	c := v.c
	g := &guest{lease: o.lease, place: place, state: guestConnecting, leg: o.leg, byAnswer: o.byAnswer, since: time.Now(), part: part{over: o.over}}
	if o.leg != nil {
		g.party, g.id = o.leg.leg.Party(), o.leg.leg.ID()
	}
	if o.agent != "" {
		g.id = o.agent
	}
	o.accepted, o.guest = true, g
	v.guests = append(v.guests, o)
	_ = c.do(func() {
		c.talk.guests = append(c.talk.guests, g)
		c.replan()
	})
}

// heard: there is sound, for the first time or again.
func (v *visit) heard(ctx context.Context, o *offer) {
	c := v.c
	word := "call.party_regained"
	if !o.heard {
		word = "call.party_joined"
		if err := v.connected(ctx, o); err != nil {
			c.Log.Warn("the guest is one no more", "agent", o.agent, "err", err)
			v.endGuest(ctx, o, Cancelled)
			return
		}
	}
	o.heard, o.until = true, time.Time{}
	v.seat(o, o.leg, guestTalking)
	_ = c.do(func() { c.guestFact(word, o.guest) })
	if o.takes {
		v.takes(ctx, o)
	}
}

// connected tells routing of the sound of an agent whom another one consults.
func (v *visit) connected(ctx context.Context, o *offer) error {
	if o.purpose != routing.ToConsult || o.lease == "" {
		return nil
	}
	if err := v.c.Router.Connected(ctx, o.lease); !errors.Is(err, routing.ErrAway) {
		return err
	}
	return nil
}

// recall calls the device of an agent again, for as long as the grace lasts: it was lost, or is there anew.
func (v *visit) recall(ctx context.Context, o *offer) {
	c := v.c
	c.hangup(o.leg)
	if o.until.IsZero() {
		o.until = time.Now().Add(c.Grace)
		time.AfterFunc(c.Grace, c.stir)
	}
	v.seat(o, nil, guestLost)
	_ = c.do(func() { c.guestFact("call.party_lost", o.guest) })
	if leg := v.redial(ctx, o); leg != nil {
		v.seat(o, leg, guestLost)
	}
}

// seat puts a device in a guest's place.
func (v *visit) seat(o *offer, leg *member, state string) {
	o.leg = leg
	_ = v.c.do(func() {
		o.guest.leg, o.guest.state = leg, state
		v.c.replan()
	})
}

// returned: a device is there anew; the page of a guest was perhaps reloaded.
func (v *visit) returned(ctx context.Context, agent string) {
	for _, o := range slices.Clone(v.guests) {
		if o.agent == agent && !o.byAnswer {
			v.recall(ctx, o)
		}
	}
}

// guestFailed: their device broke before anything was heard.
func (v *visit) guestFailed(ctx context.Context, o *offer) {
	reason := Vanished.Word
	if is(o.leg.gone) {
		reason = o.leg.cause.Word
	}
	if o.purpose != routing.ToConsult {
		v.endGuest(ctx, o, Cause{reason, Cancelled.Code})
		return
	}
	if err := v.c.Router.DeviceFailed(ctx, o.lease, reason); err != nil {
		v.c.Log.Debug("offer was over already", "agent", o.agent, "err", err)
	}
	v.rise(o, Cancelled)
}

// endGuest ends a guest's part, of which routing is told.
func (v *visit) endGuest(ctx context.Context, o *offer, why Cause) {
	if o.lease != "" {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		if err := v.c.Router.EndConsult(ctx, o.lease, why.Word); err != nil {
			v.c.Log.Warn("end of a guest's part not told", "lease", o.lease, "err", err)
		}
	}
	v.rise(o, why)
}

// rise: a guest's part is over. When it was for them that the customer is on hold, the customer and the agent hear each other again.
func (v *visit) rise(o *offer, why Cause) {
	c := v.c
	v.guests = slices.DeleteFunc(v.guests, func(x *offer) bool { return x == o })
	_ = c.do(func() {
		apart := o.guest.place == Aside && c.talk.apart()
		c.noGuest(o.guest, why)
		if apart {
			c.talk.stepped = false
			if !c.talk.meets() {
				_ = c.turn(Resume) // unless the agent has
			}
		}
		c.replan()
		if o.guest.leg != nil {
			o.guest.leg.leg.Hangup(why)
		}
	})
}

// noGuest takes a guest out of the talk, and tells of it; run calls it.
func (c *Call) noGuest(g *guest, why Cause) {
	c.talk.guests = slices.DeleteFunc(c.talk.guests, func(x *guest) bool { return x == g })
	if g.place == Aside || g.place == Among {
		c.talk.toward.Toward = Toward{Agent: g.party.Agent, Number: numberOf(g.party), Purpose: routing.ToConsult, State: why.Word}
	}
	c.guestFact("call.party_left", g, "cause", why.Word, "lasted", millis(time.Since(g.since)))
	c.Log.Info("guest left", "party", g.id, "place", g.place, "cause", why.Word)
}

// numberOf is the address of a party who is no agent.
func numberOf(p Party) string {
	if p.Agent != "" {
		return ""
	}
	return p.Address
}

// noGuests ends the part of every guest with the talk.
func (v *visit) noGuests(why Cause) {
	for _, o := range slices.Clone(v.guests) {
		v.guests = v.guests[1:]
		_ = v.c.do(func() {
			v.c.noGuest(o.guest, why)
			if o.guest.leg != nil {
				o.guest.leg.leg.Hangup(why)
			}
		})
	}
}

// guestFact tells the journal of a guest.
func (c *Call) guestFact(what string, g *guest, more ...string) {
	data := map[string]string{
		"party": g.id, "role": string(g.party.Role), "place": g.place.String(), "by": c.talk.agent, "queue": c.talk.queue, "lease": g.lease,
	}
	if g.party.Agent != "" {
		data["agent"] = g.party.Agent
	} else {
		data["number"] = g.party.Address
	}
	for n := 0; n+1 < len(more); n += 2 {
		data[more[n]] = more[n+1]
	}
	c.fact(what, data)
}

// ringing is what an agent hears while somebody outside is called whose own sound does not come yet.
func (c *Call) ringing() *media.Playback {
	if c.Ringing == nil {
		return nil
	}
	return media.NewPlayback([]*media.Sound{c.Ringing}, true)
}
