package media

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/pion/srtp/v3"
)

// The suites of RFC 4568 and RFC 7714 that we speak, the cheapest first.
var suites = []struct {
	name    string
	profile srtp.ProtectionProfile
	key     int // bytes
	salt    int
}{
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
}

// cryptoLine is one a=crypto (RFC 4568 section 9.1).
type cryptoLine struct {
	tag, suite string
	profile    srtp.ProtectionProfile
	key, salt  []byte
}

// parseCrypto reads a line whose suite we know and that asks for nothing special.
func parseCrypto(v string) (c cryptoLine, ok bool) {
	f := strings.Fields(v)
	if len(f) < 3 || !strings.HasPrefix(f[2], "inline:") {
		return c, false
	}
	for _, s := range suites {
		if s.name != f[1] {
			continue
		}
		text, _, _ := strings.Cut(strings.TrimPrefix(f[2], "inline:"), "|")
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			b, err = base64.RawStdEncoding.DecodeString(text)
		}
		if err != nil || len(b) != s.key+s.salt {
			return c, false
		}
		return cryptoLine{f[0], s.name, s.profile, b[:s.key], b[s.key:]}, true
	}
	return c, false
}

// newCrypto makes our own key for a suite.
func newCrypto(tag, suite string) cryptoLine {
	for _, s := range suites {
		if s.name == suite {
			b := make([]byte, s.key+s.salt)
			_, _ = rand.Read(b)
			return cryptoLine{tag, suite, s.profile, b[:s.key], b[s.key:]}
		}
	}
	return cryptoLine{}
}

func (c cryptoLine) String() string {
	both := append(append([]byte(nil), c.key...), c.salt...)
	return fmt.Sprintf("%s %s inline:%s", c.tag, c.suite, base64.StdEncoding.EncodeToString(both))
}

func (c cryptoLine) context() (*srtp.Context, error) {
	return srtp.CreateContext(c.key, c.salt, c.profile, srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(128))
}
