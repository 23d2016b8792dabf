package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"
)

// settle sets what the SIP library keeps for the whole process; it comes before everything else.
func settle() {
	sipmsg.SetDefaultLogger(slog.New(slog.DiscardHandler))
	sipmsg.UDPMTUSize = 65000
}

// phones are every caller and every desk phone, on one SIP socket.
type phones struct {
	server  sipmsg.Uri
	client  *sipgo.Client
	ua      *sipgo.UserAgent
	contact sipmsg.ContactHeader
	streams *streams // nil: no sound

	mu      sync.Mutex
	rings   map[string]*stream // the agents' streams by Call-ID
	setups  []time.Duration
	refused int
}

func newPhones(ctx context.Context, server, ip string, s *streams) (*phones, error) {
	p := &phones{streams: s, rings: map[string]*stream{}}
	if err := sipmsg.ParseUri("sip:"+server, &p.server); err != nil {
		return nil, fmt.Errorf("%q is no SIP address: %w", server, err)
	}
	quiet := slog.New(slog.DiscardHandler)
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", net.JoinHostPort(ip, "0"))
	if err != nil {
		return nil, err
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	p.contact = sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: "sip", User: "load", Host: ip, Port: port}}
	if p.ua, err = sipgo.NewUA(sipgo.WithUserAgent("callload"),
		sipgo.WithUserAgentTransactionLayerOptions(sipmsg.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(quiet))); err != nil {
		return nil, err
	}
	if p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(quiet), sipgo.WithClientAddr(conn.LocalAddr().String())); err != nil {
		return nil, err
	}
	srv, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return nil, err
	}
	ok := func(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
		_ = tx.Respond(sipmsg.NewResponseFromRequest(req, 200, "OK", nil))
	}
	srv.OnInvite(p.ring)
	srv.OnBye(func(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
		ok(req, tx)
		p.hung(req.CallID().Value())
	})
	srv.OnOptions(ok)
	srv.OnUpdate(ok)
	srv.OnAck(func(*sipmsg.Request, sipmsg.ServerTransaction) {})
	go func() { _ = srv.ServeUDP(conn) }()
	return p, nil
}

// close ends the phones' socket.
func (p *phones) close() { _ = p.ua.Close() }

// ring answers like a desk phone whose owner waits for it.
func (p *phones) ring(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	res := sipmsg.NewResponseFromRequest(req, 200, "OK", nil)
	res.AppendHeader(&p.contact)
	if p.streams != nil {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(p.streams.sdp(1))
		st, err := p.streams.start(1, req.Body())
		if err != nil {
			_ = tx.Respond(sipmsg.NewResponseFromRequest(req, 488, "Not Acceptable Here", nil))
			return
		}
		p.mu.Lock()
		p.rings[req.CallID().Value()] = st
		p.mu.Unlock()
	}
	if err := tx.Respond(res); err != nil {
		return
	}
	<-tx.Done()
}

func (p *phones) hung(id string) {
	p.mu.Lock()
	st := p.rings[id]
	delete(p.rings, id)
	p.mu.Unlock()
	p.streams.stop(st)
}

// register makes this process the desk phone of an agent.
func (p *phones) register(ctx context.Context, agent, password string) error {
	req := p.request(sipmsg.REGISTER, sipmsg.Uri{Scheme: "sip", Host: p.server.Host, Port: p.server.Port}, agent, agent)
	req.AppendHeader(&sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: "sip", User: agent, Host: p.contact.Address.Host, Port: p.contact.Address.Port}})
	req.AppendHeader(sipmsg.NewHeader("Expires", "3600"))
	res, err := p.client.Do(ctx, req)
	if err == nil && res.StatusCode == 401 {
		res, err = p.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: agent, Password: password})
	}
	if err != nil {
		return fmt.Errorf("registering %s: %w", agent, err)
	}
	if res.StatusCode != 200 {
		return fmt.Errorf("registering %s: %s", agent, res.StartLine())
	}
	return nil
}

func (p *phones) request(m sipmsg.RequestMethod, to sipmsg.Uri, from, user string) *sipmsg.Request {
	req := sipmsg.NewRequest(m, to)
	params := sipmsg.NewParams()
	params.Add("tag", sipmsg.GenerateTagN(10))
	req.AppendHeader(&sipmsg.FromHeader{Address: sipmsg.Uri{Scheme: "sip", User: from, Host: p.contact.Address.Host}, Params: params})
	req.AppendHeader(&sipmsg.ToHeader{Address: sipmsg.Uri{Scheme: "sip", User: user, Host: p.server.Host}, Params: sipmsg.NewParams()})
	return req
}

// caller is one call from outside.
type caller struct {
	p      *phones
	invite *sipmsg.Request
	answer *sipmsg.Response
	stream *stream
}

// call dials a number; nil when it was refused.
func (p *phones) call(ctx context.Context, number string, i int) *caller {
	to := sipmsg.Uri{Scheme: "sip", User: number, Host: p.server.Host, Port: p.server.Port}
	req := p.request(sipmsg.INVITE, to, fmt.Sprintf("caller%d", i), number)
	req.AppendHeader(&p.contact)
	sdp := []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n")
	if p.streams != nil {
		sdp = p.streams.sdp(0)
	}
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(sdp)
	began := time.Now()
	res, err := p.client.Do(ctx, req)
	if err != nil || res.StatusCode != 200 {
		p.mu.Lock()
		p.refused++
		p.mu.Unlock()
		return nil
	}
	c := &caller{p: p, invite: req, answer: res}
	_ = p.client.WriteRequest(c.inside(sipmsg.ACK, req.CSeq().SeqNo))
	p.mu.Lock()
	p.setups = append(p.setups, time.Since(began))
	p.mu.Unlock()
	if p.streams != nil {
		c.stream, _ = p.streams.start(0, res.Body())
	}
	return c
}

// inside is a request of the call's dialog.
func (c *caller) inside(m sipmsg.RequestMethod, seq uint32) *sipmsg.Request {
	req := sipmsg.NewRequest(m, c.answer.Contact().Address)
	req.AppendHeader(c.invite.From())
	req.AppendHeader(c.answer.To())
	req.AppendHeader(c.invite.CallID())
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: seq, MethodName: m})
	req.SetDestination(c.invite.Destination())
	return req
}

// hangup ends the call and its sound.
func (c *caller) hangup(ctx context.Context) {
	c.p.streams.stop(c.stream)
	_, _ = c.p.client.Do(ctx, c.inside(sipmsg.BYE, c.invite.CSeq().SeqNo+1))
}

// setup is the median time from INVITE to 200, and how many were refused.
func (p *phones) setup() (median time.Duration, refused int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.setups) == 0 {
		return 0, p.refused
	}
	sorted := slices.Sorted(slices.Values(p.setups))
	return sorted[len(sorted)/2], p.refused
}
