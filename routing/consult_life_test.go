package routing

import (
	"context"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/internal/testredis"
	"github.com/callfloor/callfloor/state"
)

// What outlives what, of consults.

// consulting is a story of maria, who has ann and consults sam, and whose ticket has told so.
func (s *story) consulting() (talk, consult string) {
	s.Helper()
	s.available("maria")
	s.calls("ann", "sales")
	talk = s.talks("ann", "maria")
	s.available("sam")
	s.must(s.Direct(s.Context(), talk, "maria", consults))
	u := s.news("ann", Offered)
	s.must(s.Accept(s.Context(), u.Lease, "s-sam"))
	if u := s.news("ann", Accepted); u.Purpose != ToConsult {
		s.Fatalf("told %+v", u)
	}
	s.must(s.Connected(s.Context(), u.Lease))
	return talk, u.Lease
}

// The ticket tells what becomes of a consult, and what a Redis that forgot everything would be told.
func TestATicketTellsOfConsults(t *testing.T) {
	onBoth(t, func(t *testing.T, st *state.State) {
		s := tell(t, st, nil)
		talk, consult := s.consulting()
		if x := s.truths()[0]; !x.Talks || x.Toward != nil || x.Leases[0].ID != talk || len(x.Guests) != 1 || x.Guests[0] != (claim{consult, "sam", ToConsult, "how much?"}) {
			t.Errorf("would tell %+v", x)
		}
		s.must(s.EndConsult(t.Context(), consult, "left"))
		if u := s.news("ann", ConsultEnded); u.Lease != consult || u.Agent != "sam" || u.Reason != "left" || len(s.truths()[0].Guests) > 0 {
			t.Errorf("told %+v, and would tell %+v", u, s.truths()[0])
		}
		s.must(s.Direct(t.Context(), talk, "maria", consults))
		consult = s.news("ann", Offered).Lease
		s.must(s.Accept(t.Context(), consult, "s-sam"))
		s.news("ann", Accepted)
		s.must(s.DeviceFailed(t.Context(), consult, "ice"))
		if u := s.news("ann", DeviceFailed); u.Purpose != ToConsult || len(s.truths()[0].Guests) > 0 {
			t.Errorf("told %+v, and would tell %+v", u, s.truths()[0])
		}
		eventually(t, "sam has cooled down", func() bool {
			a, err := s.Agent(context.Background(), "sam")
			return err == nil && a.Why == ""
		})
		s.must(s.Direct(t.Context(), talk, "maria", consults))
		consult = s.news("ann", Offered).Lease
		s.must(s.Accept(t.Context(), consult, "s-sam"))
		s.news("ann", Accepted)
		s.must(s.Handover(t.Context(), talk, consult)) // before his sound
		if x := s.truths()[0]; x.Talks || x.Leases[0] != (claim{ID: consult, Agent: "sam"}) || !strings.Contains(x.Data, "maria") {
			t.Errorf("would tell %+v", x)
		}
		s.must(s.Connected(t.Context(), consult))
		if u := s.news("ann", HandedOver); u.Lease != consult || u.Agent != "sam" {
			t.Errorf("told %+v", u)
		}
		if x := s.truths()[0]; !x.Talks || len(x.Guests) > 0 {
			t.Errorf("would tell %+v", x)
		}
		s.must(s.Finish(t.Context(), consult, "normal"))
	})
}

