package api

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash: the first choice of the OWASP password storage cheat sheet, some 30 ms and 19 MiB.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// The most that a hash in a configuration may cost to check.
const (
	maxMemory = 1 << 20 // KiB
	maxTime   = 16
)

var b64 = base64.RawStdEncoding.Strict()

// Hash returns the argon2id hash of a password as a PHC string, for agents.yaml.
func Hash(password string) (string, error) {
	if password == "" {
		return "", errors.New("the password is empty")
	}
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// CheckHash says what is wrong with a hash in the configuration.
func CheckHash(hash string) error {
	_, err := parseHash(hash)
	return err
}

// hashed is a PHC string taken apart.
type hashed struct {
	memory, time uint32
	lanes        uint8
	salt, key    []byte
}

func (h hashed) matches(password string) bool {
	key := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.lanes, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// parseHash reads $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func parseHash(s string) (h hashed, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, errors.New("not an argon2id hash (make one with: callfloor passwd)")
	}
	var version int
	if n, err := fmt.Sscanf(parts[2], "v=%d", &version); n != 1 || err != nil || version != argon2.Version {
		return h, fmt.Errorf("argon2id hash: want version %d", argon2.Version)
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.lanes); n != 3 || err != nil {
		return h, errors.New("argon2id hash: want m=…,t=…,p=…")
	}
	if h.memory < 8 || h.memory > maxMemory || h.time < 1 || h.time > maxTime || h.lanes < 1 {
		return h, errors.New("argon2id hash: m, t or p out of range")
	}
	if h.salt, err = b64.DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return h, errors.New("argon2id hash: want a salt of 8 to 64 bytes in base64")
	}
	if h.key, err = b64.DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 128 {
		return h, errors.New("argon2id hash: want a key of 16 to 128 bytes in base64")
	}
	return h, nil
}

// nobody is what the password of an unknown agent is checked against, so that an answer takes as long as for a known
// one. Its key is no password's hash.
func nobody() hashed {
	return hashed{memory: argonMemory, time: argonTime, lanes: argonLanes, salt: make([]byte, argonSalt), key: make([]byte, argonKey)}
}
