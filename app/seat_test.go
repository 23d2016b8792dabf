package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// tab is one page of maria's login, at one of the nodes. A page like the console's: it says every now and then that it lives.
type tab struct {
	t      *testing.T
	n      *node
	p      *person
	name   string
	conn   *websocket.Conn
	mu     sync.Mutex
	viewer *bool // as it was told last; nil before
	over   chan struct{}
}

// open connects the page; one that was connected is loaded anew.
func (p *tab) open() {
	p.t.Helper()
	former, over := p.conn, p.over
	conn, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(p.p.url("/api/events?tab="+p.name), "http"),
		&websocket.DialOptions{HTTPClient: p.p.client})
	if err != nil {
		p.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	p.mu.Lock()
	p.conn, p.viewer, p.over = conn, nil, make(chan struct{})
	p.mu.Unlock()
	go p.listen(conn, p.over)
	if former != nil {
		_ = former.CloseNow()
		<-over
	}
}

func (p *tab) listen(conn *websocket.Conn, over chan struct{}) {
	defer close(over)
	for {
		_, b, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		var m struct {
			State *struct{ Agent struct{ Viewer bool } }
		}
		if json.Unmarshal(b, &m) != nil || m.State == nil {
			continue
		}
		p.mu.Lock()
		if p.conn == conn {
			p.viewer = &m.State.Agent.Viewer
		}
		p.mu.Unlock()
	}
}

func (p *tab) close() {
	p.mu.Lock()
	conn, over := p.conn, p.over
	p.conn, p.viewer = nil, nil
	p.mu.Unlock()
	if conn != nil {
		_ = conn.CloseNow()
		<-over
	}
}

func (p *tab) says(what string) {
	if p.conn != nil {
		_ = p.conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"`+what+`"}`)) // it may be gone
	}
}

// works says whether the page has the seat, as it was told last.
func (p *tab) works() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.viewer != nil && !*p.viewer
}

// tabs are two pages of one login at two nodes.
func tabs(t *testing.T) []*tab {
	t.Helper()
	nodes := several(t, 2)
	login := nodes[0].person("maria")
	var all []*tab
	for i, n := range nodes {
		p := &tab{t: t, n: n, p: &person{t: t, n: n, client: login.client}, name: fmt.Sprint("t", i+1)}
		all = append(all, p)
		t.Cleanup(p.close)
	}
	return all
}

// oneWorks waits until exactly one of the pages has the seat, and routing knows it for the same.
func oneWorks(t *testing.T, all []*tab, after string) {
	t.Helper()
	page := func() string {
		s := all[0].n.state
		name, _ := s.Redis().HGet(context.Background(), s.Key("agent:maria"), "page").Result()
		return name
	}
	var pinged time.Time
	until(t, "one page works after "+after, func() bool {
		var works []string
		ping := time.Since(pinged) > 300*time.Millisecond
		if ping {
			pinged = time.Now()
		}
		for _, p := range all {
			if ping {
				p.says("ping")
			}
			if p.works() {
				works = append(works, p.name)
			}
		}
		return len(works) == 1 && works[0] == page()
	})
}

// Two pages of one login, at two nodes: whatever happens to them, in whatever order or at once, one of them has the
// agent's seat, and the other one watches.
func TestOneSeatForTwoPagesAtTwoNodes(t *testing.T) {
	all := tabs(t)
	one, two := all[0], all[1]
	both := func(do func(*tab)) func() {
		return func() {
			var wait sync.WaitGroup
			for _, p := range all {
				wait.Go(func() { do(p) })
			}
			wait.Wait()
		}
	}
	session := func() string {
		a, err := one.n.router.Agent(context.Background(), "maria")
		if err != nil {
			t.Fatal(err)
		}
		return a.SessionID
	}
	lost := func() { // the page is there, and routing has not heard of it for long
		if err := one.n.router.Disconnect(context.Background(), "maria", session()); err != nil {
			t.Fatal(err)
		}
	}
	events := []struct {
		name string
		do   func()
	}{
		{"both open", both((*tab).open)},
		{"both take the seat", both(func(p *tab) { p.says("take") })},
		{"the second takes it", func() { two.says("take") }},
		{"the first is loaded anew", one.open},
		{"the session is lost, and the first is loaded anew", func() { lost(); one.open() }},
		{"the first takes it", func() { one.says("take") }},
		{"the session is lost, and the second is loaded anew", func() { lost(); two.open() }},
		{"the second takes it, and the first", func() { two.says("take"); one.says("take") }},
		{"both are loaded anew", both((*tab).open)},
		{"the first takes it, and is loaded anew", func() { one.says("take"); one.open() }},
		{"the first goes", func() { one.close(); two.says("take") }},
		{"the first comes back, and the second goes", func() { one.open(); two.close() }},
		{"the second comes back", two.open},
	}
	for _, e := range events {
		e.do()
		oneWorks(t, all, e.name)
	}
	for n := range 20 {
		both(func(p *tab) { p.says("take") })()
		oneWorks(t, all, fmt.Sprint("the race ", n))
	}
}
