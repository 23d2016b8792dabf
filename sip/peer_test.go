package sip

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/media"
)

// peerHouse is a house that is one node of several.
type peerHouse struct {
	*testHouse
	at    string // where other nodes reach it
	legs  chan *visit
	asked chan PeerCall
}

func openPeer(t *testing.T, name string) *peerHouse {
	t.Helper()
	c, err := cluster.Open(t.Context(), cluster.Config{Listen: "127.0.0.1:0", Secret: "a secret that all nodes share"}, name, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &peerHouse{testHouse: openWith(t, behindNAT), at: c.Address().String(), legs: make(chan *visit, 4), asked: make(chan PeerCall, 4)}
	if err := p.e.Join(Peers{Listener: c.SIP(), TLS: c.SIPConfig(), Address: c.Address(), Incoming: func(l *Leg, call PeerCall) {
		p.asked <- call
		p.legs <- p.visit(l, Source{}, "")
	}}); err != nil {
		t.Fatal(err)
	}
	return p
}

// behindNAT is told to the world only: another node must never hear of it.
func behindNAT(_ *Config, m *media.Config) { m.Advertise = "203.0.113.9" }

// rings calls sam's phone at another node: our leg, and the one that comes out there.
func (p *peerHouse) rings(other *peerHouse) (ours, theirs *visit) {
	p.t.Helper()
	l, err := p.e.DialPeer(context.Background(), p.e.engine.Room(), other.at, Target{
		Agent: "sam", Party: calls.Party{Role: calls.Agent, Agent: "sam"}, From: "+15550100", FromName: "Ann",
		Headers: map[string]string{CallHeader: "c-1", OfferHeader: "o-1"},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.visit(l, Source{}, ""), next(p.t, other.legs, "a leg")
}

// comes waits for a signal; that sound came may be told before or after it.
func (v *visit) comes(want calls.SignalKind) {
	v.t.Helper()
	for {
		if s := next(v.t, v.signals, "signal "+want.String()); s.Kind == want {
			return
		} else if s.Kind != calls.SigAudio {
			v.t.Fatalf("the leg says %s, not %s", s.Kind, want)
		}
	}
}

// takes answers; the other node's sound may be there first.
func (v *visit) takes() {
	v.t.Helper()
	if err := v.leg.Answer(context.Background()); err != nil {
		v.t.Fatal(err)
	}
	v.comes(calls.SigAnswered)
}

// What a device's leg reports at one node, the leg of the call hears at the other, in order; either may end it.
func TestALegBetweenNodes(t *testing.T) {
	a, b := openPeer(t, "a"), openPeer(t, "b")
	for _, ends := range []string{"theirs", "ours"} {
		ours, theirs := a.rings(b)
		want := PeerCall{Call: "c-1", Lease: "o-1", Agent: "sam", From: "+15550100", FromName: "Ann"}
		if got := next(t, b.asked, "what is asked"); got != want {
			t.Errorf("the other node is asked for %+v", got)
		}
		sdp := string(theirs.leg.incoming.req.Body())
		if told := sdp + string(theirs.leg.incoming.answer); strings.Contains(told, "203.0.113.9") {
			t.Errorf("the sound between nodes goes around by the world:\n%s", told)
		}
		if !strings.Contains(sdp, "RTP/SAVP") || !strings.Contains(sdp, "a=crypto:") {
			t.Errorf("the sound between nodes is not encrypted:\n%s", sdp)
		}
		theirs.leg.Ring()
		ours.is(calls.SigRinging)
		theirs.takes()
		ours.comes(calls.SigAnswered)
		for range 5 {
			for _, k := range []calls.SignalKind{calls.SigHeld, calls.SigResumed} {
				theirs.leg.Tell(k)
			}
		}
		theirs.leg.Tell(calls.SigLost)
		var heard []calls.SignalKind
		for len(heard) < 11 {
			if s := next(t, ours.signals, "a signal"); s.Kind != calls.SigAudio {
				heard = append(heard, s.Kind)
			}
		}
		told := append(slices.Repeat([]calls.SignalKind{calls.SigHeld, calls.SigResumed}, 5), calls.SigLost)
		if !slices.Equal(heard, told) {
			t.Errorf("told was %v, heard %v", told, heard)
		}
		first, last := ours, theirs
		if ends == "theirs" {
			first, last = theirs, ours
		}
		first.leg.Hangup(calls.Normal)
		for _, v := range []*visit{first, last} {
			for s := range v.signals {
				if s.Kind == calls.SigGone && s.Cause != calls.Normal {
					t.Errorf("it ends with %v", s.Cause)
				}
			}
		}
	}
}

// A refusal, and a caller who hangs up while it rings, are told as by a device.
func TestALegBetweenNodesThatIsNotAnswered(t *testing.T) {
	a, b := openPeer(t, "a"), openPeer(t, "b")
	for cause, want := range map[calls.Cause]calls.Cause{calls.Busy: calls.Busy, calls.Declined: calls.Declined, calls.Unreachable: {Word: "unreachable", Code: 503}} {
		ours, theirs := a.rings(b)
		theirs.leg.Hangup(cause)
		theirs.isGone(cause)
		ours.isGone(want)
	}
	ours, theirs := a.rings(b)
	theirs.leg.Ring()
	ours.is(calls.SigRinging)
	ours.leg.Hangup(calls.Cancelled)
	theirs.isGone(calls.Cancelled)
}

// Only nodes may send a leg to a device: asked for over the phones' and trunks' ports it is a number that does not exist.
func TestOnlyANodeSendsLegsToDevices(t *testing.T) {
	b := openPeer(t, "b")
	desk(t, b.testHouse, "udp")
	for _, transport := range []string{"udp", "tcp"} {
		p := newPhone(t, b.e, transport)
		p.gets(404, invite("agent", "a", agentHeader+": sam", kindHeader+": phone"))
	}
	if len(b.asked) > 0 {
		t.Error("a stranger reached a device")
	}
}

// A node that dies takes its legs with it: those who talk through it know at once.
func TestANodeThatIsGone(t *testing.T) {
	a, b := openPeer(t, "a"), openPeer(t, "b")
	ours, theirs := a.rings(b)
	theirs.takes()
	ours.comes(calls.SigAnswered)
	a.e.PeerGone("127.0.0.1:1") // another one
	a.e.PeerGone(b.at)
	ours.comes(calls.SigLost)
}
