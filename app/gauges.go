package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callfloor/callfloor/routing"
)

// scrapeWithin is how long a scrape may wait for Redis and the database.
const scrapeWithin = 3 * time.Second

// floorFigures asks routing how the floor stands when Prometheus asks us. Every node tells the same: take the maximum
// over nodes, not the sum.
type floorFigures struct{ app *App }

var (
	waitingDesc = prometheus.NewDesc("callfloor_queue_waiting", "Callers waiting.", []string{"queue"}, nil)
	oldestDesc  = prometheus.NewDesc("callfloor_queue_oldest_seconds", "How long the one who waits longest has waited.", []string{"queue"}, nil)
	hereDesc    = prometheus.NewDesc("callfloor_queue_agents", "Agents logged in.", []string{"queue"}, nil)
	freeDesc    = prometheus.NewDesc("callfloor_queue_agents_free", "Agents who could take a call now.", []string{"queue"}, nil)
	agentsDesc  = prometheus.NewDesc("callfloor_agents", "Agents by state: offline, lost, away_idle, away, busy, free, offered, working, wrapping_up, unready (available, but nothing can be offered).", []string{"state"}, nil)
	redisDesc   = prometheus.NewDesc("callfloor_redis_up", "1 while Redis answers.", nil, nil)
	nodesDesc   = prometheus.NewDesc("callfloor_nodes", "Servers that share the floor: alive, draining, dead (silent, for less than a day).", []string{"state"}, nil)
	trunkDesc   = prometheus.NewDesc("callfloor_trunk_up", "1 while a trunk that sends calls answers this node, or is not asked.", []string{"trunk"}, nil)
	behindDesc  = prometheus.NewDesc("callfloor_records_behind_seconds", "How far the records are behind the events.", nil, nil)
)

// Describe names the figures.
func (floorFigures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{waitingDesc, oldestDesc, hereDesc, freeDesc, agentsDesc, redisDesc, nodesDesc, trunkDesc, behindDesc} {
		ch <- d
	}
}

// Collect reads them. What cannot be read now is left out; redis_up says why.
func (f floorFigures) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, t := range f.app.sip.Trunks() {
		up := 0.0
		if t.Up {
			up = 1
		}
		gauge(trunkDesc, up, t.Name)
	}
	queues, err := f.app.router.Queues(ctx)
	if err != nil {
		gauge(redisDesc, 0)
		return
	}
	gauge(redisDesc, 1)
	for _, s := range queues {
		gauge(waitingDesc, float64(s.Waiting), s.Name)
		gauge(oldestDesc, s.Oldest.Seconds(), s.Name)
		gauge(hereDesc, float64(s.Agents), s.Name)
		gauge(freeDesc, float64(s.Free), s.Name)
	}
	if nodes, err := f.app.router.Nodes(ctx); err == nil {
		for state, n := range byLife(nodes) {
			gauge(nodesDesc, float64(n), state)
		}
	}
	if agents, err := f.app.router.Agents(ctx); err == nil {
		for state, n := range byState(agents) {
			gauge(agentsDesc, float64(n), state)
		}
	}
	if behind, err := f.app.records.Behind(ctx, f.app.state.Journal()); err == nil { // last: a database that hangs uses up the time
		gauge(behindDesc, behind.Seconds())
	}
}

// byLife counts nodes by whether they live; every state is there, with 0 nodes, too.
func byLife(nodes []routing.Node) map[string]int {
	n := map[string]int{"alive": 0, "draining": 0, "dead": 0}
	for _, x := range nodes {
		switch {
		case x.Dead():
			n["dead"]++
		case x.Draining:
			n["draining"]++
		default:
			n["alive"]++
		}
	}
	return n
}

// byState counts agents by what they are doing; every state is there, with 0 agents, too.
func byState(agents []routing.AgentState) map[string]int {
	n := map[string]int{
		"offline": 0, "lost": 0, "away_idle": 0, "away": 0, "busy": 0, "free": 0, "offered": 0, "working": 0, "wrapping_up": 0, "unready": 0,
	}
	for _, a := range agents {
		n[doing(a)]++
	}
	return n
}

// doing is the one word for an agent: work in hand says more than what was chosen.
func doing(a routing.AgentState) string {
	if a.Session != "online" {
		return a.Session
	}
	word := ""
	for _, l := range a.Leases {
		switch l.Kind {
		case "offer":
			if word == "" {
				word = "offered"
			}
		case "acw":
			word = "wrapping_up"
		default:
			return "working"
		}
	}
	switch {
	case word != "":
		return word
	case a.System == "away_idle":
		return a.System
	case a.Chosen != "available":
		return a.Chosen
	case a.Routable:
		return "free"
	}
	return "unready"
}
