package routing

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// clock is the time of a test's scripts, which moves only when the test says so.
//
// Redis' own clock decides everything, so a test that wants to see a deadline from both sides must move that clock.
// miniredis has SetTime, a real redis-server has nothing like it, and a switch in the scripts themselves would be a
// switch in production. So the switch is made here, where no production code can reach it: a test's router compiles the
// very same scripts with one command replaced, TIME by a read of a list that holds what TIME would answer. It is one
// way for both kinds of Redis, and costs a write only when time moves.
type clock struct {
	t   *testing.T
	s   *state.State
	now time.Time
	// away is true while nobody reaches Redis; else every node has swept whenever time has moved.
	away bool
}

const sweptAt = `
redis.call('SET', KEYS[1], ARGV[1])
for _, node in ipairs(redis.call('HKEYS', KEYS[2])) do
  local n = string.match(redis.call('HGET', KEYS[2], node), '^%d+')
  redis.call('HSET', KEYS[2], node, n .. ' ' .. ARGV[1])
end
return 1`

const testTime = "test:time"

// routerOn is a router of a node whose scripts follow a test's clock.
func routerOn(c *clock, node string) *Router {
	c.t.Helper()
	r := New(c.s, node, slog.New(slog.DiscardHandler))
	begin := head()
	const theirs, ours = "redis.call('TIME')", "redis.call('LRANGE', P .. '" + testTime + "', 0, 1)"
	if strings.Count(begin, theirs) != 1 {
		c.t.Fatal("the scripts must ask for the time in one place")
	}
	r.scripts = compile(strings.Replace(begin, theirs, ours, 1))
	return r
}

// sweepNow carries out what is due, as a node that never believes Redis to have forgotten anything.
func sweepNow(ctx context.Context, r *Router) error { return r.do(ctx, "sweep", r.node, "0", "") }

// set moves time to a moment; its start must be set before the first script.
func (c *clock) set(to time.Time) {
	c.t.Helper()
	c.now = to
	pipe := c.s.Redis().TxPipeline() // nobody may find no time at all
	key := c.s.Key(testTime)
	pipe.Del(c.t.Context(), key)
	pipe.RPush(c.t.Context(), key, to.Unix(), to.Nanosecond()/1000)
	if !c.away {
		pipe.Eval(c.t.Context(), sweptAt, []string{c.s.Key("swept"), c.s.Key("sweeps")}, to.UnixMilli())
	}
	if _, err := pipe.Exec(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clock) pass(d time.Duration) {
	c.t.Helper()
	c.set(c.now.Add(d))
}

// heartbeat is one agent's.
func (r *Router) heartbeat(ctx context.Context, agent, session string) error {
	refused, err := r.Heartbeats(ctx, map[string]string{agent: session})
	if c := refused[agent]; err == nil && c != nil {
		return c
	}
	return err
}
