package records

import (
	"testing"
	"time"
)

// Maria offers her customer to tom, who declines, and to sam, who takes them. Each has a turn in the row; tom's says nothing of
// the customer.
func TestOffersOfAnAgentToOthers(t *testing.T) {
	of := func(lease, agent string, more ...string) []string {
		return append([]string{"lease", lease, "interaction", "c", "agent", agent, "queue", "sales"}, more...)
	}
	type happening struct {
		ms   int64
		what string
		data []string
	}
	begin := []happening{
		{0, "interaction.queued", []string{"interaction", "c", "queue", "sales"}},
		{100, "offer.made", of("o1", "maria")},
		{200, "offer.accepted", of("o1", "maria")},
		{1000, "call.connected", of("o1", "maria")},
		{5000, "offer.made", of("o2", "tom", "purpose", "transfer")},
		{8000, "offer.declined", of("o2", "tom", "purpose", "transfer")},
	}
	for name, c := range map[string]struct {
		then    []happening
		outcome string
		turns   []Segment // what of them is looked at
	}{
		"and talks on": {[]happening{
			{9000, "call.released", append(of("o1", "maria"), "cause", "normal", "talked", "8000")},
			{9000, "work.ended", of("o1", "maria", "kind", "immediate")},
			{9000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "served"}},
		}, Served, []Segment{{Agent: "maria", Outcome: Served, Waited: time.Second}, {Agent: "tom", Outcome: "declined"}}},
		"and another one takes it": {[]happening{
			{9000, "offer.made", of("o3", "sam", "purpose", "transfer")},
			{10000, "offer.accepted", of("o3", "sam", "purpose", "transfer")},
			{10000, "work.ended", of("o1", "maria", "kind", "timed")},
			{10001, "call.released", append(of("o1", "maria"), "cause", "transferred", "talked", "8000")},
			{10100, "call.connected", of("o3", "sam")},
			{15000, "work.ended", of("o3", "sam", "kind", "immediate")},
			{15000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "served"}},
		}, Served, []Segment{
			{Agent: "maria", Outcome: Served, Waited: time.Second},
			{Agent: "tom", Outcome: "declined"},
			{Agent: "sam", Outcome: Served, Talked: 4900 * time.Millisecond},
		}},
		"and consults another one": {[]happening{
			{9000, "offer.made", of("k1", "sam", "purpose", "consult")},
			{10000, "offer.accepted", of("k1", "sam", "purpose", "consult")},
			{10000, "offer.connected", of("k1", "sam", "purpose", "consult")},
			{12000, "consult.ended", of("k1", "sam", "purpose", "consult", "reason", "left")},
			{15000, "call.released", append(of("o1", "maria"), "cause", "normal", "talked", "8000")},
			{15000, "work.ended", of("o1", "maria", "kind", "immediate")},
			{15000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "served"}},
		}, Served, []Segment{
			{Agent: "maria", Outcome: Served, Waited: time.Second},
			{Agent: "tom", Outcome: "declined"},
			{Agent: "sam", Outcome: Consulted},
		}},
		"and the customer leaves a consult": {[]happening{
			{9000, "offer.made", of("k1", "sam", "purpose", "consult")},
			{10000, "offer.accepted", of("k1", "sam", "purpose", "consult")},
			{12000, "call.released", append(of("o1", "maria"), "cause", "normal", "talked", "8000")},
			{12000, "consult.ended", of("k1", "sam", "purpose", "consult", "reason", "normal")},
			{12000, "work.ended", of("o1", "maria", "kind", "immediate")},
			{12000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "served"}},
		}, Served, []Segment{
			{Agent: "maria", Outcome: Served, Waited: time.Second},
			{Agent: "tom", Outcome: "declined"},
			{Agent: "sam", Outcome: Consulted},
		}},
		"and hands over to whom she consults": {[]happening{
			{9000, "offer.made", of("k1", "sam", "purpose", "consult")},
			{10000, "offer.accepted", of("k1", "sam", "purpose", "consult")},
			{10000, "offer.connected", of("k1", "sam", "purpose", "consult")},
			{12000, "consult.handed_over", of("k1", "sam", "purpose", "consult")},
			{12000, "work.ended", of("o1", "maria", "kind", "timed")},
			{12001, "call.released", append(of("o1", "maria"), "cause", "transferred", "talked", "8000")},
			{12002, "call.connected", of("k1", "sam")},
			{15000, "call.released", append(of("k1", "sam"), "cause", "normal", "talked", "3000")},
			{15000, "work.ended", of("k1", "sam", "kind", "immediate")},
			{15000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "served"}},
		}, Served, []Segment{
			{Agent: "maria", Outcome: Served, Waited: time.Second},
			{Agent: "tom", Outcome: "declined"},
			{Agent: "sam", Outcome: Served, Talked: 3 * time.Second},
		}},
		"asks outside, a supervisor takes part, and the customer is given away": {[]happening{
			{9000, "call.party_called", outside("l1", "by", "maria")},
			{9500, "call.party_failed", outside("l1", "by", "maria", "cause", "busy")},
			{10000, "call.party_called", outside("l2", "by", "maria")},
			{11000, "call.party_joined", outside("l2", "role", "expert", "place", "aside")},
			{11500, "join.begun", of("j1", "ines", "purpose", "join")},
			{11600, "call.party_joined", append(of("j1", "ines", "role", "supervisor"), "party", "ines")},
			{12000, "join.ended", of("j1", "ines", "purpose", "join", "reason", "left")},
			{13000, "call.released", append(of("o1", "maria"), "cause", "transferred", "talked", "8000")},
			{13000, "work.ended", of("o1", "maria", "kind", "immediate")},
			{13000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "served"}},
			{20000, "call.party_left", outside("l2", "role", "expert", "place", "among", "cause", "left", "lasted", "9000")},
		}, Served, []Segment{
			{Agent: "maria", Outcome: Served, Waited: time.Second},
			{Agent: "tom", Outcome: "declined"},
			{Party: "+331", Outcome: "busy"},
			{Party: "+331", Outcome: Outside},
			{Agent: "ines", Outcome: Joined},
		}},
		"and hangs up while it rings": {[]happening{
			{9000, "offer.made", of("o3", "sam", "purpose", "transfer")},
			{10000, "work.ended", of("o1", "maria", "kind", "timed")},
			{10000, "offer.orphaned", of("o3", "sam")},
			{10001, "call.released", append(of("o1", "maria"), "cause", "normal", "talked", "8000")},
			{12000, "interaction.left", []string{"interaction", "c", "queue", "sales", "reason", "abandoned"}},
			{12000, "offer.customer_gone", of("o3", "sam")},
		}, "abandoned", []Segment{
			{Agent: "maria", Outcome: Served, Waited: time.Second},
			{Agent: "tom", Outcome: "declined"},
			{Agent: "sam", Outcome: "abandoned", Waited: 2 * time.Second},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			i := Interaction{}
			for _, h := range append(append([]happening{}, begin...), c.then...) {
				i = apply(i, told(h.ms, h.what, h.data...))
			}
			var turns []Segment
			for _, s := range i.Segments {
				turns = append(turns, Segment{Agent: s.Agent, Party: s.Party, Outcome: s.Outcome, Waited: s.Waited})
				if s.Agent == "sam" {
					turns[len(turns)-1].Talked = s.Talked
				}
			}
			last := "maria" // who talked with the customer
			if turns[len(turns)-1].Talked > 0 {
				last = "sam"
			}
			if i.Agent != last {
				t.Errorf("the last agent is %s, want %s", i.Agent, last)
			}
			if len(turns) != len(c.turns) || i.Outcome != c.outcome {
				t.Fatalf("%q with the turns %+v", i.Outcome, turns)
			}
			for n, want := range c.turns {
				if turns[n] != want {
					t.Errorf("turn %d is %+v, want %+v", n, turns[n], want)
				}
			}
		})
	}
}

// outside is what the call tells of somebody outside.
func outside(leg string, more ...string) []string {
	return append([]string{"call", "c", "party", leg, "number", "+331", "queue", "sales"}, more...)
}
