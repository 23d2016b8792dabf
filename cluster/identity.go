package cluster

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Every node makes the same certificate authority of the shared secret, and by it a certificate for itself: who has one
// has the secret, and nothing that must be kept lies on any disk.
const (
	everybody = "callfloor.cluster" // the name in every node's certificate
	life      = 24 * time.Hour
	skew      = time.Hour // between the nodes' clocks
)

type identity struct {
	node  string
	key   ed25519.PrivateKey // of the authority
	ca    *x509.Certificate
	mu    sync.Mutex
	leaf  *tls.Certificate
	until time.Time // when a new one is made
}

// derive makes 32 bytes for one purpose of the secret (HKDF, RFC 5869).
func derive(secret, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(secret), nil, "callfloor cluster: "+purpose, 32)
}

func newIdentity(secret, node string) (*identity, error) {
	seed, err := derive(secret, "authority")
	if err != nil {
		return nil, err
	}
	i := &identity{node: node, key: ed25519.NewKeyFromSeed(seed)}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "callfloor cluster"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, i.key.Public(), i.key)
	if err != nil {
		return nil, fmt.Errorf("making the authority: %w", err)
	}
	i.ca, err = x509.ParseCertificate(der)
	return i, err
}

// certificate is this node's own, made anew in the second half of its life.
func (i *identity) certificate() (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now()
	if i.leaf != nil && now.Before(i.until) {
		return i.leaf, nil
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: i.node}, DNSNames: []string{everybody},
		NotBefore: now.Add(-skew), NotAfter: now.Add(life), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, i.ca, public, i.key)
	if err != nil {
		return nil, fmt.Errorf("making the node's certificate: %w", err)
	}
	i.leaf, i.until = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, now.Add(life/2)
	return i.leaf, nil
}

// config is TLS 1.3 in which both sides show that they have the secret, for one protocol (ALPN, RFC 7301) or several.
func (i *identity) config(protocols ...string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(i.ca)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: everybody, RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		NextProtos:             protocols,
		SessionTicketsDisabled: true, // a ticket would outlive the certificate
		GetCertificate:         func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return i.certificate() },
		GetClientCertificate:   func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return i.certificate() },
	}
}
