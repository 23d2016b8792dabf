package app

import (
	"context"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/sip"
)

// relay carries a leg that another node sends to an agent's device of ours: the device is called with a leg of its own,
// both hear each other untouched, and what the one reports the other is told. It is no call and leaves no record.
func (a *App) relay(leg *sip.Leg, p sip.PeerCall) {
	a.floor.relay(func() {
		defer leg.Room().Close()
		log := a.log.With("call", p.Call, "agent", p.Agent)
		device, err := a.deviceFor(leg, p)
		if err != nil {
			log.Warn("device not reached for another node", "err", err)
			leg.Hangup(calls.Unreachable)
			for range leg.Signals() { // to its end
			}
			return
		}
		log.Info("leg of another node", "leg", leg.ID(), "device", device.ID())
		why := join(a.life, leg, device)
		log.Info("leg of another node ended", "leg", leg.ID(), "cause", why.Word)
	})
}

// deviceFor calls the agent's device into the leg's room.
func (a *App) deviceFor(leg *sip.Leg, p sip.PeerCall) (*sip.Leg, error) {
	agent, _ := a.current().Agent(p.Agent) // of one who is configured no more, no device is registered
	device, err := a.sip.Dial(a.life, leg.Room(), sip.Target{
		Agent: p.Agent, Browser: p.Browser, Party: calls.Party{Role: calls.Agent, Name: agent.Name, Agent: p.Agent, Address: p.Agent},
		From: p.From, FromName: p.FromName, AutoAnswer: p.Browser, SRTP: agent.PhoneSRTP,
		Headers: map[string]string{sip.CallHeader: p.Call, sip.OfferHeader: p.Lease},
	})
	if err != nil {
		return nil, err
	}
	return device, leg.Room().Set(media.Plan{Seats: []media.Seat{{Line: leg.ID(), Hears: []string{device.ID()}}, {Line: device.ID(), Hears: []string{leg.ID()}}}})
}

// join passes on what the two legs report until both are gone, and tells why the first one went.
func join(ctx context.Context, leg, device *sip.Leg) (why calls.Cause) {
	theirs, ours := leg.Signals(), device.Signals()
	first := func(c calls.Cause) {
		if why == (calls.Cause{}) {
			why = c
		}
	}
	for theirs != nil || ours != nil {
		select {
		case s, ok := <-theirs:
			switch {
			case !ok:
				theirs = nil
			case s.Kind == calls.SigGone:
				first(s.Cause)
				device.Hangup(s.Cause)
			case s.Kind == calls.SigSilent || s.Kind == calls.SigLost: // the other node is gone
				device.Hangup(calls.Silent)
				leg.Hangup(calls.Silent)
			}
		case s, ok := <-ours:
			switch {
			case !ok:
				ours = nil
			case s.Kind == calls.SigGone:
				first(s.Cause)
				leg.Hangup(passed(s.Cause))
			default:
				pass(ctx, leg, s)
			}
		}
	}
	return why
}

// pass tells the other node what the device reports.
func pass(ctx context.Context, leg *sip.Leg, s calls.Signal) {
	switch s.Kind {
	case calls.SigRinging:
		leg.Ring()
	case calls.SigAnswered:
		if err := leg.Answer(ctx); err != nil { // the caller's node was quicker to hang up
			leg.Hangup(calls.Cancelled)
		}
	case calls.SigHeld, calls.SigResumed, calls.SigSilent, calls.SigLost:
		leg.Tell(s.Kind)
	case calls.SigEarly, calls.SigAudio, calls.SigDigit, calls.SigGone: // those travel with the sound, or are not passed on
	}
}

// passed is a cause that the other node understands as ours: on the wire a lost device looks like one whose owner does
// not answer.
func passed(c calls.Cause) calls.Cause {
	if c == calls.Vanished || c == calls.Silent {
		return calls.Unreachable
	}
	return c
}
