package app

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/configs"
)

// A caller dials, presses 1, waits for sales, and hangs up.
func (n *node) aCallToSales(from string) {
	n.t.Helper()
	c := n.dials("100", from)
	c.presses("100", from, "1")
	until(n.t, "the caller waits", func() bool {
		s, err := n.Status(context.Background())
		return err == nil && len(s.Queues) > 0 && waiting(s) == 1
	})
	c.hangsUp("100", from)
	until(n.t, "the call is over", func() bool { return len(n.floor.all()) == 0 })
}

func waiting(s Status) (n int) {
	for _, q := range s.Queues {
		n += q.Waiting
	}
	return n
}

// The whole program, started and stopped twice on one data directory: what was remembered is still there, whoever was
// logged in still is, and no goroutine is left behind (TestMain looks).
func TestStartStopStartAgain(t *testing.T) {
	n := prepare(t).start()
	sam := n.person("sam") // a supervisor of both queues
	n.aCallToSales("ann")
	until(t, "the call is remembered", func() bool { h := sam.history(); return len(h) == 1 && h[0].Ended != "" })
	n.stop()

	n.start()
	h := sam.history()
	if len(h) != 1 || h[0].From != "ann" || h[0].QueueLabel != "Sales" || h[0].Outcome != "abandoned" || h[0].Cause != "normal" {
		t.Errorf("after the restart the history is %+v", h)
	}
	told, leave := sam.page()
	hears(t, told, `"session":"online"`)
	leave()
	n.aCallToSales("bob")
	until(t, "the second call is remembered", func() bool { return len(sam.history()) == 2 })
	for _, file := range []string{"secret", "node", "lock", "callfloor.db", "callfloor.db-wal"} {
		if s, err := os.Stat(filepath.Join(n.data, file)); err != nil || s.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", file, s.Mode(), err)
		}
	}
}

