package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// proof is what a request's credentials are worth.
type proof uint8

const (
	missing proof = iota // there are none
	stale                // good perhaps, but for a nonce that is too old or was used
	wrong
	right
)

// prove checks the digest credentials of a request (RFC 3261 section 22).
func (e *Endpoint) prove(req *sipmsg.Request, user, password string) proof {
	c, ok := credentials(req)
	if !ok {
		return missing
	}
	if !e.nonces.fresh(c.Nonce) {
		return stale
	}
	if c.Username != user || c.Realm != e.config.Domain {
		return wrong
	}
	want, err := digest.Digest(&digest.Challenge{
		Realm: c.Realm, Nonce: c.Nonce, Algorithm: c.Algorithm, QOP: qop(c.QOP), Opaque: c.Opaque,
	}, digest.Options{Method: req.Method.String(), URI: c.URI, Username: user, Password: password, Cnonce: c.Cnonce, Count: c.Nc})
	if err != nil || subtle.ConstantTimeCompare([]byte(want.Response), []byte(c.Response)) != 1 {
		return wrong
	}
	if !e.nonces.count(c.Nonce, c.Nc) {
		return stale
	}
	return right
}

// credentials are what a request shows; false when that is nothing that can be read.
func credentials(req *sipmsg.Request) (*digest.Credentials, bool) {
	h := req.GetHeader("Authorization")
	if h == nil {
		return nil, false
	}
	c, err := digest.ParseCredentials(h.Value())
	return c, err == nil
}

// claimed is the name in a request's credentials, "" when there are none.
func claimed(req *sipmsg.Request) string {
	if c, ok := credentials(req); ok {
		return c.Username
	}
	return ""
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
		Realm: e.config.Domain, Nonce: e.nonces.make(time.Now()), Algorithm: "MD5", QOP: []string{"auth"},
		Stale: claimed(req) != "",
	}
	e.refuse(req, tx, 401, sipmsg.NewHeader("WWW-Authenticate", c.String()))
}

// nonceLife is how long a nonce may be used.
const nonceLife = 5 * time.Minute

// nonces are times with our signature, so that handing one out costs no memory (RFC 7616 section 3.3). Only of those that
// have proved somebody the last count is kept: what was heard on the wire cannot be said again (section 3.4, nc).
type nonces struct {
	secret [32]byte
	mu     sync.Mutex
	used   map[string]int // the last count
	swept  time.Time
}

func newNonces() *nonces {
	n := &nonces{used: map[string]int{}, swept: time.Now()}
	_, _ = rand.Read(n.secret[:])
	return n
}

// make signs a time and eight random bytes: two phones never share a nonce, nor its count.
func (n *nonces) make(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(at.Unix()))
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(n.sign(b[:]))
}

func (n *nonces) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, n.secret[:])
	mac.Write(b)
	return mac.Sum(b)
}

// fresh says that a nonce is ours and not too old.
func (n *nonces) fresh(nonce string) bool {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 16+sha256.Size {
		return false
	}
	if !hmac.Equal(n.sign(b[:16:16]), b) {
		return false
	}
	return time.Since(time.Unix(int64(binary.BigEndian.Uint64(b)), 0)) < nonceLife
}

// count notes a use of a nonce; false when this count or a later one was seen. Without counts a nonce is good once.
func (n *nonces) count(nonce string, nc int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.swept) > nonceLife {
		n.swept = time.Now()
		for old := range n.used {
			if !n.fresh(old) {
				delete(n.used, old)
			}
		}
	}
	last, seen := n.used[nonce]
	if seen && nc <= last {
		return false
	}
	n.used[nonce] = nc
	return true
}
