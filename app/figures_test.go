package app

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/state"
)

// One caller is answered in time, one late, one gives up, one is turned away; and another node's are not ours to count.
func TestFiguresOfAQueue(t *testing.T) {
	f := newFigures("here", func(string) time.Duration { return 20 * time.Second })
	f.know(routing.Floor{Queues: []routing.Queue{{Name: "sales"}}})
	start := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	tell := func(after time.Duration, what, interaction, node, reason string) {
		f.take(state.Event{At: start.Add(after), What: what, Data: map[string]string{
			"interaction": interaction, "queue": "sales", "node": node, "reason": reason,
		}})
	}
	left := func(after time.Duration, interaction, reason string) { // this event does not say the node
		tell(after, "interaction.left", interaction, "", reason)
	}
	for _, caller := range []string{"ann", "bob", "cid"} {
		tell(0, "interaction.queued", caller, "here", "")
		tell(0, "interaction.queued", "their "+caller, "there", "")
	}
	tell(0, "interaction.refused", "dan", "here", "full")
	for _, node := range []string{"here", "there"} {
		tell(time.Second, "offer.made", "ann", node, "")
		tell(time.Second, "offer.missed", "bob", node, "")
	}
	tell(20*time.Second, "offer.connected", "ann", "here", "")
	tell(20*time.Second, "offer.connected", "their ann", "there", "")
	tell(21*time.Second, "offer.connected", "bob", "here", "")
	f.take(state.Event{At: start.Add(60 * time.Second), What: "interaction.queued", Data: map[string]string{ // transferred, at the age that bob had
		"interaction": "bob", "queue": "sales", "node": "here", "from": "support", "since": strconv.FormatInt(start.UnixMilli(), 10),
	}})
	tell(70*time.Second, "offer.connected", "bob", "here", "")
	left(30*time.Second, "cid", "abandoned")
	left(30*time.Second, "their cid", "abandoned")
	left(40*time.Second, "ann", "served")

	for name, c := range map[string]prometheus.Collector{
		"answered 3": f.answered.WithLabelValues("sales"), "in time 2": f.prompt.WithLabelValues("sales"),
		"abandoned 1": f.unanswered.WithLabelValues("sales", "abandoned"), "full 1": f.refused.WithLabelValues("sales", "full"),
		"made 1": f.offers.WithLabelValues("sales", "made"), "missed 1": f.offers.WithLabelValues("sales", "missed"),
		"declined 0": f.offers.WithLabelValues("sales", "declined"),
	} {
		if got := testutil.ToFloat64(c); !strings.HasSuffix(name, " "+strconv.Itoa(int(got))) {
			t.Errorf("%s, but %v were counted", name, got)
		}
	}
	if testutil.CollectAndCount(f.unanswered) != 1 {
		t.Error("who was served counts as having left unanswered")
	}
	if len(f.waiting) > 0 {
		t.Errorf("still known as waiting: %v", f.waiting)
	}
}

// Who waits again after a lost agent has waited from then on.
func TestTheWaitOfSomebodyWhoWaitsAgain(t *testing.T) {
	f := newFigures("here", func(string) time.Duration { return time.Second })
	start := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	for after, what := range []string{"interaction.queued", "offer.connected", "", "interaction.requeued", "offer.connected"} {
		f.take(state.Event{At: start.Add(time.Duration(after) * time.Second), What: what, Data: map[string]string{"interaction": "ann", "queue": "sales", "node": "here"}})
	}
	if n := testutil.ToFloat64(f.prompt.WithLabelValues("sales")); n != 2 {
		t.Errorf("%v of 2 waits of a second were in time", n)
	}
}

// The dashboard asks for nothing that the server does not tell.
func TestTheDashboardKnowsTheFigures(t *testing.T) {
	n := prepare(t).start()
	_, page := n.person("maria").do("GET", "/metrics", "")
	told := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^(callfloor_\w+)`).FindAllString(page, -1) {
		told[line] = true
	}
	if !told["callfloor_redis_up"] || !told["callfloor_agents"] || !told["callfloor_records_behind_seconds"] {
		t.Fatalf("figures are missing:\n%s", page)
	}
	b, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(b, &board); err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			names := regexp.MustCompile(`callfloor_\w+`).FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%q asks for nothing of ours: %s", p.Title, target.Expr)
			}
			for _, name := range names {
				asked[strings.TrimSuffix(name, "_bucket")] = true
				if !told[name] {
					t.Errorf("%q asks for %s, which is not told", p.Title, name)
				}
			}
		}
	}
	if len(asked) < 15 {
		t.Errorf("only %d figures are shown", len(asked))
	}
}

// What an agent does is one word; work says more than choice.
func TestWhatAnAgentIsDoing(t *testing.T) {
	lease := func(kinds ...string) (all []routing.Lease) {
		for _, k := range kinds {
			all = append(all, routing.Lease{Kind: k})
		}
		return all
	}
	for want, a := range map[string]routing.AgentState{
		"offline":     {Session: "offline", Chosen: "away"},
		"lost":        {Session: "lost", Chosen: "available", Leases: lease("work")},
		"away":        {Session: "online", Chosen: "away"},
		"busy":        {Session: "online", Chosen: "busy"},
		"away_idle":   {Session: "online", Chosen: "available", System: "away_idle"},
		"free":        {Session: "online", Chosen: "available", Routable: true},
		"unready":     {Session: "online", Chosen: "available"},
		"offered":     {Session: "online", Chosen: "available", Leases: lease("offer")},
		"wrapping_up": {Session: "online", Chosen: "away", Leases: lease("offer", "acw")},
		"working":     {Session: "online", Chosen: "away", Leases: lease("acw", "work")},
	} {
		if got := doing(a); got != want {
			t.Errorf("%+v is %q, not %q", a, got, want)
		}
		if _, known := byState(nil)[want]; !known {
			t.Errorf("no figure for %q", want)
		}
	}
}
