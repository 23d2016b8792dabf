package calls

import (
	"context"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// The ports: what the heart needs from the world. Each is a handful of methods and met by one package.

// Room is where the legs of one call are heard. Met by media.
type Room interface {
	// Set swaps the plan whole.
	Set(media.Plan) error
	// Close ends all audio of the call.
	Close()
}

// Ring says which agent's device is to be called, and for which offer.
type Ring struct {
	Agent string
	Lease string
	From  Party // the customer, shown by the device
	// Back is true when the agent had the call already and lost the connection.
	Back bool
}

// Rung is a device that is being called.
type Rung struct {
	Leg Leg
	// AnswerAccepts is true for a desk phone: lifting it accepts the offer. A browser is connected while the offer
	// still rings, and accepts through the console.
	AnswerAccepts bool
}

// Dialer calls an agent's device, or somebody outside. Met by the app around sip.
type Dialer interface {
	// Dial returns as soon as the device is being called. The leg's line is in the call's own room.
	Dial(context.Context, Ring) (Rung, error)
	// Call returns as soon as the number is being called, 45 s at most; how it goes on the leg's signals tell. Its line is in
	// the call's own room. An error that is a Refused says why nobody is called.
	Call(context.Context, Outside) (Leg, error)
}

// Ticket is a call's place in a queue. Met by routing.
type Ticket interface {
	// Updates tells what becomes of the call's offers, in order.
	Updates() <-chan routing.Update
	// Save is what another life of this node needs to go on waiting.
	Save() []byte
	Close()
}

// Router finds agents. Met by routing.
type Router interface {
	Enqueue(context.Context, routing.Interaction) (Ticket, error)
	Position(ctx context.Context, interaction string) (place, waiting int, err error)
	Leave(ctx context.Context, interaction, reason string) error
	Direct(ctx context.Context, lease, giver string, d routing.Directed) error
	TakeBack(ctx context.Context, lease string) error
	Part(ctx context.Context, lease, cause string) error
	Join(ctx context.Context, supervisor, session, interaction, how string) (lease string, err error)
	Handover(ctx context.Context, giver, consult string) error
	EndConsult(ctx context.Context, lease, reason string) error
	Transfer(ctx context.Context, lease, agent string, to routing.Transfer) error
	Requeue(ctx context.Context, lease string, head bool, reason string) error
	Accept(ctx context.Context, lease, session string) error
	Decline(ctx context.Context, lease, session string) error
	Connected(ctx context.Context, lease string) error
	DeviceFailed(ctx context.Context, lease, reason string) error
	Finish(ctx context.Context, lease, cause string) error
}

// Recorder keeps what is said. Met by recordings.
type Recorder interface {
	// Start opens the call's recording; the tap's chunks are kept until the tap leaves the plan.
	Start(call string) (*media.Tap, error)
	// Resume goes on with the recording that a former life began, or another node, which last gave a sign of life when it
	// was dead. Where it ran, silence stands for the time between.
	Resume(call string, ran bool, dead time.Time) (*media.Tap, error)
}

// Journal is told every fact, in order. It never blocks. Met by the app around state.
type Journal interface {
	Fact(at time.Time, what string, data map[string]string)
}

// Script drives a call from its first ring. When it returns, the call ends.
// Met by the app around ivr.
type Script func(context.Context, *Call) error
