package calls

import "context"

// Role is why a party is on the call.
type Role string

// The roles a party can have.
const (
	Customer   Role = "customer"
	Agent      Role = "agent"
	Expert     Role = "expert"
	Supervisor Role = "supervisor"
)

// Party is one person on a call and where to reach them.
type Party struct {
	Role    Role
	Name    string // shown to people: a display name, or the agent's id
	Address string // the number or SIP user the party is known by
	Agent   string // the agent's id when Role is Agent
}

// Leg is one party's audio connection: a SIP dialog and its media.
// No method blocks on the network except Answer.
type Leg interface {
	// ID is unique among the legs of this node; media knows the leg's line by it.
	ID() string
	Party() Party
	// Signals reports what happens to the leg, in order. The last signal is Gone, then the channel is closed.
	// It is never blocked by a slow reader.
	Signals() <-chan Signal
	// Ring tells a caller that somebody is being called (180). It does nothing once answered.
	Ring()
	// Answer accepts the caller's INVITE and returns when the 200 is sent and audio may flow.
	Answer(context.Context) error
	// Digits sends keys to the party: RFC 4733 where negotiated, tones in the audio elsewhere.
	Digits(keys string)
	// Hangup ends the leg from any state (CANCEL, a final response or BYE). It may be called twice.
	Hangup(Cause)
	// Save is all that another life of this node needs to go on with the leg; nil before it is up, after its end, and
	// for a browser's, which comes back by itself.
	Save() []byte
	// Give is the same for another node that has the far end follow while this leg lives; nil for a leg that cannot follow.
	Give() []byte
}

// SignalKind says what a leg reports about itself.
type SignalKind uint8

// The signals. Which field of Signal goes with a kind stands beside it.
const (
	SigRinging  SignalKind = iota + 1 // the far end rings (180)
	SigEarly                          // sound comes before the answer: the far end's tones, or its words (183 with a description)
	SigAnswered                       // the dialog is confirmed on our side: 200 sent or received
	SigAudio                          // the media path works: the first packet came, or ICE and DTLS are done
	SigHeld                           // the party put us on hold by SDP
	SigResumed                        // and took us back
	SigDigit                          // Digit: one key, 0-9 * # A-D
	SigSilent                         // no media for too long: 30 s before the first audio, 15 s after
	SigLost                           // the browser's connection closed; the party may come back on a new leg
	SigGone                           // Cause: the leg is over
)

// Signal is one report of a leg.
type Signal struct {
	Kind  SignalKind
	Digit string
	Via   string // how a digit came: rfc4733, info, inband
	Cause Cause
}

// String names the signal as logs and events write it.
func (k SignalKind) String() string {
	names := [...]string{"", "ringing", "early", "answered", "audio", "held", "resumed", "digit", "silent", "lost", "gone"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}
