package records

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// seen is a row as a report shows it, in one line a segment.
func seen(i Interaction) string {
	var path []string
	for _, s := range i.Path {
		path = append(path, strings.TrimSuffix(s.Step+"="+s.Key, "="))
	}
	out := fmt.Sprintf("%s %s, waited %v talked %v held %v wrapped %v, by %s in %s: %s\n", word(i.Cause), word(i.Outcome), i.Waited, i.Talked, i.Held,
		i.Wrapped, word(i.Agent), word(i.Queue), strings.Join(path, " "))
	for _, s := range i.Segments {
		out += fmt.Sprintf("  %s %s %s, waited %v talked %v held %v wrapped %v\n", s.Queue, word(s.Agent), word(s.Outcome), s.Waited, s.Talked, s.Held, s.Wrapped)
	}
	return out
}

func word(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// script writes a call's events: each line is a second, what happened, and who.
//
//	0 call.started    5 offer.made o1 tom
func script(t *testing.T, text string) []state.Event {
	t.Helper()
	var events []state.Event
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		var second int64
		if _, err := fmt.Sscan(f[0], &second); err != nil {
			t.Fatal(line, err)
		}
		pairs := []string{"call", "c", "interaction", "c", "queue", "sales", "node", "n"}
		if strings.HasPrefix(f[1], "flow.") || f[1] == "call.started" || f[1] == "call.ended" {
			pairs = []string{"call", "c", "node", "n"}
		}
		for _, word := range f[2:] {
			if key, value, ok := strings.Cut(word, "="); ok {
				pairs = append(pairs, key, value)
			}
		}
		events = append(events, told(second*1000, f[1], pairs...))
	}
	return events
}

const (
	inMenu = `
		0 call.started flow=main
		0 call.answered
		1 flow.step flow=main step=welcome
		3 flow.step flow=main step=menu`
	inQueue = inMenu + `
		5 flow.key step=menu key=1
		5 flow.step flow=main step=sales
		10 interaction.queued`
	inTalk = inQueue + `
		20 offer.made lease=o1 agent=tom
		25 offer.accepted lease=o1 agent=tom
		26 offer.connected lease=o1 agent=tom
		26 call.connected lease=o1 agent=tom`
)

