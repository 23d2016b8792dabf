package app

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/state"
)

// A number outside is called by the rules: the provider gets it as it wants it, a broken trunk before it is told in the journal,
// and what may not be called is refused with a reason, as an event and before anything is sent.
func TestANumberOutside(t *testing.T) {
	n := prepare(t)
	provider, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	trunks := `trunks:
  - {name: broken, send: "provider.invalid"}
  - {name: provider, send: "` + provider.LocalAddr().String() + `", watch: 0}
dialing:
  country: GB
  caller_ids: [{number: "+442071234567", name: Callfloor}]
  rules: [{numbers: ["+44*"], trunks: [broken, provider], strip: "+44", prepend: "0", agents: [maria]}]
`
	if err := os.WriteFile(filepath.Join(n.dir, "trunks.yaml"), []byte(trunks), 0o600); err != nil {
		t.Fatal(err)
	}
	n.start()
	room := n.engine.Room()
	defer room.Close()
	d := dialer{n.App, room, "c-out"}
	leg, err := d.Call(context.Background(), calls.Outside{Number: "020 7946 0018", Agent: "maria"})
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan calls.Cause, 1)
	go func() {
		for s := range leg.Signals() {
			if s.Kind == calls.SigGone {
				gone <- s.Cause
			}
		}
	}()
	buf := make([]byte, 65535)
	_ = provider.SetReadDeadline(time.Now().Add(10 * time.Second))
	size, from, err := provider.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	invite := string(buf[:size])
	if !strings.HasPrefix(invite, "INVITE sip:02079460018@127.0.0.1") || !strings.Contains(invite, `From: "Callfloor" <sip:+442071234567@`) {
		t.Errorf("the INVITE is\n%s", invite)
	}
	head := strings.SplitN(strings.SplitN(invite, "\r\n\r\n", 2)[0], "\r\n", 2)[1]
	busy := "SIP/2.0 486 Busy\r\n"
	for line := range strings.SplitSeq(head, "\r\n") {
		for _, name := range []string{"Via:", "From:", "Call-ID:", "CSeq:"} {
			if strings.HasPrefix(line, name) {
				busy += line + "\r\n"
			}
		}
		if strings.HasPrefix(line, "To:") {
			busy += line + ";tag=callee\r\n"
		}
	}
	if _, err := provider.WriteTo([]byte(busy+"Content-Length: 0\r\n\r\n"), from); err != nil {
		t.Fatal(err)
	}
	select {
	case cause := <-gone:
		if cause != calls.Busy {
			t.Errorf("it ended with %v", cause)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it never ended")
	}
	for number, reason := range map[string]string{"hello": calls.BadNumber, "+33123456789": calls.NoRoute, "+449098790000": calls.NotAllowed} {
		var refused calls.Refused
		if _, err := d.Call(context.Background(), calls.Outside{Number: number, Agent: "maria"}); !errors.As(err, &refused) || refused.Reason != reason {
			t.Errorf("%s: %v, not %s", number, err, reason)
		}
	}
	if _, err := d.Call(context.Background(), calls.Outside{Number: "+442079460018", Agent: "sam"}); calls.ReasonOf(err) != calls.NotAllowed {
		t.Errorf("sam, who may not: %v", err)
	}
	var told []string
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = n.state.Journal().Read(ctx, "0", func(events []state.Event) error {
		for _, e := range events {
			switch e.What {
			case "trunk.tried":
				told = append(told, e.Get("trunk")+" "+e.Get("outcome")+" "+e.Get("code"))
			case "outside.refused":
				told = append(told, e.Get("agent")+" refused "+e.Get("reason"))
			}
		}
		if len(told) >= 6 {
			return context.Canceled
		}
		return nil
	})
	if len(told) != 6 || told[0] != "broken unreachable 0" || told[1] != "provider busy 486" || told[5] != "sam refused not_allowed" {
		t.Errorf("the journal tells %q", told)
	}
}
