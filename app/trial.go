package app

import (
	"errors"
	"net/http"
	"sync"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/media"
)

// trials are connections by which agents' browsers find out whether sound gets through, one of each agent.
type trials struct {
	engine *media.Engine
	mu     sync.Mutex
	ends   map[string]func()
}

func newTrials(e *media.Engine) *trials { return &trials{engine: e, ends: map[string]func(){}} }

// Try answers a browser's offer, and ends the agent's trial before.
func (t *trials) Try(agent, offer string) (answer, at string, err error) {
	sdp, address, end, err := t.engine.Trial([]byte(offer))
	switch {
	case errors.Is(err, media.ErrBadSDP), errors.Is(err, media.ErrNoCommonMedia):
		return "", "", api.NewProblem(http.StatusUnprocessableEntity, "invalid", "This is no browser's offer of sound.")
	case err != nil:
		return "", "", err
	}
	t.mu.Lock()
	former := t.ends[agent]
	t.ends[agent] = end
	t.mu.Unlock()
	if former != nil {
		former()
	}
	return string(sdp), address.String(), nil
}
