package sip

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"

	"github.com/callfloor/callfloor/media"
)

func TestADeskPhoneRegistersAndLeaves(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			h := open(t)
			p := newPhone(t, h.e, transport)
			a := register("sam", p.contact(";expires=120"))
			res := p.proves(200, a, "sam", samsPassword)
			h.hears("sam came")
			if got, want := contacts(res), []string{strings.TrimPrefix(p.contact(";expires=120"), "Contact: ")}; !cmp.Equal(got, want) {
				t.Errorf("the answer lists %q, not %q", got, want)
			}

			// Once more is no news; expires in the header counts where the contact has none.
			b := register("sam", p.contact(""), "Expires: 90")
			if got := contacts(p.proves(200, b, "sam", samsPassword)); len(got) != 1 || !strings.HasSuffix(got[0], ";expires=90") {
				t.Errorf("the answer lists %q", got)
			}
			h.quiet()

			// The contact's own expires=0 counts before the header. The list is empty then.
			p.proves(200, register("sam", p.contact(";expires=0"), "Expires: 600"), "sam", samsPassword)
			h.hears("sam left")
			if got := contacts(p.proves(200, register("sam"), "sam", samsPassword)); got != nil {
				t.Errorf("there is still %q", got)
			}
		})
	}
}

func contacts(res *sipmsg.Response) (all []string) {
	for _, h := range res.GetHeaders("Contact") {
		all = append(all, h.Value())
	}
	slices.Sort(all)
	return all
}

// TestADeviceIsToldTheTimeItHas: whoever asks for a day gets an hour, and hears so.
func TestADeviceIsToldTheTimeItHas(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	for _, asked := range []string{p.contact(";expires=86400;q=0.5"), p.contact(";q=0.5") + "\r\nExpires: 86400", p.contact(";q=0.5")} {
		got := contacts(p.proves(200, register("sam", asked), "sam", samsPassword))
		if len(got) != 1 || !strings.HasSuffix(got[0], ";q=0.5;expires=3600") {
			t.Errorf("for %q the answer lists %q", asked, got)
		}
	}
}

func TestOnlyTheRightPasswordRegisters(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	p.proves(403, register("sam", p.contact("")), "sam", "guessed")
	p.proves(403, register("sam", p.contact("")), "maria", mariasPassword) // somebody else's
	p.proves(403, register("maria", p.contact("")), "sam", samsPassword)
	p.gets(401, register("sam", p.contact(""), "Authorization: Digest username=\"sam\""))
	p.gets(401, register("sam", p.contact(""), "Authorization: Basic c2FtOnMzY3JldA=="))
	p.gets(401, register("sam", p.contact(""), "Authorization: "))
	h.quiet()
}

var random = regexp.MustCompile(`tag=[^;\s]+|branch=[^;\s]+|rport=\d+|nonce="[^"]+"|Call-ID: \S+`)

// TestNamesCannotBeFoundOut: whoever asks for a name that does not exist is answered as for one that does, word by word.
func TestNamesCannotBeFoundOut(t *testing.T) {
	h := open(t, Trunk{Name: "provider", Username: "acme", Password: trunkPassword})
	p := newPhone(t, h.e, "udp")
	stories := map[string]func(user string) []*sipmsg.Response{
		"a REGISTER": func(user string) []*sipmsg.Response {
			a := register(user, p.contact(""))
			first := p.gets(401, a)
			return []*sipmsg.Response{first, p.gets(403, a.again(authorization(t, first, a, user, "guessed", 1)))}
		},
		"an INVITE to a number for agents": func(user string) []*sipmsg.Response {
			a := invite("200", user)
			first := p.gets(401, a)
			return []*sipmsg.Response{first, p.gets(403, a.again(authorization(t, first, a, user, "guessed", 1)))}
		},
		"an INVITE to no number": func(user string) []*sipmsg.Response {
			return []*sipmsg.Response{p.gets(404, invite("999", user))}
		},
		"an INVITE to a number for everybody": func(user string) []*sipmsg.Response {
			a := invite("100", user)
			p.send(a.text(p))
			v := h.call()
			if v.source.Kind != "anonymous" {
				t.Errorf("a claim makes %s a %s", user, v.source.Kind)
			}
			v.leg.Hangup(busy)
			return []*sipmsg.Response{p.expects(486, a)}
		},
		"the same with a wrong password": func(user string) []*sipmsg.Response {
			a := invite("100", user)
			challenge := p.gets(401, invite("200", user))
			return []*sipmsg.Response{p.gets(403, a.again(authorization(t, challenge, a, user, "guessed", 1)))}
		},
	}
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, user := range []string{"nobody", "sam", "maria", "acme"} {
				var got []string
				for _, res := range tell(user) {
					text := random.ReplaceAllString(res.String(), "X")
					got = append(got, strings.ReplaceAll(text, user, "USER"))
				}
				if want == nil {
					want = got
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s is not answered as a name that does not exist (-want +got):\n%s", user, d)
				}
			}
		})
	}
}

