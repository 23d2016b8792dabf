package api

import (
	"errors"
	"fmt"
	"net"
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
	return errors.Join(errs...)
}

func (c Config) session() time.Duration {
	if c.Session == 0 {
		return 12 * time.Hour
	}
	return c.Session
}
