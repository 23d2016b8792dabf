package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
	"golang.org/x/crypto/argon2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func cheapHash(password string) string {
	salt := []byte("pepper and salt!")
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	return fmt.Sprintf("$argon2id$v=19$m=8,t=1,p=1$%s$%s", b64.EncodeToString(salt), b64.EncodeToString(key))
}

// world is a real HTTP server with the faces, in virtual time: its wires are pipes. Everything that takes seconds
// takes no time here, and a test that leaves a goroutine behind never ends.
type world struct {
	t     *testing.T
	house *house
	api   *API
	wires chan net.Conn
}

// inVirtualTime tells a story. change may adapt the parts first.
func inVirtualTime(t *testing.T, tell func(t *testing.T, w *world), change ...func(*Parts)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, house: newHouse()}
		stop := w.open(change...)
		tell(t, w)
		stop()
	})
}

// open starts the faces; what they return stops them.
func (w *world) open(change ...func(*Parts)) (stop func()) {
	parts := w.house.parts(w.t, Config{})
	for _, c := range change {
		c(&parts)
	}
	a, err := New(parts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.api, w.wires = a, make(chan net.Conn)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	srv := &http.Server{Handler: a}
	wires := exchange{w.wires, ctx}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(wires) }()
	return func() {
		cancel()
		if err := <-ran; !errors.Is(err, context.Canceled) {
			w.t.Errorf("Run ended with %v", err)
		}
		_ = srv.Close()
		if err := <-served; err == nil {
			w.t.Error("Serve ended without a word")
		}
	}
}

// exchange is a listener without a network.
type exchange struct {
	wires chan net.Conn
	ctx   context.Context
}

func (e exchange) Accept() (net.Conn, error) {
	select {
	case c := <-e.wires:
		return c, nil
	case <-e.ctx.Done():
		return nil, net.ErrClosed
	}
}
func (e exchange) Close() error   { return nil }
func (e exchange) Addr() net.Addr { return &net.TCPAddr{} }

type wire struct {
	net.Conn
	from net.Addr
}

func (w wire) RemoteAddr() net.Addr { return w.from }

// browser is one of an agent's, with its cookies; each page in it has a tab of its own.
type browser struct {
	*world
	tab    string
	client *http.Client
	header http.Header
}

func (w *world) browser() *browser { return w.browserAt("127.0.0.1") }

func (w *world) browserAt(address string) *browser {
	jar, _ := cookiejar.New(nil) // never fails
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case w.wires <- wire{there, &net.TCPAddr{IP: net.ParseIP(address), Port: 5000}}:
			return here, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &browser{world: w, tab: "t1", header: http.Header{}, client: &http.Client{Jar: jar, Transport: &http.Transport{
		DialContext: dial, DisableKeepAlives: true,
	}}}
}

// page is another one in the same browser.
func (b *browser) page(tab string) *browser {
	other := *b
	other.tab = tab
	return &other
}

// answer is what came back, read whole.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	problem Problem
}

// do sends a request as the console does; change may spoil it.
func (b *browser) do(method, path, body string, change ...func(*http.Request)) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, "http://callfloor"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("X-Callfloor-Tab", b.tab)
	if method != http.MethodGet {
		req.Header.Set("X-Callfloor", "1")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "http://callfloor")
	}
	for _, c := range change {
		c(req)
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		b.t.Fatal(err)
	}
	if a.status >= 400 {
		b.checkProblem(method+" "+path, &a)
	}
	return a
}

// checkProblem: whatever goes wrong is a problem document that names its status and a code (RFC 9457).
func (b *browser) checkProblem(what string, a *answer) {
	b.t.Helper()
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		b.t.Errorf("%s: %d as %q: %s", what, a.status, kind, a.body)
		return
	}
	if err := json.Unmarshal(a.body, &a.problem); err != nil || a.problem.Status != a.status || a.problem.Code == "" || a.problem.Title == "" {
		b.t.Errorf("%s: %d is no whole problem: %s (%v)", what, a.status, a.body, err)
	}
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.problem.Code) }

func (b *browser) login(agent string) *browser {
	b.t.Helper()
	if a := b.do("POST", "/api/login", `{"agent":"`+agent+`","password":"demo"}`); a.status != 200 {
		b.t.Fatalf("login of %s: %s", agent, a.body)
	}
	return b
}

// told is a message of the events socket.
type told struct {
	Seq    int64 `json:"seq"`
	Type   string
	Code   string
	By     string
	Reason string
	State
}

// socket is a page's open events socket: what it was told comes on a channel, which is closed with the socket.
type socket struct {
	b     *browser
	conn  *websocket.Conn
	told  chan told
	close websocket.StatusCode // once told is closed
}

// events opens the page's socket.
func (b *browser) events() *socket {
	b.t.Helper()
	s, _, err := b.tryEvents("http://callfloor")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *browser) tryEvents(origin string) (*socket, *http.Response, error) {
	header := http.Header{"Origin": {origin}}
	conn, res, err := websocket.Dial(context.Background(), "ws://callfloor/api/events?tab="+b.tab,
		&websocket.DialOptions{HTTPClient: b.client, HTTPHeader: header})
	if err != nil {
		return nil, res, err
	}
	conn.SetReadLimit(1 << 20)
	s := &socket{b: b, conn: conn, told: make(chan told, 100)}
	go s.read()
	return s, res, nil
}

func (s *socket) read() {
	defer close(s.told)
	for {
		_, text, err := s.conn.Read(context.Background())
		if err != nil {
			s.close = websocket.CloseStatus(err)
			_ = s.conn.CloseNow()
			return
		}
		var m struct {
			told
			State State `json:"state"`
		}
		if err := json.Unmarshal(text, &m); err != nil {
			s.b.t.Errorf("the page was told %s: %v", text, err)
		}
		m.told.State = m.State
		s.told <- m.told
	}
}

// next is the next thing the page is told, whenever that is.
func (s *socket) next() told {
	s.b.t.Helper()
	m, ok := <-s.told
	if !ok {
		s.b.t.Fatalf("the socket was closed: %v", s.close)
	}
	return m
}

// until reads on to what fits.
func (s *socket) until(fits func(told) bool) told {
	s.b.t.Helper()
	for {
		if m := s.next(); fits(m) {
			return m
		}
	}
}

// ended is how the server closed the socket, whatever it says before.
func (s *socket) ended() websocket.StatusCode {
	for range s.told { // what it says does not matter
	}
	return s.close
}

func (s *socket) say(text string) {
	s.b.t.Helper()
	if err := s.conn.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		s.b.t.Fatal(err)
	}
}

func (s *socket) ping() { s.say(`{"type":"ping"}`) }

// beats for a while, as a page does.
func (s *socket) beats(long time.Duration) {
	for range long / (5 * time.Second) {
		time.Sleep(5 * time.Second)
		s.ping()
	}
}

// leave closes the page.
func (s *socket) leave() {
	_ = s.conn.CloseNow()
	s.ended()
}
