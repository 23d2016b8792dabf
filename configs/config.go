// Package configs is one directory of YAML files: it composes what every package wants to know, reads it strictly, and
// watches it. A mistake is told with file, line and column; a bad directory changes nothing.
//
//	callfloor.yaml   the server          agents.yaml   who answers      trunks.yaml   who sends calls, how we call out
//	queues.yaml      where they wait     entries.yaml  which numbers    hours.yaml    when it is open
//	flows/*.yaml     what callers hear   sounds/       WAV files, manifest.yaml: which words they have
package configs

import (
	"io/fs"
	"slices"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/dialing"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/prompts"
	"github.com/callfloor/callfloor/recordings"
	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
	"github.com/callfloor/callfloor/state"
)

// Config is a directory that was read. It never changes; a reload makes a new one.
type Config struct {
	Main
	People  []Agent
	Queues  []Queue
	Trunks  []sip.Trunk
	Dialing dialing.Plan
	Entries []Entry
	Hours   map[string]*Hours
	Flows   map[string]*ivr.Flow
	Groups  routing.Groups // of skills
	Teams   map[string]*routing.Team
	Sounds  fs.FS // the directory sounds/
}

// Main is callfloor.yaml: the server. Each option says whether it reloads.
type Main struct {
	Data           string            `yaml:"data" reload:"no"`
	HTTP           api.Config        `yaml:"http" reload:"no"`
	SIP            sip.Config        `yaml:"sip" reload:"no"`
	Media          media.Config      `yaml:"media" reload:"no"`
	Redis          state.Config      `yaml:"redis" reload:"no"`
	Cluster        cluster.Config    `yaml:"cluster" reload:"no"`
	SQL            records.Config    `yaml:"sql" reload:"no"`
	Recordings     recordings.Config `yaml:"recordings" reload:"no"`
	Prompts        prompts.Config    `yaml:"prompts" reload:"no"`
	Log            Log               `yaml:"log" reload:"no"`
	Drain          time.Duration     `yaml:"drain" reload:"yes"`           // how long live calls may go on when the server is to stop
	DrainWords     ivr.Prompt        `yaml:"drain_words" reload:"yes"`     // said to callers who are there still when that time is over
	Limits         routing.Limits    `yaml:"limits" reload:"yes"`          // of agents
	Reasons        []api.Choice      `yaml:"away_reasons" reload:"yes"`    // what agents may be away for
	BusyReasons    []api.Choice      `yaml:"busy_reasons" reload:"yes"`    // what agents may be busy with, beside their calls
	RecordOutbound bool              `yaml:"record_outbound" reload:"yes"` // calls that agents make
	HoldMusic      string            `yaml:"hold_music" reload:"yes"`      // a file of sounds/
	// ShowListeners lets agents see who listens to their calls.
	ShowListeners bool   `yaml:"show_listeners" reload:"yes"`
	Default       string `yaml:"default_flow" reload:"yes"` // for callers whose own flow has failed
}

// Agent is one who answers. All of it reloads.
type Agent struct {
	routing.Agent `yaml:",inline"`
	Password      Secret `yaml:"password"`       // argon2id hash, from `callfloor passwd`
	PhonePassword Secret `yaml:"phone_password"` // of the desk phone
	PhoneSRTP     bool   `yaml:"phone_srtp"`     // its sound is encrypted (SDES, RFC 4568)
	Role          string `yaml:"role"`           // agent or supervisor
	Country       string `yaml:"country"`        // ISO 3166 code: whose national numbers they dial; "" is that of the dialing rules
}

// AtBrowser tells whether the agent's calls ring in the browser, and not at a desk phone.
func (a Agent) AtBrowser() bool { return a.Device == Browser }

// The devices an agent may work with.
const (
	Browser = "browser"
	Phone   = "phone"
)