// TestANonceIsGoodForAWhileAndForEachCountOnce: what was heard on the wire is of no use to others.
func TestANonceIsGoodForAWhileAndForEachCountOnce(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	stale := func(what string, res *sipmsg.Response) {
		t.Helper()
		if v := res.GetHeader("WWW-Authenticate").Value(); !strings.Contains(v, "stale=true") {
			t.Errorf("%s: the phone is not told that its password may be right: %s", what, v)
		}
	}
	a := register("sam", p.contact(""))
	challenge := p.gets(401, a)
	second := authorization(t, challenge, a, "sam", samsPassword, 2)
	p.gets(200, a.again(second))
	stale("the same count", p.gets(401, a.again(second)))
	stale("an older count", p.gets(401, a.again(authorization(t, challenge, a, "sam", samsPassword, 1))))
	p.gets(200, a.again(authorization(t, challenge, a, "sam", samsPassword, 3)))

	// Without counts, as RFC 2069 has it, a nonce is good once.
	challenge = p.gets(401, a.again())
	plain := strings.NewReplacer(`qop="auth"`, "", `qop=auth`, "").Replace(challenge.GetHeader("WWW-Authenticate").Value())
	challenge.ReplaceHeader(sipmsg.NewHeader("WWW-Authenticate", strings.TrimRight(strings.ReplaceAll(plain, ", ,", ","), ", ")))
	old := authorization(t, challenge, a, "sam", samsPassword, 0)
	p.gets(200, a.again(old))
	stale("used without a count", p.gets(401, a.again(old)))

	challenge.ReplaceHeader(sipmsg.NewHeader("WWW-Authenticate", `Digest realm="callfloor", qop="auth", nonce="`+h.e.nonces.make(time.Now().Add(-nonceLife))+`"`))
	stale("too old", p.gets(401, a.again(authorization(t, challenge, a, "sam", samsPassword, 1))))
	challenge.ReplaceHeader(sipmsg.NewHeader("WWW-Authenticate", `Digest realm="callfloor", qop="auth", nonce="`+newNonces().make(time.Now())+`"`))
	stale("another server's", p.gets(401, a.again(authorization(t, challenge, a, "sam", samsPassword, 1))))
}

func TestNoncesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNonces()
		for range 100 {
			n.count(n.make(time.Now()), 1)
		}
		time.Sleep(nonceLife + time.Second)
		fresh := n.make(time.Now())
		if !n.fresh(fresh) || !n.count(fresh, 1) {
			t.Error("a new nonce is not good")
		}
		if len(n.used) != 1 {
			t.Errorf("%d nonces are remembered", len(n.used))
		}
	})
}

func TestSeveralContactsAreAllOrNothing(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	two := "Contact: <sip:desk@127.0.0.1:1111>;expires=100, \"Second, one\" <sip:desk@127.0.0.1:2222>;expires=200"
	res := p.proves(200, register("sam", two), "sam", samsPassword)
	h.hears("sam came")
	h.hears("sam came")
	want := []string{"\"Second, one\" <sip:desk@127.0.0.1:2222>;expires=200", "<sip:desk@127.0.0.1:1111>;expires=100"}
	if d := cmp.Diff(want, contacts(res)); d != "" {
		t.Error(d)
	}

	// One that is too brief spoils the rest (RFC 3261 section 10.3).
	res = p.proves(423, register("sam", "Contact: <sip:desk@127.0.0.1:3333>, <sip:desk@127.0.0.1:4444>;expires=5"), "sam", samsPassword)
	if m := res.GetHeader("Min-Expires"); m == nil || m.Value() != "60" {
		t.Errorf("Min-Expires is %v", m)
	}
	if d := cmp.Diff(want, contacts(p.proves(200, register("sam"), "sam", samsPassword))); d != "" {
		t.Error(d)
	}

	// One of two leaves: sam still has a phone. The other leaves with the star.
	p.proves(200, register("sam", "Contact: <sip:desk@127.0.0.1:1111>;expires=0"), "sam", samsPassword)
	h.quiet()
	p.proves(400, register("sam", "Contact: *", "Expires: 60"), "sam", samsPassword)
	p.proves(400, register("sam", "Contact: *", "Contact: <sip:desk@127.0.0.1:2222>", "Expires: 0"), "sam", samsPassword)
	h.quiet()
	p.proves(200, register("sam", "Contact: *", "Expires: 0"), "sam", samsPassword)
	h.hears("sam left")
}

