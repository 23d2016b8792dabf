package main

import (
	"context"
	"sync"
	"time"
)

// calls measures calls that last: a menu, a queue, or talks with agents.
type calls struct {
	lasting
	Server string `default:"127.0.0.1:5060" help:"SIP address of the server."`
	HTTP   string `name:"http" default:"http://127.0.0.1:8080" help:"The server's console, where agents log in."`
	IP     string `name:"ip" default:"127.0.0.1" help:"Our own address."`
	Number string `arg:"" help:"The number to call."`
	Agents int    `help:"Agents who answer at desk phones: load1, load2 … with the password that 'config' wrote."`
}

// Run measures and prints.
func (c *calls) Run(ctx context.Context) error { return c.tell(ctx, c.result) }

// result logs the agents in, calls, measures, and hangs up.
func (c *calls) result(ctx context.Context) (result, error) {
	s, err := newStreams(c.IP)
	if err != nil {
		return result{}, err
	}
	defer s.close()
	p, err := newPhones(ctx, c.Server, c.IP, s)
	if err != nil {
		return result{}, err
	}
	defer p.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := staff(ctx, p, c.HTTP, c.Agents); err != nil {
		return result{}, err
	}
	callers := &crowd{p: p}
	if err := pace(ctx, c.Calls, c.Rate, func(i int) { callers.call(ctx, c.Number, i) }); err != nil {
		return result{}, err
	}
	r, err := c.measure(ctx, s, callers.up)
	if err != nil {
		return result{}, err
	}
	callers.leave(ctx)
	setup, refused := p.setup()
	r.SetupMs, r.Refused = setup.Seconds()*1000, refused
	return r, nil
}

// setup measures signalling: every call is answered, held for a moment, and ended.
type setup struct {
	common
	Server string        `default:"127.0.0.1:5060" help:"SIP address of the server."`
	IP     string        `name:"ip" default:"127.0.0.1" help:"Our own address."`
	Number string        `arg:"" help:"The number to call."`
	Hold   time.Duration `default:"500ms" help:"How long each call lasts."`
}

// Run measures and prints.
func (c *setup) Run(ctx context.Context) error { return c.tell(ctx, c.result) }

// result makes the calls.
func (c *setup) result(ctx context.Context) (result, error) {
	p, err := newPhones(ctx, c.Server, c.IP, nil)
	if err != nil {
		return result{}, err
	}
	defer p.close()
	var wg sync.WaitGroup
	before := usageOf(c.PID)
	err = pace(ctx, c.Calls, c.Rate, func(i int) {
		wg.Go(func() {
			if call := p.call(ctx, c.Number, i); call != nil {
				_ = wait(ctx, c.Hold)
				call.hangup(ctx)
			}
		})
	})
	wg.Wait()
	if err != nil {
		return result{}, err
	}
	used := usageOf(c.PID).since(before)
	median, refused := p.setup()
	return result{
		Label: c.Label, Calls: c.Calls, Refused: refused, SetupMs: median.Seconds() * 1000,
		CostSetup: used.cpu.Seconds() * 1000 / float64(max(c.Calls-refused, 1)),
	}, nil
}

// crowd is the callers of a measurement.
type crowd struct {
	p    *phones
	wait sync.WaitGroup
	mu   sync.Mutex
	all  []*caller
}

func (k *crowd) call(ctx context.Context, number string, i int) {
	k.wait.Go(func() {
		if c := k.p.call(ctx, number, i); c != nil {
			k.mu.Lock()
			k.all = append(k.all, c)
			k.mu.Unlock()
		}
	})
}

func (k *crowd) up() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.all)
}

func (k *crowd) leave(ctx context.Context) {
	k.wait.Wait()
	for _, c := range k.all {
		k.wait.Go(func() { c.hangup(ctx) })
	}
	k.wait.Wait()
}
