package records

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// A node died in the middle of a talk, of a wait and of after-call work. What is known only later still counts.
func TestACrashedNodesRowsAreClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		ctx := t.Context()
		var events []state.Event
		events = append(events, story("talking")[:16]...)  // on hold
		events = append(events, story("wrapping")[:21]...) // the call is over, the wrap-up is not
		events = append(events, story("waiting")[:7]...)
		elsewhere := story("elsewhere")[:1]
		elsewhere[0].Data["node"] = "n-2"
		events = numbered(append(events, elsewhere...))
		for n := range events {
			events[n].ID = fmt.Sprintf("%d-0", n+1)
		}
		if err := s.write(ctx, events); err != nil {
			t.Fatal(err)
		}
		died := after(100_000)
		if n, err := s.Interrupted(ctx, "n-1", died); err != nil || n != 2 {
			t.Fatalf("closed %d, %v; want 2", n, err)
		}
		talking := mustInteraction(t, s, "talking")
		last := talking.Segments[1]
		if talking.Cause != Interrupted || !talking.Ended.Equal(died) || last.Outcome != Interrupted || !last.Released.Equal(died) {
			t.Errorf("the talk was not closed: %+v", talking)
		}
		if want := died.Sub(after(14541)); talking.Talked != want {
			t.Errorf("talked %v, want %v", talking.Talked, want)
		}
		if w := mustInteraction(t, s, "wrapping"); w.Cause != "normal" || w.Segments[1].WrapupEnded.IsZero() {
			t.Errorf("the after-call work was not closed: %+v", w)
		}
		if w := mustInteraction(t, s, "waiting"); w.Segments[0].Outcome != Interrupted || w.Waited != died.Sub(after(5100)) {
			t.Errorf("the wait was not closed: %+v", w)
		}
		if w := mustInteraction(t, s, "elsewhere"); !w.Ended.IsZero() {
			t.Errorf("another node's call was closed: %+v", w)
		}
		if n, err := s.Interrupted(ctx, "n-1", died); err != nil || n != 0 {
			t.Errorf("closed %d again, %v", n, err)
		}

		// The rest of two calls was in the journal all the time, and so was a call that nobody has read of yet.
		rest := append(story("wrapping")[21:], story("talking")[16:]...)
		rest = append(rest, story("unread")[0])
		for n := range rest {
			rest[n].ID = fmt.Sprintf("%d-0", 1000+n)
		}
		if err := s.write(ctx, rest); err != nil {
			t.Fatal(err)
		}
		same(t, mustInteraction(t, s, "wrapping"), remembered("wrapping"))
		same(t, mustInteraction(t, s, "talking"), remembered("talking"))
		if u := mustInteraction(t, s, "unread"); u.Cause != Interrupted {
			t.Errorf("a call of the former life that was read later stays open: %+v", u)
		}
	})
}

func ids(found []Interaction) string {
	var all []string
	for _, i := range found {
		all = append(all, i.ID)
	}
	return strings.Join(all, " ")
}

func TestTheHistoryIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		var events []state.Event
		for n, who := range []struct{ from, name, queue, agent string }{
			{"+15550101", "Zoë Årud", "support", "maria"},
			{"+15550102", "50% off_", "sales", "maria"},
			{"+15550103", `back\slash`, "support", "tom"},
			{"+15550104", "nobody", "", ""},
		} {
			id, at := fmt.Sprintf("c-%d", n), int64(n*1000)
			events = append(events, told(at, "call.started", "call", id, "from", who.from, "name", who.name))
			if who.queue != "" {
				events = append(events,
					told(at+100, "interaction.queued", "interaction", id, "queue", who.queue),
					told(at+200, "offer.made", "interaction", id, "queue", who.queue, "lease", id, "agent", who.agent),
					told(at+300, "call.connected", "call", id, "queue", who.queue, "lease", id, "agent", who.agent))
			}
		}
		events = append(events, // tom was only asked
			told(5000, "call.started", "call", "c-5"), told(5100, "offer.made", "interaction", "c-5", "queue", "sales", "lease", "o", "agent", "tom"),
			told(5200, "offer.declined", "interaction", "c-5", "queue", "sales", "lease", "o", "agent", "tom"))
		if err := s.write(t.Context(), numbered(events)); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			filter Filter
			want   string
		}{
			"all, newest first":            {Filter{}, "c-5 c-3 c-2 c-1 c-0"},
			"a page":                       {Filter{Limit: 2}, "c-5 c-3"},
			"the next page":                {Filter{Limit: 2, Before: "c-3"}, "c-2 c-1"},
			"after the last page":          {Filter{Before: "c-0"}, ""},
			"before a row that is not":     {Filter{Before: "x"}, ""},
			"an agent's talks":             {Filter{Agent: "tom"}, "c-2"},
			"a queue's":                    {Filter{Queue: "sales"}, "c-5 c-1"},
			"an agent's in a queue":        {Filter{Agent: "maria", Queue: "sales"}, "c-1"},
			"a number":                     {Filter{Number: "+15550102"}, "c-1"},
			"a time":                       {Filter{Since: after(1000), Until: after(3000)}, "c-2 c-1"},
			"a name, whatever the letters": {Filter{Query: "zOË å"}, "c-0"},
			"part of a number":             {Filter{Query: "50103"}, "c-2"},
			"a percent sign is a letter":   {Filter{Query: "0%"}, "c-1"},
			"an underscore, too":           {Filter{Query: "f_"}, "c-1"},
			"and a backslash":              {Filter{Query: `k\s`}, "c-2"},
			"nothing to be found":          {Filter{Query: "' OR 1=1 --"}, ""},
			"what tom may read":            {Filter{Reader: &Reader{Agent: "tom"}}, "c-2"},
			"what tom may read of sales":   {Filter{Queue: "sales", Reader: &Reader{Agent: "tom"}}, ""},
			"what their supervisor may":    {Filter{Reader: &Reader{Agent: "boss", Queues: []string{"sales", "x"}}}, "c-5 c-1"},
			"what a stranger may":          {Filter{Reader: &Reader{Agent: ""}}, ""},
		} {
			found, err := s.Interactions(t.Context(), c.filter)
			if err != nil || ids(found) != c.want {
				t.Errorf("%s: found %q, %v; want %q", name, ids(found), err, c.want)
			}
		}
		if _, err := s.Interaction(t.Context(), "x\x00\xff"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a row that is not: %v", err)
		}
		for reader, want := range map[*Reader]bool{{Agent: "tom"}: false, {Agent: "maria"}: true, {Queues: []string{"support"}}: true, {}: false} {
			if got := reader.May(mustInteraction(t, s, "c-0")); got != want {
				t.Errorf("may %+v read it: %v, want %v", reader, got, want)
			}
		}
	})
}

// Names and numbers come from strangers.
func TestHostileTextIsKeptOrCut(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		long := strings.Repeat("ü", 5000)
		events := numbered([]state.Event{
			told(1, "call.started", "call", "c\x001", "from", "\xff\xfe'; DROP TABLE interactions; --", "name", long, "to", "\x00"),
			told(2, "flow.step", "call", "c\x001", "flow", "\xc3", "step", long),
			told(3, "disposition.set", "interaction", "c\x001", "lease", "o", "note", long),
			told(4, "recording.ended", "call", "c\x001", "file", "f", "seconds", "Inf"),
			told(5, "call.started"), // belongs to nobody
			{At: time.Time{}, What: "call.answered", Data: map[string]string{"call": "c1"}},
		})
		if err := s.write(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		i := mustInteraction(t, s, "c1")
		if i.From != "�'; DROP TABLE interactions; --" || i.To != "" || len(i.Name) != maxName || len(i.Note) != maxNote || i.Recorded != 0 {
			t.Errorf("kept %q %q %d %d %v", i.From, i.To, len(i.Name), len(i.Note), i.Recorded)
		}
	})
}

// A caller may walk in circles for hours.
func TestAnEndlessPathKeepsItsBeginning(t *testing.T) {
	var i Interaction
	for n := range 2 * maxPath {
		i = apply(i, told(int64(n), "flow.step", "call", "c", "flow", "f", "step", fmt.Sprint(n)))
		i = apply(i, told(int64(n), "flow.key", "call", "c", "step", "x", "key", "1"))
	}
	if len(i.Path) != maxPath || i.Path[0].Step != "0" {
		t.Errorf("path of %d, from %v", len(i.Path), i.Path[0])
	}
}

func TestConfig(t *testing.T) {
	for url, ok := range map[string]bool{
		"": true, "sqlite:x.db": true, "postgres://h/d": true, "postgresql://h/d": true, "sqlite:": false, "mysql://h": false, "x.db": false,
	} {
		if err := (Config{URL: url}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{"", "mysql://h", "sqlite:/nowhere/at/all.db", "postgres:///x?host=/nowhere"} {
		if s, err := Open(t.Context(), Config{URL: url}, nil); err == nil {
			t.Errorf("%q was opened: %v", url, s.Close())
		}
	}
}
