// Package testredis gives tests a real redis-server of their own, that can be killed, stopped for a while and started
// again. No program imports it.
package testredis

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/internal/testwait"
)

// patience is how long a server may take to answer after its start.
const patience = 20 * time.Second

// Server is a redis-server on an address that stays the same over its lives.
type Server struct {
	Address string // host:port

	t    testing.TB
	path string
	dir  string
	args []string
	cmd  *exec.Cmd
}

// New starts a server that keeps nothing over its death, unless args say otherwise (Keeping). It ends with the test.
func New(t testing.TB, args ...string) *Server {
	t.Helper()
	s := reserve(t)
	s.args = append([]string{"--port", s.port(), "--bind", "127.0.0.1", "--save", "", "--dir", s.dir}, args...)
	s.Start()
	return s
}

// Keeping are the arguments of a server that has after its death what it had before.
func Keeping() []string { return []string{"--appendonly", "yes"} }

// NewSentinel starts a sentinel that knows a master by a name, and lets its replica take over a second after it went silent.
func NewSentinel(t testing.TB, name string, master *Server) *Server {
	t.Helper()
	s := reserve(t)
	file := filepath.Join(s.dir, "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor %s 127.0.0.1 %s 1\n", s.port(), s.dir, name, master.port()) +
		fmt.Sprintf("sentinel down-after-milliseconds %s 1000\nsentinel failover-timeout %s 3000\n", name, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{file, "--sentinel"}
	s.Start()
	return s
}

// NewCluster starts three masters of a Redis Cluster, each with a third of the slots; the addresses are theirs.
func NewCluster(t testing.TB) (addresses []string) {
	t.Helper()
	for range 3 {
		s, bus := reserve(t), reserve(t) // the port of the bus would be 10,000 above, which may be none
		s.args = []string{
			"--port", s.port(), "--bind", "127.0.0.1", "--save", "", "--dir", s.dir,
			"--cluster-enabled", "yes", "--cluster-port", bus.port(), "--cluster-node-timeout", "20000",
		}
		s.Start()
		addresses = append(addresses, s.Address)
	}
	create := append(append([]string{"--cluster", "create"}, addresses...), "--cluster-yes")
	if out, err := exec.Command("redis-cli", create...).CombinedOutput(); err != nil {
		t.Fatalf("redis-cli %v: %v\n%s", create, err, out)
	}
	for _, a := range addresses { // each has heard of all, or it would send clients nowhere
		host, port, _ := net.SplitHostPort(a)
		testwait.Until(t, patience, "the cluster is whole", func() bool {
			out, err := exec.Command("redis-cli", "-h", host, "-p", port, "cluster", "info").CombinedOutput()
			return err == nil && strings.Contains(string(out), "cluster_state:ok") && strings.Contains(string(out), "cluster_known_nodes:3")
		})
	}
	return addresses
}

// reserve finds a free address and a directory.
func reserve(t testing.TB) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("this test needs a real redis-server; make test installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, path: path, dir: t.TempDir(), Address: l.Addr().String()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Address)
	return port
}

// Start lets it live again, and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.cmd = exec.Command(s.path, s.args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Log("redis-server at ", s.Address)
	testwait.Until(s.t, patience, "redis-server answers", func() bool {
		c, err := net.Dial("tcp", s.Address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// Kill ends it as a power cut would. It may be called twice.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
	s.cmd = nil
}

// Forget lets a dead server keep nothing of what it had.
func (s *Server) Forget() {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.dir, "appendonlydir")); err != nil {
		s.t.Fatal(err)
	}
}

// Signal stops it for a while (SIGSTOP), or lets it go on (SIGCONT).
func (s *Server) Signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}
