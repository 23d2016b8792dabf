package routing

import (
	"log/slog"
	"testing"

	"github.com/callfloor/callfloor/state"
)

// A router that has not begun to read when the first offer is made tells of it all the same.
func TestNoOfferIsMissedAtTheStart(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := &story{T: t, Router: New(st, "n-1", slog.New(slog.DiscardHandler)), tickets: map[string]*Ticket{}}
		s.open(nil)
		s.available("maria")
		s.calls("ann", "sales")
		s.begins()
		s.news("ann", Offered)
	})
}

// An interaction that waits twice, one time after the other, hears nothing of its first wait in its second.
func TestATicketHearsOnlyOfItsOwnWait(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := &story{T: t, Router: New(st, "n-1", slog.New(slog.DiscardHandler)), tickets: map[string]*Ticket{}}
		s.open(nil)
		s.available("maria")
		s.calls("ann", "sales")
		s.tickets["ann"].Close()
		s.must(s.Leave(t.Context(), "ann", "closed"))
		s.calls("ann", "support")
		s.begins() // only now the journal is read: both offers are in it
		if u := s.news("ann", Offered); u.Queue != "support" {
			t.Fatalf("told of the offer in %s", u.Queue)
		}
	})
}

func TestEnqueuedTwiceTheFirstTicketGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		s.calls("ann", "sales")
		_, err := s.Enqueue(t.Context(), Interaction{ID: "ann", Channel: "voice", Queue: "support"})
		s.conflict(err, "taken")
		s.available("maria")
		s.news("ann", Offered)
	})
}

// The client repeats a command whose answer was lost: whoever is queued already gets the same answer, and waits once.
func TestARepeatedEnqueueIsTheSameWait(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		d := dawn(t, st, nil)
		enqueue := func(visit string) ([]string, error) {
			return d.run(t.Context(), "enqueue", "ann", "voice", "sales", 0, 0, "n-1", "{}", visit, "", "0")
		}
		first, err := enqueue("v-1")
		d.ok(err)
		again, err := enqueue("v-1")
		d.ok(err)
		if first[0] != again[0] {
			t.Fatalf("first at %s, then at %s", first[0], again[0])
		}
		d.happened("interaction.queued")
		_, err = enqueue("v-2")
		d.refused(err, "taken")
	})
}
