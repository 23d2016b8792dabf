package state

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The master dies, and a replica takes over: the sentinels tell, the journal goes on there, and who reads misses nothing.
func TestAReplicaTakesOver(t *testing.T) {
	master, replica := newServer(t), newServer(t)
	host, port, _ := net.SplitHostPort(master.address)
	at := open(t, Config{Address: replica.address}).redis
	if err := at.ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica follows", func() bool {
		return strings.Contains(at.Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
	s := open(t, Config{Sentinel: Sentinel{Master: "floor", Addresses: []string{newSentinel(t, host, port)}}, Spool: spoolFile(t)})
	fill(t, s, 0, 9)
	eventually(t, "the replica has it all", func() bool { return at.XLen(t.Context(), s.journal.key).Val() == 10 })

	master.kill()
	for n := 10; n < 20; n++ {
		s.Journal().Append(event(n))
	}
	if err := s.Journal().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := until(t.Context(), s, "", 19)
	if err != nil {
		t.Fatal(err)
	}
	if err := inOrder(got, 0, 19); err != nil {
		t.Fatal(err)
	}
	if n := at.XLen(t.Context(), s.journal.key).Val(); n != 20 {
		t.Errorf("the replica holds %d events", n)
	}
}

// newSentinel watches a master and lets its replica take over a second after it went silent.
func newSentinel(t *testing.T, host, port string) (address string) {
	t.Helper()
	r := newServer(t)
	r.kill() // its port and directory are a sentinel's now
	_, own, _ := net.SplitHostPort(r.address)
	file := filepath.Join(r.dir, "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nsentinel monitor floor %s %s 1\nsentinel down-after-milliseconds floor 1000\nsentinel failover-timeout floor 3000\n", own, r.dir, host, port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.run(file, "--sentinel")
	eventually(t, "the sentinel knows the replica", func() bool {
		c := Config{Address: r.address}.client()
		defer c.Close()
		return strings.Contains(c.Info(t.Context(), "sentinel").Val(), "slaves=1")
	})
	return r.address
}

func TestWhereRedisIs(t *testing.T) {
	for want, c := range map[string]Config{
		"redis.address:":                      {Address: "a:1", Sentinel: Sentinel{Master: "m", Addresses: []string{"b:2"}}},
		"redis.sentinel.addresses: at least":  {Sentinel: Sentinel{Master: "m"}},
		"redis.sentinel.master:":              {Sentinel: Sentinel{Addresses: []string{"b:2"}}},
		`redis.sentinel.addresses "b": host:`: {Sentinel: Sentinel{Master: "m", Addresses: []string{"b"}}},
		`redis.prefix "a b"`:                  {Prefix: "a b"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v does not say %s", c, err, want)
		}
	}
	if err := (Config{Sentinel: Sentinel{Master: "m", Addresses: []string{"b:2"}}}).Validate(); err != nil {
		t.Error(err)
	}
}
