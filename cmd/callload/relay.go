package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// relay measures rtpengine's relaying between two phones, over its ng protocol.
type relay struct {
	lasting
	NG     string `name:"ng" default:"127.0.0.1:22222" help:"Address of rtpengine's ng protocol."`
	IP     string `name:"ip" default:"127.0.0.1" help:"Our own address."`
	Record bool   `help:"Let it record every call."`
}

// Run measures and prints.
func (r *relay) Run(ctx context.Context) error { return r.tell(ctx, r.result) }

// result connects the calls and measures.
func (r *relay) result(ctx context.Context) (result, error) {
	s, err := newStreams(r.IP)
	if err != nil {
		return result{}, err
	}
	defer s.close()
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", r.NG)
	if err != nil {
		return result{}, err
	}
	defer conn.Close()
	ng := &ng{conn: conn, run: strconv.FormatInt(time.Now().UnixNano(), 36)}
	up := 0
	var failed error
	if err := pace(ctx, r.Calls, r.Rate, func(i int) {
		if failed == nil {
			failed = r.connect(ng, s, i)
			up++
		}
	}); err != nil {
		return result{}, err
	}
	if failed != nil {
		return result{}, failed
	}
	res, err := r.measure(ctx, s, func() int { return up })
	if err != nil {
		return result{}, err
	}
	for i := range r.Calls {
		_, _ = ng.ask(map[string]string{"command": "delete", "call-id": ng.id(i), "from-tag": "a"})
	}
	return res, nil
}

// connect relays between our two sides.
func (r *relay) connect(ng *ng, s *streams, i int) error {
	ask := map[string]string{"command": "offer", "call-id": ng.id(i), "from-tag": "a", "sdp": string(s.sdp(0)), "ICE": "remove"}
	if r.Record {
		ask["record-call"] = "yes"
	}
	offered, err := ng.ask(ask)
	if err != nil {
		return err
	}
	ask["command"], ask["to-tag"], ask["sdp"] = "answer", "b", string(s.sdp(1))
	answered, err := ng.ask(ask)
	if err != nil {
		return err
	}
	if _, err := s.start(1, []byte(offered)); err != nil {
		return err
	}
	_, err = s.start(0, []byte(answered))
	return err
}

// ng speaks rtpengine's control protocol: a cookie and a bencoded dictionary in one datagram.
type ng struct {
	conn net.Conn
	run  string // rtpengine remembers the calls and the cookies of an earlier one
	n    int
}

func (g *ng) id(i int) string { return "load-" + g.run + "-" + strconv.Itoa(i) }

// ask gives the sdp of the answer.
func (g *ng) ask(fields map[string]string) (string, error) {
	g.n++
	cookie := g.run + "_" + strconv.Itoa(g.n)
	var b strings.Builder
	b.WriteString(cookie + " d")
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "%d:%s%d:%s", len(k), k, len(fields[k]), fields[k])
	}
	b.WriteString("e")
	if _, err := g.conn.Write([]byte(b.String())); err != nil {
		return "", err
	}
	buf := make([]byte, 65536)
	_ = g.conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	var text string
	for !strings.HasPrefix(text, cookie+" ") { // what is answered too late belongs to an earlier question
		n, err := g.conn.Read(buf)
		if err != nil {
			return "", err
		}
		text = string(buf[:n])
	}
	if !strings.Contains(text, "6:result2:ok") {
		return "", fmt.Errorf("rtpengine: %s", text)
	}
	_, after, ok := strings.Cut(text, "3:sdp")
	if !ok {
		return "", nil
	}
	length, sdp, _ := strings.Cut(after, ":")
	size, _ := strconv.Atoi(length)
	return sdp[:min(size, len(sdp))], nil
}
