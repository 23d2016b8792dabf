package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// figures counts from the journal what becomes of callers and offers. Each node counts its own calls alone, so that the
// sum over all nodes is right however many there are.
type figures struct {
	node                                          string
	inTime                                        func(queue string) time.Duration // what a good answer is
	waits                                         *prometheus.HistogramVec
	answered, prompt, unanswered, refused, offers *prometheus.CounterVec
	tries, outsideRefused                         *prometheus.CounterVec
	verbs                                         *prometheus.HistogramVec
	waiting                                       map[string]time.Time // since when our callers wait, by interaction; owned by take
}

// outcomes are the ways of an offer: the events' names after "offer.".
var outcomes = []string{"made", "accepted", "connected", "declined", "missed", "withdrawn", "customer_gone", "device_failed"}

func newFigures(node string, inTime func(queue string) time.Duration) *figures {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "callfloor", Name: name, Help: help}, labels)
	}
	histogram := func(name, help, label string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "callfloor", Name: name, Help: help, Buckets: buckets}, []string{label})
	}
	return &figures{
		node: node, inTime: inTime, waiting: map[string]time.Time{},
		waits: histogram("queue_wait_seconds", "How long those who were answered had waited.", "queue",
			[]float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200}),
		answered:   counter("queue_answered_total", "Callers who were connected to an agent.", "queue"),
		prompt:     counter("queue_answered_in_time_total", "Those of them who had waited no longer than the queue's service_level.", "queue"),
		unanswered: counter("queue_unanswered_total", "Callers who left the queue without an agent, by reason: abandoned, timeout, closed, no_agents, lost.", "queue", "reason"),
		refused:    counter("queue_refused_total", "Callers whom the queue did not take, by reason: full, closed, no_agents.", "queue", "reason"),
		offers:     counter("offers_total", "Offers, by what became of them.", "queue", "outcome"),
		tries: counter("trunk_tries_total", "Calls outside that a trunk was asked for, by what became of them: answered, refused, silent, unreachable, or how the callee ended them.",
			"trunk", "outcome"),
		outsideRefused: counter("outside_refused_total", "Calls outside that nobody was asked for, by reason.", "reason"),
		verbs: histogram("routing_seconds", "How long routing took to decide, Redis and the way there included; enqueue and choose match at once.", "verb",
			[]float64{.0005, .001, .002, .005, .01, .02, .05, .1, .5, 2}),
	}
}

func (f *figures) register(r *prometheus.Registry) {
	r.MustRegister(f.waits, f.answered, f.prompt, f.unanswered, f.refused, f.offers, f.tries, f.outsideRefused, f.verbs)
}

// know lets every queue's figures begin at 0, so that a rate can be told from the first event on.
func (f *figures) know(floor routing.Floor) {
	for _, queue := range floor.Queues {
		q := queue.Name
		f.waits.WithLabelValues(q)
		f.answered.WithLabelValues(q)
		f.prompt.WithLabelValues(q)
		f.unanswered.WithLabelValues(q, "abandoned")
		f.refused.WithLabelValues(q, "full")
		for _, o := range outcomes {
			f.offers.WithLabelValues(q, o)
		}
	}
}

// take counts one event, if it is of a call of this node.
func (f *figures) take(e state.Event) {
	id, queue := e.Get("interaction"), e.Get("queue")
	since, ours := f.waiting[id]
	if e.What == "interaction.left" { // which does not say whose it was
		if ours {
			f.unanswered.WithLabelValues(queue, e.Get("reason")).Inc()
			delete(f.waiting, id)
		}
		return
	}
	if e.Get("node") != f.node {
		return
	}
	if kind, isOffer := strings.CutPrefix(e.What, "offer."); isOffer {
		f.offers.WithLabelValues(queue, kind).Inc()
	}
	switch e.What {
	case "interaction.queued":
		f.waiting[id] = e.At
		if ms, err := strconv.ParseInt(e.Get("since"), 10, 64); err == nil && e.Get("from") == "" { // else a talk was meanwhile
			f.waiting[id] = time.UnixMilli(ms)
		}
	case "interaction.requeued":
		f.waiting[id] = e.At
	case "interaction.refused":
		f.refused.WithLabelValues(queue, e.Get("reason")).Inc()
	case "offer.connected":
		if !ours {
			return
		}
		delete(f.waiting, id)
		waited := e.At.Sub(since)
		f.waits.WithLabelValues(queue).Observe(waited.Seconds())
		f.answered.WithLabelValues(queue).Inc()
		if waited <= f.inTime(queue) {
			f.prompt.WithLabelValues(queue).Inc()
		}
	}
}

// decided notes how long a verb of routing took.
func (f *figures) decided(verb string, took time.Duration) {
	f.verbs.WithLabelValues(verb).Observe(took.Seconds())
}

// count follows the journal from the node's start on until ctx ends.
func (a *App) count(ctx context.Context) error {
	return a.state.Journal().Read(ctx, a.counted, func(events []state.Event) error {
		for _, e := range events {
			a.figures.take(e)
		}
		return nil
	})
}

// promised is what a queue's configuration calls answered in time.
func (a *App) promised(queue string) time.Duration {
	q, _ := a.current().Queue(queue)
	return q.ServiceLevel
}