// Every way a call can end, as calls and routing tell it, and the row that is left.
func TestEveryEnd(t *testing.T) {
	for name, c := range map[string]struct{ events, want string }{
		"hung up in the menu": {inMenu + `
			4 call.ended cause=normal`, `
			normal -, waited 0s talked 0s held 0s wrapped 0s, by - in -: welcome menu`},
		"hung up in the queue": {inQueue + `
			40 interaction.left reason=abandoned
			40 call.ended cause=normal`, `
			normal abandoned, waited 30s talked 0s held 0s wrapped 0s, by - in sales: welcome menu=1 sales
			  sales - abandoned, waited 30s talked 0s held 0s wrapped 0s`},
		"the caller's connection was lost in the queue": {inQueue + `
			40 interaction.left reason=abandoned
			40 call.ended cause=silent`, `
			silent abandoned, waited 30s talked 0s held 0s wrapped 0s, by - in sales: welcome menu=1 sales
			  sales - abandoned, waited 30s talked 0s held 0s wrapped 0s`},
		"hung up while it rang": {inQueue + `
			20 offer.made lease=o1 agent=tom
			25 interaction.left reason=abandoned
			25 offer.customer_gone lease=o1 agent=tom
			25 call.ended cause=normal`, `
			normal abandoned, waited 15s talked 0s held 0s wrapped 0s, by - in sales: welcome menu=1 sales
			  sales tom abandoned, waited 15s talked 0s held 0s wrapped 0s`},
		"declined by all, then too late": {inQueue + `
			20 offer.made lease=o1 agent=tom
			22 offer.declined lease=o1 agent=tom
			22 offer.made lease=o2 agent=maria
			42 offer.missed lease=o2 agent=maria
			50 offer.made lease=o3 agent=sam
			52 offer.withdrawn lease=o3 agent=sam
			70 interaction.left reason=timeout
			80 call.ended cause=nobody_answered`, `
			nobody_answered timeout, waited 1m0s talked 0s held 0s wrapped 0s, by - in sales: welcome menu=1 sales
			  sales tom declined, waited 12s talked 0s held 0s wrapped 0s
			  sales maria missed, waited 20s talked 0s held 0s wrapped 0s
			  sales sam withdrawn, waited 10s talked 0s held 0s wrapped 0s
			  sales - timeout, waited 18s talked 0s held 0s wrapped 0s`},
		"served, held, hung up, wrapped up": {inTalk + `
			86 call.released lease=o1 agent=tom talked=45000 held=15000 cause=normal
			86 work.ended lease=o1 agent=tom kind=timed
			86 interaction.left reason=served
			87 call.ended cause=normal
			96 disposition.set lease=o1 agent=tom code=sold
			96 acw.ended lease=o1 agent=tom by=agent`, `
			normal served, waited 16s talked 45s held 15s wrapped 10s, by tom in sales: welcome menu=1 sales
			  sales tom served, waited 16s talked 45s held 15s wrapped 10s`},
		"the device failed after the accept, another took it": {inQueue + `
			20 offer.made lease=o1 agent=tom
			25 offer.accepted lease=o1 agent=tom
			30 offer.device_failed lease=o1 agent=tom
			30 offer.made lease=o2 agent=maria
			33 offer.accepted lease=o2 agent=maria
			34 call.connected lease=o2 agent=maria
			44 call.released lease=o2 agent=maria talked=10000 held=0 cause=normal
			44 work.ended lease=o2 agent=maria kind=immediate
			44 interaction.left reason=served
			44 call.ended cause=normal`, `
			normal served, waited 24s talked 10s held 0s wrapped 0s, by maria in sales: welcome menu=1 sales
			  sales tom device_failed, waited 20s talked 0s held 0s wrapped 0s
			  sales maria served, waited 4s talked 10s held 0s wrapped 0s`},
		"the browser vanished, back to the head, served by another": {inTalk + `
			50 call.lost lease=o1 agent=tom
			70 call.released lease=o1 agent=tom talked=24000 held=20000 cause=lost
			70 interaction.requeued reason=lost
			75 offer.made lease=o2 agent=maria
			77 offer.accepted lease=o2 agent=maria
			78 call.connected lease=o2 agent=maria
			98 call.released lease=o2 agent=maria talked=20000 held=0 cause=normal
			98 work.ended lease=o2 agent=maria kind=indefinite
			98 interaction.left reason=served
			98 call.ended cause=normal
			198 acw.ended lease=o2 agent=maria by=agent`, `
			normal served, waited 24s talked 44s held 20s wrapped 1m40s, by maria in sales: welcome menu=1 sales
			  sales tom lost, waited 16s talked 24s held 20s wrapped 0s
			  sales maria served, waited 8s talked 20s held 0s wrapped 1m40s`},
		"the browser vanished, and the caller hung up at the head": {inTalk + `
			70 call.released lease=o1 agent=tom talked=24000 held=20000 cause=lost
			70 interaction.requeued reason=lost
			73 interaction.left reason=abandoned
			73 call.ended cause=normal`, `
			normal abandoned, waited 19s talked 24s held 20s wrapped 0s, by tom in sales: welcome menu=1 sales
			  sales tom lost, waited 16s talked 24s held 20s wrapped 0s
			  sales - abandoned, waited 3s talked 0s held 0s wrapped 0s`},
		"the node was told to stop": {inTalk + `
			46 call.released lease=o1 agent=tom talked=20000 held=0 cause=draining
			46 work.ended lease=o1 agent=tom kind=immediate
			46 interaction.left reason=served
			46 call.ended cause=draining`, `
			draining served, waited 16s talked 20s held 0s wrapped 0s, by tom in sales: welcome menu=1 sales
			  sales tom served, waited 16s talked 20s held 0s wrapped 0s`},
		"the queue was full": {inMenu + `
			5 flow.step flow=main step=full
			9 call.ended cause=queue_full`, `
			queue_full -, waited 0s talked 0s held 0s wrapped 0s, by - in -: welcome menu full`},
	} {
		t.Run(name, func(t *testing.T) {
			var i Interaction
			for _, e := range script(t, c.events) {
				i = apply(i, e)
			}
			if got, want := seen(i), strings.TrimPrefix(strings.ReplaceAll(c.want, "\n\t\t\t", "\n"), "\n")+"\n"; got != want {
				t.Errorf("remembered\n%swanted\n%s", got, want)
			}
		})
	}
}

