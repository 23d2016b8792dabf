package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// SIPCredentials are the short-lived names and passwords with which browsers register (RFC 3261 section 22). They are
// made at login and checked without being kept: the name carries the session it was made for and its end,
// AGENT.SESSION.UNIXSECONDS, and the password is the name's HMAC-SHA256 under the house's secret. It is safe for
// concurrent use.
type SIPCredentials struct {
	secret []byte
	life   time.Duration
}

// Account is one set of SIP credentials.
type Account struct {
	User, Password string
	Expires        time.Time
}

// NewSIPCredentials needs a secret of at least 32 bytes that lasts as long as the credentials should; life is how long
// one set is good for, from one minute on.
func NewSIPCredentials(secret []byte, life time.Duration) (*SIPCredentials, error) {
	if len(secret) < 32 {
		return nil, errors.New("SIP credentials: want a secret of at least 32 bytes")
	}
	if life < time.Minute {
		return nil, errors.New("SIP credentials: want a life of at least 1m")
	}
	return &SIPCredentials{secret: secret, life: life}, nil
}

// Issue makes credentials for an agent's browser. session is the name of a login, without a dot.
func (c *SIPCredentials) Issue(agent, session string) Account {
	expires := time.Now().Add(c.life).Truncate(time.Second)
	user := agent + "." + session + "." + strconv.FormatInt(expires.Unix(), 10)
	return Account{User: user, Password: c.password(user), Expires: expires}
}

// Verify takes a name apart and says whose it is, for which session, and what its password must be; ok is false for a
// name that was never issued in this form, or is over. Whether the session is still good is not known here.
func (c *SIPCredentials) Verify(user string) (agent, session, password string, ok bool) {
	name, end, _ := cutLast(user)
	at, err := strconv.ParseInt(end, 10, 64)
	if err != nil || strconv.FormatInt(at, 10) != end { // one way to write it only
		return "", "", "", false
	}
	left := time.Until(time.Unix(at, 0))
	if left <= 0 || left > c.life {
		return "", "", "", false
	}
	agent, session, ok = cutLast(name)
	if !ok || agent == "" || session == "" {
		return "", "", "", false
	}
	return agent, session, c.password(user), true
}

// cutLast cuts at the last dot: an agent's id may have some.
func cutLast(s string) (before, after string, ok bool) {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 {
		return s, "", false
	}
	return s[:dot], s[dot+1:], true
}

func (c *SIPCredentials) password(user string) string {
	m := hmac.New(sha256.New, c.secret)
	m.Write([]byte(user)) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
