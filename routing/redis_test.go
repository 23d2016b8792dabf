package routing

import (
	"context"
	"log/slog"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is the one that holds the floor: of a cluster, one of the masters.
func server(ctx context.Context, s *state.State) (redis.Cmdable, error) {
	if c, ok := s.Redis().(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, s.Key(""))
	}
	return s.Redis(), nil
}

// onBoth runs a test on the embedded Redis and on a real redis-server.
func onBoth(t *testing.T, test func(t *testing.T, s *state.State)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, open(t, "")) })
	t.Run("redis-server", func(t *testing.T) { test(t, open(t, testredis.New(t).Address)) })
}

func open(t *testing.T, address string) *state.State {
	t.Helper()
	return openAs(t, state.Config{Address: address})
}

func openAs(t *testing.T, c state.Config) *state.State {
	t.Helper()
	s, err := state.Open(t.Context(), c, slog.New(slog.DiscardHandler))
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
