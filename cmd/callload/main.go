// Command callload puts a contact center under load and says what it costs: callers, agents with their consoles and
// desk phones, and every packet of sound, from one process. docs/performance.md tells how to repeat our figures.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"
)

type commands struct {
	Config config   `cmd:"" help:"Write a configuration to measure with: numbers 901 (menu), 902 (queue), 903 (talk), 904 (recorded talk)."`
	Calls  calls    `cmd:"" help:"Call a number, and measure sound and the server's CPU."`
	Setup  setup    `cmd:"" help:"Call and hang up, again and again: what signalling costs."`
	Relay  relay    `cmd:"" help:"Let rtpengine relay as many calls: a yardstick for the same machine."`
	Match  matching `cmd:"" help:"Measure how fast routing decides, on a redis-server."`
}

// common is what every measurement needs.
type common struct {
	Calls int     `default:"200" help:"Calls."`
	Rate  float64 `default:"20" help:"New calls a second."`
	PID   int     `name:"pid" help:"The server's process, for its CPU and memory."`
	Label string  `help:"Name of the row."`
	JSON  bool    `name:"json" help:"Print one JSON object instead of a row."`
}

// lasting is a measurement of calls that stand.
type lasting struct {
	common
	Warm    time.Duration `default:"5s" help:"Quiet time before the first window."`
	Window  time.Duration `default:"10s" help:"One measurement."`
	Windows int           `default:"3" help:"Measurements."`
}

func main() {
	settle()
	var c commands
	k := kong.Parse(&c, kong.Name("callload"), kong.Description("Load for a contact center, and what it costs."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "callload:", err)
		os.Exit(1)
	}
}

// measure waits until the calls stand still, then takes the windows.
func (c lasting) measure(ctx context.Context, s *streams, up func() int) (result, error) {
	r := result{Label: c.Label, Calls: c.Calls}
	if err := wait(ctx, c.Warm); err != nil {
		return r, err
	}
	for range c.Windows {
		r.Up = up()
		before := usageOf(c.PID)
		s.begin()
		if err := wait(ctx, c.Window); err != nil {
			return r, err
		}
		r.add(s.end(), usageOf(c.PID).since(before))
	}
	return r, nil
}

// tell prints what a measurement found.
func (c common) tell(ctx context.Context, measure func(context.Context) (result, error)) error {
	r, err := measure(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Println(r)
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pace runs n starts at a rate.
func pace(ctx context.Context, n int, perSecond float64, start func(i int)) error {
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
		if err := wait(ctx, time.Until(due)); err != nil {
			return err
		}
		start(i)
	}
	return nil
}
