package routing

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onBoth runs a test on the embedded Redis and on a real redis-server.
func onBoth(t *testing.T, test func(t *testing.T, s *state.State)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, open(t, "")) })
	t.Run("redis-server", func(t *testing.T) { test(t, open(t, testredis.New(t).Address)) })
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
