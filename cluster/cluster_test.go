package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary is a log that a test reads.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{}
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() {
		select {
		case d.news <- struct{}{}:
		default:
		}
	}()
	return d.text.Write(b)
}

// says waits for words in the log.
func (d *diary) says(t *testing.T, words string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		d.mu.Lock()
		text := d.text.String()
		d.mu.Unlock()
		if strings.Contains(text, words) {
			return
		}
		select {
		case <-d.news:
		case <-late:
			t.Fatalf("the log never says %q, but %q", words, text)
		}
	}
}

const secret = "a secret that all nodes share"

// node opens one on a free port; it answers with what it is asked.
func node(t *testing.T, name, secret string) (*Cluster, *diary) {
	t.Helper()
	d := &diary{news: make(chan struct{}, 1)}
	k, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", Advertise: "", Secret: secret}, name, slog.New(slog.NewTextHandler(d, nil)))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("POST /no", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"code":"gone"}`))
	})
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- k.Serve(ctx, mux) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, k.Close()); err != nil {
			t.Error(err)
		}
	})
	return k, d
}

// Two nodes with one secret understand each other, refusals too.
func TestNodesSpeakToOneAnother(t *testing.T) {
	a, _ := node(t, "a", secret)
	b, _ := node(t, "b", secret)
	var out map[string]string
	if err := a.Do(t.Context(), b.Address().String(), "/echo", map[string]string{"verb": "hold"}, &out); err != nil || out["verb"] != "hold" {
		t.Errorf("b answers %v, %v", out, err)
	}
	err := b.Do(t.Context(), a.Address().String(), "/no", nil, nil)
	no, ok := errors.AsType[*Refused](err)
	if !ok || no.Status != http.StatusConflict || !json.Valid(no.Body) {
		t.Errorf("a refuses with %v", err)
	}
	if !bytes.Equal(a.Key("logins"), b.Key("logins")) || bytes.Equal(a.Key("logins"), a.Key("other")) {
		t.Error("the keys are not one for each purpose")
	}
}

// A connection goes to whoever speaks its protocol.
func TestSIPHasItsOwnDoor(t *testing.T) {
	a, _ := node(t, "a", secret)
	b, _ := node(t, "b", secret)
	c, err := tls.Dial("tcp", b.Address().String(), a.SIPConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	heard, err := b.SIP().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	if _, err := c.Write([]byte("INVITE")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(heard, got); err != nil || string(got) != "INVITE" {
		t.Errorf("b hears %q, %v", got, err)
	}
	if who := heard.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName; who != "a" {
		t.Errorf("it is %q who speaks", who)
	}
}

// Another secret is no secret: nothing is answered, and both sides say it in one line.
func TestAnotherSecretIsRefused(t *testing.T) {
	a, _ := node(t, "a", secret)
	b, log := node(t, "b", secret+"!")
	err := a.Do(t.Context(), b.Address().String(), "/echo", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a says %v", err)
	}
	log.says(t, "is cluster.secret the same?")
}

// Who shows no certificate, or one of another house, hears nothing.
func TestStrangersAreRefused(t *testing.T) {
	b, log := node(t, "b", secret)
	other, err := newIdentity(secret+"!", "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tls.Config){
		"no certificate": func(c *tls.Config) { c.GetClientCertificate = nil },
		"a wrong one": func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return other.certificate() }
		},
		"an old protocol": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
	} {
		for _, protocol := range []string{"sip", "http/1.1"} {
			config := b.identity.config(protocol)
			config.InsecureSkipVerify = true
			change(config)
			c, err := tls.Dial("tcp", b.Address().String(), config)
			if err == nil { // in TLS 1.3 the client is done before it is judged
				_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
				_, err = c.Read(make([]byte, 1))
				_ = c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "tls:") {
				t.Errorf("%s over %s: %v", name, protocol, err)
			}
		}
	}
	log.says(t, "not a node of ours")
}

func TestConfig(t *testing.T) {
	good := Config{Listen: "10.0.0.1:7443", Secret: secret}
	for want, c := range map[string]Config{
		"":                    good,
		"listen:":             {Listen: "here", Advertise: "10.0.0.1:7443", Secret: secret},
		"advertise:":          {Listen: "0.0.0.0:7443", Secret: secret},
		"advertise: \"host:1": {Listen: "0.0.0.0:7443", Advertise: "host:1", Secret: secret},
		"secret:":             {Listen: "10.0.0.1:7443", Secret: "short"},
		"take_over 1s:":       {Listen: "10.0.0.1:7443", Secret: secret, TakeOver: time.Second},
		"take_over 1m0s:":     {Listen: "10.0.0.1:7443", Secret: secret, TakeOver: time.Minute},
	} {
		err := c.Validate()
		if (want == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if (Config{}).Validate() != nil || (Config{}).On() {
		t.Error("nothing said must be off")
	}
}
