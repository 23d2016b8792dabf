package cluster

import (
	"context"
	"net"
)

// doorway is a listener whose connections somebody else has accepted.
type doorway struct {
	at   net.Addr
	conn chan net.Conn
	life context.Context // until Close
	end  context.CancelFunc
}

func newDoorway(at net.Addr) *doorway {
	d := &doorway{at: at, conn: make(chan net.Conn)}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// put gives a connection to whoever accepts, or closes it when the doorway is.
func (d *doorway) put(c net.Conn) {
	select {
	case d.conn <- c:
	case <-d.life.Done():
		_ = c.Close()
	}
}

// Accept waits for the next connection.
func (d *doorway) Accept() (net.Conn, error) {
	select {
	case c := <-d.conn:
		return c, nil
	case <-d.life.Done():
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (d *doorway) Close() error {
	d.end()
	return nil
}

// Addr is that of the port behind.
func (d *doorway) Addr() net.Addr { return d.at }
