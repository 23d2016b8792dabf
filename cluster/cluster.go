// Package cluster is what nodes say to one another, and how they know one another: one port, TLS 1.3, and on both sides
// a certificate that only who has the shared secret can make. By the protocol agreed (ALPN) a connection carries HTTP,
// which are commands, or SIP, which is an agent's sound.
//
//	secret ──HKDF──▶ authority ──▶ this node's certificate (a day)
//	port ──TLS──┬─ http/1.1 ─▶ Serve: commands      Do ─▶ another node's
//	            └─ sip ──────▶ SIP: given to sip
package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Cluster is this node's place among the others. It is safe for concurrent use.
type Cluster struct {
	config   Config
	identity *identity
	log      *slog.Logger
	listener net.Listener
	http     *doorway
	sip      *doorway
	client   *http.Client
	wait     sync.WaitGroup
	close    func() error
}

const (
	shaking = 5 * time.Second // how long a stranger may take to show a certificate
	dialing = 2 * time.Second // to reach another node
)

// Open binds the port. Connections are taken at once and wait for Serve and for the reader of SIP.
func Open(ctx context.Context, c Config, node string, log *slog.Logger) (*Cluster, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("cluster.%w", err)
	}
	i, err := newIdentity(c.Secret, node)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("cluster.listen: %w", err)
	}
	k := &Cluster{config: c, identity: i, log: log, listener: l, http: newDoorway(l.Addr()), sip: newDoorway(l.Addr())}
	transport := &http.Transport{
		TLSClientConfig: i.config("http/1.1"), DialContext: (&net.Dialer{Timeout: dialing}).DialContext,
		TLSHandshakeTimeout: dialing, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 16,
	}
	k.client = &http.Client{Transport: transport}
	k.close = sync.OnceValue(func() error {
		err := errors.Join(l.Close(), k.http.Close(), k.sip.Close())
		transport.CloseIdleConnections()
		k.wait.Wait()
		return err
	})
	k.wait.Go(k.accept)
	return k, nil
}

// Address is where other nodes reach this one.
func (k *Cluster) Address() netip.AddrPort {
	if at, err := netip.ParseAddrPort(k.config.Advertise); err == nil {
		return at
	}
	at, _ := netip.ParseAddrPort(k.listener.Addr().String())
	return at
}

// SIP gives the connections on which other nodes speak SIP.
func (k *Cluster) SIP() net.Listener { return k.sip }

// SIPConfig is the TLS of connections to other nodes on which SIP is spoken.
func (k *Cluster) SIPConfig() *tls.Config { return k.identity.config("sip") }

// Key is 32 bytes that all nodes have alike, and nobody else, for one purpose.
func (k *Cluster) Key(purpose string) []byte {
	b, _ := derive(k.config.Secret, "key "+purpose) // fails for lengths alone
	return b
}

// Close ends the port and what came in by it.
func (k *Cluster) Close() error { return k.close() }

// accept sorts connections by what they are to carry.
func (k *Cluster) accept() {
	server := k.identity.config("http/1.1", "sip")
	for {
		raw, err := k.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of files: others may close some
			time.Sleep(100 * time.Millisecond)
			continue
		}
		k.wait.Go(func() { k.admit(tls.Server(raw, server)) })
	}
}

func (k *Cluster) admit(c *tls.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), shaking)
	defer cancel()
	stop := context.AfterFunc(k.http.life, cancel)
	defer stop()
	if err := c.HandshakeContext(ctx); err != nil {
		if k.http.life.Err() == nil {
			k.log.Warn("not a node of ours: is cluster.secret the same?", "source", c.RemoteAddr().String(), "err", err)
		}
		_ = c.Close()
		return
	}
	to := k.http
	if c.ConnectionState().NegotiatedProtocol == "sip" {
		to = k.sip
	}
	to.put(c)
}

// Serve answers the commands of other nodes until ctx ends.
func (k *Cluster) Serve(ctx context.Context, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: shaking, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(k.log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(k.http); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("cluster: %w", err)
	}
	return nil
}

// Refused is another node's answer that is not a success: Body is what it says, of at most 64 KB.
type Refused struct {
	Status int
	Body   []byte
}

// Error is the status.
func (r *Refused) Error() string { return fmt.Sprintf("another node answers %d", r.Status) }

const longestAnswer = 64 << 10

// Do asks the node at an address: in is sent and out read as JSON, out may be nil. Errors are *Refused where the node
// answered.
func (k *Cluster) Do(ctx context.Context, address, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	res, err := k.Fetch(ctx, address, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(out); err != nil {
		return fmt.Errorf("cluster: reading the answer of %s: %w", address, err)
	}
	return nil
}

// Fetch asks as Do does, and gives the answer as it is; its body must be closed.
func (k *Cluster) Fetch(ctx context.Context, address, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cluster: node at %s: %w", address, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		defer res.Body.Close()
		b, _ := io.ReadAll(io.LimitReader(res.Body, longestAnswer)) // what is there is enough
		return nil, &Refused{Status: res.StatusCode, Body: b}
	}
	return res, nil
}
