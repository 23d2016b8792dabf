package sip

import (
	"net"
	"slices"
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
	contact   *sipmsg.ContactHeader
	transport string // lower case
	source    string // where it really is: requests go there, and a new one replaces the old
	until     time.Time
	since     time.Time
	timer     *time.Timer
}

// key tells an agent's devices apart: by their contacts (RFC 3261 section 10.3), and never a browser from a desk phone.
func (b *binding) key() string {
	if b.account.Browser {
		return "browser " + b.contact.Address.String()
	}
	return b.contact.Address.String()
}

// registrar knows where agents' devices are.
type registrar struct {
	house  House
	mu     sync.Mutex
	by     map[string]map[string]*binding // agent, contact
	closed bool
	keep   func(agent string, saved []byte) // see KeepPhones; may be nil
}

func newRegistrar(h House) *registrar {
	return &registrar{house: h, by: map[string]map[string]*binding{}}
}

func (e *Endpoint) onRegister(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if !e.strangers.allow(hostOf(req.Source())) {
		e.refuse(req, tx, 503, sipmsg.NewHeader("Retry-After", "5"))
		return
	}
	user := req.To().Address.User
	account, ok := e.house.Account(user)
	if !ok {
		account.Password = token() // an unknown user is challenged like a known one, and never succeeds
	}
	switch p := e.prove(req, user, account.Password); {
	case p == missing || p == stale:
		e.challenge(req, tx)
	case p == wrong || !ok:
		e.log.Warn("registration refused", "user", user, "source", req.Source())
		e.refuse(req, tx, 403)
	default:
		e.register(req, tx, account)
	}
}

// register does what an agent's device asks: all of it, or nothing (RFC 3261 section 10.3).
func (e *Endpoint) register(req *sipmsg.Request, tx sipmsg.ServerTransaction, account Account) {
	var wishes []*binding
	all := false
	for _, h := range req.GetHeaders("Contact") {
		c, ok := h.(*sipmsg.ContactHeader)
		if !ok {
			e.refuse(req, tx, 400)
			return
		}
		seconds := expiry(req, c)
		switch {
		case c.Address.Wildcard:
			all = true
		case seconds > 0 && seconds < shortest && !account.Browser:
			e.refuse(req, tx, 423, sipmsg.NewHeader("Min-Expires", strconv.Itoa(shortest)))
			return
		}
		now := time.Now()
		wishes = append(wishes, &binding{
			account: account, contact: c.Clone(), transport: sipmsg.NetworkToLower(req.Transport()), source: req.Source(),
			until: now.Add(time.Duration(seconds) * time.Second), since: now,
		})
	}
	switch {
	case all && (len(wishes) > 1 || expiry(req, nil) != 0): // * stands alone and only ever un-registers
		e.refuse(req, tx, 400)
		return
	case all:
		e.registrar.removeAll(account)
	}
	if e.away.Load() && !account.Browser && slices.ContainsFunc(wishes, func(w *binding) bool { return w.until.After(w.since) }) {
		e.refuse(req, tx, 503, sipmsg.NewHeader("Retry-After", retryAfter))
		return
	}
	for _, w := range wishes {
		switch {
		case all:
		case w.until.After(w.since):
			e.registrar.add(w)
		default:
			e.registrar.remove(account.Agent, w.key())
		}
	}
	e.refuse(req, tx, 200, e.registrar.contacts(account)...)
}

// expiry is what a contact asks for, in seconds: its own parameter before the header (RFC 3261 section 10.2.1.1).
func expiry(req *sipmsg.Request, c *sipmsg.ContactHeader) int {
	text := ""
	if c != nil {
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

// contacts lists the devices of an account in their own words, with the seconds they really have.
func (r *registrar) contacts(account Account) []sipmsg.Header {
	var all []sipmsg.Header
	for _, b := range r.find(account.Agent, account.Browser) {
		c := b.contact.Clone()
		c.Params.Remove("expires")
		c.Params.Add("expires", strconv.Itoa(int(time.Until(b.until).Round(time.Second)/time.Second)))
		all = append(all, c)
	}
	return all
}

func (r *registrar) add(b *binding) {
	agent, key := b.account.Agent, b.key()
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	all, ok := r.by[agent]
	if !ok {
		all = map[string]*binding{}
		r.by[agent] = all
	}
	old, known := all[key]
	if known {
		old.timer.Stop()
		b.since = old.since
		known = old.source == b.source
	}
	b.timer = time.AfterFunc(time.Until(b.until), func() { r.expire(agent, key, b) })
	all[key] = b
	r.changed(agent)
	r.mu.Unlock()
	if !known {
		r.house.Registered(agent, b.account.Browser)
	}
}

// close forgets everybody without a word: the house is closing, too. What is kept stays.
func (r *registrar) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, all := range r.by {
		for _, b := range all {
			b.timer.Stop()
		}
	}
	clear(r.by)
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

// removeAll forgets every device of the account's kind.
func (r *registrar) removeAll(account Account) {
	r.removeIf(account.Agent, func(_ string, b *binding) bool { return b.account.Browser == account.Browser })
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
	gone, left := map[bool]bool{}, false // by kind
	r.mu.Lock()
	for k, b := range r.by[agent] {
		if which(k, b) {
			b.timer.Stop()
			delete(r.by[agent], k)
			gone[b.account.Browser], left = true, true
		}
	}
	for _, b := range r.by[agent] { // another of the kind is left
		delete(gone, b.account.Browser)
	}
	if left {
		r.changed(agent)
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

// watched is a listener whose connections take the devices behind them along when they close: requests go to where a
// device really is, and there is no other way to one behind a router.
type watched struct {
	net.Listener
	registrar *registrar
}

// Accept waits for the next connection.
func (w watched) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &leaving{c, sync.OnceFunc(func() { w.registrar.removeConnection(c.RemoteAddr().String()) })}, nil
}

type leaving struct {
	net.Conn
	left func()
}

// Close is called by sipgo when it cannot read any more, too.
func (l *leaving) Close() error {
	err := l.Conn.Close()
	l.left()
	return err
}
