package sip

import (
	"time"

	"github.com/callfloor/callfloor/calls"
)

// House is what the endpoint asks of the house it is the door of. Its methods may be called from any goroutine and
// return quickly.
type House interface {
	// Account finds what a user may register with; false when nobody has that name.
	Account(user string) (Account, bool)
	// Entry says whether a dialled number exists, and whether strangers may use it.
	Entry(dialled string, s Source) (ok, anonymous bool)
	// Incoming hands over an admitted call, on a goroutine of its own. leg.Room is its media room.
	Incoming(leg *Leg, s Source, dialled string)
	// Registered says that a device of the agent is there, or there again on a new connection.
	Registered(agent string, browser bool)
	// Unregistered says that the agent's last device of that kind has gone.
	Unregistered(agent string, browser bool)
}

// Account is what a user of the registrar is known by.
type Account struct {
	Agent    string // whose device it is
	Password string
	Browser  bool // short-lived credentials of a console's page
}

// Kinds of sources.
const (
	FromTrunk     = "trunk"
	FromAgent     = "agent"
	FromAnonymous = "anonymous"
)

// Source is who calls: a trunk, an agent, or a stranger.
type Source struct {
	Kind string // FromTrunk, FromAgent or FromAnonymous
	Name string // of the trunk or the agent
}

// Device is one contact of an agent.
type Device struct {
	Browser   bool
	Contact   string // URI
	Transport string // UDP, TCP, TLS or WS
	Since     time.Time
}

// Target is whom to call, and what the device shows and is told.
type Target struct {
	Agent      string // whose devices ring
	Browser    bool   // the console's pages, or else the desk phones
	Party      calls.Party
	From       string            // the number shown
	FromName   string            // the name shown
	Headers    map[string]string // further header fields; X-Callfloor-Call also marks the log
	AutoAnswer bool              // the device is to answer by itself
}
