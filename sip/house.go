package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/callfloor/callfloor/calls"
)

// Config says where SIP is spoken. Nothing of it reloads.
type Config struct {
	UDP         string  `yaml:"udp"` // listen addresses, "" is off
	TCP         string  `yaml:"tcp"`
	TLS         string  `yaml:"tls"`
	Certificate string  `yaml:"certificate"` // of TLS, PEM file
	Key         string  `yaml:"key"`
	Domain      string  `yaml:"domain"`    // the realm of digest
	Advertise   string  `yaml:"advertise"` // IP or name written into Contact and Via, "" is the listen address
	Rate        float64 `yaml:"rate"`      // new requests a second from one stranger's address
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
			return fmt.Errorf("%s: %q is not an address with a port, such as 0.0.0.0:5060", name, a)
		}
	}
	if c.TLS != "" && (c.Certificate == "" || c.Key == "") {
		return fmt.Errorf("tls: a certificate and its key are needed")
	}
	if c.Rate <= 0 {
		return fmt.Errorf("rate %v: more than 0", c.Rate)
	}
	return nil
}

// Trunk is a provider or a PBX: known by its addresses, by digest, or by both.
type Trunk struct {
	Name      string   `yaml:"name"`
	Addresses []string `yaml:"addresses"` // IP addresses or networks: calls from there belong to the trunk
	Username  string   `yaml:"username"`
	Password  string   `yaml:"password"`
}

// Validate says what is wrong with the trunk.
func (t Trunk) Validate() error {
	if len(t.Addresses) == 0 && t.Username == "" {
		return fmt.Errorf("trunk %s: addresses, or username and password", t.Name)
	}
	if (t.Username == "") != (t.Password == "") {
		return fmt.Errorf("trunk %s: username and password go together", t.Name)
	}
	_, err := t.networks()
	return err
}

func (t Trunk) networks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, a := range t.Addresses {
		if p, err := netip.ParsePrefix(a); err == nil {
			all = append(all, p)
			continue
		}
		ip, err := netip.ParseAddr(a)
		if err != nil {
			return nil, fmt.Errorf("trunk %s: %q is neither an IP address nor a network", t.Name, a)
		}
		all = append(all, netip.PrefixFrom(ip, ip.BitLen()))
	}
	return all, nil
}

// Account is who may register or call with a digest password.
type Account struct {
	Agent    string
	Password string
	Browser  bool
}

// Source is where a call comes from.
type Source struct {
	Kind string // trunk, agent or anonymous
	Name string
}

// House is what the endpoint asks of the house. Met by the app. No method may block for long.
type House interface {
	// Account finds the password of a registrar user: an agent's desk phone, or a browser's short-lived login.
	Account(user string) (Account, bool)
	// Entry says whether the source may dial the number at all, and whether strangers may.
	Entry(dialled string, s Source) (ok, anonymous bool)
	// Incoming gives an admitted call to the house. It returns at once; the leg's room is leg.Room().
	Incoming(leg *Leg, s Source, dialled string)
	// Registered says that a device has appeared, not that it is still there.
	Registered(agent string, browser bool)
	// Unregistered says that the last device of the kind is gone.
	Unregistered(agent string, browser bool)
}

// Target is whom Dial calls.
type Target struct {
	Agent          string
	Browser        bool // which kind of device
	Party          calls.Party
	From, FromName string
	Headers        map[string]string
	AutoAnswer     bool // the device is to answer by itself (Call-Info: answer-after=0)
	SRTP           bool // its sound is encrypted with keys in the SDP (SDES, RFC 4568)
}

// hostOf is the host of host:port.
func hostOf(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return strings.Trim(h, "[]")
}
