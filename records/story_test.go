package records

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callfloor/callfloor/state"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// ms is a moment of the story: noon and so many milliseconds.
func after(ms int64) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

// told makes an event of the story out of "key", "value" pairs.
func told(ms int64, what string, pairs ...string) state.Event {
	data := map[string]string{}
	for n := 0; n < len(pairs); n += 2 {
		data[pairs[n]] = pairs[n+1]
	}
	return state.Event{At: after(ms), What: what, Data: data}
}

// story is a whole call: a menu, a wait in support, declined by tom, served by maria, held for a while, wrapped up by
// the timer, and amended later.
func story(call string) []state.Event {
	tom := []string{"lease", call + "-o1", "interaction", call, "agent", "tom", "queue", "support", "node", "n-1"}
	maria := []string{"lease", call + "-o2", "interaction", call, "agent", "maria", "queue", "support", "node", "n-1"}
	talk := []string{"call", call, "agent", "maria", "queue", "support", "lease", call + "-o2"}
	with := func(base []string, more ...string) []string { return append(append([]string{}, base...), more...) }
	return []state.Event{
		told(0, "call.started", "call", call, "from", "+15550100", "name", "Zoë", "to", "100", "entry", "main line",
			"flow", "main", "direction", "in", "source", "trunk carrier", "node", "n-1"),
		told(20, "call.answered", "call", call),
		told(25, "flow.step", "call", call, "flow", "main", "step", "welcome"),
		told(3025, "flow.step", "call", call, "flow", "main", "step", "menu"),
		told(5003, "flow.key", "call", call, "step", "menu", "key", "2"),
		told(5010, "flow.step", "call", call, "flow", "main", "step", "to_support"),
		told(5100, "interaction.queued", "interaction", call, "queue", "support", "priority", "5", "since", "0", "node", "n-1"),
		told(5107, "offer.made", with(tom, "deadline", "0")...),
		told(5300, "leg.ringing", "call", call, "leg", "l2", "role", "agent", "agent", "tom"),
		told(9001, "offer.declined", tom...),
		told(9001, "offer.made", with(maria, "deadline", "0")...),
		told(14500, "offer.accepted", maria...),
		told(14538, "offer.connected", maria...),
		told(14541, "call.connected", talk...),
		told(14545, "recording.started", "call", call, "file", call+".wav"),
		told(60000, "call.held", talk...),
		told(72345, "call.resumed", talk...),
		told(134541, "call.released", with(talk, "cause", "normal", "talked", "107655", "held", "12345")...),
		told(134550, "work.ended", with(maria, "kind", "timed", "deadline", "0", "cause", "normal")...),
		told(134550, "interaction.left", "interaction", call, "queue", "support", "reason", "served"),
		told(134600, "call.ended", "call", call, "cause", "normal", "code", "200"),
		told(134700, "recording.ended", "call", call, "file", call+".wav", "seconds", "120.055", "bytes", "1920880", "lost", "0"),
		told(164550, "acw.ended", with(maria, "by", "timer")...),
		told(170000, "disposition.set", with(maria, "code", "solved", "note", "Sent a new key.", "late", "1")...),
	}
}

// told in rows, this is the story.
func remembered(call string) Interaction {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	return Interaction{
		ID: call, Channel: "voice", Direction: "in", Node: "n-1", Source: "trunk carrier",
		From: "+15550100", Name: "Zoë", To: "100", Entry: "main line", Flow: "main",
		Path:    []Step{{"main", "welcome", ""}, {"main", "menu", "2"}, {"main", "to_support", ""}},
		Started: after(0), Answered: after(20), Ended: after(134600), Cause: "normal",
		Queue: "support", Agent: "maria", Outcome: "served",
		Waited: ms(14541 - 5100), Talked: ms(107655), Held: ms(12345), Wrapped: ms(164550 - 134541),
		Disposition: "solved", Note: "Sent a new key.", Recording: call + ".wav", Recorded: ms(120055),
		Parts: []Part{{File: call + ".wav", Node: "n-1", Length: ms(120055)}},
		Segments: []Segment{{
			Queue: "support", Agent: "tom", Lease: call + "-o1", Queued: after(5100), Offered: after(5107),
			Released: after(9001), Waited: ms(9001 - 5100), Outcome: "declined",
		}, {
			Queue: "support", Agent: "maria", Lease: call + "-o2", Queued: after(9001), Offered: after(9001), Accepted: after(14500),
			Connected: after(14541), Released: after(134541), Waited: ms(14541 - 9001), Talked: ms(107655), Held: ms(12345),
			Wrapup: "timed", WrapupEnded: after(164550), Wrapped: ms(164550 - 134541), Outcome: "served",
			Disposition: "solved", Note: "Sent a new key.",
		}},
	}
}

var private = cmpopts.EquateComparable() // times of rows are UTC to the millisecond: compared whole

func same(t testing.TB, got, want Interaction) {
	t.Helper()
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Interaction{}, Segment{}), cmpopts.EquateEmpty(), private); d != "" {
		t.Errorf("row differs (-want +got):\n%s", d)
	}
}

