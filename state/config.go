package state

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Config says which Redis holds the floor. Nothing of it reloads.
type Config struct {
	Address  string   `yaml:"address"` // host:port; "" starts an embedded one, unless sentinels or a cluster know the address
	Sentinel Sentinel `yaml:"sentinel"`
	Cluster  []string `yaml:"cluster"` // host:port of some nodes of a Redis Cluster, instead of an address
	Username string   `yaml:"username"`
	Password string   `yaml:"password"`
	DB       int      `yaml:"db"`
	TLS      bool     `yaml:"tls"`
	Prefix   string   `yaml:"prefix"` // of every key, as one hash tag
	Spool    string   `yaml:"-"`      // file that keeps events while Redis is away
}

// Sentinel finds the Redis that is the master now, and the replica that takes over when it dies.
type Sentinel struct {
	Master    string   `yaml:"master"`    // the name the sentinels know it by; "" is without sentinels
	Addresses []string `yaml:"addresses"` // host:port of the sentinels
	Password  string   `yaml:"password"`  // of the sentinels themselves
}

// Embedded tells whether Redis runs inside the program.
func (c Config) Embedded() bool {
	return c.Address == "" && c.Sentinel.Master == "" && len(c.Cluster) == 0
}

// Validate says all that is wrong with the configuration, each fault beginning with its key.
func (c Config) Validate() error {
	var errs []error
	if strings.ContainsAny(c.Prefix, "{} ") {
		errs = append(errs, fmt.Errorf("redis.prefix %q: letters, digits and dashes only", c.Prefix))
	}
	if c.Sentinel.Master != "" && c.Address != "" {
		errs = append(errs, errors.New("redis.address: the sentinels tell the address; leave one of the two out"))
	}
	if c.Sentinel.Master != "" && len(c.Sentinel.Addresses) == 0 {
		errs = append(errs, errors.New("redis.sentinel.addresses: at least one, host:port"))
	}
	if c.Sentinel.Master == "" && len(c.Sentinel.Addresses) > 0 {
		errs = append(errs, errors.New("redis.sentinel.master: the name the sentinels know the master by"))
	}
	if len(c.Cluster) > 0 && (c.Address != "" || c.Sentinel.Master != "") {
		errs = append(errs, errors.New("redis.cluster: a cluster knows its addresses; leave address and sentinel out"))
	}
	if len(c.Cluster) > 0 && c.DB != 0 {
		errs = append(errs, fmt.Errorf("redis.db %d: a cluster has 0 alone", c.DB))
	}
	for key, all := range map[string][]string{"sentinel.addresses": c.Sentinel.Addresses, "cluster": c.Cluster} {
		for _, a := range all {
			if _, _, err := net.SplitHostPort(a); err != nil {
				errs = append(errs, fmt.Errorf("redis.%s %q: host:port", key, a))
			}
		}
	}
	return errors.Join(errs...)
}

// where names the Redis for people.
func (c Config) where() string {
	if c.Sentinel.Master != "" {
		return fmt.Sprintf("%s by sentinels %s", c.Sentinel.Master, strings.Join(c.Sentinel.Addresses, ", "))
	}
	if len(c.Cluster) > 0 {
		return "the cluster of " + strings.Join(c.Cluster, ", ")
	}
	return c.Address
}

// client connects when it is first used.
func (c Config) client() redis.UniversalClient {
	o := &redis.UniversalOptions{
		Addrs: []string{c.Address}, Username: c.Username, Password: c.Password, DB: c.DB, ContextTimeoutEnabled: true,
	}
	if c.TLS {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if s := c.Sentinel; s.Master != "" {
		o.Addrs, o.MasterName, o.SentinelPassword = s.Addresses, s.Master, s.Password
	}
	if len(c.Cluster) > 0 {
		o.Addrs, o.IsClusterMode = c.Cluster, true
	}
	return redis.NewUniversalClient(o)
}
