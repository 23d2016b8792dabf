// Package testpostgres gives tests a real Postgres: a cluster of their own, on a unix socket in a directory of its own,
// that can be stopped and started again. No program imports it.
package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
)

// Cluster is a running Postgres.
type Cluster struct {
	dir   string
	as    *syscall.Credential
	count atomic.Int64
}

// New makes a cluster and starts it, as the user postgres where we are root, for the server refuses to. It needs
// Debian's postgresql.
func New() (*Cluster, error) {
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	if os.Getuid() == 0 {
		if err := c.demote(); err != nil {
			return nil, err
		}
	}
	if err := c.run("initdb", "-D", c.data(), "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync"); err != nil {
		return nil, err
	}
	return c, c.Start()
}

func (c *Cluster) demote() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(c.dir, int(uid), int(gid))
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Start starts it again after Stop, with everything that was in it.
func (c *Cluster) Start() error {
	options := "-c listen_addresses='' -c fsync=off -c unix_socket_directories=" + c.dir
	return c.run("pg_ctl", "-D", c.data(), "-w", "-s", "-o", options, "-l", filepath.Join(c.dir, "log"), "start")
}

// Stop cuts every connection. The databases stay.
func (c *Cluster) Stop() error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-s", "-m", "fast", "stop")
}

// Remove stops it for good.
func (c *Cluster) Remove() error {
	err := c.run("pg_ctl", "-D", c.data(), "-w", "-s", "-m", "immediate", "stop")
	return errors.Join(err, os.RemoveAll(c.dir))
}

// Database makes an empty one and returns its address.
func (c *Cluster) Database() (url string, err error) {
	name := fmt.Sprintf("t%d", c.count.Add(1))
	if err := c.run("createdb", "-h", c.dir, "-U", "test", name); err != nil {
		return "", err
	}
	return "postgres:///" + name + "?user=test&host=" + c.dir, nil
}

func (c *Cluster) run(tool string, args ...string) error {
	path, err := exec.LookPath(tool)
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + tool); err != nil && len(found) > 0 {
		path, err = found[len(found)-1], nil
	}
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", tool, err, out)
	}
	return nil
}
