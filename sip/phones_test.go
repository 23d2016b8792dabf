package sip

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// shelf is where an endpoint's phones are kept.
type shelf struct {
	mu  sync.Mutex
	all map[string][]byte
}

func shelve(e *Endpoint) *shelf {
	s := &shelf{all: map[string][]byte{}}
	e.KeepPhones(func(agent string, saved []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.all[agent] = saved; saved == nil {
			delete(s.all, agent)
		}
	})
	return s
}

func (s *shelf) of(agent string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.all[agent])
}

// recalls has an endpoint ask for saved phones; each that is asked answers with the status, 0 with nothing.
func (h *testHouse) recalls(saved string, p *phone, status int) (found int) {
	h.t.Helper()
	type result struct {
		found int
		err   error
	}
	done := make(chan result, 1)
	if p != nil {
		p.drop(isRequest("OPTIONS")) // copies of former ones
	}
	go func() {
		_, n, err := h.e.Recall(context.Background(), []byte(saved))
		done <- result{n, err}
	}()
	if p != nil {
		req := p.request("OPTIONS")
		if req.Recipient.User != "phone" || strings.Contains(req.String(), "assword") {
			h.t.Errorf("it is asked\n%s", req)
		}
		if status > 0 {
			p.respond(req, status, "", "")
		}
	}
	r := next(h.t, done, "the answer")
	if r.err != nil {
		h.t.Fatal(r.err)
	}
	return r.found
}

// A desk phone registers, and the process dies. Its next life asks the phone whether it is there, and has it registered until the
// phone's own time is over; it is called as before.
func TestARegistrationOutlivesItsProcess(t *testing.T) {
	var mc media.Config
	h := openWith(t, func(_ *Config, m *media.Config) { mc = *m })
	s := shelve(h.e)
	p, other := newPhone(t, h.e, "udp"), newPhone(t, h.e, "tcp")
	other.proves(200, register("sam", other.contact(";expires=120")), "sam", samsPassword)
	h.hears("sam came")
	if got := s.of("sam"); got != "" {
		t.Errorf("a phone is kept whose connection would be gone: %s", got)
	}
	p.proves(200, register("sam", p.contact(";expires=120")), "sam", samsPassword)
	h.hears("sam came")
	saved := s.of("sam")
	if strings.Contains(saved, samsPassword) || !strings.Contains(saved, p.conn.LocalAddr().String()) || strings.Contains(saved, other.conn.LocalAddr().String()) {
		t.Errorf("kept is %s", saved)
	}
	h.crash(mc)
	h.e.Ready()
	s = shelve(h.e)
	if n := h.recalls(saved, p, 200); n != 1 {
		t.Fatalf("%d phones are there again", n)
	}
	h.hears("sam came")
	if s.of("sam") == "" {
		t.Error("it is not kept for the next life but one")
	}
	devices := h.e.registrar.find("sam", false)
	if left := time.Until(devices[0].until); left > 120*time.Second || left < 100*time.Second {
		t.Errorf("it is registered for %v", left)
	}
	v := h.dial(Target{Agent: "sam"})
	p.request("INVITE")
	v.leg.Hangup(calls.Cancelled)

	// By itself it counts as ever: its own word is newer than what was saved, and it may leave.
	p.proves(200, register("sam", p.contact(";expires=600")), "sam", samsPassword)
	if n := h.recalls(saved, p, 200); n != 0 || time.Until(h.e.registrar.find("sam", false)[0].until) < 500*time.Second {
		t.Errorf("what was saved replaced %d newer registrations", n)
	}
	p.proves(200, register("sam", p.contact(";expires=0")), "sam", samsPassword)
	h.hears("sam left")
	if got := s.of("sam"); got != "" {
		t.Errorf("who left is kept: %s", got)
	}
}

// A phone that is silent, a stranger at its address, one whose time is over, and one of an agent who has none any more, are not
// believed, and forgotten; one that is busy is.
func TestAPhoneThatHasVanishedIsNotBelieved(t *testing.T) {
	h := open(t)
	s := shelve(h.e)
	p := newPhone(t, h.e, "udp")
	saved := func(until time.Duration) string {
		r := newRegistrar(h)
		b := savedPhone{Contact: strings.TrimPrefix(p.contact(""), "Contact: "), Source: p.conn.LocalAddr().String(), Until: time.Now().Add(until)}
		x, err := b.binding(Account{Agent: "sam"})
		if err != nil {
			t.Fatal(err)
		}
		x.until = b.Until
		r.by["sam"] = map[string]*binding{"": x}
		return string(r.saved("sam"))
	}
	s.all["sam"] = []byte("x")
	for _, status := range []int{0, 404, 481, 503} {
		if n := h.recalls(saved(time.Minute), p, status); n != 0 || s.of("sam") != "" {
			t.Errorf("a phone is believed that answers %d, and kept is %q", status, s.of("sam"))
		}
	}
	if n := h.recalls(saved(-time.Second), nil, 0); n != 0 {
		t.Error("a phone is believed whose time is over")
	}
	for was, is := range map[string]string{"sam": "tom"} {
		if n := h.recalls(strings.Replace(saved(time.Minute), `"Agent":"`+was, `"Agent":"`+is, 1), nil, 0); n != 0 {
			t.Error("an agent without a phone has one")
		}
	}
	h.quiet()
	for what, text := range map[string]string{
		"no json": "x", "another format": `{"Format":9,"Agent":"sam"}`, "nobody's": `{"Format":1}`,
		"no address": `{"Format":1,"Agent":"sam","Phones":[{"Contact":"<sip:sam@1.2.3.4>","Source":"x"}]}`,
		"no contact": `{"Format":1,"Agent":"sam","Phones":[{"Contact":"","Source":"1.2.3.4:5"}]}`,
	} {
		if _, n, err := h.e.Recall(t.Context(), []byte(text)); n != 0 || !errors.Is(err, ErrSaved) {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	if n := h.recalls(saved(10*time.Hour), p, 486); n != 1 {
		t.Error("a phone that is busy is not believed")
	}
	h.hears("sam came")
	if left := time.Until(h.e.registrar.find("sam", false)[0].until); left > longest*time.Second {
		t.Errorf("it is registered for %v", left)
	}
}

// drop forgets messages that nobody looked at.
func (p *phone) drop(match func(sipmsg.Message) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []sipmsg.Message
	for _, m := range p.heard {
		if !match(m) {
			left = append(left, m)
		}
	}
	p.heard = left
}
