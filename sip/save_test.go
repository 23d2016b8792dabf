package sip

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// crash ends the house's endpoint and its media without a word, and gives it another life on the same addresses, which holds
// requests back until Ready.
func (h *testHouse) crash(mc media.Config) {
	h.t.Helper()
	old, c, engine := h.e, h.e.config, h.e.engine
	c.UDP, c.TCP = old.Address("udp").String(), old.Address("tcp").String()
	if err := old.Abandon(); err != nil {
		h.t.Fatal(err)
	}
	h.wait.Wait()
	if err := engine.Close(); err != nil {
		h.t.Fatal(err)
	}
	again, err := media.New(mc, old.log)
	if err != nil {
		h.t.Fatal(err)
	}
	if h.e, err = Reopen(c, nil, again, h, old.log); err != nil {
		h.t.Fatal(err)
	}
}

func (h *testHouse) restore(saved []byte) *visit {
	h.t.Helper()
	l, err := h.e.Restore(saved, h.e.engine.Room())
	if err != nil {
		h.t.Fatal(err)
	}
	v := h.visit(l, Source{}, "")
	v.is(calls.SigAnswered)
	v.is(calls.SigAudio)
	return v
}

// ear is where a phone hears: its RTP socket.
func ear(t *testing.T) (net.PacketConn, string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, strings.Replace(offer, "audio 9 ", fmt.Sprintf("audio %d ", c.LocalAddr().(*net.UDPAddr).Port), 1)
}

// hears reads the next packet of sound, and who sent it.
func hears(t *testing.T, c net.PacketConn) (seq uint16, ts, ssrc uint32, from net.Addr) {
	t.Helper()
	b := make([]byte, 1500)
	for {
		_ = c.SetReadDeadline(time.Now().Add(within))
		n, from, err := c.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		if n > 12 && b[1]&0x7F == 0 {
			return binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), from
		}
	}
}

// TestALegOutlivesItsProcess: the node dies without a word while a phone talks. Its next life goes on with the same stream
// from the same port, a key the phone presses meanwhile waits for its leg, and BYE works both ways.
func TestALegOutlivesItsProcess(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, ends := range []string{"we hang up", "they hang up"} {
			t.Run(transport+", "+ends, func(t *testing.T) { outlives(t, transport, ends == "we hang up") })
		}
	}
}

func outlives(t *testing.T, transport string, weEnd bool) {
	h := open(t)
	p := newPhone(t, h.e, transport)
	sound, sdp := ear(t)
	a := invite("100", "ann", "Contact: <sip:ann@"+p.conn.LocalAddr().String()+";transport="+transport+">")
	a.body = sdp
	var desk net.Listener // where a new connection of ours arrives
	if transport == "tcp" {
		var err error
		if desk, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		defer desk.Close()
		a.extra[0] = "Contact: <sip:ann@" + desk.Addr().String() + ";transport=tcp>"
	}
	p.send(a.text(p))
	v := h.call()
	if v.leg.Save() != nil {
		t.Error("a leg that is not up yet is saved")
	}
	v.answer()
	res := p.expects(200, a)
	p.send(a.ack(res).text(p))
	seq, ts, ssrc, from := hears(t, sound)
	saved := v.leg.Save()
	if saved == nil {
		t.Fatal("nothing is saved")
	}
	id, engine := v.leg.ID(), enginePorts(t, saved)
	h.crash(engine)
	v.isGone(calls.Vanished)
	if m := p.count(isRequest("BYE")); m != 0 {
		t.Fatal("a crash said goodbye")
	}

	if transport == "tcp" {
		p = newPhone(t, h.e, "tcp")
	}
	key := a.in(res, "INFO")
	key.kind, key.body = "application/dtmf", "7"
	p.send(key.text(p)) // before its leg is there
	v = h.restore(saved)
	if v.leg.ID() != id || v.leg.Party().Address != "ann" {
		t.Errorf("restored %s of %v", v.leg.ID(), v.leg.Party())
	}
	h.e.Ready()
	if s := v.is(calls.SigDigit); s.Digit != "7" {
		t.Errorf("the key is %q", s.Digit)
	}
	p.expects(200, key)
	goesOn(t, sound, seq, ts, ssrc, from)
	speak := make([]byte, 172)
	speak[0] = 0x80
	if _, err := sound.WriteTo(speak, from); err != nil {
		t.Fatal(err)
	}
	until(t, "the phone is heard", func() bool { return v.leg.line.Stats().Packets > 0 })

	hold := key.in(res, "INVITE")
	hold.kind, hold.body = "", sdp+"a=sendonly\r\n"
	p.send(hold.ack(p.gets(200, hold)).text(p))
	v.is(calls.SigHeld)
	if weEnd {
		v.leg.Hangup(calls.Normal)
		bye := p.request("BYE")
		if n := bye.CSeq().SeqNo; n <= 1000 {
			t.Errorf("our BYE has the number %d, which may have been used", n)
		}
		p.respond(bye, 200, "", "")
	} else {
		p.gets(200, hold.in(res, "BYE"))
	}
	v.isGone(calls.Normal)
}

