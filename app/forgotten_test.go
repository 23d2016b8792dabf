package app

import (
	"context"
	"testing"

	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/internal/testredis"
)

// Redis is killed and comes back with nothing in it: a caller waits on, and the history has one row.
func TestACallerWaitsOnWhenRedisHasForgottenEverything(t *testing.T) {
	redis := testredis.New(t)
	n := prepare(t, func(m *configs.Main) { m.Redis.Address = redis.Address }).start()
	sam := n.person("sam")
	c := n.dials("100", "ann")
	c.presses("100", "ann", "1")
	waits := func() bool {
		s, err := n.Status(context.Background())
		return err == nil && waiting(s) == 1 && len(s.Calls) == 1
	}
	until(t, "ann waits", waits)

	redis.Kill()
	redis.Start()
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
