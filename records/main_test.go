package records

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// cluster is the Postgres of this test run: its own, on a unix socket in a directory of its own.
type cluster struct {
	dir   string
	as    *syscall.Credential
	count atomic.Int64
}

var pg *cluster // started by TestMain, stopped by it

func TestMain(m *testing.M) {
	c, err := startPostgres()
	if err != nil {
		fmt.Fprintln(os.Stderr, "these tests need a real Postgres (Debian: postgresql):", err)
		os.Exit(1)
	}
	pg = c
	code := m.Run()
	if err := c.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping postgres:", err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// startPostgres runs a cluster as the user postgres where we are root, for the server refuses to.
func startPostgres() (*cluster, error) {
	dir, err := os.MkdirTemp("", "records")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	if err := c.run("initdb", "-D", data, "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync"); err != nil {
		return nil, err
	}
	options := "-c listen_addresses='' -c fsync=off -c unix_socket_directories=" + dir
	return c, c.run("pg_ctl", "-D", data, "-w", "-s", "-o", options, "-l", filepath.Join(dir, "log"), "start")
}

func (c *cluster) stop() error {
	err := c.run("pg_ctl", "-D", filepath.Join(c.dir, "data"), "-w", "-s", "-m", "immediate", "stop")
	if err != nil {
		return err
	}
	return os.RemoveAll(c.dir)
}

func (c *cluster) run(tool string, args ...string) error {
	path, err := exec.LookPath(tool)
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + tool)
		if len(found) == 0 {
			return err
		}
		path = found[len(found)-1]
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", tool, err, out)
	}
	return nil
}

// database makes an empty one and returns its address.
func (c *cluster) database(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("t%d", c.count.Add(1))
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return c.url(name)
}

func (c *cluster) url(name string) string {
	return "postgres:///" + name + "?user=test&host=" + c.dir
}

// onBoth runs one test on SQLite and on Postgres. open opens the same database again each time.
func onBoth(t *testing.T, test func(t *testing.T, open func() *Store)) {
	t.Helper()
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a b%20c?.db") },
		"postgres": func(t *testing.T) string { return pg.database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			test(t, func() *Store { return open(t, url) })
		})
	}
}

func open(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: url}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.pause = 10 * time.Millisecond
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

func mustInteraction(t *testing.T, s *Store, id string) Interaction {
	t.Helper()
	i, err := s.Interaction(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
