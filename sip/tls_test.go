package sip

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// believed is a certificate of 127.0.0.1 that this process believes in, and the files where it and its key are.
type believed struct {
	certificate, key string
	pair             tls.Certificate
}

// identity makes it, once. Go reads what the system believes in when it is first needed, so TestMain begins with it.
var identity = sync.OnceValues(func() (b believed, err error) {
	dir, err := os.MkdirTemp("", "callfloor-sip-")
	if err != nil {
		return b, err
	}
	b.certificate, b.key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cert, key, err := certify()
	if err != nil {
		return b, err
	}
	err = errors.Join(
		os.WriteFile(b.certificate, cert, 0o600), os.WriteFile(b.key, key, 0o600),
		os.Setenv("SSL_CERT_FILE", b.certificate), // crypto/x509 on Unix
	)
	if err != nil {
		return b, err
	}
	b.pair, err = tls.X509KeyPair(cert, key)
	return b, err
})

// certify makes a certificate of 127.0.0.1 and its key, as PEM.
func certify() (cert, secret []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), err
}
