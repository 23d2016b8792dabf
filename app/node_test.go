package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/internal/testpostgres"
	"github.com/callfloor/callfloor/internal/testwait"
)

var pg *testpostgres.Cluster // started by the first test that needs it

func TestMain(m *testing.M) {
	if dir := os.Getenv(elsewhere); dir != "" {
		os.Exit(servesElsewhere(dir))
	}
	code := m.Run()
	if pg != nil {
		if err := pg.Remove(); err != nil {
			code = 1
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			_, _ = os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}

// diary is what a node says in its log.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

func (d *diary) says(words string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Contains(d.text.String(), words)
}

// node is the whole program in this process: the demo configuration, on free ports of the loopback address.
type node struct {
	*App
	t      *testing.T
	dir    string // of the configuration
	data   string
	change []func(*configs.Main)
	diary  *diary
	away   *process // the process in which it runs; nil is this one
	cancel context.CancelFunc
	ran    chan error
}

// prepare writes the demo configuration and makes an empty data directory. Nothing runs yet.
func prepare(t *testing.T, change ...func(*configs.Main)) *node {
	t.Helper()
	n := &node{t: t, dir: t.TempDir(), data: filepath.Join(t.TempDir(), "data"), change: change, diary: &diary{}}
	if err := os.CopyFS(n.dir, configs.Demo()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			n.diary.mu.Lock()
			defer n.diary.mu.Unlock()
			_, _ = t.Output().Write(n.diary.text.Bytes())
		}
	})
	return n
}

func (n *node) source() configs.Source {
	return configs.Source{Dir: n.dir, Override: func(m *configs.Main) {
		m.Data, m.HTTP.Listen, m.SIP.UDP, m.SIP.TCP = n.data, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
		m.Media.WebRTC, m.Media.Ports = 0, "31000-31999"
		for _, c := range n.change {
			c(m)
		}
	}}
}

// sipAt and httpAt are where it is reached.
func (n *node) sipAt() string {
	if n.away != nil {
		return n.away.SIP
	}
	return n.sip.Address("udp").String()
}

func (n *node) httpAt() string {
	if n.away != nil {
		return n.away.HTTP
	}
	return n.http.Addr().String()
}

// try opens the node, which may fail.
func (n *node) try() error {
	n.t.Helper()
	config, mistakes := n.source().Load()
	if len(mistakes) > 0 {
		n.t.Fatal(mistakes)
	}
	a, err := New(context.Background(), n.source(), config, slog.New(slog.NewTextHandler(n.diary, nil)))
	n.App = a
	return err
}

// start opens and runs it until the test ends, or until stop.
func (n *node) start() *node {
	n.t.Helper()
	if err := n.try(); err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel, n.ran = cancel, make(chan error, 1)
	go func() { n.ran <- n.Run(ctx) }()
	n.t.Cleanup(n.stop)
	return n
}

// stop drains the node and waits for its end. It may be called twice.
func (n *node) stop() {
	n.t.Helper()
	if n.cancel == nil {
		return
	}
	n.cancel()
	n.cancel = nil
	select {
	case err := <-n.ran:
		if err != nil {
			n.t.Errorf("Run ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		n.t.Fatal("it does not stop")
	}
}

// edit changes a file of the configuration.
func (n *node) edit(file, old, replacement string) {
	n.t.Helper()
	path := filepath.Join(n.dir, file)
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(b, []byte(old)) {
		n.t.Fatalf("%s has no %q (%v)", file, old, err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(b, []byte(old), []byte(replacement)), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// until waits for something that follows from what was done.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	testwait.Until(t, 20*time.Second, what, done)
}

// person is somebody with a browser at the console.
type person struct {
	t      *testing.T
	n      *node
	client *http.Client
}

func (n *node) person(agent string) *person {
	n.t.Helper()
	jar, _ := cookiejar.New(nil) // never fails
	p := &person{t: n.t, n: n, client: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
	if status, body := p.do("POST", "/api/login", `{"agent":"`+agent+`","password":"demo"}`); status != 200 {
		n.t.Fatalf("login of %s: %d %s", agent, status, body)
	}
	return p
}

func (p *person) url(path string) string { return "http://" + p.n.httpAt() + path }

func (p *person) do(method, path, body string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.url(path), strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("X-Callfloor", "1")
	req.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// interaction is a row of the history, as far as these tests look.
type interaction struct {
	ID, From, Cause, Outcome, QueueLabel string
	Ended, Revived                       string
	WaitedMs                             int64
	RecordingSeconds                     float64
	RecordingParts                       []struct{ Silence float64 }
}

func (p *person) history() []interaction {
	p.t.Helper()
	status, body := p.do("GET", "/api/history", "")
	if status != 200 {
		return nil // the database may be away
	}
	var out struct{ Items []interaction }
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		p.t.Fatal(err)
	}
	return out.Items
}

// page opens the console's socket; what it is told comes on the channel, which is closed with the socket.
func (p *person) page() (told <-chan string, leave func()) {
	p.t.Helper()
	told, leave, err := p.opens("")
	if err != nil {
		p.t.Fatal(err)
	}
	return told, leave
}

// opens is page with more in its address; it may be refused.
func (p *person) opens(query string) (told <-chan string, leave func(), err error) {
	conn, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(p.url("/api/events?tab=t"+query), "http"),
		&websocket.DialOptions{HTTPClient: p.client})
	if err != nil {
		return nil, nil, err
	}
	conn.SetReadLimit(1 << 20)
	ch := make(chan string, 1000)
	go func() {
		defer close(ch)
		for {
			_, b, err := conn.Read(context.Background())
			if err != nil {
				ch <- websocket.CloseStatus(err).String()
				return
			}
			ch <- string(b)
		}
	}()
	return ch, func() {
		_ = conn.CloseNow()
		for range ch { // to its end
		}
	}, nil
}

// hears waits until a page is told something.
func hears(t *testing.T, told <-chan string, words string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case text, ok := <-told:
			if !ok {
				t.Fatalf("the page was closed before it heard %q", words)
			}
			if strings.Contains(text, words) {
				return
			}
		case <-deadline:
			t.Fatalf("the page never heard %q", words)
		}
	}
}

// postgres is a database of the cluster that all tests of this package share.
func postgres(t *testing.T) string {
	t.Helper()
	var err error
	if pg == nil {
		if pg, err = testpostgres.New(); err != nil {
			t.Fatal("this test needs a real Postgres (Debian: postgresql): ", err)
		}
	}
	url, err := pg.Database()
	if err != nil {
		t.Fatal(err)
	}
	return url
}
