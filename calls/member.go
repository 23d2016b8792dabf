package calls

import (
	"context"
	"log/slog"
	"time"
)

// member is a leg on this call and how far it has come. The channels are closed once, by run.
type member struct {
	leg                         Leg
	state                       State
	cause                       Cause // when gone
	auto                        bool  // a device that answers by itself: nobody has said yes
	answered, audio, lost, gone chan struct{}
}

// report is a leg's signal on its way to run. The zero signal says that the leg's channel is closed.
type report struct {
	of  *member
	sig Signal
}

// there tells whether the leg has audio, held or not, answered or not yet.
func (m *member) there() bool { return m.state == Early || m.state == Up || m.state == Held }

// line is the member's in the room, "" while they have no audio.
func (m *member) line() string {
	if m == nil || !m.there() {
		return ""
	}
	return m.leg.ID()
}

// on takes one signal of one leg.
func (c *Call) on(r report) {
	m, s := r.of, r.sig
	defer c.stir()
	if s.Kind == 0 {
		c.remove(m)
		once(m.gone)
		c.replan()
		return
	}
	if next, ok := m.state.Next(s.Kind); ok {
		m.state = next
		c.legFact(m, s)
	}
	switch s.Kind {
	case SigAnswered:
		once(m.answered)
		c.replan()
	case SigEarly:
		c.replan()
	case SigAudio:
		once(m.audio)
	case SigDigit:
		c.pressed(m, s)
	case SigHeld, SigResumed:
		c.heldByParty(m, s.Kind)
	case SigSilent:
		c.silent(m)
	case SigLost:
		once(m.lost)
		if m == c.customer {
			c.wait.Go(c.vanishing)
		}
	case SigGone:
		m.cause = s.Cause
		once(m.gone)
		if m == c.customer {
			c.cancel(s.Cause)
		}
	case SigRinging:
	}
}

// stir lets whoever waits for one of several legs look at them.
func (c *Call) stir() {
	select {
	case c.stirs <- struct{}{}:
	default: // a look is owed already
	}
}

// vanishing ends a customer whose connection closed without a goodbye. One that hung up in a browser closes it, too, a
// moment before the BYE comes.
func (c *Call) vanishing() {
	goodbye := time.NewTimer(time.Second)
	defer goodbye.Stop()
	select {
	case <-goodbye.C:
		c.cancel(Vanished)
	case <-c.ctx.Done():
	}
}

// pressed keeps a customer's key for the flow. An agent's keys travel with the audio.
func (c *Call) pressed(m *member, s Signal) {
	if m != c.customer || c.talk.state >= Connecting {
		return
	}
	c.Log.Debug("key", "leg", m.leg.ID(), "via", s.Via)
	select {
	case c.keys <- s.Digit:
	default: // sixty-four keys nobody asked for
	}
}

// heldByParty treats a desk phone's own hold button as the agent's hold command.
func (c *Call) heldByParty(m *member, k SignalKind) {
	if m != c.agent {
		return
	}
	turn := Hold
	if k == SigResumed {
		turn = Resume
	}
	if err := c.turn(turn); err != nil {
		c.Log.Debug("hold by phone ignored", "leg", m.leg.ID(), "err", err)
	}
}

// silent ends a customer whose audio stopped; an agent gets a chance to come back.
func (c *Call) silent(m *member) {
	c.Log.Warn("audio stopped", "leg", m.leg.ID(), "role", m.leg.Party().Role)
	if m == c.customer {
		c.cancel(Silent)
		return
	}
	once(m.lost)
}

func (c *Call) legFact(m *member, s Signal) {
	p := m.leg.Party()
	data := map[string]string{"leg": m.leg.ID(), "role": string(p.Role)}
	if p.Agent != "" {
		data["agent"] = p.Agent
	}
	if s.Kind == SigGone {
		data["cause"] = s.Cause.Word
	}
	c.fact("leg."+s.Kind.String(), data)
	args := []any{"leg", m.leg.ID(), "role", p.Role}
	if p.Agent != "" {
		args = append(args, "agent", p.Agent)
	}
	if s.Kind == SigGone {
		args = append(args, "cause", s.Cause.Word)
	}
	level := slog.LevelInfo
	if s.Kind == SigRinging || s.Kind == SigAnswered && m.auto { // no turn that a reader of the diary wants
		level = slog.LevelDebug
	}
	c.Log.Log(context.Background(), level, "leg "+s.Kind.String(), args...)
}

// is tells whether a channel is closed.
func is(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// once closes a channel that may be closed already.
func once(ch chan struct{}) {
	select {
	case <-ch:
	default:
		close(ch)
	}
}
