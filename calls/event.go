package calls

import (
	"maps"
	"strconv"
	"time"
)

// fact tells the journal what happened on this call.
func (c *Call) fact(what string, data map[string]string) {
	if c.forsaken() {
		return
	}
	d := make(map[string]string, len(data)+1)
	maps.Copy(d, data)
	d["call"] = c.ID
	c.Journal.Fact(time.Now(), what, d)
}

// Note writes the caller's way through the flow: each step, and each key that is no secret.
func (c *Call) Note(flow, step, key string) {
	if key != "" {
		c.fact("flow.key", map[string]string{"step": step, "key": key})
		c.Log.Info("key pressed", "step", step, "key", key)
		return
	}
	c.fact("flow.step", map[string]string{"flow": flow, "step": step})
	c.Log.Info("step", "flow", flow, "step", step)
}

func itoa(n int) string { return strconv.Itoa(n) }

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
