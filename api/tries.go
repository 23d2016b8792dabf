package api

import (
	"maps"
	"net"
	"sync"
	"time"
)

// How many wrong passwords are taken within a window, for one agent from one address and from one address in all.
const (
	window       = 5 * time.Minute
	triesAgent   = 8
	triesAddress = 60
	maxTries     = 20_000 // entries before the old ones are swept
)

// tries counts wrong passwords. A try counts as wrong until it was right, so that many at once gain nothing. Nobody
// can lock an agent out from another address.
type tries struct {
	mu    sync.Mutex
	count map[string]attempt
	crowd int // above so many entries the old ones are swept
}

type attempt struct {
	n     int
	since time.Time
}

func newTries() *tries { return &tries{count: map[string]attempt{}, crowd: maxTries} }

// begin counts a try; wait is how long to wait before the next one when there were too many, else 0. An address that
// may not try leaves no trace for the names it tries.
func (t *tries) begin(agent, address string, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.count) > t.crowd {
		maps.DeleteFunc(t.count, func(_ string, a attempt) bool { return now.Sub(a.since) >= window })
		t.crowd = max(maxTries, 2*len(t.count)) // not at every try of a long attack
	}
	if wait = t.one(address, triesAddress, now); wait > 0 {
		return wait
	}
	return t.one(address+" "+agent, triesAgent, now)
}

// one counts a try under a key, unless there were too many.
func (t *tries) one(key string, limit int, now time.Time) (wait time.Duration) {
	a := t.count[key]
	if now.Sub(a.since) >= window {
		a = attempt{since: now}
	}
	if a.n >= limit {
		return window - now.Sub(a.since)
	}
	a.n++
	t.count[key] = a
	return 0
}

// right takes a try back that was none.
func (t *tries) right(agent, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.count, address+" "+agent)
	if a, ok := t.count[address]; ok && a.n > 0 {
		a.n--
		t.count[address] = a
	}
}

// addressOf is where a request comes from; all of one IPv6 network counts as one.
func addressOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}
