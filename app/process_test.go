package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/callfloor/callfloor/cluster"
	"github.com/callfloor/callfloor/configs"
)

// process is a node in a process of its own, which can be killed: this very program, told so by its environment.
type process struct {
	Config, Data, HTTP, SIP, Redis string
	SQL                            string // "" is its own
	Cluster                        cluster.Config
	cmd                            *exec.Cmd
}

const elsewhere = "CALLFLOOR_TEST_NODE"

func (p *process) source() configs.Source {
	return configs.Source{Dir: p.Config, Override: func(m *configs.Main) {
		m.Data, m.HTTP.Listen, m.SIP.UDP, m.SIP.TCP, m.Redis.Address = p.Data, p.HTTP, p.SIP, p.SIP, p.Redis
		m.Media.WebRTC, m.Media.Ports, m.SQL.URL, m.Cluster = 0, "31000-31999", p.SQL, p.Cluster
	}}
}

// servesElsewhere is the whole life of such a process.
func servesElsewhere(at string) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	var p process
	b, err := os.ReadFile(at)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	var a *App
	if err == nil {
		config, mistakes := p.source().Load()
		if len(mistakes) > 0 {
			err = mistakes
		} else {
			a, err = New(context.Background(), p.source(), config, log)
		}
	}
	if err == nil {
		err = a.Run(context.Background())
	}
	log.Error("ended", "err", err)
	return 1
}

// startElsewhere runs the prepared node in a process of its own.
func (n *node) startElsewhere(redis string) *node {
	n.t.Helper()
	return n.startAs(process{Redis: redis})
}

func (n *node) startAs(p process) *node {
	n.t.Helper()
	p.Config, p.Data, p.HTTP, p.SIP = n.dir, n.data, freeAddress(n.t), freeAddress(n.t)
	n.away = &p
	n.runs()
	n.t.Cleanup(n.kills)
	return n
}

// runs begins the next life.
func (n *node) runs() {
	n.t.Helper()
	b, err := json.Marshal(n.away)
	if err != nil {
		n.t.Fatal(err)
	}
	at := filepath.Join(n.t.TempDir(), "process.json")
	if err := os.WriteFile(at, b, 0o600); err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=none")
	cmd.Env = append(os.Environ(), elsewhere+"="+at)
	cmd.Stdout, cmd.Stderr = n.diary, n.diary
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.away.cmd = cmd
	until(n.t, "the node serves", func() bool {
		res, err := http.Get("http://" + n.away.HTTP + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func (p *process) signals(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// kills ends its process without a word.
func (n *node) kills() {
	if n.away.cmd == nil {
		return
	}
	_ = n.away.cmd.Process.Kill()
	_ = n.away.cmd.Wait() // it was killed
	n.away.cmd = nil
}

// freeAddress is free for UDP and TCP.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		u, err := net.ListenPacket("udp", l.Addr().String())
		_ = l.Close()
		if err == nil {
			_ = u.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}
