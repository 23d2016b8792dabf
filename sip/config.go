package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Config says where SIP is spoken. Nothing of it reloads.
type Config struct {
	UDP         string  `yaml:"udp"`         // listen address host:port, "" is off
	TCP         string  `yaml:"tcp"`         // likewise
	TLS         string  `yaml:"tls"`         // likewise; needs certificate and key
	Certificate string  `yaml:"certificate"` // PEM file
	Key         string  `yaml:"key"`         // PEM file
	Domain      string  `yaml:"domain"`      // of SIP addresses and the digest realm
	Advertise   string  `yaml:"advertise"`   // IP or name written into Via and Contact, "" is the listen address
	Rate        float64 `yaml:"rate"`        // new requests a second from one unknown address; twice as many at once
}

// DefaultConfig is what a configuration that says nothing means.
func DefaultConfig() Config {
	return Config{UDP: "127.0.0.1:5060", TCP: "127.0.0.1:5060", Domain: "callfloor", Rate: 20}
}

// Validate says what is wrong with the configuration.
func (c Config) Validate() error {
	for name, a := range map[string]string{"udp": c.UDP, "tcp": c.TCP, "tls": c.TLS} {
		if a == "" {
			continue
		}
		if _, err := netip.ParseAddrPort(a); err != nil {
			return fmt.Errorf("%s %q is not an IP address and a port such as 127.0.0.1:5060", name, a)
		}
	}
	if c.TLS != "" && (c.Certificate == "" || c.Key == "") {
		return fmt.Errorf("tls %s needs certificate and key", c.TLS)
	}
	if c.Domain == "" || strings.ContainsAny(c.Domain, " \t\"<>@:;") {
		return fmt.Errorf("domain %q is not a name", c.Domain)
	}
	if strings.ContainsAny(c.Advertise, " \t\"<>@;") {
		return fmt.Errorf("advertise %q is not an address", c.Advertise)
	}
	if c.Rate <= 0 || c.Rate > 10000 {
		return fmt.Errorf("rate %v: above 0, up to 10000 requests a second", c.Rate)
	}
	return nil
}

// Trunk is a carrier or another exchange.
type Trunk struct {
	Name      string   `yaml:"name"`
	Addresses []string `yaml:"addresses"` // IP, CIDR or IP:port: calls from there belong to the trunk
	Username  string   `yaml:"username"`  // digest, in both directions
	Password  string   `yaml:"password"`
}

// Validate says what is wrong with the trunk.
func (t Trunk) Validate() error {
	if t.Name == "" {
		return fmt.Errorf("a trunk needs a name")
	}
	if len(t.Addresses) == 0 && t.Username == "" {
		return fmt.Errorf("trunk %s: neither addresses nor a username tell its calls from others", t.Name)
	}
	if (t.Username == "") != (t.Password == "") {
		return fmt.Errorf("trunk %s: username and password belong together", t.Name)
	}
	for _, a := range t.Addresses {
		if _, err := parseOrigin(a); err != nil {
			return fmt.Errorf("trunk %s: %w", t.Name, err)
		}
	}
	return nil
}

// origin is where a trunk's calls come from; port 0 is any.
type origin struct {
	prefix netip.Prefix
	port   uint16
}

func parseOrigin(s string) (origin, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return origin{prefix: p.Masked()}, nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return origin{prefix: netip.PrefixFrom(a, a.BitLen())}, nil
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return origin{prefix: netip.PrefixFrom(ap.Addr(), ap.Addr().BitLen()), port: ap.Port()}, nil
	}
	return origin{}, fmt.Errorf("address %q is not an IP, a CIDR range or an IP with a port", s)
}

func (o origin) contains(a netip.AddrPort) bool {
	return o.prefix.Contains(a.Addr().Unmap()) && (o.port == 0 || o.port == a.Port())
}

// hostOf is the part of a listen address that others can reach.
func hostOf(listen net.Addr, advertise string) string {
	if advertise != "" {
		return advertise
	}
	host, _, err := net.SplitHostPort(listen.String())
	if err != nil {
		return listen.String()
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
