package sip

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"golang.org/x/time/rate"
)

// who finds out where a request comes from; challenge is true when a password has to be shown first, refused when a
// wrong one was.
func (e *Endpoint) who(req *sipmsg.Request, user string) (s Source, challenge, refused bool) {
	ip, _ := netip.ParseAddr(hostOf(req.Source()))
	var byName *trunk
	for _, t := range *e.trunks.Load() {
		for _, n := range t.networks {
			if n.Contains(ip.Unmap()) {
				return Source{"trunk", t.Name}, false, false
			}
		}
		if t.Username != "" && t.Username == user {
			byName = &t
		}
	}
	switch account, ok := e.house.Account(user); {
	case byName != nil:
		challenge, refused = e.prove(req, byName.Username, byName.Password)
		return Source{"trunk", byName.Name}, challenge, refused
	case ok:
		challenge, refused = e.prove(req, user, account.Password)
		return Source{"agent", account.Agent}, challenge, refused
	}
	return Source{Kind: "anonymous"}, false, false
}

// nonceLife is how long a nonce may be used.
const nonceLife = 5 * time.Minute

// nonce is a time with our signature: no table of nonces is kept (RFC 7616 section 3.3).
func (e *Endpoint) nonce(at time.Time) string {
	var b [8 + sha256.Size]byte
	binary.BigEndian.PutUint64(b[:], uint64(at.Unix()))
	mac := hmac.New(sha256.New, e.secret[:])
	mac.Write(b[:8])
	copy(b[8:], mac.Sum(nil))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (e *Endpoint) fresh(nonce string) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 8+sha256.Size {
		return false
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	return hmac.Equal([]byte(e.nonce(at)), []byte(nonce)) && time.Since(at) < nonceLife
}

// prove checks the digest credentials of a request (RFC 3261 section 22).
func (e *Endpoint) prove(req *sipmsg.Request, user, password string) (challenge, refused bool) {
	h := req.GetHeader("Authorization")
	if h == nil {
		return true, false
	}
	c, err := digest.ParseCredentials(h.Value())
	if err != nil || !e.fresh(c.Nonce) {
		return true, false
	}
	if c.Username != user || c.Realm != e.config.Domain {
		return false, true
	}
	want, err := digest.Digest(&digest.Challenge{
		Realm: c.Realm, Nonce: c.Nonce, Algorithm: c.Algorithm, QOP: qop(c.QOP), Opaque: c.Opaque,
	}, digest.Options{Method: req.Method.String(), URI: c.URI, Username: user, Password: password, Cnonce: c.Cnonce, Count: c.Nc})
	if err != nil {
		return false, true
	}
	return false, subtle.ConstantTimeCompare([]byte(want.Response), []byte(c.Response)) != 1
}

func qop(q string) []string {
	if q == "" {
		return nil
	}
	return []string{q}
}

// challenge asks for a password, by MD5 alone: phones in use choke on a second challenge that names an algorithm they do
// not know, instead of passing over it (RFC 8760 section 2.4).
func (e *Endpoint) challenge(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	c := digest.Challenge{
		Realm: e.config.Domain, Nonce: e.nonce(time.Now()), Algorithm: "MD5", QOP: []string{"auth"},
		Stale: req.GetHeader("Authorization") != nil,
	}
	e.refuse(req, tx, 401, sipmsg.NewHeader("WWW-Authenticate", c.String()))
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
