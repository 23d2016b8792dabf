package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof" // on the control socket alone
	"os"
	"path/filepath"
	"time"
)

// socketName is the control socket's file in the data directory; who may read the directory may control the server.
const socketName = "callfloor.sock"

// AskStatus asks the server whose data directory this is.
func AskStatus(ctx context.Context, data string) (Status, error) {
	var s Status
	err := ask(ctx, data, http.MethodGet, "/status", &s)
	return s, err
}

// AskDoctor lets the server whose data directory this is examine its floor, and returns what is wrong with it.
func AskDoctor(ctx context.Context, data string) (findings []string, err error) {
	err = ask(ctx, data, http.MethodGet, "/doctor", &findings)
	return findings, err
}

// AskDrain tells the server whose data directory this is to finish within a time; 0 is what it is configured for.
func AskDrain(ctx context.Context, data string, within time.Duration) (Status, error) {
	var s Status
	err := ask(ctx, data, http.MethodPost, "/drain?within="+within.String(), &s)
	return s, err
}

// askWithin is how long a running server may take to answer.
const askWithin = 5 * time.Second

func ask(ctx context.Context, data, method, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	sock := filepath.Join(data, socketName)
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", sock)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://callfloor"+path, http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no server answers at %s (is --data right?): %w", sock, errors.Unwrap(err))
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(answer)
}

// control serves the socket until ctx ends.
func (a *App) control(ctx context.Context) error {
	sock := filepath.Join(a.main.Data, socketName)
	_ = os.Remove(sock) // left by a crash: the data directory's lock says that nobody else runs
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", sock)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", answer(a.Status))
	mux.HandleFunc("GET /doctor", answer(a.router.Doctor))
	mux.HandleFunc("POST /drain", func(w http.ResponseWriter, r *http.Request) {
		within, err := time.ParseDuration(r.FormValue("within"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.Drain(within)
		answer(a.Status)(w, r)
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // the answer to the word that ends it
		defer cancel()
		if srv.Shutdown(last) != nil {
			_ = srv.Close()
		}
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-closed
	return nil
}

// answer serves what a question gives, as JSON.
func answer[T any](question func(context.Context) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := question(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
}
