package api

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// Supervisors are told of their queues; agents of themselves; to everybody else it is not there.
func TestWhoIsToldWhy(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		sales := routing.Asked{Interaction: "c-1", Queue: "sales", State: "waiting", Relaxes: -1, Needs: []routing.Need{{Name: "fr", Language: true}}}
		support := routing.Asked{Interaction: "c-2", Queue: "support", State: "waiting", Relaxes: time.Second, Data: map[string]string{"name": "Ann"}}
		busy := routing.Objection{Kind: "capacity", Words: "busy"}
		w.house.explained = map[string]routing.Explanation{
			"c-1": {Asked: sales, Strategy: "skills"},
			"c-2": {Asked: support, Strategy: "linear", Candidates: []routing.Candidate{{Agent: "maria", Against: busy}}},
		}
		w.house.waiting = []routing.Waiting{{Asked: sales, Place: 1, Against: busy}, {Asked: support, Place: 1, Against: busy}}
		maria, sam := w.browser().login("maria"), w.browser().login("sam")
		for _, c := range []struct {
			who    *browser
			path   string
			status int
			has    []string
			hasNot string
		}{
			{maria, "/api/interactions/c-1/explanation", 404, nil, "skills"},
			{sam, "/api/interactions/c-1/explanation", 404, nil, "skills"},
			{sam, "/api/interactions/c-2/explanation", 200, []string{`"strategy":"linear"`, `"name":"Ann"`, `"relaxesMs":1000`, `"kind":"capacity","words":"busy"`}, "c-1"},
			{maria, "/api/why-not", 200, []string{`"c-1"`, `"c-2"`, `"relaxesMs":null`, `"name":"fr","language":true`}, "linear"},
			{maria, "/api/why-not?agent=sam", 404, nil, "c-1"},
			{sam, "/api/why-not?agent=maria", 200, []string{`"c-2"`}, "c-1"},
			{maria, "/api/floor", 404, nil, "agents"},
			{sam, "/api/floor", 200, []string{
				`"id":"maria"`, `"queues":["support"]`, `"id":"sam"`, `"name":"support"`, `"interaction":"c-2"`, `"name":"Ann"`, `"place":1`,
			}, "c-1"},
			{sam, "/api/floor", 200, nil, "bot"}, // shares no queue with sam
		} {
			a := c.who.do("GET", c.path, "")
			if a.status != c.status || strings.Contains(string(a.body), c.hasNot) {
				t.Errorf("%s: %s", c.path, a)
			}
			for _, want := range c.has {
				if !strings.Contains(string(a.body), want) {
					t.Errorf("%s has no %s: %s", c.path, want, a)
				}
			}
		}
	})
}

// A supervisor gives away what is of their queues, to whom they share a queue with; to everybody else it is not there.
func TestWhoMayAssign(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.explained = map[string]routing.Explanation{
			"c-1": {Asked: routing.Asked{Queue: "sales"}}, "c-2": {Asked: routing.Asked{Queue: "support"}},
		}
		maria, sam := w.browser().login("maria"), w.browser().login("sam") // who supervises support
		for _, c := range []struct {
			who         *browser
			call, agent string
			want        string
		}{
			{maria, "c-2", "maria", "404 not_found"},
			{sam, "c-1", "maria", "404 not_found"},
			{sam, "c-2", "bot", "404 not_found"},
			{sam, "c-2", "maria", "204 "},
		} {
			a := c.who.do("POST", "/api/interactions/"+c.call+"/assign", `{"agent":"`+c.agent+`"}`)
			if a.String() != c.want {
				t.Errorf("%s to %s: %s, want %s", c.call, c.agent, a, c.want)
			}
		}
		if got := w.house.did(); got != "assign c-2 maria sam" {
			t.Errorf("did %s", got)
		}
		w.house.with(func() { w.house.refuses = &routing.Conflict{Code: "talking"} })
		if a := sam.do("POST", "/api/interactions/c-2/assign", `{"agent":"maria"}`); a.String() != "409 talking" {
			t.Errorf("refused by the house: %s", a)
		}
	})
}

// A supervisor moves who waits, is offered or talks, out of their queues and into any that takes them.
func TestWhoMayMove(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.explained = map[string]routing.Explanation{
			"c-1": {Asked: routing.Asked{Queue: "sales", State: "waiting"}}, "c-2": {Asked: routing.Asked{Queue: "support", State: "offered", With: "maria"}},
			"c-3": {Asked: routing.Asked{Queue: "support", State: "owned", With: "maria"}},
		}
		maria, sam := w.browser().login("maria"), w.browser().login("sam") // who supervises support
		for _, c := range []struct {
			who         *browser
			call, queue string
			want        string
		}{
			{maria, "c-2", "sales", "404 not_found"},
			{sam, "c-1", "sales", "404 not_found"},
			{sam, "c-2", "support", "409 closed"}, // its hours are over
			{sam, "c-2", "", "422 invalid"},
			{sam, "c-2", "sales", "204 "},
			{sam, "c-3", "sales", "204 "},
		} {
			if a := c.who.do("POST", "/api/interactions/"+c.call+"/move", `{"queue":"`+c.queue+`"}`); a.String() != c.want {
				t.Errorf("%s to %s: %s, want %s", c.call, c.queue, a, c.want)
			}
		}
		if got, want := w.house.did(), "move c-2 sales sam, transfer maria c-3 {sales 0 map[] []  false}"; got != want {
			t.Errorf("did %s, want %s", got, want)
		}
		var told []string
		for _, e := range w.house.told {
			told = append(told, e.Get("verb")+" "+e.Get("call")+" "+e.Get("agent")+" from "+e.Get("queue")+" to "+e.Get("detail")+": "+e.Get("result"))
		}
		want := "move c-1  from sales to sales: not_found, move c-2 maria from support to support: closed, " +
			"move c-2 maria from support to sales: done, move c-3 maria from support to sales: done"
		if got := strings.Join(told, ", "); got != want {
			t.Errorf("remembered %s, want %s", got, want)
		}
	})
}

// However many look, the agents are asked for once a moment: again after news, and then without a moment's delay unless
// they were asked for just now.
func TestManySupervisorsLook(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		sam := w.browser().login("sam")
		look := func(times, rolls int, long time.Duration) {
			t.Helper()
			began := time.Now()
			for range times {
				if a := sam.do("GET", "/api/floor", ""); a.status != 200 {
					t.Fatal(a)
				}
			}
			w.house.with(func() {
				if took := time.Since(began); w.house.rolls != rolls || took != long {
					t.Errorf("asked for %d times in %v, want %d in %v", w.house.rolls, took, rolls, long)
				}
			})
		}
		look(5, 1, 0)
		w.house.happens("agent.chosen", "agent", "maria")
		synctest.Wait()
		look(5, 2, rosterPace)
		time.Sleep(fresh)
		look(5, 3, 0)
		time.Sleep(rosterPace)
		w.house.happens("agent.chosen", "agent", "maria")
		synctest.Wait()
		look(1, 4, 0)
	})
}
