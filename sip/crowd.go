package sip

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
)

// mostSources is how many addresses a UDP socket may hear from before they are all forgotten.
const mostSources = 50_000

// settle is how long the requests that were read last have to find the way of their answers.
const settle = 50 * time.Millisecond

// crowd is a UDP socket for sipgo, which remembers every address that ever sent it a datagram, until its reader ends: a
// flood from forged addresses would fill the memory. So the reader is told that the socket is closed when there were too
// many, and starts anew. It ends in the same way: sipgo opens a socket of its own, which nobody closes, for an answer
// whose socket it has forgotten.
type crowd struct {
	net.PacketConn
	most int
	seen map[netip.AddrPort]struct{}
	last netip.AddrPort
	full bool

	leaving atomic.Bool
	served  chan struct{} // closed when nobody reads any more
}

func newCrowd(c net.PacketConn, most int) *crowd {
	return &crowd{PacketConn: c, most: most, seen: map[netip.AddrPort]struct{}{}, served: make(chan struct{})}
}

// leave ends the reader, then the socket.
func (c *crowd) leave() error {
	c.leaving.Store(true)
	err := c.SetReadDeadline(time.Now())
	<-c.served
	return errors.Join(err, c.Close())
}

// ReadFrom is called by one reader.
func (c *crowd) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(c.seen) >= c.most {
		time.Sleep(settle)
		c.full = true
		return 0, nil, net.ErrClosed
	}
	n, from, err := c.PacketConn.ReadFrom(b)
	if c.leaving.Load() {
		time.Sleep(settle)
		return 0, nil, net.ErrClosed
	}
	if a, ok := from.(*net.UDPAddr); ok && err == nil && a.AddrPort() != c.last {
		c.last = a.AddrPort()
		c.seen[c.last] = struct{}{}
	}
	return n, from, err
}

// serveUDP serves until the socket really closes.
func serveUDP(srv *sipgo.Server, c *crowd) error {
	defer close(c.served)
	for {
		err := srv.ServeUDP(c)
		if !c.full {
			return err
		}
		c.full, c.last = false, netip.AddrPort{}
		clear(c.seen)
	}
}