// Redis is killed and comes back empty: the consult is there again, as is the talk, and so it is after a handover.
func TestAConsultThatRedisForgets(t *testing.T) {
	for _, handed := range []bool{false, true} {
		t.Run(map[bool]string{false: "consulted", true: "handed over"}[handed], func(t *testing.T) {
			server := testredis.New(t)
			s := tell(t, open(t, server.Address), func(f *Floor) { f.Limits.Capacity.Blended = new(true) })
			talk, consult := s.consulting()
			has, kind := talk, "consult"
			if handed {
				s.must(s.Handover(t.Context(), talk, consult))
				s.news("ann", HandedOver)
				has, kind = consult, "work"
			}
			eventually(t, "the node knows its agents", func() bool { return strings.Contains(s.remembers(), `"id":"sam"`) })
			server.Kill()
			server.Start()
			eventually(t, "the node has told its truth", func() bool {
				l, err := s.Lease(context.Background(), consult)
				held, err2 := s.state.Redis().Exists(context.Background(), s.state.Key("hold")).Result()
				return err == nil && err2 == nil && held == 0 && l.Kind == kind && l.Agent == "sam"
			})
			if findings, err := s.Doctor(t.Context()); err != nil || len(findings) > 0 {
				t.Errorf("the doctor says %v, %v", findings, err)
			}
			if l, err := s.Lease(t.Context(), has); err != nil || l.Kind != "work" || l.Interaction != "ann" {
				t.Errorf("ann is on %+v, %v", l, err)
			}
			if !handed {
				s.why("sam", "is consulted")
				s.must(s.Handover(t.Context(), talk, consult))
				if u := s.news("ann", HandedOver); u.Agent != "sam" || !strings.Contains(s.truths()[0].Data, "how much?") {
					t.Errorf("told %+v, and would tell %+v", u, s.truths()[0])
				}
			}
			s.must(s.Finish(t.Context(), consult, "normal"))
		})
	}
}

// The call's process dies and comes back, or another node has the call: the consult goes on, and of one that ended meanwhile the
// call is told.
func TestAConsultOutlivesItsNode(t *testing.T) {
	for name, c := range map[string]struct{ over, dead bool }{
		"restarted": {}, "restarted, and sam was gone": {over: true}, "taken over": {dead: true}, "taken over, and sam was gone": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *state.State) {
				d, talk, consult := asking(t, s, nil)
				d.ok(d.Connected(t.Context(), consult))
				next := routerOn(d.clock, map[bool]string{true: "n-heir", false: "n-1"}[c.dead])
				ticket := newTicket(next, "ann")
				i := d.world().hashes["int:ann"]
				ticket.truth = truth{
					ID: "ann", Channel: "voice", Queue: "sales", Visit: i["visit"], Begin: i["begin"], Since: int64(number(i["since"])), Priority: 5,
					Leases: []claim{{ID: talk, Agent: "maria"}}, Guests: []claim{{ID: consult, Agent: "sam", Purpose: ToConsult}}, Talks: true,
				}
				saved := ticket.Save()
				if c.over {
					d.ok(d.SignOut(t.Context(), "sam", "boss"))
				}
				d.events()
				if c.dead {
					var stands Stands
					var err error
					ticket, stands, err = next.Adopt(t.Context(), saved, Talks)
					d.ok(err)
					if stands != StandsTalking {
						t.Errorf("ann %s", stands)
					}
				} else {
					var err error
					ticket, err = next.Restore(saved, Talks)
					d.ok(err)
					d.ok(next.Recover(t.Context(), nil))
				}
				defer ticket.Close()
				w := mustLook(t, s, d.last) // what is told from here on
				l := w.hashes["lease:"+consult]
				if want := map[bool]string{true: "done", false: "consult"}[c.over]; l["kind"] != want || !c.over && l["node"] != next.node {
					t.Errorf("the consult is %v", l)
				}
				told := false
				for _, e := range w.events {
					told = told || e.What == "consult.ended" && e.Get("lease") == consult
					next.dispatch(e)
				}
				if told != c.over {
					t.Errorf("that it is over is told: %v", told)
				}
				if n := len(ticket.truth.Guests); (n == 0) != c.over {
					t.Errorf("would tell %+v", ticket.truth)
				}
				d.state("ann", "owned", "maria")
				d.ok(next.Finish(t.Context(), talk, "normal"))
				if w := d.world(); len(w.of("int:")) > 0 || w.hashes["agent:sam"]["consulted"] != "" {
					t.Errorf("left are %v, and sam is %v", w.of("int:"), w.hashes["agent:sam"])
				}
			})
		})
	}
}