// Queue is where callers wait, and what they hear. All of it reloads.
type Queue struct {
	routing.Queue `yaml:",inline"`
	Recording     bool          `yaml:"recording"`
	Music         string        `yaml:"music"`    // a file of sounds/
	Welcome       ivr.Prompt    `yaml:"welcome"`  // said once
	Announce      Announce      `yaml:"announce"` // said again and again
	Sorry         ivr.Prompt    `yaml:"sorry"`    // said when an agent was lost in a call
	MaxWait       time.Duration `yaml:"max_wait"` // 0 is for ever
	Hours         string        `yaml:"hours"`    // outside them the queue takes nobody; "" is always open
	Overflow      Overflow      `yaml:"overflow"`
}

// Overflow names the flows of those who find no place or no agent, where the flow's step has no way of its own.
type Overflow struct {
	Full     string `yaml:"full"`
	Closed   string `yaml:"closed"`
	NoAgents string `yaml:"no_agents"`
	Timeout  string `yaml:"timeout"`
}

// ways are the keys of an overflow with their flows.
func (o Overflow) ways() map[ivr.Outcome]string {
	return map[ivr.Outcome]string{ivr.Full: o.Full, ivr.Closed: o.Closed, ivr.NoAgents: o.NoAgents, ivr.TimedOut: o.Timeout}
}

// Announce tells callers their place.
type Announce struct {
	Every time.Duration `yaml:"every"` // 0 is never
	Say   ivr.Prompt    `yaml:"say"`   // with {{queue.position}} and {{queue.waiting}}
}

// Entry is where calls to some numbers go. All of it reloads.
type Entry struct {
	Name      string   `yaml:"name"`
	Label     string   `yaml:"label"` // for the customers' page
	Numbers   []string `yaml:"numbers"`
	Flow      string   `yaml:"flow"`
	Anonymous bool     `yaml:"anonymous"` // strangers may call
	Trunks    []string `yaml:"trunks"`    // which trunks may; none is all
}

// Agent finds an agent.
func (c *Config) Agent(id string) (Agent, bool) {
	i := slices.IndexFunc(c.People, func(a Agent) bool { return a.ID == id })
	if i < 0 {
		return Agent{}, false
	}
	return c.People[i], true
}

// Caller is an agent as the dialing rules see them.
func (c *Config) Caller(agent string) dialing.Who {
	a, _ := c.Agent(agent)
	return dialing.Who{Agent: agent, Team: a.Team, Country: a.Country, Queues: a.Queues}
}

// CallsOut says whether the dialing rules' hours allow calls outside at that moment.
func (c *Config) CallsOut(at time.Time) bool {
	return c.Takes(Queue{Hours: c.Dialing.Limits.Hours}, at)
}

// Queue finds a queue.
func (c *Config) Queue(name string) (Queue, bool) {
	i := slices.IndexFunc(c.Queues, func(q Queue) bool { return q.Name == name })
	if i < 0 {
		return Queue{}, false
	}
	return c.Queues[i], true
}

// Entry finds where calls of a source to a number go.
func (c *Config) Entry(number string, s sip.Source) (Entry, bool) {
	for _, e := range c.Entries {
		if !slices.Contains(e.Numbers, number) {
			continue
		}
		if s.Kind == "trunk" && len(e.Trunks) > 0 && !slices.Contains(e.Trunks, s.Name) {
			continue
		}
		return e, true
	}
	return Entry{}, false
}

// Floor is what routing wants to know.
func (c *Config) Floor() routing.Floor {
	f := routing.Floor{Limits: c.Limits, Groups: c.Groups, Teams: c.Teams}
	for _, a := range c.People {
		f.Agents = append(f.Agents, a.Agent)
	}
	for _, q := range c.Queues {
		f.Queues = append(f.Queues, q.Queue)
	}
	return f
}

// World is what flows refer to.
func (c *Config) World() ivr.World {
	return ivr.World{
		Flow:    func(name string) *ivr.Flow { return c.Flows[name] },
		Hours:   c.hours,
		Default: c.Default,
		Overflow: func(queue string, o ivr.Outcome) string {
			q, _ := c.Queue(queue)
			return q.Overflow.ways()[o]
		},
	}
}
