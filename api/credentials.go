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
// made at login and checked without being kept: the name carries its end, AGENT.UNIXSECONDS, and the password is the
// name's HMAC-SHA256 under the house's secret. It is safe for concurrent use.
type SIPCredentials struct {
	secret []byte
	life   time.Duration
	now    func() time.Time
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
	return &SIPCredentials{secret: secret, life: life, now: time.Now}, nil
}

// Issue makes credentials for an agent's browser.
func (c *SIPCredentials) Issue(agent string) Account {
	expires := c.now().Add(c.life).Truncate(time.Second)
	user := agent + "." + strconv.FormatInt(expires.Unix(), 10)
	return Account{User: user, Password: c.password(user), Expires: expires}
}

// Verify takes a name apart and says whose it is and what its password must be; ok is false for a name that was never
// issued in this form, or is over.
func (c *SIPCredentials) Verify(user string) (agent, password string, ok bool) {
	dot := strings.LastIndexByte(user, '.')
	if dot <= 0 {
		return "", "", false
	}
	end := user[dot+1:]
	at, err := strconv.ParseInt(end, 10, 64)
	if err != nil || strconv.FormatInt(at, 10) != end { // one way to write it only
		return "", "", false
	}
	left := time.Unix(at, 0).Sub(c.now())
	if left <= 0 || left > c.life {
		return "", "", false
	}
	return user[:dot], c.password(user), true
}

func (c *SIPCredentials) password(user string) string {
	m := hmac.New(sha256.New, c.secret)
	m.Write([]byte(user)) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
