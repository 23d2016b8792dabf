package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// abreast is how many commands Redis is told at once, as by the calls of several nodes.
const abreast = 16

// crowd lets every agent have an offer, and the queues be full.
func (b *bench) crowd(ctx context.Context) error {
	for range b.Waiting + b.agents {
		if _, err := b.call(ctx, asked); err != nil {
			return err
		}
	}
	return nil
}

// whole: everybody talks, the queues are full; calls end, and others come, as fast as Redis takes it. The times are those of
// the match that an end brings; the use of Redis is that of all verbs of a call.
func (b *bench) whole(ctx context.Context) ([]time.Duration, effort, error) {
	if err := b.crowd(ctx); err != nil {
		return nil, effort{}, err
	}
	from, err := b.effort(ctx)
	if err != nil {
		return nil, effort{}, err
	}
	times := make([]time.Duration, b.Rounds)
	var g errgroup.Group
	for w := range abreast {
		g.Go(func() error {
			agent := w
			for n := w; n < b.Rounds; n += abreast {
				lease := ""
				for lease == "" { // the next of this worker's agents who has something
					if agent += abreast; agent >= b.agents {
						agent = w
					}
					a, err := b.r.Agent(ctx, b.agent(agent))
					if err != nil {
						return err
					}
					if len(a.Leases) > 0 {
						lease = a.Leases[0].ID
					}
				}
				var err error
				if times[n], err = b.through(ctx, lease); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = g.Wait()
	to, also := b.effort(ctx)
	return times, to.since(from), errors.Join(err, also)
}

// through takes an offered call to its end, and brings another one.
func (b *bench) through(ctx context.Context, lease string) (match time.Duration, err error) {
	if err := errors.Join(b.r.Accept(ctx, lease, ""), b.r.Connected(ctx, lease)); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := b.r.Finish(ctx, lease, "normal"); err != nil {
		return 0, err
	}
	match = time.Since(began)
	_, err = b.call(ctx, asked)
	return match, err
}
