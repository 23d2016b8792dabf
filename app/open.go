package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/console"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/recordings"
	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
	"github.com/callfloor/callfloor/state"
)

// lifeOfLogin is how long the credentials of a browser's phone are good for; the console renews them in time.
const lifeOfLogin = time.Hour

var _ calls.Leg = (*sip.Leg)(nil)

// New opens every part of a node. Whatever is wrong, a port in use or a directory that cannot be written, is an error
// here and leaves nothing open. Calls come in only once Run runs. The config is what was read from source.
func New(ctx context.Context, source configs.Source, config *configs.Config, log *slog.Logger) (*App, error) {
	a := &App{
		source: source, main: config.Main, log: log, floor: newFloor(), drain: newDrain(), started: time.Now(),
	}
	a.life, a.end = context.WithCancel(context.WithoutCancel(ctx))
	a.opened(a.end)
	if err := a.open(ctx, config); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// open goes from the bottom floor to the top.
func (a *App) open(ctx context.Context, config *configs.Config) error {
	for _, part := range []func(context.Context) error{
		a.openData, a.openKeep, a.openCluster, a.openState, a.openMedia, a.openMemory, a.listenHTTP,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	first, err := a.edition(ctx, config)
	if err != nil {
		return err
	}
	a.now.Store(first)
	floor := config.Floor()
	a.figures.know(floor)
	if err := a.router.Configure(ctx, floor); err != nil {
		return fmt.Errorf("telling routing who works: %w", err)
	}
	a.devices = newDevices(a.router)
	if err := a.openAPI(); err != nil { // before SIP, which asks it who may register
		return err
	}
	if err := a.openSIP(config); err != nil {
		return err
	}
	return a.revive(ctx)
}

// openData makes the data directory ours alone.
func (a *App) openData(context.Context) error {
	dir := a.main.Data
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data directory cannot be written: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("data directory %s is in use by another callfloor", dir), f.Close())
	}
	a.opened(func() { _ = f.Close() })
	if a.node, err = kept(filepath.Join(dir, "node"), "n-", 4); err != nil {
		return err
	}
	return nil
}

func (a *App) openKeep(context.Context) (err error) {
	if a.kept, err = state.OpenKeep(filepath.Join(a.main.Data, "kept"), a.log); err != nil {
		return err
	}
	a.opened(func() { a.closed("keep", a.kept.Close()) })
	return nil
}

// openCluster opens the port for other nodes, and makes browsers' passwords good at all of them.
func (a *App) openCluster(ctx context.Context) error {
	word, err := kept(filepath.Join(a.main.Data, "secret"), "", 32)
	if err != nil {
		return err
	}
	secret := []byte(word)
	if a.main.Cluster.On() {
		if a.cluster, err = cluster.Open(ctx, a.main.Cluster, a.node, a.log); err != nil {
			return err
		}
		a.opened(func() { a.closed("cluster", a.cluster.Close()) })
		secret = a.cluster.Key("browsers' passwords")
	}
	a.credentials, err = api.NewSIPCredentials(secret, lifeOfLogin)
	return err
}

// kept is a random word that is the same in every life of this data directory.
func kept(path, prefix string, size int) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(b) > 0 {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("data directory: %w", err)
	}
	random := make([]byte, size)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	word := prefix + hex.EncodeToString(random)
	if err := os.WriteFile(path, []byte(word+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("data directory cannot be written: %w", err)
	}
	return word, nil
}

func (a *App) openState(ctx context.Context) error {
	c := a.main.Redis
	c.Spool = filepath.Join(a.main.Data, "spool.jsonl")
	s, err := state.Open(ctx, c, a.log)
	if err != nil {
		return err
	}
	a.opened(func() { a.closed("redis", s.Close()) })
	a.state, a.router, a.figures = s, routing.New(s, a.node, a.log), newFigures(a.node, a.promised)
	a.router.Observe(a.figures.decided)
	a.router.Remembered(func(agent string, known []byte) { a.kept.Put(agentKept+agent, known) })
	if a.cluster != nil {
		a.seal = a.cluster.Seal("calls")
		a.share = newShare(a.seal.Close, a.router.Keep, a.forsake)
	}
	a.phones = newPhones(a.kept, a.share, a.started)
	a.counted, err = s.Journal().Last(ctx)
	return err
}

func (a *App) openMedia(context.Context) error {
	e, err := media.New(a.main.Media, a.log)
	if err != nil {
		return err
	}
	a.engine = e
	a.opened(func() { a.closed("media", e.Close()) })
	return nil
}

func (a *App) openMemory(ctx context.Context) error {
	c := a.main.SQL
	if c.URL == "" {
		c.URL = "sqlite:" + filepath.Join(a.main.Data, "callfloor.db")
	}
	store, err := records.Open(ctx, c, a.log)
	if err != nil {
		return err
	}
	a.records = store
	a.opened(func() { a.closed("records", store.Close()) })
	r := a.main.Recordings
	if r.Dir == "" {
		r.Dir = filepath.Join(a.main.Data, "recordings")
	}
	library, err := recordings.Open(r, a.node, journal{a.state.Journal()}, a.log)
	if err != nil {
		return err
	}
	a.recordings = library
	a.opened(func() { a.closed("recordings", library.Close()) })
	return nil
}

func (a *App) listenHTTP(ctx context.Context) error {
	if t := a.main.HTTP.TLS; t.Certificate != "" { // read again when it is served; a wrong one is found now
		if _, err := tls.LoadX509KeyPair(t.Certificate, t.Key); err != nil {
			return fmt.Errorf("http.tls: %w", err)
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.main.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	a.http = l
	a.opened(func() { _ = l.Close() })
	return nil
}

// openSIP binds the ports; what comes in is held back until the calls of a former life are there again.
func (a *App) openSIP(config *configs.Config) error {
	e, err := sip.Reopen(a.main.SIP, config.Trunks, a.engine, house{a}, a.log)
	if err != nil {
		return err
	}
	a.sip = e
	e.KeepPhones(a.phones.keep)
	a.opened(func() { a.closed("sip", e.Close()) })
	if a.cluster == nil {
		return nil
	}
	return e.Join(sip.Peers{Listener: a.cluster.SIP(), TLS: a.cluster.SIPConfig(), Address: a.cluster.Address(), Incoming: a.relay})
}

func (a *App) openAPI() (err error) {
	a.api, err = api.New(api.Parts{
		Config: a.main.HTTP, Node: a.node, Version: Version(), Presence: presence{a.router, a}, Work: a.router, Calls: desk{a}, Sound: newTrials(a.engine),
		History: a.records, Recordings: library{a}, People: people{a}, Phone: phone{a}, Journal: a.state.Journal(),
		Credentials: a.credentials, Checks: a.checks(), Metrics: a.metrics(), Console: console.Handler(),
		Sessions: a.records.Sessions(), Drain: a.drainOf, Nodes: a.standings, SIP: http.HandlerFunc(a.sipSocket), Log: a.log,
	})
	return err
}

// sipSocket brings a browser to SIP; nobody is served before both are open.
func (a *App) sipSocket(w http.ResponseWriter, r *http.Request) { a.sip.ServeHTTP(w, r) }

func (a *App) closed(part string, err error) {
	if err != nil {
		a.log.Error("not closed well", "part", part, "err", err)
	}
}
