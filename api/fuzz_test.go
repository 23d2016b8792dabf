package api

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever a page sends, what comes out is a message that may be acted on, or an error short enough to say.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"ping"}`, `{"type":"device","channel":"voice","ok":true,"reason":""}`, `{"type":"device","channel":"smell"}`,
		`{"type":"ping","channel":"x"}`, `{}`, `[]`, `null`, `{"type":7}`, "\xff", `{"TYPE":"ping"}`, `{"type":"device","reason":"` + strings.Repeat("x", 301) + `"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMessage(b)
		switch {
		case err != nil && len(err.Error()) > 200:
			t.Errorf("a long error: %s", err)
		case err != nil:
		case m.Type == "ping" && m.report != report{}:
			t.Errorf("a ping with a report: %+v", m)
		case m.Type == "device" && (len(m.Reason) > 300 || m.Channel == "" || !utf8.ValidString(m.Reason)):
			t.Errorf("taken: %+v", m)
		case m.Type != "ping" && m.Type != "device":
			t.Errorf("of no known type: %+v", m)
		}
	})
}

// A hash that is taken is cheap enough to check and long enough to mean something.
func FuzzPasswordHash(f *testing.F) {
	for _, seed := range []string{
		cheap, "", "$", "$$$$$", "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=18$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=0,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=8,t=1,p=1$A=$A=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err != nil {
			return
		}
		if h.memory < 8 || h.memory > maxMemory || h.time < 1 || h.time > maxTime || h.lanes < 1 || len(h.salt) < 8 || len(h.key) < 16 {
			t.Errorf("taken: %q as %+v", s, h)
		}
		if h.memory <= 64 && h.time == 1 && h.matches("wrong") {
			t.Errorf("%q is matched by a wrong password", s)
		}
	})
}

// No name that somebody makes up is good for another agent, session or time than its password was made for.
func FuzzPhoneName(f *testing.F) {
	for _, seed := range []string{"maria.abc.1900000000", "maria", "a.b.c", "..", "maria..1900000000", ".x.1900000000", "maria.x.+1900000000", "maria.x.01900000000", "m.a.r.1900000000"} {
		f.Add(seed)
	}
	c, err := NewSIPCredentials([]byte(strings.Repeat("x", 32)), time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	issued := c.Issue("maria", "abc")
	f.Fuzz(func(t *testing.T, user string) {
		agent, session, password, ok := c.Verify(user)
		if !ok {
			return
		}
		if agent == "" || session == "" || !strings.HasPrefix(user, agent+"."+session+".") {
			t.Errorf("%q is %q, %q", user, agent, session)
		}
		if password == issued.Password && user != issued.User {
			t.Errorf("%q has the password of %q", user, issued.User)
		}
	})
}

// What callers pressed comes from a flow, and a flow's author may write anything.
func FuzzPressed(f *testing.F) {
	for _, seed := range []string{"menu=1 account=42", "", "=", "a", "= =", "a=b=c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range pressed(text) {
			if strings.ContainsAny(s.Step, " =") || !strings.Contains(text, s.Step) || !strings.Contains(text, s.Key) {
				t.Errorf("%q has the step %+v", text, s)
			}
		}
	})
}

// An origin is a scheme, a host and perhaps a port; whatever else there is makes it none.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://desk.example.org", "http://callfloor:8080", "null", "", "//callfloor", "https://a/b", "javascript://x", "https://u@h", "https://h?q", "http://h#f", "http://[::1]:80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, origin string) {
		host, err := originHost(origin)
		if err != nil {
			return
		}
		low := strings.ToLower(origin)
		if low != "http://"+strings.ToLower(host) && low != "https://"+strings.ToLower(host) {
			t.Errorf("%q is taken for the host %q", origin, host)
		}
	})
}

// FuzzNetwork: what is taken for a network holds its own first address.
func FuzzNetwork(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8", "127.0.0.1", "::1", "fe80::1%eth0", "10.1.2.3/8", "x", "/8", "10.0.0.0/33", "::ffff:10.0.0.0/104"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := network(s)
		if err == nil && (!p.IsValid() || p != p.Masked()) {
			t.Errorf("%q is %v", s, p)
		}
	})
}

// A password is matched by itself alone.
func TestHashes(t *testing.T) {
	hash, err := Hash("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckHash(hash); err != nil {
		t.Error(err)
	}
	h, err := parseHash(hash)
	if err != nil || !h.matches("correct horse") || h.matches("correct horse ") || h.matches("") {
		t.Errorf("%s, %v", hash, err)
	}
	if other, _ := Hash("correct horse"); other == hash {
		t.Error("two hashes with the same salt")
	}
	if _, err := Hash(""); err == nil {
		t.Error("an empty password")
	}
	if nobody().matches("") || nobody().matches("demo") {
		t.Error("nobody's password was found")
	}
}

// What was issued verifies, whatever the agent is called.
func TestPhoneNames(t *testing.T) {
	c, err := NewSIPCredentials([]byte(strings.Repeat("x", 32)), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		agent := rapid.StringMatching(`[a-z.0-9-]{1,20}`).Draw(t, "agent")
		session := rapid.StringMatching(`[A-Za-z0-9_-]{43}`).Draw(t, "session")
		made := c.Issue(agent, session)
		a, s, p, ok := c.Verify(made.User)
		if !ok || a != agent || s != session || p != made.Password {
			t.Fatalf("%+v is %q %q %q %v", made, a, s, p, ok)
		}
	})
	for _, few := range []struct {
		secret string
		life   time.Duration
	}{{"short", time.Hour}, {strings.Repeat("x", 32), time.Second}} {
		if _, err := NewSIPCredentials([]byte(few.secret), few.life); err == nil {
			t.Errorf("taken: %+v", few)
		}
	}
}
