package sip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// A desk phone's registration outlives its process, and its node, when it came over UDP: a connection ends with either. What
// was saved is believed when the phone answers an OPTIONS, to this node: one that has vanished, or is not reached from here, is
// not. Neither passwords nor keys are in it.

const (
	phonesFormat = 1
	sendsAgain   = 50 * time.Millisecond
	asksFor      = 4 * time.Second // the OPTIONS is repeated after 0.5, 1 and 2 s (RFC 3261 section 17.1.2)
)

// savedPhones are an agent's registrations in JSON.
type savedPhones struct {
	Format int
	Agent  string
	Phones []savedPhone
}

type savedPhone struct {
	Contact string
	Source  string // where it really is
	Until   time.Time
}

// KeepPhones has every change of an agent's desk phones told, with all that Recall needs to find them again; nil is none. It
// must not block, and is said before Ready.
func (e *Endpoint) KeepPhones(keep func(agent string, saved []byte)) {
	e.registrar.mu.Lock()
	defer e.registrar.mu.Unlock()
	e.registrar.keep = keep
}

// KeepAgain tells an agent's desk phones once more.
func (e *Endpoint) KeepAgain(agent string) {
	e.registrar.mu.Lock()
	defer e.registrar.mu.Unlock()
	e.registrar.changed(agent)
}

// Phones is what Recall needs to find the desk phones that are registered here, by agent.
func (e *Endpoint) Phones() map[string][]byte {
	r, all := e.registrar, map[string][]byte{}
	r.mu.Lock()
	defer r.mu.Unlock()
	for agent := range r.by {
		if saved := r.saved(agent); saved != nil {
			all[agent] = saved
		}
	}
	return all
}

// changed tells what is to be kept of an agent's phones; the registrar is locked, so that the last word is the newest.
func (r *registrar) changed(agent string) {
	if r.keep != nil {
		r.keep(agent, r.saved(agent))
	}
}

func (r *registrar) saved(agent string) []byte {
	s := savedPhones{Format: phonesFormat, Agent: agent}
	for _, b := range r.by[agent] {
		if b.transport == "udp" && !b.account.Browser {
			s.Phones = append(s.Phones, savedPhone{b.contact.Value(), b.source, b.until})
		}
	}
	if len(s.Phones) == 0 {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return text
}

// Recall registers an agent's desk phones that were saved, by a former life or by another node, as far as they answer and for as
// long as they had registered; one that has registered by itself meanwhile is left as it is. It returns when all have answered,
// or after 4 s, and tells how many are registered by it. Errors wrap ErrSaved.
func (e *Endpoint) Recall(ctx context.Context, saved []byte) (agent string, found int, err error) {
	var s savedPhones
	if err := json.Unmarshal(saved, &s); err != nil {
		return "", 0, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	defer e.KeepAgain(s.Agent) // what does not answer is kept no more
	if s.Format != phonesFormat || s.Agent == "" {
		return s.Agent, 0, fmt.Errorf("%w: phones of format %d", ErrSaved, s.Format)
	}
	account, ok := e.house.Account(s.Agent)
	if _, udp := e.local["udp"]; !ok || account.Browser || account.Agent != s.Agent || !udp { // no phone is configured any more
		return s.Agent, 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, asksFor)
	defer cancel()
	var wait sync.WaitGroup
	answers := make([]bool, len(s.Phones))
	var errs []error
	for n, p := range s.Phones {
		b, err := p.binding(account)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		wait.Go(func() { answers[n] = time.Now().Before(b.until) && e.answers(ctx, b) && e.registrar.recall(b) })
	}
	wait.Wait()
	for _, a := range answers {
		if a {
			found++
		}
	}
	return s.Agent, found, errors.Join(errs...)
}

func (p savedPhone) binding(account Account) (*binding, error) {
	c := &sipmsg.ContactHeader{Params: sipmsg.NewParams()}
	var err, err2 error
	c.DisplayName, err = sipmsg.ParseAddressValue(p.Contact, &c.Address, &c.Params)
	_, _, err2 = net.SplitHostPort(p.Source)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	until := time.Now().Add(longest * time.Second)
	if p.Until.Before(until) { // another node's clock may be wrong, and nobody has longer
		until = p.Until
	}
	return &binding{account: account, contact: c, transport: "udp", source: p.Source, until: until, since: time.Now()}, nil
}

// answers asks a phone whether it is there.
func (e *Endpoint) answers(ctx context.Context, b *binding) bool {
	host, _ := e.hostPort(b.transport)
	var tx sipmsg.ClientTransaction
	for {
		req := e.toward(b, sipmsg.Uri{Scheme: "sip", User: "callfloor", Host: host}, "").request(e, sipmsg.OPTIONS)
		var err error
		if tx, err = e.client.TransactionRequest(ctx, req, as); err == nil {
			break
		}
		select { // the socket is bound, and its reader may only just begin
		case <-time.After(sendsAgain):
		case <-ctx.Done():
			return false
		}
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return there(res.StatusCode)
			}
		case <-tx.Done():
			return false
		case <-ctx.Done():
			return false
		case <-e.life.Done():
			return false
		}
	}
}

// there tells by a phone's answer to OPTIONS whether it is who it was. It answers as to an INVITE (RFC 3261 section 11.2), or does
// not know the method; whoever has its address now does not know its user.
func there(status int) bool {
	switch status {
	case 405, 480, 486, 501, 600, 603:
		return true
	}
	return status >= 200 && status < 300
}

// recall adds a phone that has not registered by itself meanwhile.
func (r *registrar) recall(b *binding) bool {
	r.mu.Lock()
	_, known := r.by[b.account.Agent][b.key()]
	r.mu.Unlock()
	if known {
		return false
	}
	r.add(b)
	return true
}
