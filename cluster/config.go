package cluster

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// shortestSecret is long enough that nobody guesses it.
const shortestSecret = 20

// Config says where other nodes reach this one. Nothing of it reloads.
type Config struct {
	Listen    string `yaml:"listen"`    // host:port for other nodes, "" is off
	Advertise string `yaml:"advertise"` // host:port where they reach it, "" is the listen address
	Secret    string `yaml:"secret"`    // the same at every node
	// TakeOver is for how long a node must be dead before another one goes on with its calls; 0 is never.
	TakeOver time.Duration `yaml:"take_over"`
}

// Limits of TakeOver: nobody is known to be dead sooner, and what a dead node had is let go after a minute.
const (
	soonest = 5 * time.Second
	latest  = 50 * time.Second
)

// DefaultConfig is what a configuration that says nothing means.
func DefaultConfig() Config { return Config{TakeOver: 10 * time.Second} }

// On tells whether the node is one of several.
func (c Config) On() bool { return c.Listen != "" }

// Validate says all that is wrong with the configuration, each fault beginning with its key.
func (c Config) Validate() error {
	if !c.On() {
		return nil
	}
	var errs []error
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		errs = append(errs, fmt.Errorf("listen: %q is not an address with a port, such as 10.0.0.1:7443", c.Listen))
	}
	if ip := net.ParseIP(host); err == nil && c.Advertise == "" && (ip == nil || ip.IsUnspecified()) {
		errs = append(errs, errors.New("advertise: other nodes need an address where they reach this one"))
	}
	if c.Advertise != "" {
		if host, _, err := net.SplitHostPort(c.Advertise); err != nil || net.ParseIP(host) == nil {
			errs = append(errs, fmt.Errorf("advertise: %q is not an IP address with a port, such as 10.0.0.1:7443", c.Advertise))
		}
	}
	if c.TakeOver != 0 && (c.TakeOver < soonest || c.TakeOver > latest) {
		errs = append(errs, fmt.Errorf("take_over %v: %v to %v, or 0s for never", c.TakeOver, soonest, latest))
	}
	if len(c.Secret) < shortestSecret {
		errs = append(errs, fmt.Errorf("secret: at least %d characters, the same at every node", shortestSecret))
	}
	return errors.Join(errs...)
}
