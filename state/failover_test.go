package state

import (
	"net"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/internal/testredis"
)

// The master dies, and a replica takes over: the sentinels tell, the journal goes on there, and who reads misses nothing.
func TestAReplicaTakesOver(t *testing.T) {
	master, replica := newServer(t), newServer(t)
	host, port, _ := net.SplitHostPort(master.Address)
	at := open(t, Config{Address: replica.Address}).redis
	if err := at.ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica follows", func() bool {
		return strings.Contains(at.Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
	sentinel := testredis.NewSentinel(t, "floor", master)
	watching := Config{Address: sentinel.Address}.client()
	t.Cleanup(func() { _ = watching.Close() })
	eventually(t, "the sentinel knows the replica", func() bool {
		return strings.Contains(watching.Info(t.Context(), "sentinel").Val(), "slaves=1")
	})
	s := open(t, Config{Sentinel: Sentinel{Master: "floor", Addresses: []string{sentinel.Address}}, Spool: spoolFile(t)})
	fill(t, s, 0, 9)
	eventually(t, "the replica has it all", func() bool { return at.XLen(t.Context(), s.journal.key).Val() == 10 })

	master.Kill()
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
