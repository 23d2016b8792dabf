package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Trunk is a provider or a PBX: known by its addresses, by digest, or by both; and where calls may go out.
type Trunk struct {
	Name      string   `yaml:"name"`
	Addresses []string `yaml:"addresses"` // IP addresses or networks: calls from there belong to the trunk
	Username  string   `yaml:"username"`  // it proves itself with these, and we to it
	Password  string   `yaml:"password"`

	Send     string        `yaml:"send"`     // where calls go out: host[:port][;transport=udp|tcp|tls]; "" is nowhere
	Domain   string        `yaml:"domain"`   // the host in the addresses of its calls; "" is that of send
	FromUser string        `yaml:"from"`     // the user in From, where that is the account's; "" is the caller id
	Asserted bool          `yaml:"asserted"` // the caller id stands in P-Asserted-Identity, too (RFC 3325)
	SRTP     bool          `yaml:"srtp"`     // sound to it is encrypted with keys in the SDP (SDES, RFC 4568)
	Watch    time.Duration `yaml:"watch"`    // between two OPTIONS that ask whether it lives; 0 is never
}

// Validate says all that is wrong with the trunk, each fault beginning with its key.
func (t Trunk) Validate() error {
	var errs []error
	if len(t.Addresses) == 0 && t.Username == "" && t.Send == "" {
		errs = append(errs, errors.New("addresses, or username and password, are needed: nothing else tells who calls"))
	}
	if (t.Username == "") != (t.Password == "") {
		errs = append(errs, errors.New("username and password go together"))
	}
	_, err := t.networks()
	errs = append(errs, err)
	if t.Send != "" {
		_, err := readHop(t.Send)
		errs = append(errs, err)
	}
	if t.Domain != "" && !isHostName(t.Domain) {
		errs = append(errs, fmt.Errorf("domain: %q is no host's name", t.Domain))
	}
	if strings.ContainsAny(t.FromUser, "<>\"@:;? \r\n\t") {
		errs = append(errs, fmt.Errorf("from: %q is no user's name", t.FromUser))
	}
	if t.Watch != 0 && t.Watch < time.Second {
		errs = append(errs, errors.New("watch: 1s at least, or 0, which is never"))
	}
	return errors.Join(errs...)
}

func (t Trunk) networks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	var errs []error
	for i, a := range t.Addresses {
		if p, err := netip.ParsePrefix(a); err == nil {
			all = append(all, p)
			continue
		}
		ip, err := netip.ParseAddr(a)
		if err != nil {
			errs = append(errs, fmt.Errorf("addresses[%d]: %q is neither an IP address nor a network", i, a))
			continue
		}
		all = append(all, netip.PrefixFrom(ip, ip.BitLen()))
	}
	return all, errors.Join(errs...)
}

// hop is where a trunk's requests go.
type hop struct {
	host      string
	port      int // 0: not said
	transport string
}

// readHop reads host[:port][;transport=…].
func readHop(send string) (hop, error) {
	wrong := fmt.Errorf("send: %q is not host, host:port or host:port;transport=udp, tcp or tls", send)
	where, option, has := strings.Cut(send, ";")
	h := hop{transport: "udp", host: where}
	if send == "" {
		return h, wrong
	}
	if has {
		name, transport, _ := strings.Cut(option, "=")
		if name != "transport" || transport != "udp" && transport != "tcp" && transport != "tls" {
			return h, wrong
		}
		h.transport = transport
	}
	if host, port, err := net.SplitHostPort(where); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return h, wrong
		}
		h.host, h.port = host, n
	}
	h.host = strings.Trim(h.host, "[]")
	if _, err := netip.ParseAddr(h.host); err != nil && !isHostName(h.host) {
		return h, wrong
	}
	return h, nil
}

// isHostName tells whether a name may stand in DNS.
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for _, r := range name {
		if r != '.' && r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

// address is the hop with the port that the transport has where none is said.
func (h hop) address() string {
	port := h.port
	switch {
	case port != 0:
	case h.transport == "tls":
		port = 5061
	default:
		port = 5060
	}
	return net.JoinHostPort(h.host, strconv.Itoa(port))
}

// trunk finds a trunk by its name.
func (e *Endpoint) trunk(name string) (trunk, bool) {
	for _, t := range *e.trunks.Load() {
		if t.Name == name {
			return t, true
		}
	}
	return trunk{}, false
}
