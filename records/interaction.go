package records

import (
	"slices"
	"strings"
	"time"
)

// Interaction is one contact of one customer: what is remembered of a call.
type Interaction struct {
	ID        string
	Channel   string // voice
	Direction string // in, out
	Node      string // the server that owned it
	Source    string // trunk, agent or anonymous, with its name
	From      string // the customer's number
	Name      string // the customer's name as the caller's side gave it
	To        string // the number dialled
	Entry     string
	Flow      string // where the path began
	Path      []Step

	Started  time.Time // the zero time stands for "did not happen", here and below
	Answered time.Time
	Ended    time.Time
	Cause    string    // why it ended
	Revived  time.Time // went on after the end of its process, the last time

	Queue   string // the last one
	Agent   string // the last one who talked
	Outcome string // of the last segment: a caller who hangs up ends normally, and may have been abandoned
	// The sums over all segments.
	Waited, Talked, Held, Wrapped time.Duration
	Disposition, Note             string        // the last given
	Recording                     string        // the first file's name, "" when nothing was recorded
	Recorded                      time.Duration // the recording's length, as far as it is finished
	Parts                         []Part        // of the recording: more than one when a dead node's call went on at another

	Segments []Segment // in the order they began; filled by Store.Interaction only

	assumed bool // Ended and Cause are a guess
}

// Step is one step of the caller's way, with the key pressed there, if any.
type Step struct {
	Flow string `json:"flow,omitempty"`
	Step string `json:"step"`
	Key  string `json:"key,omitempty"`
}

// Part is what one node has recorded.
type Part struct {
	File    string        `json:"file"`
	Node    string        `json:"node,omitempty"`
	Began   int64         `json:"began,omitempty"`   // unix ms; 0 in rows of older versions
	Silence time.Duration `json:"silence,omitempty"` // with which it begins, for what nobody recorded
	Length  time.Duration `json:"length,omitempty"`  // 0 while it is being made, or the node is away that was making it
}

// Moment is when the part began; the zero time when that is unknown.
func (p Part) Moment() time.Time { return moment(p.Began) }

// Segment is one turn of an interaction: a stay in a queue and the agent it was offered to. A call that one agent
// declines and another takes has two; what was waited is in both, so that the sum is what the customer waited.
type Segment struct {
	Queue, Agent, Lease string
	Party               string // the number of somebody outside, who took part instead of an agent

	Queued    time.Time // began to wait, this time
	Offered   time.Time
	Accepted  time.Time
	Connected time.Time // both heard each other
	Released  time.Time // the talk ended, or the wait without one

	Waited time.Duration // Queued to Connected, or to Released without a talk
	Talked time.Duration // without Held
	Held   time.Duration

	Wrapup      string // the kind of after-call work: immediate, timed, indefinite; "" without
	WrapupEnded time.Time
	Wrapped     time.Duration // Released to WrapupEnded

	// Outcome is served, consulted, joined (a supervisor), outside (Party), why Party was not reached, declined, missed, withdrawn, customer_gone, device_failed, interrupted, or the reason for
	// which the customer left the queue (abandoned, timeout, …); "" while it goes on.
	Outcome           string
	Disposition, Note string

	assumed string // what is a guess: talk or wrapup
}

// Outcomes of a segment that are not named by an event.
const (
	Served      = "served"
	Consulted   = "consulted"   // the agent was asked by the one who had the customer
	Joined      = "joined"      // a supervisor took part
	Outside     = "outside"     // somebody outside took part
	Interrupted = "interrupted" // also an interaction's cause: its node died
)

// The longest path, texts and names that are kept. A longer value is cut; a longer path keeps its beginning.
const (
	maxPath = 500
	maxName = 200
	maxNote = 8000
)

// derive computes what follows from the segments: lengths, sums, and the last of each.
func (i *Interaction) derive() {
	i.Waited, i.Talked, i.Held, i.Wrapped = 0, 0, 0, 0
	i.Queue, i.Agent, i.Outcome, i.Disposition, i.Note = "", "", "", "", ""
	for n := range i.Segments {
		s := &i.Segments[n]
		s.derive()
		i.Waited += s.Waited
		i.Talked += s.Talked
		i.Held += s.Held
		i.Wrapped += s.Wrapped
		if n == 0 || !s.aside() {
			i.Outcome = s.Outcome
		}
		if s.Queue != "" {
			i.Queue = s.Queue
		}
		if s.Agent != "" && !s.Connected.IsZero() {
			i.Agent = s.Agent
		}
		if s.Disposition != "" || s.Note != "" {
			i.Disposition, i.Note = s.Disposition, s.Note
		}
	}
}

func (s *Segment) derive() {
	s.Waited, s.Wrapped = 0, 0
	until := s.Connected
	if until.IsZero() {
		until = s.Released
	}
	if !s.Queued.IsZero() {
		s.Waited = between(s.Queued, until)
	}
	if s.wraps() {
		s.Wrapped = between(s.Released, s.WrapupEnded)
	}
}

// wraps says whether after-call work belongs to the segment.
func (s *Segment) wraps() bool { return s.Wrapup != "" && s.Wrapup != "immediate" }

// open says whether the customer still waits or talks in the segment.
func (s *Segment) open() bool { return s.Released.IsZero() && s.Outcome == "" }

// between is never negative: two moments may come from two clocks.
func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(to.Sub(from), 0)
}

// haystack is what a search looks through.
func (i *Interaction) haystack() string {
	words := []string{i.ID, i.From, i.Name, i.To, i.Entry, i.Cause}
	for _, s := range i.Segments {
		words = append(words, s.Queue, s.Agent, s.Party, s.Disposition, s.Note)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return strings.ToLower(strings.Join(words, "\n"))
}

// clean makes a text that came from outside fit for every database: valid UTF-8, no NUL, not endless.
func clean(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "")
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not within a letter
		cut--
	}
	return s[:cut]
}
