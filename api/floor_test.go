package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
)

// A call is told whole: whose it is first, then who is asked; what is of other queues, no call, or over is not there.
func TestLiveCallsOfTheFloor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		lease := func(call, agent, kind, purpose, queue, channel string, sec int) routing.Lease {
			return routing.Lease{
				ID: "l-" + agent, Agent: agent, Interaction: call, Queue: queue, Channel: channel, Kind: kind, Purpose: purpose,
				Since: noon.Add(time.Duration(sec) * time.Second), Data: map[string]string{"from": "+1555", "name": "Ann", "to": "100", "entry": "main"},
			}
		}
		for n, l := range []routing.Lease{
			lease("c-1", "sam", "consult", "consult", "support", "voice", 30), lease("c-1", "maria", "work", "", "support", "voice", 10),
			lease("c-2", "bot", "offer", "", "support", "voice", 5), lease("c-3", "bot", "work", "", "sales", "voice", 5),
			lease("c-4", "bot", "work", "", "support", "chat", 5), lease("c-5", "bot", "acw", "", "support", "voice", 5),
		} {
			l.ID = fmt.Sprint("l-", n)
			w.house.leases[l.ID] = l
		}
		var out struct{ Calls []FloorCall }
		if err := json.Unmarshal(w.browser().login("sam").do("GET", "/api/floor", "").body, &out); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range out.Calls {
			line := fmt.Sprintf("%s %s %s %s->%s %d:", c.Call, c.State, c.Name, c.From, c.To, (c.Since-noon.UnixMilli())/1000)
			for _, p := range c.Parties {
				line += " " + p.Agent + "=" + p.Role + "," + p.State
			}
			got = append(got, line)
		}
		want := "c-2 ringing Ann +1555->100 5: bot=agent,ringing\nc-1 consulting Ann +1555->100 10: maria=agent,talking sam=consulted,talking"
		if text := strings.Join(got, "\n"); text != want {
			t.Errorf("told\n%s\nwant\n%s", text, want)
		}
	})
}

// The day's figures are those of the supervisor's queues; they are counted once for all who look, and again after news.
func TestTheDayOfTheFloor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		quarter := map[int64]*records.Tally{2: {Offered: 1}, 1: {Offered: 3, Answered: 2, Prompt: 1, Abandoned: 1}}
		w.house.day = records.Day{
			Queues: map[string]*records.QueueDay{
				"support": {Tally: records.Tally{Offered: 4, Answered: 2, Prompt: 1, Abandoned: 1}, Waited: 30 * time.Second, Quarters: quarter},
				"sales":   {Tally: records.Tally{Offered: 9}},
			},
			Agents: map[string]map[string]*records.AgentDay{
				"maria": {"support": {Calls: 2, Talked: time.Minute, Missed: 1}, "sales": {Calls: 7}}, "bot": {"sales": {Calls: 1}},
			},
		}
		maria, sam := w.browser().login("maria"), w.browser().login("sam")
		if a := maria.do("GET", "/api/floor/today", ""); a.status != 404 {
			t.Errorf("an agent: %s", a)
		}
		for range 3 {
			body := string(sam.do("GET", "/api/floor/today", "").body)
			for _, want := range []string{
				`"queues":[{"name":"support","promptMs":20000,"waitedMs":15000,"tally":{"offered":4,"answered":2,"prompt":1,"abandoned":1},` +
					`"quarters":[{"at":1,"offered":3,"answered":2,"prompt":1,"abandoned":1},{"at":2,"offered":1,"answered":0,"prompt":0,"abandoned":0}]}]`,
				`"agents":[{"agent":"maria","calls":2,"talkedMs":60000,"wrappedMs":0,"missed":1}]`,
			} {
				if !strings.Contains(body, want) {
					t.Errorf("told %s\nwant %s", body, want)
				}
			}
		}
		if got, want := w.house.did(), "today 2000-01-01 00:00:00 20s"; got != want {
			t.Errorf("counted %q, want %q", got, want)
		}
		w.house.happens("call.ended", "call", "c-1", "queue", "support")
		synctest.Wait()
		sam.do("GET", "/api/floor/today", "")
		if got := strings.Count(w.house.did(), "today"); got != 2 {
			t.Errorf("counted %d times after news", got)
		}
	})
}

// What the floor of a thousand agents costs to put together.
func BenchmarkFloorCalls(b *testing.B) {
	h := newHouse()
	a := &API{Parts: Parts{People: h}}
	var agents []routing.AgentState
	for n := range 1000 {
		id := fmt.Sprint("a", n)
		agents = append(agents, routing.AgentState{ID: id, Leases: []routing.Lease{{
			Agent: id, Interaction: fmt.Sprint("c", n), Queue: "support", Channel: "voice", Kind: "work", Data: map[string]string{"from": "+1555"},
		}}})
	}
	for b.Loop() {
		if got := len(a.floorCalls(Person{Queues: []string{"support"}}, agents)); got != 1000 {
			b.Fatal(got)
		}
	}
}
