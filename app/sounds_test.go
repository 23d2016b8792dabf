package app

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// One node has the first and the last part of a recording, another one the second. Both play all of it, and each what it can
// when the other is away.
func TestPartsAtTwoNodes(t *testing.T) {
	nodes := several(t, 2)
	const call = "c-parts"
	room := nodes[0].engine.Room()
	defer room.Close()
	for n, silence := range []time.Duration{2 * time.Second, 3 * time.Second, 6 * time.Second} {
		tap, err := nodes[n%2].recordings.Resume(call, true, time.Now().Add(-silence))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(room.Set(media.Plan{Takes: []media.Take{{Tap: tap}}}), room.Set(media.Plan{})); err != nil { // and that is all
			t.Fatal(err)
		}
		until(t, "the part is remembered", func() bool {
			row, err := nodes[0].records.Interaction(t.Context(), call)
			return err == nil && len(row.Parts) == n+1 && row.Parts[n].Length > 0
		})
	}
	row, err := nodes[0].records.Interaction(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	plays := func(n *node, seconds, missing int) {
		t.Helper()
		s, err := library{n.App}.Open(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		b, err := io.ReadAll(s)
		if got := (len(b) - audio.WAVHeader) / 2 / audio.Rate; got != seconds || s.Missing != missing || err != nil || s.Written.IsZero() {
			t.Errorf("it plays %d s without %d, want %d without %d: %v", got, s.Missing, seconds, missing, err)
		}
	}
	plays(nodes[0], 11, 0)
	plays(nodes[1], 11, 0)
	if !(library{nodes[0].App}).There(call, row.Parts[1]) {
		t.Error("the other node's part is not there")
	}
	nodes[1].stop()
	until(t, "it is gone", func() bool { return len(nodes[0].known()) == 1 })
	plays(nodes[0], 8, 1)
	if l := (library{nodes[0].App}); l.There(call, row.Parts[1]) || !l.There(call, row.Parts[2]) {
		t.Error("the other node's part is there, or our own is not")
	}
	if _, err := (library{nodes[0].App}).Open(t.Context(), "c-none"); err == nil {
		t.Error("a call that nobody knows is played")
	}
	var p *api.Problem
	if _, _, err := nodes[0].sound(t.Context(), call, row.Parts[1]); !errors.As(err, &p) || p.Status != 503 {
		t.Errorf("a part that is away: %v", err)
	}
}
