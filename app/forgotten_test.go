package app

import (
	"context"
	"net"
	"os/exec"
	"testing"

	"github.com/callfloor/callfloor/configs"
)

// emptyRedis starts a redis-server that keeps nothing.
func emptyRedis(t *testing.T, address string) *exec.Cmd {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal("this test needs a real redis-server (Debian: redis-server): ", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	until(t, "redis-server answers", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return cmd
}

// Redis is killed and comes back with nothing in it: a caller waits on, and the history has one row.
func TestACallerWaitsOnWhenRedisHasForgottenEverything(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	redis := emptyRedis(t, address)
	n := prepare(t, func(m *configs.Main) { m.Redis.Address = address }).start()
	sam := n.person("sam")
	c := n.dials("100", "ann")
	c.presses("100", "ann", "1")
	waits := func() bool {
		s, err := n.Status(context.Background())
		return err == nil && waiting(s) == 1 && len(s.Calls) == 1
	}
	until(t, "ann waits", waits)

	_ = redis.Process.Kill()
	_ = redis.Wait()
	emptyRedis(t, address)
	until(t, "ann waits again", waits)
	c.hangsUp("100", "ann")
	until(t, "the call is remembered once", func() bool {
		h := sam.history()
		return len(h) == 1 && h[0].Ended != "" && h[0].Outcome == "abandoned"
	})
	until(t, "nobody waits", func() bool {
		s, err := n.Status(context.Background())
		return err == nil && waiting(s) == 0
	})
	n.stop() // before its Redis
}
