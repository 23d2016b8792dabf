package routing

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onBoth runs a test on the embedded Redis and on a real redis-server.
func onBoth(t *testing.T, test func(t *testing.T, s *state.State)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, open(t, "")) })
	t.Run("redis-server", func(t *testing.T) { test(t, open(t, redisServer(t))) })
}

func open(t *testing.T, address string) *state.State {
	t.Helper()
	s, err := state.Open(t.Context(), state.Config{Address: address}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// redisServer starts a real one for this test.
func redisServer(t *testing.T) string {
	t.Helper()
	return newServer(t).address()
}

func newServer(t *testing.T) *server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("this test needs a real redis-server; make test installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, path: path, port: port}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// server is a real Redis that keeps nothing: killed, it has forgotten everything.
type server struct {
	t    *testing.T
	path string
	port int
	cmd  *exec.Cmd
}

func (s *server) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) start() {
	t := s.t
	t.Helper()
	s.cmd = exec.Command(s.path, "--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address())
		if err == nil {
			_ = c.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatal("redis-server does not answer")
		}
	}
}
