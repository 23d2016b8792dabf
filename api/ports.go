package api

import (
	"context"
	"io"
	"time"

	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// The ports: what the faces need from the house. Each is a handful of methods and met by one package or by the app.

// Presence is who is there and what they can take. Met by routing; the app may add what else it knows of devices.
type Presence interface {
	Login(ctx context.Context, agent, session string) (viewer bool, err error)
	Heartbeats(ctx context.Context, sitters map[string]routing.Sitter) (refused map[string]*routing.Conflict, err error)
	Sit(ctx context.Context, agent, session, page string, take bool) (routing.Seat, error)
	Rise(ctx context.Context, agent, session, page string) error
	Disconnect(ctx context.Context, agent, session string) error
	Logout(ctx context.Context, agent, session string) error
	Choose(ctx context.Context, agent, session string, c routing.Choice) error
	ChooseFor(ctx context.Context, agent, by string, c routing.Choice) error
	SignOut(ctx context.Context, agent, by string) error
	Stay(ctx context.Context, agent, session string) error
	Back(ctx context.Context, agent, session string) error
	Device(ctx context.Context, agent, channel string, ok bool, reason string) error
	Agent(ctx context.Context, id string) (routing.AgentState, error)
	Agents(ctx context.Context) ([]routing.AgentState, error)
	Queues(ctx context.Context) ([]routing.QueueState, error)
}

// Work is what an agent does with offers and with after-call work. Met by routing.
type Work interface {
	Lease(ctx context.Context, id string) (routing.Lease, error)
	Accept(ctx context.Context, lease, session string) error
	Decline(ctx context.Context, lease, session string) error
	Next(ctx context.Context, agent, session, channel string) (lease, interaction string, err error)
	Assign(ctx context.Context, interaction, agent, by string) (lease string, err error)
	Move(ctx context.Context, interaction, queue, by string) error
	Snooze(ctx context.Context, lease, session string, wake time.Duration) error
	Replied(ctx context.Context, lease, session string) error
	Submit(ctx context.Context, lease, session string, o routing.Outcome) error
	Explain(ctx context.Context, interaction string) (routing.Explanation, error)
	WhyNot(ctx context.Context, agent string) ([]routing.Waiting, error)
	Waiting(ctx context.Context, queues ...string) ([]routing.Waiting, error)
}

// Calls are the live calls. Met by the app.
type Calls interface {
	// Call is the call the agent is on; false when there is none.
	Call(ctx context.Context, agent string) (CallView, bool)
	// Do carries out a command, wherever the call lives. It fails with an error that says Problem when the agent is not on the call, the
	// call is over, or its state does not allow the command; routing's conflicts are Problems, too.
	Do(context.Context, Command) error
	// Dial calls a number for an agent, with a caller id of theirs or "" for their first, and returns the call's id as soon as it is
	// being called. Why it is not is said by a Problem.
	Dial(ctx context.Context, agent, session, number, callerID string) (call string, err error)
	// Unreached is the last number that the agent called and did not reach; the zero Unreached when there was another call since.
	Unreached(agent string) Unreached
	// CallerIDs are what the agent may show; none: they may call nobody.
	CallerIDs(agent string) []CallerID
}

// CallerID is a number that an agent may show to whom they call.
type CallerID struct {
	Number string `json:"number"`
	Label  string `json:"label"`
}

// Command is what somebody wants done with the call they are on, or with one that they supervise.
type Command struct {
	Verb, Agent, Call string
	Party             string            `json:",omitempty"` // of the call
	As                string            `json:",omitempty"` // listening, whispering, among
	Keys              string            `json:",omitempty"`
	To                *routing.Transfer `json:",omitempty"`
	Direct            *routing.Directed `json:",omitempty"`
	Number, CallerID  string            `json:",omitempty"` // of somebody outside
	Purpose           string            `json:",omitempty"` // of calling them
	Of                string            `json:",omitempty"` // the agent whose call a supervisor means, who is not on it yet, perhaps
}

// Sound lets a browser try whether it gets through. Met by the app around media.
type Sound interface {
	// Try answers an agent's browser's offer; at is the address and port that the browser has to reach by UDP.
	Try(agent, offer string) (answer, at string, err error)
}

// CallView is a call as its agent sees it.
type CallView struct {
	ID, Lease, Agent string
	State            string // connecting, talking, held, lost, cut (its server is dead)
	From, Name       string
	Queue            string
	Talked, Held     time.Duration
	Muted, Recording bool
	Toward           Toward // the agent's offer of it to another one, the last one
	Place            string // of a guest: aside, among, whispering, listening; "" when the call is theirs
	Owner            string // of a guest: the agent whose call it is
	Asked            bool   // of one who is aside: to come among everybody
	Members          []Member
	Node             string // where it lives
	Dialled          bool   // its agent has made it
	Far              string // of one that was made, how far its customer's side is: dialling, ringing, early (they send sound already), up
}

// Member is a party of a call and whom they hear.
type Member struct {
	ID                        string
	Role, Agent, Name, Number string
	Place                     string // of a guest
	State                     string // connecting, talking, held, lost
	Muted, Asked              bool
	Since                     time.Time
	Hears                     []string // ids of members
}

// Unreached is a number that was called in vain.
type Unreached struct {
	Call   string `json:"call"`
	Number string `json:"number"`
	Cause  string `json:"cause" doc:"busy, declined, no_answer, not_found, forbidden, no_media, cancelled, unreachable, failed."`
}

// Toward is whom an agent wants to give their call to, or to consult: another agent, or a number; State is "" when there was nobody.
type Toward struct{ Agent, Number, Purpose, State string }

// History is what is remembered. Met by records.
type History interface {
	Interactions(context.Context, records.Filter) ([]records.Interaction, error)
	Interaction(ctx context.Context, id string) (records.Interaction, error)
	Today(ctx context.Context, since time.Time, prompt func(queue string) time.Duration) (records.Day, error)
	Deeds(context.Context, records.DeedFilter) ([]records.Deed, error)
}

// Recorded is a recording to be heard. It must be closed.
type Recorded struct {
	io.ReadSeekCloser
	Written time.Time // last
	Missing int       // parts that are damaged, or at nodes that do not answer
}

// Recordings opens a call's recording, whichever nodes have its parts. Met by the app around recordings.
type Recordings interface {
	// Open returns the sound; the error is fs.ErrNotExist when there is none.
	Open(ctx context.Context, call string) (*Recorded, error)
	// There tells whether a part can be heard now.
	There(call string, p records.Part) bool
}

// People are those who may log in, and what the configuration says of their work. Met by the app; read anew each time,
// for the configuration reloads.
type People interface {
	Person(id string) (Person, bool)
	Queue(name string) (Queue, bool)
	// Targets are the queues to which agents may transfer.
	Targets() []Target
	// AwayReasons and BusyReasons are what agents may be away or busy for.
	AwayReasons() []Choice
	BusyReasons() []Choice
}

// Person is somebody who may log in.
type Person struct {
	ID, Name string
	Hash     string // argon2id, see Hash; "" may not log in
	Queues   []string
	Role     string // agent, or supervisor: sees all of their queues
	Device   string // browser or phone
}

// Supervisor is the role that sees every interaction of its queues.
const Supervisor = "supervisor"

// Queue is what the console shows of a queue, and asks for after a call.
type Queue struct {
	Name, Label  string
	Dispositions []Choice
	Required     bool          // a disposition must be chosen
	ServiceLevel time.Duration // who is answered within it is answered in time
}

// Target is a queue to which agents may transfer; closed ones are shown as such.
type Target struct {
	Name, Label string
	Open        bool
}

// Choice is one of several that an agent may choose from.
type Choice struct {
	Code  string `json:"code" yaml:"code"`
	Label string `json:"label" yaml:"label"`
}

// Phone is what the customer's page may know without a login. Met by the app.
type Phone interface {
	// Numbers are those that anonymous callers may dial.
	Numbers() []Number
	// Domain is the host part of the SIP addresses of this house.
	Domain() string
}

// Number is one that anonymous callers may dial.
type Number struct {
	Number string `json:"number"`
	Label  string `json:"label"`
}

// Journal is the event stream: the hub follows it, and what supervisors do is told there. Met by state.
type Journal interface {
	Append(e state.Event)
	Read(ctx context.Context, after string, fn func([]state.Event) error) error
}

// Check is one named condition of readiness; it must be quick and heed ctx.
type Check struct {
	Name  string
	Check func(context.Context) error
}
