package app

import (
	"context"
	"testing"

	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/internal/testredis"
)

// The floor lives on a Redis Cluster of three masters: a caller waits, hangs up, and is remembered.
func TestACallOnARedisCluster(t *testing.T) {
	n := prepare(t, func(m *configs.Main) { m.Redis.Cluster = testredis.NewCluster(t) }).start()
	sam := n.person("sam")
	c := n.dials("100", "ann")
	c.presses("100", "ann", "1")
	until(t, "ann waits", func() bool {
		s, err := n.Status(context.Background())
		return err == nil && waiting(s) == 1 && len(s.Calls) == 1
	})
	c.hangsUp("100", "ann")
	until(t, "the call is remembered", func() bool {
		h := sam.history()
		return len(h) == 1 && h[0].Ended != "" && h[0].Outcome == "abandoned"
	})
	n.stop() // before its Redis
}