// Whatever stands in the way of a start is one clear line, and nothing stays open.
func TestWhatStandsInTheWay(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*configs.Main)
		want   []string
	}{
		"HTTP port in use": {func(m *configs.Main) { m.HTTP.Listen = taken.Addr().String() }, []string{"http.listen", "address already in use"}},
		"SIP port in use":  {func(m *configs.Main) { m.SIP.UDP = udp.LocalAddr().String() }, []string{"sip", "udp", "address already in use"}},
		"SIP TCP in use":   {func(m *configs.Main) { m.SIP.TCP = taken.Addr().String() }, []string{"sip", "tcp", "address already in use"}},
		"browsers' port in use": {
			func(m *configs.Main) { m.Media.WebRTC = uint16(udp.LocalAddr().(*net.UDPAddr).Port) },
			[]string{"media", "address already in use"},
		},
		"a data directory that is a file":         {func(m *configs.Main) { m.Data = file }, []string{"data directory", file}},
		"a data directory below a file":           {func(m *configs.Main) { m.Data = filepath.Join(file, "data") }, []string{"data directory", file}},
		"a data directory that cannot be made":    {func(m *configs.Main) { m.Data = "/proc/callfloor" }, []string{"data directory", "/proc/callfloor"}},
		"a data directory that cannot be written": {func(m *configs.Main) { m.Data = "/proc/self" }, []string{"data directory cannot be written", "/proc/self"}},
		"no such database":                        {func(m *configs.Main) { m.SQL.URL = "sqlite:/nowhere/x.db" }, []string{"database"}},
		"Postgres away":                           {func(m *configs.Main) { m.SQL.URL = "postgres://127.0.0.1:1/x" }, []string{"database"}},
		"Redis away":                              {func(m *configs.Main) { m.Redis.Address = "127.0.0.1:1" }, []string{"redis", "127.0.0.1:1"}},
		"no certificate":                          {func(m *configs.Main) { m.HTTP.TLS.Certificate, m.HTTP.TLS.Key = file+"x", file+"x" }, []string{"http", "no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := prepare(t, c.change)
			err := n.try()
			if err == nil {
				n.close()
				t.Fatal("it starts")
			}
			for _, word := range c.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("it says %q, not %q", err, word)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

// Two programs never share a data directory.
func TestOneDataDirectoryServesOneProgram(t *testing.T) {
	n := prepare(t).start()
	other := prepare(t)
	other.data = n.data
	if err := other.try(); err == nil || !strings.Contains(err.Error(), "in use by another callfloor") {
		t.Errorf("it says %v", err)
	}
}

// A reload reaches open pages; a mistake changes nothing and is said with its place; calls go on through both.
func TestReload(t *testing.T) {
	n := prepare(t).start()
	maria := n.person("maria")
	told, leave := maria.page()
	defer leave()
	hears(t, told, `"label":"Sales"`)
	c := n.dials("100", "ann")

	n.edit("queues.yaml", "label: Sales ", "label: Orders ")
	n.edit("agents.yaml", "Maria Lopez", "Maria Garcia")
	if err := n.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	hears(t, told, `"label":"Orders"`)
	if _, body := maria.do("GET", "/api/session", ""); !strings.Contains(body, "Maria Garcia") {
		t.Errorf("the session says %s", body)
	}

	n.edit("queues.yaml", "priority: 5", "priority: five")
	err := n.Reload(context.Background())
	if err == nil || !strings.Contains(err.Error(), "queues.yaml:5:") {
		t.Errorf("a mistake is told as %v", err)
	}
	if _, body := maria.do("GET", "/metrics", ""); !strings.Contains(body, "callfloor_config_reload_ok 0") {
		t.Error("no figure says that the reload failed")
	}
	n.edit("queues.yaml", "priority: five", "priority: 5")
	if err := n.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, body := maria.do("GET", "/metrics", ""); !strings.Contains(body, "callfloor_config_reload_ok 1") {
		t.Error("no figure says that the reload went well")
	}
	c.presses("100", "ann", "1")
	c.hangsUp("100", "ann")
}

// Whose password is changed by a reload has to show the new one; the others notice nothing.
func TestAReloadRevokesLogins(t *testing.T) {
	n := prepare(t).start()
	maria, sam := n.person("maria"), n.person("sam")
	told, leave := maria.page()
	defer leave()
	hears(t, told, `"session":"online"`)
	n.edit("agents.yaml", "$8EUMwOWFUL30y49i8L/Pdg$pOVbybYmLYE7O9ZNgNtTbTkeQ8igFPEGeGYM8WEDS6o",
		"$Km5Ur9RlN01PebcdEDEZ4w$yeX8jAtncrL2Dr3Zw13LDdVAtJBk1TYK8/c//sRSWB8")
	if err := n.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	hears(t, told, "StatusPolicyViolation")
	if status, _ := maria.do("GET", "/api/session", ""); status != 401 {
		t.Errorf("maria's session answers %d", status)
	}
	if status, _ := sam.do("GET", "/api/session", ""); status != 200 {
		t.Errorf("sam's session answers %d", status)
	}
}

// The control socket tells how it stands, and takes the word to drain.
func TestTheControlSocket(t *testing.T) {
	n := prepare(t).start()
	ctx := context.Background()
	var s Status
	until(t, "it answers", func() (ok bool) {
		var err error
		s, err = AskStatus(ctx, n.data)
		return err == nil
	})
	if s.Node != n.node || len(s.Queues) != 2 || !strings.Contains(s.String(), "serving") {
		t.Errorf("it says %s", s)
	}
	if findings, err := AskDoctor(ctx, n.data); err != nil || len(findings) > 0 {
		t.Errorf("the doctor says %v, %v", findings, err)
	}
	if err := n.state.Redis().SAdd(ctx, n.state.Key("here", "sales"), "maria").Err(); err != nil {
		t.Fatal(err)
	}
	if findings, err := AskDoctor(ctx, n.data); err != nil || len(findings) != 1 || !strings.Contains(findings[0], "maria is not logged in") {
		t.Errorf("the doctor says %v, %v", findings, err)
	}
	if s, err := AskDrain(ctx, n.data, time.Minute); err != nil || !s.Draining || s.Left > time.Minute || s.Left < 50*time.Second {
		t.Fatalf("it says %s, %v", s, err)
	}
	if err := <-n.ran; err != nil {
		t.Error(err)
	}
	n.cancel = nil
	if _, err := AskStatus(ctx, n.data); err == nil || !strings.Contains(err.Error(), "is --data right?") {
		t.Errorf("nobody is there: %v", err)
	}
}

// The database goes away in the middle of work: calls go on, agents stay logged in, and when it is back everything is
// remembered, what happened meanwhile, too.
func TestADatabaseThatIsAwayForAWhile(t *testing.T) {
	url := postgres(t)
	n := prepare(t, func(m *configs.Main) { m.SQL.URL = url }).start()
	sam := n.person("sam")
	n.aCallToSales("before")
	until(t, "the first call is remembered", func() bool { h := sam.history(); return len(h) == 1 && h[0].Ended != "" })
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	if status, body := sam.do("GET", "/readyz", ""); status != 503 || !strings.Contains(body, `"sql":"failed"`) {
		t.Errorf("ready without a database: %d %s", status, body)
	}
	n.aCallToSales("meanwhile")
	if status, body := sam.do("GET", "/api/session", ""); status != 200 {
		t.Errorf("the session answers %d %s", status, body)
	}
	if status, body := sam.do("GET", "/api/history", ""); status != 500 || strings.Contains(body, "postgres") {
		t.Errorf("the history answers %d %s", status, body)
	}
	late := n.person("maria") // who comes to work meanwhile
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "all is remembered", func() bool {
		h := sam.history()
		return len(h) == 2 && h[0].From == "meanwhile" && h[0].Ended != "" && h[1].From == "before"
	})
	if status, body := late.do("GET", "/api/session", ""); status != 200 {
		t.Errorf("the later login answers %d %s", status, body)
	}
	n.stop()
	n.start()
	for _, p := range []*person{sam, late} {
		if status, body := p.do("GET", "/api/session", ""); status != http.StatusOK {
			t.Errorf("after a restart a session answers %d %s", status, body)
		}
	}
}
