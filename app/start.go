package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run serves until ctx ends and every call has finished, or until the drain's deadline. It returns the first fault.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, work := errgroup.WithContext(work)
	g.Go(func() error { return orDone(a.router.Run(work)) })
	g.Go(func() error { return orDone(a.records.Follow(work, a.state.Journal())) })
	g.Go(func() error { return orDone(a.control(work)) })
	g.Go(func() error { return orDone(a.serveHTTP(work)) })
	g.Go(func() error { return orDone(a.api.Run(work)) })
	g.Go(func() error {
		defer stop()
		return a.untilDrained(ctx, work)
	})
	return g.Wait()
}

// orDone forgets the error of a context that ended: that is how parts are told to stop.
func orDone(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// untilDrained returns when the node has been told to stop and its calls are over.
func (a *App) untilDrained(ctx, work context.Context) error {
	select {
	case <-ctx.Done():
		a.Drain()
	case <-a.drained:
	case <-work.Done(): // a part failed
	}
	deadline := time.NewTimer(a.config.Drain)
	defer deadline.Stop()
	select {
	case <-a.floor.empty():
		a.log.Info("every call is over")
	case <-deadline.C:
		a.log.Warn("the drain's time is over", "calls", len(a.floor.all()))
	case <-work.Done():
	}
	a.end()
	<-a.floor.empty()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return a.state.Journal().Flush(ctx)
}

// Drain refuses new calls and lets the live ones finish. It may be called twice.
func (a *App) Drain() {
	a.once.Do(func() {
		a.log.Info("draining", "calls", len(a.floor.all()), "longest", a.config.Drain)
		a.draining.Store(true)
		a.sip.Drain()
		close(a.drained)
	})
}

func (a *App) serveHTTP(ctx context.Context) error {
	srv := &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	go func() {
		<-ctx.Done()
		_ = srv.Close()
	}()
	var err error
	if t := a.config.HTTP.TLS; t.Certificate != "" {
		err = srv.ServeTLS(a.http, t.Certificate, t.Key)
	} else {
		err = srv.Serve(a.http)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("http: %w", err)
}

// nodeName is this node's name for ever: it finds again what a former life left.
func nodeName(data string) (string, error) {
	path := filepath.Join(data, "node")
	if b, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	var b [4]byte
	_, _ = rand.Read(b[:])
	name := "n-" + hex.EncodeToString(b[:])
	return name, os.WriteFile(path, []byte(name+"\n"), 0o600)
}
