package sip

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/calls"
)

var busy = calls.Busy

// TestWhoMayCallWhat: 100 is for everybody, 200 for trunks and agents, 300 for one trunk, and 999 does not exist.
func TestWhoMayCallWhat(t *testing.T) {
	here := Trunk{Name: "pbx", Addresses: []string{"127.0.0.0/8"}}
	provider := Trunk{Name: "provider", Username: "acme", Password: trunkPassword}
	for name, c := range map[string]struct {
		trunks         []Trunk
		number         string
		user, password string // "" shows none
		code           int    // 0 comes in
		source         Source
	}{
		"a stranger":                           {number: "100", source: Source{Kind: "anonymous"}},
		"a stranger, to a number that is not":  {number: "999", code: 404},
		"a stranger, to agents' number":        {number: "200", code: 401},
		"an agent":                             {number: "200", user: "sam", password: samsPassword, source: Source{"agent", "sam"}},
		"an agent with a wrong password":       {number: "200", user: "sam", password: "guessed", code: 403},
		"an agent, to a number that is not":    {number: "999", user: "sam", password: samsPassword, code: 404},
		"a trunk by address":                   {trunks: []Trunk{provider, here}, number: "200", source: Source{"trunk", "pbx"}},
		"a trunk by address, no such number":   {trunks: []Trunk{here}, number: "999", code: 404},
		"a trunk by address, another's number": {trunks: []Trunk{here}, number: "300", code: 404},
		"a trunk by digest":                    {trunks: []Trunk{provider}, number: "300", user: "acme", password: trunkPassword, source: Source{"trunk", "provider"}},
		"a trunk with a wrong password":        {trunks: []Trunk{provider}, number: "300", user: "acme", password: "guessed", code: 403},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, c.trunks...)
			p := newPhone(t, h.e, "udp")
			a := invite(c.number, "+15550100") // a provider's From is the caller's number, never its own name
			if c.user != "" {
				challenge := p.gets(401, invite("200", "ann"))
				a = a.again(authorization(t, challenge, a, c.user, c.password, 1))
			}
			if c.code != 0 {
				p.gets(c.code, a)
				h.quiet()
				return
			}
			p.send(a.text(p))
			v := h.call()
			if d := cmp.Diff(c.source, v.source); d != "" || v.dialled != c.number {
				t.Errorf("dialled %s, %s", v.dialled, d)
			}
			if got := v.leg.Party(); got.Address != "+15550100" || got.Role != calls.Customer {
				t.Errorf("the caller is %+v", got)
			}
			v.leg.Hangup(busy)
			p.expects(486, a)
			v.isGone(busy)
		})
	}
}

// TestTrunksChangeWhileServing: a call is judged by the trunks of its moment.
func TestTrunksChangeWhileServing(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	p.gets(401, invite("200", "ann"))
	if err := h.e.SetTrunks([]Trunk{{Name: "bad", Addresses: []string{"nowhere"}}}); err == nil {
		t.Error("a bad network is taken")
	}
	if err := h.e.SetTrunks([]Trunk{{Name: "pbx", Addresses: []string{"127.0.0.1"}}}); err != nil {
		t.Fatal(err)
	}
	a := invite("200", "ann")
	p.send(a.text(p))
	h.call().leg.Hangup(busy)
	p.expects(486, a)
}

func TestADrainingNodeSendsNewCallsElsewhere(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	a, up, v := p.talks(h)
	p.gets(200, asks("OPTIONS", "100", "ann"))
	h.e.Drain()
	if r := p.gets(503, invite("100", "bob")).GetHeader("Retry-After"); r == nil || r.Value() != "30" {
		t.Errorf("Retry-After is %v", r)
	}
	p.gets(503, asks("OPTIONS", "100", "ann")) // so that a proxy knows before it tries
	p.gets(200, a.in(up, "BYE"))               // what is up goes on to its end
	v.isGone(calls.Normal)
}

func TestStrangersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStrangers(1)
		for range 3 {
			if !s.allow("192.0.2.1") {
				t.Error("not even a bunch")
			}
		}
		if s.allow("192.0.2.1") || !s.allow("192.0.2.2") {
			t.Error("a limit is each address's own")
		}
		time.Sleep(2*forgetStranger + time.Second)
		if !s.allow("192.0.2.3") || len(s.seen) != 1 {
			t.Errorf("%d addresses are remembered", len(s.seen))
		}
	})
}
