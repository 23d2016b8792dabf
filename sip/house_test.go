package sip

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/internal/testwait"
	"github.com/callfloor/callfloor/media"
)

// within is how long a test waits for what must come.
const within = 10 * time.Second

// TestMain makes SIP's patience ten times shorter than RFC 3261 has it (T1 50 ms), so that a story about an ACK that never
// comes takes three seconds and not thirty.
func TestMain(m *testing.M) {
	sipmsg.SetTimers(50*time.Millisecond, 400*time.Millisecond, 500*time.Millisecond)
	b, err := identity()
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(filepath.Dir(b.key)); err != nil {
			code = 1
		}
		os.Exit(code)
	}))
}

// testHouse has two agents, sam at a desk phone and maria at a browser, and three numbers: 100 for everybody, 200 for
// trunks and agents, 300 for the trunk "provider" alone.
type testHouse struct {
	t     testing.TB
	e     *Endpoint
	calls chan *visit
	news  chan string // "sam came", "maria left"
	log   *lockedBuffer
	any   bool // every number exists, for everybody
	wait  sync.WaitGroup
}

// visit is a call that the endpoint gave to the house, or a device that the house called.
type visit struct {
	t       testing.TB
	leg     *Leg
	source  Source
	dialled string
	signals chan calls.Signal
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// secrets of the house: none of them may ever be read in a log.
const (
	samsPassword   = "s3cret-of-sam"
	mariasPassword = "s3cret-of-maria"
	trunkPassword  = "s3cret-of-a-trunk"
)

func (h *testHouse) Account(user string) (Account, bool) {
	switch user {
	case "sam":
		return Account{Agent: "sam", Password: samsPassword}, true
	case "maria":
		return Account{Agent: "maria", Password: mariasPassword, Browser: true}, true
	}
	return Account{}, false
}

func (h *testHouse) Entry(dialled string, s Source) (ok, anonymous bool) {
	switch {
	case dialled == "100", h.any:
		return true, true
	}
	switch dialled {
	case "200":
		return true, false
	case "300":
		return s.Kind != "trunk" || s.Name == "provider", false
	}
	return false, false
}

func (h *testHouse) Incoming(l *Leg, s Source, dialled string) { h.calls <- h.visit(l, s, dialled) }

func (h *testHouse) Registered(agent string, _ bool) { h.news <- agent + " came" }

func (h *testHouse) Unregistered(agent string, _ bool) { h.news <- agent + " left" }

// visit reads a leg's signals to the end, as everybody must who has one, and closes its room then.
func (h *testHouse) visit(l *Leg, s Source, dialled string) *visit {
	v := &visit{t: h.t, leg: l, source: s, dialled: dialled, signals: make(chan calls.Signal, 64)}
	h.wait.Go(func() {
		for s := range l.Signals() {
			v.signals <- s
		}
		close(v.signals)
		l.Room().Close()
	})
	return v
}

// call is the next call that came in.
func (h *testHouse) call() *visit {
	h.t.Helper()
	return next(h.t, h.calls, "a call")
}

// hears waits for what the registrar tells next.
func (h *testHouse) hears(want string) {
	h.t.Helper()
	if got := next(h.t, h.news, want); got != want {
		h.t.Fatalf("the house heard %q, not %q", got, want)
	}
}

// quiet checks that the house was told nothing and given nothing.
func (h *testHouse) quiet() {
	h.t.Helper()
	select {
	case v := <-h.calls:
		h.t.Fatalf("a call came in for %s", v.dialled)
	case s := <-h.news:
		h.t.Fatalf("the house heard %q", s)
	default:
	}
}

// dial calls an agent's devices.
func (h *testHouse) dial(to Target) *visit {
	h.t.Helper()
	room := h.e.engine.Room()
	to.Party = calls.Party{Role: calls.Agent, Agent: to.Agent}
	to.From, to.FromName = "+15550100", "Ann"
	l, err := h.e.Dial(context.Background(), room, to)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.visit(l, Source{}, "")
}

// is waits for a signal and skips none.
func (v *visit) is(want calls.SignalKind) calls.Signal {
	v.t.Helper()
	got := next(v.t, v.signals, "signal "+want.String())
	if got.Kind != want {
		v.t.Fatalf("the leg says %s (%v), not %s", got.Kind, got.Cause, want)
	}
	return got
}

// isGone waits for the leg's last word.
func (v *visit) isGone(want calls.Cause) {
	v.t.Helper()
	if got := v.is(calls.SigGone); got.Cause != want {
		v.t.Fatalf("the leg ended with %v, not %v", got.Cause, want)
	}
	if s, more := <-v.signals; more {
		v.t.Fatalf("a signal after the last one: %v", s)
	}
}

func (v *visit) answer() {
	v.t.Helper()
	if err := v.leg.Answer(context.Background()); err != nil {
		v.t.Fatal(err)
	}
	v.is(calls.SigAnswered)
}

func next[T any](t testing.TB, from <-chan T, what string) (got T) {
	t.Helper()
	select {
	case got, ok := <-from:
		if !ok {
			t.Fatalf("%s: it is over", what)
		}
		return got
	case <-time.After(within):
		t.Fatalf("%s did not come", what)
	}
	return got
}

// open starts an endpoint on free ports for the length of a test.
func open(t testing.TB, trunks ...Trunk) *testHouse {
	t.Helper()
	return openWith(t, func(*Config, *media.Config) {}, trunks...)
}

func openWith(t testing.TB, edit func(*Config, *media.Config), trunks ...Trunk) *testHouse {
	t.Helper()
	return openAsleep(t, edit, func(*Endpoint) {}, trunks...)
}

// openAsleep lets a test change the endpoint before it hears anything.
func openAsleep(t testing.TB, edit func(*Config, *media.Config), change func(*Endpoint), trunks ...Trunk) *testHouse {
	t.Helper()
	h := &testHouse{t: t, calls: make(chan *visit, 64), news: make(chan string, 64), log: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	mc := media.DefaultConfig()
	port := 41000 + os.Getpid()%18*1000 // a thousand, for a port rests when its call is over
	mc.Ports, mc.WebRTC, mc.Loops = fmt.Sprintf("%d-%d", port, port+999), 0, 1
	c := DefaultConfig()
	c.UDP, c.TCP, c.Rate = "127.0.0.1:0", "127.0.0.1:0", 1000
	edit(&c, &mc)
	engine, err := media.New(mc, log)
	if err != nil {
		t.Fatal(err)
	}
	if h.e, err = Reopen(c, trunks, engine, h, log); err != nil {
		t.Fatal(err)
	}
	change(h.e)
	h.e.Ready()
	t.Cleanup(func() {
		if err := h.e.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		h.wait.Wait()
		if err := h.e.engine.Close(); err != nil {
			t.Errorf("closing media: %v", err)
		}
		if t.Failed() {
			t.Logf("the endpoint's log:\n%s", h.log)
		}
	})
	return h
}

// until asks again and again for what no channel tells.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	testwait.Until(t, within, what, is)
}
