package api

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
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
	// Proxies are the networks and addresses of proxies before this server: who the client is and whether they came by
	// HTTPS is believed of their X-Forwarded-For and X-Forwarded-Proto, and of nobody else's. It does not reload.
	Proxies []string `yaml:"proxies"`
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
	for key, networks := range map[string][]string{"http.metrics": c.Metrics, "http.proxies": c.Proxies} {
		for _, n := range networks {
			if _, err := network(n); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", key, err))
			}
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
	if len(c.Metrics) == 0 {
		return at.Addr().Unmap().WithZone("").IsLoopback()
	}
	return within(c.Metrics, at.Addr())
}

func (c Config) session() time.Duration {
	if c.Session == 0 {
		return 12 * time.Hour
	}
	return c.Session
}