// TestAPhoneThatReconnectsIsOnePhone: the contact is the device, wherever its packets come from now.
func TestAPhoneThatReconnectsIsOnePhone(t *testing.T) {
	h := open(t)
	first, second := newPhone(t, h.e, "tcp"), newPhone(t, h.e, "tcp")
	mine := "Contact: <sip:sam@192.0.2.7:5060;transport=tcp>"
	first.proves(200, register("sam", mine), "sam", samsPassword)
	h.hears("sam came")
	if got := contacts(second.proves(200, register("sam", mine), "sam", samsPassword)); len(got) != 1 {
		t.Errorf("sam has %q", got)
	}
	h.hears("sam came") // anew: whoever waits for sam may call
	v := h.dial(Target{Agent: "sam"})
	second.respond(second.request("INVITE"), 486, "busy", "")
	v.isGone(busy)
	third := newPhone(t, h.e, "tcp")
	third.proves(200, register("sam", mine+";expires=0"), "sam", samsPassword)
	h.hears("sam left")
}

func TestAnAgentsBrowserAndDeskPhoneAreTwo(t *testing.T) {
	h := &testHouse{t: t, news: make(chan string, 8)}
	r := newRegistrar(h)
	defer r.close()
	add := func(browser bool) Account {
		a := Account{Agent: "sam", Browser: browser}
		var c sipmsg.ContactHeader
		if err := sipmsg.ParseUri("sip:sam@127.0.0.1:5060", &c.Address); err != nil {
			t.Fatal(err)
		}
		r.add(&binding{account: a, contact: &c, source: fmt.Sprint(browser), until: time.Now().Add(time.Hour)})
		h.hears("sam came")
		return a
	}
	desk, browser := add(false), add(true)
	r.removeAll(desk)
	h.hears("sam left")
	if len(r.find("sam", true)) != 1 || len(r.contacts(browser)) != 1 || len(r.find("sam", false)) != 0 {
		t.Error("the star took the other kind, too")
	}
}

func TestARegistrationRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &testHouse{t: t, news: make(chan string, 8)}
		r := newRegistrar(h)
		began := time.Now()
		add := func(seconds int) {
			var c sipmsg.ContactHeader
			if err := sipmsg.ParseUri("sip:sam@127.0.0.1:5060", &c.Address); err != nil {
				t.Fatal(err)
			}
			r.add(&binding{account: Account{Agent: "sam"}, contact: &c, until: time.Now().Add(time.Duration(seconds) * time.Second)})
		}
		add(60)
		h.hears("sam came")
		time.Sleep(50 * time.Second)
		add(60) // in time
		time.Sleep(59 * time.Second)
		synctest.Wait()
		h.quiet()
		if got := <-h.news; got != "sam left" || time.Since(began) != 110*time.Second {
			t.Errorf("%s after %v", got, time.Since(began))
		}
		if r.find("sam", false) != nil {
			t.Error("it is still found")
		}
	})
}

// TestGuessersAreSlowedDown: one address may try only so often.
func TestGuessersAreSlowedDown(t *testing.T) {
	h := openWith(t, func(c *Config, _ *media.Config) { c.Rate = 1 })
	p := newPhone(t, h.e, "udp")
	for range 3 { // the first may come in a bunch
		p.gets(401, register("sam", p.contact("")))
	}
	res := p.gets(503, register("sam", p.contact("")))
	if res.GetHeader("Retry-After") == nil {
		t.Error("nobody says when to try again")
	}
	p.gets(503, invite("100", "ann"))
	p.gets(503, invite("200", "sam"))
	p.gets(200, asks("OPTIONS", "100", "ann")) // a health check goes on
	h.quiet()
}

// A server that is about to stop sends desk phones elsewhere; they may still leave, and browsers, who have another way
// of finding out, may renew.
func TestPhonesAreSentAway(t *testing.T) {
	h := open(t)
	p, browser := newPhone(t, h.e, "udp"), newPhone(t, h.e, "tcp")
	p.proves(200, register("sam", p.contact(";expires=120")), "sam", samsPassword)
	browser.proves(200, register("maria", browser.contact(";expires=120")), "maria", mariasPassword)
	h.e.SendAway(true)
	if r := p.proves(503, register("sam", p.contact(";expires=120")), "sam", samsPassword).GetHeader("Retry-After"); r == nil || r.Value() != retryAfter {
		t.Errorf("Retry-After is %v", r)
	}
	browser.proves(200, register("maria", browser.contact(";expires=120")), "maria", mariasPassword)
	p.proves(200, register("sam", p.contact(";expires=0")), "sam", samsPassword)
	h.e.SendAway(false)
	p.proves(200, register("sam", p.contact(";expires=120")), "sam", samsPassword)
}
