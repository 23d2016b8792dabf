package app

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/callfloor/callfloor/api"
)

// Version is what was built, as the build recorded it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return v
}

// checks are what must hold before callers may be sent here.
func (a *App) checks() []api.Check {
	return []api.Check{
		{Name: "redis", Check: func(ctx context.Context) error { return a.state.Redis().Ping(ctx).Err() }},
		{Name: "sql", Check: a.records.Ping},
		{Name: "serving", Check: func(context.Context) error {
			if a.draining() {
				return errors.New("draining")
			}
			return nil
		}},
	}
}

// metrics are the node's figures for Prometheus.
func (a *App) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, f func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "callfloor", Name: name, Help: help}, f))
	}
	counter := func(name, help string, f func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "callfloor", Name: name, Help: help}, f))
	}
	gauge("calls", "Live calls.", func() float64 { return float64(len(a.floor.all())) })
	counter("calls_started_total", "Calls since the start.", func() float64 { return float64(a.floor.total()) })
	gauge("media_lines", "Lines of sound.", func() float64 { return float64(a.engine.Stats().Lines) })
	counter("media_packets_in_total", "RTP packets received.", func() float64 { return float64(a.engine.Stats().PacketsIn) })
	counter("media_packets_out_total", "RTP packets sent.", func() float64 { return float64(a.engine.Stats().PacketsOut) })
	counter("media_packets_dropped_total", "Packets from strangers, undecryptable or malformed.", func() float64 { return float64(a.engine.Stats().Dropped) })
	counter("media_late_ticks_total", "Turns of a media loop that began more than 10 ms late.", func() float64 { return float64(a.engine.Stats().LateTicks) })
	gauge("media_worst_lateness_seconds", "The latest turn of a media loop so far.", func() float64 { return a.engine.Stats().WorstLateMS / 1000 })
	gauge("config_reload_ok", "1 when the last reload went well.", func() float64 {
		if a.stale.Load() {
			return 0
		}
		return 1
	})
	gauge("journal_waiting", "Events that are not stored yet: Redis is away or slow.", func() float64 { return float64(a.state.Journal().Waiting()) })
	r.MustRegister(floorFigures{a})
	a.figures.register(r)
	return r
}
