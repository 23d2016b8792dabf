package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Explanation tells why an interaction is offered to whom it is, or to nobody: every agent of the floor with the first
// reason against them, whoever comes next first.
type Explanation struct {
	Asked
	Strategy   string
	Candidates []Candidate
}

// Asked is an interaction and what it wants at this moment.
type Asked struct {
	Interaction, Queue, Channel string
	State                       string // waiting, offered, owned, snoozed
	With                        string // the agent who is offered it or has it
	Data                        map[string]string
	Priority                    int // 1 first … 10
	Waited                      time.Duration
	Needs                       []Need
	Only                        []string      // nobody else may have it now
	Relaxes                     time.Duration // until less is asked; -1 when that will not be
}

// Need is a skill or a language that is required now.
type Need struct {
	Name     string
	Language bool
	Least    int // of a skill: the lowest proficiency
}

// Candidate is one agent as a decision sees them.
type Candidate struct {
	Agent, Name string
	Against     Objection     // the zero Objection: may be offered it
	Mean        float64       // proficiency in the skills that are needed
	Used        int           // slots in use, of all channels
	Idle        time.Duration // 0: never was
	Calls       int           // accepted since the login
	Rank        float64       // by the strategy; the lowest comes first, after the best Mean where skills decide
}

// Objection is the first reason against an offer. Kind is queue, presence (and the device), channel, capacity, blended,
// cooldown, preferred, skill, language, tried, node (it waits at a server that is dead), or offered (to whom the words say).
type Objection struct{ Kind, Words string }

// Waiting is an interaction in a queue, and why it is not offered to the agent it is asked for.
type Waiting struct {
	Asked
	Place   int // in its queue; 1 is first
	Against Objection
}

// Explain tells how an interaction's agent is found. A *Conflict of gone when it is not there any more.
func (r *Router) Explain(ctx context.Context, interaction string) (Explanation, error) {
	out, err := r.run(ctx, "explain", interaction)
	if err != nil {
		return Explanation{}, err
	}
	f, err := factsOf(out[0])
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Asked: askedOf(f), Strategy: f["strategy"]}
	for _, text := range out[1:] {
		if f, err = factsOf(text); err != nil {
			return Explanation{}, err
		}
		c := Candidate{Agent: f["agent"], Name: f["name"], Against: Objection{f["kind"], f["words"]}, Idle: millis(f["idle"])}
		c.Mean, _ = strconv.ParseFloat(f["mean"], 64)
		c.Rank, _ = strconv.ParseFloat(f["rank"], 64)
		c.Used, _ = strconv.Atoi(f["used"])
		c.Calls, _ = strconv.Atoi(f["calls"])
		e.Candidates = append(e.Candidates, c)
	}
	slices.SortFunc(e.Candidates, e.before)
	return e, nil
}

// before is the order in which agents come: those with nothing against them, then those who were tried, by the strategy.
func (e Explanation) before(a, b Candidate) int {
	order := func(c Candidate) int {
		switch c.Against.Kind {
		case "":
			return 0
		case "tried":
			return 1
		case "queue":
			return 3
		}
		return 2
	}
	if n := order(a) - order(b); n != 0 {
		return n
	}
	if e.Strategy == "skills" && a.Mean != b.Mean {
		return cmp.Compare(b.Mean, a.Mean)
	}
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.Agent, b.Agent))
}

// WhyNot tells what waits in an agent's queues, the first fifty of each, and why it is not offered to them.
func (r *Router) WhyNot(ctx context.Context, agent string) ([]Waiting, error) {
	return r.waiting(ctx, "whynot", agent)
}

// Waiting tells what waits in queues, the first fifty of each.
func (r *Router) Waiting(ctx context.Context, queues ...string) ([]Waiting, error) {
	names := make([]any, len(queues))
	for n, q := range queues {
		names[n] = q
	}
	return r.waiting(ctx, "waiting", names...)
}

func (r *Router) waiting(ctx context.Context, verb string, args ...any) ([]Waiting, error) {
	out, err := r.run(ctx, verb, args...)
	if err != nil {
		return nil, err
	}
	all := make([]Waiting, 0, len(out))
	for _, text := range out {
		f, err := factsOf(text)
		if err != nil {
			return nil, err
		}
		w := Waiting{Asked: askedOf(f), Against: Objection{f["kind"], f["words"]}}
		w.Place, _ = strconv.Atoi(f["place"])
		all = append(all, w)
	}
	return all, nil
}

func factsOf(text string) (f map[string]string, err error) {
	if err = json.Unmarshal([]byte(text), &f); err != nil {
		return nil, fmt.Errorf("routing: an explanation: %w", err)
	}
	return f, nil
}

func askedOf(f map[string]string) Asked {
	a := Asked{
		Interaction: f["interaction"], Queue: f["queue"], Channel: f["channel"], State: f["state"], With: f["with"],
		Waited: millis(f["waited"]), Relaxes: -1, Only: strings.FieldsFunc(f["only"], func(r rune) bool { return r == ',' }),
	}
	a.Priority, _ = strconv.Atoi(f["priority"])
	_ = json.Unmarshal([]byte(f["data"]), &a.Data) // none is none
	if f["relaxes"] != "" {
		a.Relaxes = millis(f["relaxes"])
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(f["needs"], ","), ",") {
		name, least, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		n := Need{}
		n.Name, n.Language = strings.CutPrefix(name, "@")
		n.Least, _ = strconv.Atoi(least)
		a.Needs = append(a.Needs, n)
	}
	return a
}
