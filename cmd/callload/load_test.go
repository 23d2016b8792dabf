package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/app"
	"github.com/callfloor/callfloor/configs"
)

func TestMain(m *testing.M) {
	settle()
	os.Exit(m.Run())
}

// server is the real program with the configuration that 'config' writes.
func server(t *testing.T, agents int) (s *app.App, data string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "config")
	if err := (&config{Dir: dir, Agents: agents}).Run(); err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	source := configs.Source{Dir: dir, Override: func(m *configs.Main) {
		m.Data, m.HTTP.Listen, m.SIP.UDP, m.SIP.TCP, m.Media.WebRTC = data, "127.0.0.1:0", "127.0.0.1:0", "", 0
	}}
	c, mistakes := source.Load()
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	s, err := app.New(t.Context(), source, c, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error)
	go func() { ran <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		s.End()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return s, data
}

func measured(calls int) lasting {
	return lasting{
		common: common{Calls: calls, Rate: 50, PID: os.Getpid()},
		Warm:   500 * time.Millisecond, Window: time.Second, Windows: 2,
	}
}

// whole checks that every stream heard what was sent to it; a busy machine may be late with some.
func whole(t *testing.T, r result, calls, streams int) {
	t.Helper()
	want := int64(streams * 2 * int(time.Second/period))
	if r.Up != calls || r.Received < want*6/10 || r.Received > want*14/10 || r.Lost > want/20 || len(r.Cost) != 2 {
		t.Errorf("%d calls with %d streams of sound, some %d packets: %+v", calls, streams, want, r)
	}
}

func TestCallsAreMeasured(t *testing.T) {
	s, data := server(t, 3)
	at := s.Addresses()
	sip := strings.SplitN(at.SIP[0], "@", 2)[1]
	for _, row := range []struct {
		number          string
		agents, streams int
	}{{"901", 0, 3}, {"902", 0, 3}, {"904", 3, 6}} {
		c := calls{lasting: measured(3), Server: sip, HTTP: "http://" + strings.Split(at.Console, "/")[2], IP: "127.0.0.1", Number: row.number, Agents: row.agents}
		r, err := c.result(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		whole(t, r, 3, row.streams)
	}
	recordings, err := fs.Glob(os.DirFS(data), "recordings/*/*/*/*")
	if err != nil || len(recordings) != 3 {
		t.Errorf("recorded: %v, %v", recordings, err)
	}
	c := setup{common: common{Calls: 5, Rate: 50, PID: os.Getpid()}, Server: sip, IP: "127.0.0.1", Number: "901", Hold: 50 * time.Millisecond}
	if r, err := c.result(t.Context()); err != nil || r.Refused > 0 || r.SetupMs <= 0 {
		t.Errorf("%+v, %v", r, err)
	}
	c.Number = "999"
	if r, err := c.result(t.Context()); err != nil || r.Refused != 5 {
		t.Errorf("a number that does not exist: %+v, %v", r, err)
	}
}

func TestTheYardstickIsMeasured(t *testing.T) {
	path, err := exec.LookPath("rtpengine")
	if err != nil {
		t.Fatal("this test needs rtpengine; make test installs it")
	}
	var r result
	for range 5 { // a port that was free may be somebody else's a moment later
		if r, err = againstEngine(t, path); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	whole(t, r, 3, 6)
}

// againstEngine measures an rtpengine of its own.
func againstEngine(t *testing.T, path string) (r result, err error) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	ng := conn.LocalAddr().String()
	_ = conn.Close()
	engine := exec.CommandContext(t.Context(), path, "--table=-1", "--interface=127.0.0.1", "--listen-ng="+ng, "--foreground",
		"--log-level=3", "--port-min=35000", "--port-max=35999", "--pidfile="+filepath.Join(t.TempDir(), "pid"))
	if err := engine.Start(); err != nil {
		return r, err
	}
	over := make(chan struct{})
	go func() {
		_ = engine.Wait()
		close(over)
	}()
	t.Cleanup(func() {
		_ = engine.Process.Kill()
		<-over
	})
	c := relay{lasting: measured(3), NG: ng, IP: "127.0.0.1"}
	c.PID = engine.Process.Pid
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); { // until it listens
		if r, err = c.result(t.Context()); err == nil {
			return r, nil
		}
		select {
		case <-over:
			return r, fmt.Errorf("rtpengine has ended: %w", err)
		default:
		}
	}
	return r, err
}

func TestARowReadsWell(t *testing.T) {
	r := result{Label: "menu", Up: 200, Cost: []float64{0.6, 0.5, 0.7}, Received: 999, Lost: 1, Largest: 25, SetupMs: 1.2, Memory: 60}
	const want = "menu                      200 up  0.60 CPU ms/call-s (0.50-0.70)  loss 0.100 %  silent 0  largest gap 25 ms  set up in 1.2 ms  60 MiB"
	if got := fmt.Sprint(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
