package sip

import (
	"errors"
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

// Validate says all that is wrong with the configuration, each fault beginning with its key.
func (c Config) Validate() error {
	var errs []error
	for _, a := range []struct{ key, address string }{{"udp", c.UDP}, {"tcp", c.TCP}, {"tls", c.TLS}} {
		if a.address == "" {
			continue
		}
		if _, err := netip.ParseAddrPort(a.address); err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is not an address with a port, such as 0.0.0.0:5060", a.key, a.address))
		}
	}
	if c.TLS != "" && (c.Certificate == "" || c.Key == "") {
		errs = append(errs, errors.New("tls: a certificate and its key are needed"))
	}
	if c.Rate <= 0 {
		errs = append(errs, fmt.Errorf("rate %v: more than 0", c.Rate))
	}
	return errors.Join(errs...)
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
