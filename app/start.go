package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// lastWrites is how long the journal may take to be stored when the node stops.
const lastWrites = 5 * time.Second

// Run serves until ctx ends and every call has finished, or until the drain's deadline. It returns the first fault.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, work := errgroup.WithContext(work)
	for _, part := range []func(context.Context) error{
		a.router.Run, a.live, a.serveNodes, a.follow, a.count, a.control, a.serveHTTP, a.api.Run, a.watch, a.repair, a.findPhones, a.share.run,
	} {
		g.Go(func() error {
			err := part(work)
			if work.Err() != nil && errors.Is(err, context.Canceled) { // that is how parts are told to stop
				return nil
			}
			return err
		})
	}
	g.Go(func() error {
		defer stop()
		return a.untilDrained(ctx, work)
	})
	return g.Wait()
}

func (a *App) follow(ctx context.Context) error { return a.records.Follow(ctx, a.state.Journal()) }

// untilDrained returns when the node has been told to stop and its calls are over.
func (a *App) untilDrained(ctx, work context.Context) error {
	select {
	case <-ctx.Done():
		a.Drain(0)
	case <-a.drain.told:
	case <-work.Done(): // a part failed
	}
	a.drained(work)
	a.end()
	<-a.floor.empty()
	a.closed("recordings", a.recordings.Close())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
	defer cancel()
	if err := a.state.Journal().Flush(ctx); err != nil {
		return fmt.Errorf("last events not stored: %w", err)
	}
	return a.remembered(ctx)
}

// remembered waits until the records have read the journal to its end: an embedded one ends with the process.
func (a *App) remembered(ctx context.Context) error {
	if err := a.records.CaughtUp(ctx, a.state.Journal()); err != nil {
		return fmt.Errorf("last events not remembered: %w", err)
	}
	return nil
}

func (a *App) serveHTTP(ctx context.Context) error {
	srv := &http.Server{
		Handler:           a.api,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	closed := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer closed()
	var err error
	if t := a.main.HTTP.TLS; t.Certificate != "" {
		err = srv.ServeTLS(a.http, t.Certificate, t.Key)
	} else {
		err = srv.Serve(a.http)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("http: %w", err)
}