// The node dies in the menu, the queue, while it rings, in the talk, and in after-call work: the next life closes the
// row, and what was going on is told as interrupted.
func TestANodeLostAnywhere(t *testing.T) {
	at := map[string][2]string{
		"in the menu":        {inMenu, "interrupted -, waited 0s talked 0s"},
		"in the queue":       {inQueue, "interrupted interrupted, waited 1m30s talked 0s"},
		"while it rang":      {inQueue + "\n20 offer.made lease=o1 agent=tom", "interrupted interrupted, waited 1m30s talked 0s"},
		"in the talk":        {inTalk, "interrupted interrupted, waited 16s talked 1m14s"},
		"in after-call work": {inTalk + "\n86 call.released lease=o1 agent=tom talked=60000 held=0 cause=normal\n86 work.ended lease=o1 agent=tom kind=indefinite\n86 call.ended cause=normal", "normal served, waited 16s talked 1m0s held 0s wrapped 14s"},
	}
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		var events []state.Event
		for name, c := range at {
			for _, e := range script(t, c[0]) {
				for _, key := range []string{"call", "interaction"} {
					if e.Data[key] != "" {
						e.Data[key] = name
					}
				}
				events = append(events, e)
			}
		}
		for n := range events {
			events[n].ID = fmt.Sprintf("%d-0", n+1)
		}
		if err := s.write(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Interrupted(t.Context(), "n", after(100_000)); err != nil {
			t.Fatal(err)
		}
		for name, c := range at {
			if got := seen(mustInteraction(t, s, name)); !strings.HasPrefix(got, c[1]) {
				t.Errorf("%s: %s, want %s", name, got, c[1])
			}
		}
	})
}

// An embedded Redis forgets what is written. However often the reader dies between two batches, and between a batch's
// transaction and the word that it is written, every event counts once and none is forgotten too early.
func TestAJournalThatForgetsWhatIsWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		st, j := opened(t, "")
		const calls = 30 // more events than all lives together read
		for n := range calls {
			for _, e := range story(fmt.Sprintf("c-%d", n)) {
				j.Append(e)
			}
		}
		if err := j.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for life := range 5 {
			s := open()
			ctx, cancel := context.WithCancel(t.Context())
			dies := func() error { cancel(); return s.Close() }
			var reader Journal = &tripwire{j, 37, 2 + life, dies}
			if life%2 == 1 {
				reader = &speechless{&tripwire{j, 41, -1, nil}, 1 + life/2, dies}
			}
			_ = s.Follow(ctx, reader) // it dies: that is the story
			cancel()
		}
		s := open()
		follow(t, s, j)
		until(t, "the last story is told", func() bool {
			i, err := s.Interaction(t.Context(), fmt.Sprintf("c-%d", calls-1))
			return err == nil && i.Disposition != ""
		})
		for n := range calls {
			id := fmt.Sprintf("c-%d", n)
			same(t, mustInteraction(t, s, id), remembered(id))
		}
		left, err := st.Redis().XLen(t.Context(), st.Key("events")).Result()
		if err != nil || left > 200 {
			t.Errorf("the embedded Redis still holds %d events, %v: nothing was forgotten, nothing proved", left, err)
		}
	})
}

// The pages of a call's path keep their order, whatever else happens between.
func TestAPathKeepsItsOrder(t *testing.T) {
	var i Interaction
	for n := range maxPath + 10 {
		i = apply(i, told(int64(n), "flow.step", "call", "c", "flow", "main", "step", fmt.Sprint(n)))
	}
	if len(i.Path) != maxPath || i.Path[7].Step != "7" || !slices.IsSortedFunc(i.Path[:10], func(a, b Step) int { return strings.Compare(a.Step, b.Step) }) {
		t.Errorf("a path of %d steps", len(i.Path))
	}
	if i.Started != noon.Add(0*time.Second) {
		t.Errorf("started at %v", i.Started)
	}
}
