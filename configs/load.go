package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/dialing"
	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/prompts"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
)

// Mistake is one thing that is wrong, and where.
type Mistake = strictyaml.Mistake

// Mistakes are all that is wrong with a directory.
type Mistakes []Mistake

// Error lists them, one a line.
func (m Mistakes) Error() string {
	lines := make([]string, 0, len(m))
	for _, x := range m {
		lines = append(lines, x.String())
	}
	return strings.Join(lines, "\n")
}

// DefaultMain is what an empty callfloor.yaml means.
func DefaultMain() Main {
	m := Main{
		Data: "data", SIP: sip.DefaultConfig(), Cluster: cluster.DefaultConfig(), Media: media.DefaultConfig(), Prompts: prompts.DefaultConfig(),
		Log: Log{Word: "info", Format: "text"}, Drain: 10 * time.Minute, Default: "main", Limits: routing.DefaultLimits(),
		Reasons:     []api.Choice{{Code: "break", Label: "Break"}, {Code: "lunch", Label: "Lunch"}, {Code: "training", Label: "Training"}},
		BusyReasons: []api.Choice{{Code: "paperwork", Label: "Paperwork"}, {Code: "meeting", Label: "Meeting"}},
	}
	m.DrainWords.Text = "Sorry, our system is being updated. Please call again in a few minutes."
	m.HTTP.Listen = "127.0.0.1:8080"
	m.HTTP.Session = 12 * time.Hour
	m.Redis.Prefix = "callfloor"
	return m
}

// loader reads one directory and collects what is wrong with it.
type loader struct {
	dir      fs.FS
	config   *Config
	mistakes Mistakes
	docs     map[string]*strictyaml.Doc
	speaker  *prompts.Speaker
}

// unlisted are sounds without their manifest.
type unlisted struct{ fs.FS }

// Open hides the manifest.
func (u unlisted) Open(name string) (fs.File, error) {
	if name == "manifest.yaml" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return u.FS.Open(name)
}

// Load reads a directory. The config is whole only without mistakes.
func Load(dir fs.FS) (*Config, Mistakes) { return load(dir, nil) }

func load(dir fs.FS, override func(*Main)) (*Config, Mistakes) {
	l := &loader{dir: dir, config: &Config{Main: DefaultMain(), Flows: map[string]*ivr.Flow{}}, docs: map[string]*strictyaml.Doc{}}
	c := l.config
	c.Sounds, _ = fs.Sub(dir, "sounds") // the name is valid
	var agents agentsFile
	var queues queuesFile
	var trunks trunksFile
	var entries entriesFile
	var hours hoursFile
	l.read("callfloor.yaml", &c.Main, false)
	l.read("agents.yaml", &agents, true)
	l.read("queues.yaml", &queues, true)
	l.read("trunks.yaml", &trunks, false)
	l.read("entries.yaml", &entries, true)
	l.read("hours.yaml", &hours, false)
	if override != nil {
		override(&c.Main)
	}
	for _, a := range agents.Agents {
		c.People = append(c.People, Agent(a))
	}
	for _, q := range queues.Queues {
		c.Queues = append(c.Queues, Queue(q))
	}
	for _, t := range trunks.Trunks {
		c.Trunks = append(c.Trunks, sip.Trunk{
			Name: t.Name, Addresses: t.Addresses, Username: t.Username, Password: string(t.Password), Send: t.Send, Domain: t.Domain,
			FromUser: t.FromUser, Asserted: t.Asserted, SRTP: t.SRTP, Watch: t.Watch,
		})
	}
	c.Dialing = trunks.Dialing
	c.Groups, c.Teams = agents.Groups, agents.Teams
	c.Entries, c.Hours = entries.Entries, hours.Hours
	l.flows()
	l.check()
	slices.SortStableFunc(l.mistakes, func(a, b Mistake) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column, strings.Compare(a.What, b.What))
	})
	return c, l.mistakes
}

// The files beside callfloor.yaml. Each key says whether it reloads, as those of Main do.
type (
	agentsFile struct {
		Groups routing.Groups           `yaml:"skill_groups" reload:"yes"`
		Teams  map[string]*routing.Team `yaml:"teams" reload:"yes"`
		Agents []agentItem              `yaml:"agents" reload:"yes"`
	}
	queuesFile struct {
		Queues []queueItem `yaml:"queues" reload:"yes"`
	}
	trunksFile struct {
		Trunks  []trunkItem  `yaml:"trunks" reload:"yes"`
		Dialing dialing.Plan `yaml:"dialing" reload:"yes"`
	}
	entriesFile struct {
		Entries []Entry `yaml:"entries" reload:"yes"`
	}
	hoursFile struct {
		Hours map[string]*Hours `yaml:"hours" reload:"yes"`
	}
)

// The items of lists begin with their defaults.
type (
	agentItem Agent
	queueItem Queue
	trunkItem struct {
		Name      string   `yaml:"name"`
		Addresses []string `yaml:"addresses"`
		Username  string   `yaml:"username"`
		Password  Secret   `yaml:"password"`

		Send     string        `yaml:"send"`
		Domain   string        `yaml:"domain"`
		FromUser string        `yaml:"from"`
		Asserted bool          `yaml:"asserted"`
		SRTP     bool          `yaml:"srtp"`
		Watch    time.Duration `yaml:"watch"`
	}
)

func (l *loader) read(file string, into any, needed bool) {
	b, err := fs.ReadFile(l.dir, file)
	if errors.Is(err, fs.ErrNotExist) && !needed {
		return
	}
	d := strictyaml.Decode(file, b, into)
	l.docs[file] = d
	if err != nil {
		d.Wrong("", strictyaml.Unreadable(err), "")
		d.Unread = true
	}
}

func (l *loader) flows() {
	files, err := fs.Glob(l.dir, "flows/*.yaml")
	if err != nil || len(files) == 0 {
		l.mistakes = append(l.mistakes, Mistake{File: "flows", Line: 1, Column: 1, What: "there is no flow", Hint: "flows/NAME.yaml"})
		return
	}
	for _, file := range files {
		if strings.HasPrefix(path.Base(file), ".") {
			continue // what an editor leaves while it is open
		}
		b, err := fs.ReadFile(l.dir, file)
		f, wrong := ivr.Parse(file, b)
		if err != nil {
			f, wrong = ivr.Unread(file, strictyaml.Unreadable(err))
		}
		l.mistakes = append(l.mistakes, wrong...)
		if f.Name == "" {
			f.Name = strings.TrimSuffix(path.Base(file), ".yaml")
		}
		if other := l.config.Flows[f.Name]; other != nil {
			l.mistakes = append(l.mistakes, f.Mistake("flow", fmt.Sprintf("there is another flow %q, in %s", f.Name, other.File())))
			continue
		}
		l.config.Flows[f.Name] = f
	}
}

func (l *loader) doc(file string) *strictyaml.Doc {
	d, ok := l.docs[file]
	if !ok {
		d = strictyaml.Decode(file, nil, &struct{}{})
		l.docs[file] = d
	}
	return d
}