// numbered gives the events their places in a stream.
func numbered(events []state.Event) []state.Event {
	out := make([]state.Event, len(events))
	for n, e := range events {
		e.ID = strconv.FormatInt(e.At.UnixMilli(), 10) + "-" + strconv.Itoa(n)
		out[n] = e
	}
	return out
}

func TestAWholeCallIsRememberedToTheMillisecond(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.write(t.Context(), numbered(story("c-1"))); err != nil {
			t.Fatal(err)
		}
		same(t, mustInteraction(t, s, "c-1"), remembered("c-1"))
	})
}

func TestWhatBecameOfAWait(t *testing.T) {
	queued := told(100, "interaction.queued", "interaction", "c", "queue", "q", "node", "n")
	made := told(200, "offer.made", "lease", "o1", "interaction", "c", "agent", "tom", "queue", "q", "node", "n")
	offer := func(ms int64, what string) state.Event {
		return told(ms, "offer."+what, "lease", "o1", "interaction", "c", "agent", "tom", "queue", "q", "node", "n", "reason", "x")
	}
	left := func(ms int64, reason string) state.Event {
		return told(ms, "interaction.left", "interaction", "c", "queue", "q", "reason", reason)
	}
	restored := func(ms int64) state.Event {
		return told(ms, "interaction.restored", "interaction", "c", "queue", "q", "node", "n")
	}
	work := func(ms int64, what string, more ...string) state.Event {
		return told(ms, what, append([]string{"lease", "o1", "interaction", "c", "agent", "tom", "queue", "q", "call", "c"}, more...)...)
	}
	type want struct {
		outcomes string // of the segments
		waited   int64  // in ms, in all
		talked   int64
		wrapped  int64
		agent    string
	}
	for name, c := range map[string]struct {
		events []state.Event
		want   want
	}{
		"hung up while waiting":         {[]state.Event{queued, left(900, "abandoned")}, want{outcomes: "abandoned", waited: 800}},
		"hung up while it rang":         {[]state.Event{queued, made, left(900, "abandoned"), offer(900, "customer_gone")}, want{outcomes: "abandoned", waited: 800}},
		"the same, told in other order": {[]state.Event{queued, made, offer(900, "customer_gone"), left(900, "abandoned")}, want{outcomes: "abandoned", waited: 800}},
		"missed, then waited too long":  {[]state.Event{queued, made, offer(700, "missed"), left(1900, "timeout")}, want{outcomes: "missed timeout", waited: 1800}},
		"still waiting":                 {[]state.Event{queued}, want{outcomes: ""}},
		"device failed after the accept": {
			[]state.Event{queued, made, offer(300, "accepted"), offer(5300, "device_failed"), left(6000, "abandoned")},
			want{outcomes: "device_failed abandoned", waited: 5900},
		},
		"no after-call work": {
			[]state.Event{
				queued, made, offer(300, "accepted"), work(310, "call.connected"), work(910, "call.released", "talked", "600", "held", "0"),
				work(915, "work.ended", "kind", "immediate"), left(915, "served"),
			},
			want{outcomes: "served", waited: 210, talked: 600, agent: "tom"},
		},
		"the call could not tell of its end": {
			[]state.Event{queued, made, offer(300, "accepted"), offer(310, "connected"), work(910, "work.ended", "kind", "timed"), work(1910, "acw.ended")},
			want{outcomes: "served", waited: 210, talked: 600, wrapped: 1000, agent: "tom"},
		},
		"the agent's connection was lost, the caller hung up at the queue's head": {
			[]state.Event{
				queued, made, offer(300, "accepted"), work(310, "call.connected"),
				work(910, "call.released", "talked", "300", "held", "300", "cause", "lost"),
				told(920, "interaction.requeued", "interaction", "c", "queue", "q", "node", "n"), left(1420, "abandoned"),
			},
			want{outcomes: "lost abandoned", waited: 710, talked: 300, agent: "tom"},
		},
		"Redis had forgotten how it began": {[]state.Event{restored(100), left(900, "abandoned")}, want{outcomes: "abandoned", waited: 800}},
		"Redis had forgotten a wait that an offer did not end": {
			[]state.Event{queued, made, offer(700, "missed"), restored(750), left(900, "abandoned")}, want{outcomes: "missed abandoned", waited: 800},
		},
		"Redis had forgotten a talk": {
			[]state.Event{
				queued, restored(150), made, offer(300, "accepted"), work(400, "call.connected"), restored(500),
				work(1000, "call.released", "talked", "600", "held", "0"), work(1000, "work.ended", "kind", "immediate"), left(1000, "served"),
			},
			want{outcomes: "served", waited: 300, talked: 600, agent: "tom"},
		},
		"sent on to another queue": {
			[]state.Event{queued, told(600, "interaction.queued", "interaction", "c", "queue", "other", "node", "n"), left(700, "closed")},
			want{outcomes: "moved closed", waited: 600},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var i Interaction
			for _, e := range c.events {
				i = apply(i, e)
			}
			got := want{waited: i.Waited.Milliseconds(), talked: i.Talked.Milliseconds(), wrapped: i.Wrapped.Milliseconds(), agent: i.Agent}
			for n, s := range i.Segments {
				if n > 0 {
					got.outcomes += " "
				}
				got.outcomes += s.Outcome
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
