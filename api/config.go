package api

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// Config is the HTTP face's own part of the configuration.
type Config struct {
	// Listen is the address of the one port for the console, the API and the browsers' SIP, host:port.
	// It does not reload.
	Listen string `yaml:"listen"`
	// TLS makes it HTTPS. It does not reload.
	TLS TLS `yaml:"tls"`
	// Origins are further hosts, as a browser writes them (https://desk.example.org), whose pages may use the API and
	// the sockets: those of a proxy that changes the Host header. It does not reload.
	Origins []string `yaml:"origins"`
	// Session is how long a login lasts after its last use; default 12 h, at least 1 min. It does not reload.
	Session time.Duration `yaml:"session"`
	// Metrics are the networks (10.0.0.0/8) and addresses from which /metrics may be read; default this machine alone.
	// It does not reload.
	Metrics []string `yaml:"metrics"`
}

// TLS names the files of a certificate; both or none.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Validate says what is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			errs = append(errs, fmt.Errorf("http.listen: want host:port: %w", err))
		}
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		errs = append(errs, errors.New("http.tls: certificate and key belong together"))
	}
	for _, o := range c.Origins {
		if _, err := originHost(o); err != nil {
			errs = append(errs, fmt.Errorf("http.origins: %w", err))
		}
	}
	if c.Session != 0 && c.Session < time.Minute {
		errs = append(errs, errors.New("http.session: at least 1m"))
	}
	for _, m := range c.Metrics {
		if _, err := network(m); err != nil {
			errs = append(errs, fmt.Errorf("http.metrics: %w", err))
		}
	}
	return errors.Join(errs...)
}

// network reads 10.0.0.0/8 or 10.1.2.3.
func network(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is no network, want 10.0.0.0/8 or an address", s)
	}
	return p.Masked(), nil
}

// measures says whether an address may read the metrics.
func (c Config) measures(remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	from := at.Addr().Unmap().WithZone("")
	if len(c.Metrics) == 0 {
		return from.IsLoopback()
	}
	return slices.ContainsFunc(c.Metrics, func(m string) bool {
		p, err := network(m)
		return err == nil && p.Contains(from)
	})
}

func (c Config) session() time.Duration {
	if c.Session == 0 {
		return 12 * time.Hour
	}
	return c.Session
}
