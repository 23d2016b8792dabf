package sip

import (
	"net/netip"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"
)

// admit decides whether a call may come in, and whose it is; the status of a refusal otherwise.
//
// A trunk is known by its address. Everybody else is who their credentials prove; without any they are strangers,
// whatever name From claims. So the answer never tells which names exist.
func (e *Endpoint) admit(req *sipmsg.Request) (Source, int) {
	dialled := req.Recipient.User
	source, known := e.neighbour(req)
	proof := missing
	if !known {
		source, proof = e.caller(req)
		if source.Kind == "anonymous" && !e.strangers.allow(hostOf(req.Source())) {
			return source, 503
		}
	}
	ok, anonymous := e.house.Entry(dialled, source)
	switch {
	case proof == wrong:
		return source, 403
	case proof == stale:
		return source, 401
	case e.draining.Load():
		return source, 503
	case !ok:
		return source, 404
	case source.Kind == "anonymous" && !anonymous:
		return source, 401
	}
	return source, 0
}

// neighbour finds the trunk that a request's address belongs to.
func (e *Endpoint) neighbour(req *sipmsg.Request) (Source, bool) {
	ip, _ := netip.ParseAddr(hostOf(req.Source()))
	for _, t := range *e.trunks.Load() {
		for _, n := range t.networks {
			if n.Contains(ip.Unmap()) {
				return Source{"trunk", t.Name}, true
			}
		}
	}
	return Source{}, false
}

// caller finds out who sends a request by its credentials.
func (e *Endpoint) caller(req *sipmsg.Request) (Source, proof) {
	stranger := Source{Kind: "anonymous"}
	user := claimed(req)
	if user == "" {
		return stranger, missing
	}
	source, password := stranger, token() // an unknown name is asked like a known one, and never right
	if account, ok := e.house.Account(user); ok {
		source, password = Source{"agent", account.Agent}, account.Password
	}
	for _, t := range *e.trunks.Load() {
		if t.Username == user {
			source, password = Source{"trunk", t.Name}, t.Password
		}
	}
	p := e.prove(req, user, password)
	if p != right {
		return stranger, p
	}
	return source, p
}

// strangers limits what one unknown address may ask for.
type strangers struct {
	mu    sync.Mutex
	limit rate.Limit
	seen  map[string]*stranger
	swept time.Time
}

type stranger struct {
	*rate.Limiter
	last time.Time
}

const forgetStranger = time.Minute

func newStrangers(perSecond float64) *strangers {
	return &strangers{limit: rate.Limit(perSecond), seen: map[string]*stranger{}, swept: time.Now()}
}

// allow counts one request of an address.
func (s *strangers) allow(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.swept) > forgetStranger {
		s.swept = now
		for a, x := range s.seen {
			if now.Sub(x.last) > forgetStranger {
				delete(s.seen, a)
			}
		}
	}
	x, ok := s.seen[address]
	if !ok {
		if len(s.seen) > 100_000 { // a flood from forged addresses: nobody new for a while
			return false
		}
		x = &stranger{Limiter: rate.NewLimiter(s.limit, int(2*s.limit)+1)}
		s.seen[address] = x
	}
	x.last = now
	return x.Allow()
}
