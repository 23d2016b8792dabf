package api

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// from is who sent a request and whether they came by HTTPS: the connection's other end or, where that is a proxy of
// ours, what the proxy says. Of the addresses in X-Forwarded-For only those that our proxies wrote count: from the
// right, up to the first that is none of them. Everything before it anybody can write.
func (c Config) from(ctx huma.Context) (address string, secure bool) {
	address, secure = ctx.RemoteAddr(), ctx.TLS() != nil
	if at, err := netip.ParseAddrPort(address); err != nil || !within(c.Proxies, at.Addr()) {
		return addressOf(address), secure
	}
	var hops []string
	ctx.EachHeader(func(name, value string) {
		switch {
		case strings.EqualFold(name, "X-Forwarded-For"):
			hops = append(hops, strings.Split(value, ",")...)
		case strings.EqualFold(name, "X-Forwarded-Proto"):
			secure = value == "https"
		}
	})
	for _, hop := range slices.Backward(hops) {
		at, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break // the last proxy's own word for it is as good as we know
		}
		address = netip.AddrPortFrom(at, 0).String()
		if !within(c.Proxies, at) {
			break
		}
	}
	return addressOf(address), secure
}

// within says whether an address is one of these networks and addresses.
func within(networks []string, at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(s string) bool {
		p, err := network(s)
		return err == nil && p.Contains(at)
	})
}