// goesOn reads on from one packet to those of the next life: the same stream from the same port, whose number has jumped
// and whose time has passed.
func goesOn(t *testing.T, sound net.PacketConn, seq uint16, ts, ssrc uint32, from net.Addr) {
	t.Helper()
	for { // what the first life sent is still there
		s, stamp, who, at := hears(t, sound)
		if who != ssrc || at.String() != from.String() {
			t.Fatalf("%x from %v goes on as %x from %v", ssrc, from, who, at)
		}
		if d := s - seq; d >= 1000 && d < 3000 {
			if stamp-ts > 8000*60 || stamp == ts {
				t.Errorf("time went on by %d samples", stamp-ts)
			}
			return
		}
	}
}

// enginePorts is a configuration of media whose range has the saved leg's ports.
func enginePorts(t *testing.T, saved []byte) media.Config {
	t.Helper()
	var s savedLeg
	var line struct{ Port int }
	if err := errors.Join(json.Unmarshal(saved, &s), json.Unmarshal(s.Line, &line)); err != nil {
		t.Fatal(err)
	}
	mc := media.DefaultConfig()
	mc.Ports, mc.WebRTC, mc.Loops = fmt.Sprintf("%d-%d", line.Port, line.Port+8), 0, 1
	return mc
}

// TestSavedTwiceIsTheSame: what is restored saves as it was saved, but for the jump ahead.
func TestSavedTwiceIsTheSame(t *testing.T) {
	h := open(t)
	p := newPhone(t, h.e, "udp")
	_, _, v := p.talks(h)
	v.leg.refreshIn(time.Hour, time.Hour)
	first := v.leg.Save()
	h.crash(enginePorts(t, first))
	second := h.restore(first).leg.Save()
	var a, b savedLeg
	if err := errors.Join(json.Unmarshal(first, &a), json.Unmarshal(second, &b)); err != nil {
		t.Fatal(err)
	}
	if b.Seq != a.Seq+seqJump || b.Due.Sub(a.Due).Abs() > time.Second {
		t.Errorf("CSeq %d becomes %d, the refresh of %v is due at %v", a.Seq, b.Seq, a.Due, b.Due)
	}
	a.Seq, a.Due, a.Line, b.Seq, b.Due, b.Line = 0, time.Time{}, nil, 0, time.Time{}, nil
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if !bytes.Equal(x, y) {
		t.Errorf("saved\n%s\nrestored\n%s", x, y)
	}
	p.polite.Store(true)
}

// FuzzReadSaved: a damaged saved leg is an error and no more.
func FuzzReadSaved(f *testing.F) {
	f.Add([]byte(`{"Format":1,"ID":"l-1","CallID":"c","Tag":"t","Local":"<sip:a@b>;tag=t","Remote":"\"Ann\" <sip:c@d>;tag=u","Target":"sip:c@127.0.0.1:5060","Transport":"tcp","Routes":["<sip:p;lr>"],"Line":{}}`))
	f.Add([]byte(`{"Format":1,"ID":"l-1","CallID":"c","Tag":"t","Local":"<","Remote":"","Target":"","Transport":"udp","Destination":"x"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		s, err := readSaved(b)
		if err != nil {
			return
		}
		var d dialog
		if d.restore(s) == nil {
			_ = d.firstHop()
		}
	})
}
