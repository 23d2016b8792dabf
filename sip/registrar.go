package sip

import (
	"strconv"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Limits of a registration's life, in seconds (RFC 3261 section 10.3).
const (
	shortest = 60
	longest  = 3600
)

// binding is one device of an agent.
type binding struct {
	account   Account
	uri       sipmsg.Uri
	transport string // lower case
	source    string // where it really is: requests go there
	until     time.Time
	since     time.Time
	timer     *time.Timer
}

// registrar knows where agents' devices are.
type registrar struct {
	house House
	mu    sync.Mutex
	by    map[string]map[string]*binding // agent, contact and connection
}

func newRegistrar(h House) *registrar {
	return &registrar{house: h, by: map[string]map[string]*binding{}}
}

func (e *Endpoint) onRegister(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	to := req.To()
	if to == nil || !e.strangers.allow(hostOf(req.Source())) {
		e.refuse(req, tx, 503, sipmsg.NewHeader("Retry-After", "5"))
		return
	}
	account, ok := e.house.Account(to.Address.User)
	if !ok {
		account.Password = token() // an unknown user is challenged like a known one, and never succeeds
	}
	switch challenge, refused := e.prove(req, to.Address.User, account.Password); {
	case challenge:
		e.challenge(req, tx)
		return
	case refused || !ok:
		e.log.Warn("registration refused", "user", to.Address.User, "source", req.Source())
		e.refuse(req, tx, 403)
		return
	}
	e.register(req, tx, account)
}

func (e *Endpoint) register(req *sipmsg.Request, tx sipmsg.ServerTransaction, account Account) {
	var answer []sipmsg.Header
	for _, h := range req.GetHeaders("Contact") {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok {
			continue
		}
		if c.Address.Wildcard {
			e.registrar.removeAll(account.Agent)
			continue
		}
		seconds := expiry(req, c)
		if seconds > 0 && seconds < shortest && !account.Browser {
			e.refuse(req, tx, 423, sipmsg.NewHeader("Min-Expires", strconv.Itoa(shortest)))
			return
		}
		if seconds == 0 {
			e.registrar.remove(account.Agent, c.Address.String()+" "+req.Source())
			continue
		}
		e.registrar.add(&binding{
			account: account, uri: c.Address, transport: sipmsg.NetworkToLower(req.Transport()), source: req.Source(),
			until: time.Now().Add(time.Duration(seconds) * time.Second), since: time.Now(),
		})
		echo := sipmsg.NewHeader("Contact", c.Value()) // JsSIP looks for its own words
		if c.Params == nil || !c.Params.Has("expires") {
			echo = sipmsg.NewHeader("Contact", c.Value()+";expires="+strconv.Itoa(seconds))
		}
		answer = append(answer, echo)
	}
	e.refuse(req, tx, 200, answer...)
}

// expiry is what a contact asks for: its own parameter before the header (RFC 3261 section 10.2.1.1).
func expiry(req *sipmsg.Request, c *sipmsg.ContactHeader) int {
	text := ""
	if c.Params != nil {
		text, _ = c.Params.Get("expires")
	}
	if text == "" {
		if h := req.GetHeader("Expires"); h != nil {
			text = h.Value()
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return longest
	}
	return min(n, longest)
}

func (r *registrar) add(b *binding) {
	agent, key := b.account.Agent, b.uri.String()+" "+b.source
	r.mu.Lock()
	all, ok := r.by[agent]
	if !ok {
		all = map[string]*binding{}
		r.by[agent] = all
	}
	old, known := all[key]
	if known {
		old.timer.Stop()
		b.since = old.since
	}
	b.timer = time.AfterFunc(time.Until(b.until), func() { r.expire(agent, key, b) })
	all[key] = b
	r.mu.Unlock()
	if !known {
		r.house.Registered(agent, b.account.Browser)
	}
}

func (r *registrar) expire(agent, key string, b *binding) {
	r.mu.Lock()
	current := r.by[agent][key] == b
	r.mu.Unlock()
	if current {
		r.remove(agent, key)
	}
}

func (r *registrar) remove(agent, key string) {
	r.removeIf(agent, func(k string, _ *binding) bool { return k == key })
}

func (r *registrar) removeAll(agent string) {
	r.removeIf(agent, func(string, *binding) bool { return true })
}

// removeConnection forgets the devices behind a connection that closed.
func (r *registrar) removeConnection(source string) {
	r.mu.Lock()
	var agents []string
	for a := range r.by {
		agents = append(agents, a)
	}
	r.mu.Unlock()
	for _, a := range agents {
		r.removeIf(a, func(_ string, b *binding) bool { return b.source == source && b.transport != "udp" })
	}
}

func (r *registrar) removeIf(agent string, which func(string, *binding) bool) {
	gone := map[bool]bool{} // by kind
	r.mu.Lock()
	for k, b := range r.by[agent] {
		if which(k, b) {
			b.timer.Stop()
			delete(r.by[agent], k)
			gone[b.account.Browser] = true
		}
	}
	for _, b := range r.by[agent] { // another of the kind is left
		delete(gone, b.account.Browser)
	}
	r.mu.Unlock()
	for browser := range gone {
		r.house.Unregistered(agent, browser)
	}
}

// find lists an agent's devices of a kind.
func (r *registrar) find(agent string, browser bool) []*binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*binding
	for _, b := range r.by[agent] {
		if b.account.Browser == browser {
			all = append(all, b)
		}
	}
	return all
}
