package cluster

import (
	"bytes"
	"compress/flate"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrSealed is returned for a text that no node of ours has sealed under that name.
var ErrSealed = errors.New("it was not sealed by a node with this secret")

// mostSealed is the longest text there can be.
const mostSealed = 1 << 20

// Seal closes texts so that only nodes with the same secret read them, for one purpose: with XChaCha20-Poly1305, whose
// nonces may be random for ever, and a key derived from the secret. They are compressed. It is safe for concurrent use.
type Seal struct {
	aead cipher.AEAD
	mu   sync.Mutex
	pack *flate.Writer // 600 KB, not to be made for every text
}

// Seal makes the seal of a purpose.
func (k *Cluster) Seal(purpose string) *Seal { return newSeal(k.Key(purpose)) }

func newSeal(key []byte) *Seal {
	aead, _ := chacha20poly1305.NewX(key) // fails for lengths alone
	pack, _ := flate.NewWriter(io.Discard, flate.BestSpeed)
	return &Seal{aead: aead, pack: pack}
}

// Close seals a text under a name: it opens under no other one.
func (s *Seal) Close(name string, text []byte) []byte {
	var packed bytes.Buffer
	s.mu.Lock()
	s.pack.Reset(&packed)
	_, _ = s.pack.Write(text) // a buffer fails never
	_ = s.pack.Close()
	s.mu.Unlock()
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+packed.Len()+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return s.aead.Seal(nonce, nonce, packed.Bytes(), []byte(name))
}

// Open reads a text that was sealed under a name. Errors wrap ErrSealed.
func (s *Seal) Open(name string, sealed []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrSealed
	}
	packed, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil {
		return nil, ErrSealed
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), mostSealed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return text, nil
}
