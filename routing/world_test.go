package routing

import (
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/callfloor/callfloor/state"
)

// world is everything that Redis holds for a floor, read in one script, and the events since the last look.
type world struct {
	hashes map[string]map[string]string
	sets   map[string][]string
	zsets  map[string]map[string]float64
	held   bool    // no offers are made
	now    float64 // the test's clock
	events []state.Event
}

// worldOf reads it, key by key: nobody else may be at work meanwhile.
func worldOf(ctx context.Context, s *state.State, after string) (world, error) {
	w := world{hashes: map[string]map[string]string{}, sets: map[string][]string{}, zsets: map[string]map[string]float64{}}
	holds, err := server(ctx, s)
	if err != nil {
		return w, err
	}
	keys, err := holds.Keys(ctx, s.Key("")+"*").Result()
	if err != nil {
		return w, err
	}
	pipe := s.Redis().Pipeline()
	events, now := pipe.XRange(ctx, s.Key("events"), "("+after, "+"), pipe.LRange(ctx, s.Key(testTime), 0, -1)
	hashes, sets, zsets := map[string]*redis.MapStringStringCmd{}, map[string]*redis.StringSliceCmd{}, map[string]*redis.ZSliceCmd{}
	for _, k := range keys {
		name := strings.TrimPrefix(k, s.Key(""))
		switch what, _, _ := strings.Cut(name, ":"); what {
		case "agent", "int", "lease", "queue", "traits", "asks", "node", "devices", "evenings", "channels":
			hashes[name] = pipe.HGetAll(ctx, k)
		case "agents", "queues", "ints", "leases", "here":
			sets[name] = pipe.SMembers(ctx, k)
		case "wait", "age", "free", "due", "nodes":
			zsets[name] = pipe.ZRangeWithScores(ctx, k, 0, -1)
		case "hold":
			w.held = true
		case "events", "serial", "test", "untold", "unheard", "swept", "configured", "sweeps", "kept", "taken", "toll", "tollday":
		default:
			return w, fmt.Errorf("a key that no test knows: %s", k)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return w, err
	}
	for name, c := range hashes {
		w.hashes[name] = c.Val()
	}
	for name, c := range sets {
		w.sets[name] = slices.Sorted(slices.Values(c.Val()))
	}
	for name, c := range zsets {
		w.zsets[name] = map[string]float64{}
		for _, z := range c.Val() {
			w.zsets[name][z.Member.(string)] = z.Score
		}
	}
	for _, m := range events.Val() {
		e := state.Event{ID: m.ID, Data: map[string]string{}}
		for k, v := range m.Values {
			e.Data[k] = v.(string)
		}
		e.What = e.Data["what"]
		w.events = append(w.events, e)
	}
	w.now = number(now.Val()[0])*1000 + math.Floor(number(now.Val()[1])/1000)
	return w, nil
}

// of lists what is stored under a prefix: of("agent:") are the agents.
func (w world) of(prefix string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for name, h := range w.hashes {
		if id, ok := strings.CutPrefix(name, prefix); ok {
			out[id] = h
		}
	}
	return out
}

// live are the leases in use, by id.
func (w world) live() map[string]map[string]string {
	out := w.of("lease:")
	maps.DeleteFunc(out, func(_ string, l map[string]string) bool { return l["kind"] == "done" })
	return out
}

func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64) // absent is 0
	return n
}

// check tells the first thing that is not as it must be at every moment.
func (w world) check() error {
	for _, check := range []func() error{w.leases, w.interactions, w.drains, w.indexes, w.days, w.timers, w.nobodyWaitsForNothing, w.nothingOfTheDead} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// leases: each has its offer, its interaction or its after-call work.
func (w world) leases() error {
	held := map[string][]string{} // by agent
	for id, l := range w.live() {
		held[l["agent"]] = append(held[l["agent"]], id)
		i, known := w.hashes["int:"+l["interaction"]]
		want := map[string]string{"offer": "offered", "work": "owned"}[l["kind"]]
		switch {
		case l["kind"] == "consult", l["kind"] == "join":
			if i["state"] != "owned" || i["owner"] == l["agent"] || l["purpose"] != l["kind"] || !slices.Contains(strings.Split(i["guests"], ","), id) {
				return fmt.Errorf("%s is the %s of %s in %s, which is %v", id, l["kind"], l["agent"], l["interaction"], i)
			}
		case l["purpose"] != "":
			if l["kind"] != "offer" || i["state"] != "owned" || i["toward"] != id || i["owner"] == l["agent"] {
				return fmt.Errorf("%s is a directed %s of %s, which is %v", id, l["kind"], l["interaction"], i)
			}
		case l["kind"] == "acw":
			if known && i["lease"] == id {
				return fmt.Errorf("%s is after-call work of %s, who still waits on it", id, l["interaction"])
			}
		case want == "":
			return fmt.Errorf("%s is a %q", id, l["kind"])
		case !known || !slices.Contains(strings.Split(i["lease"], ","), id) || i["state"] != want:
			return fmt.Errorf("%s is an %s of %s, which is %v", id, l["kind"], l["interaction"], i)
		}
	}
	for id, a := range w.of("agent:") {
		if err := w.consulted(id, a, held[id]); err != nil {
			return err
		}
		slices.Sort(held[id])
		if err := same("leases of "+id, held[id], w.sets["leases:"+id]); err != nil {
			return err
		}
	}
	return nil
}

// interactions: each waits, or is offered to one agent or to several at once, or owned by one; and stands where its
// priority and age say.
func (w world) interactions() error {
	waits, ages := map[string]map[string]float64{}, map[string]map[string]float64{}
	var all []string
	for id, i := range w.of("int:") {
		all = append(all, id)
		leases, err := w.leasesOf(id, i)
		if err != nil {
			return err
		}
		if l := w.hashes["lease:"+i["toward"]]; i["toward"] != "" && (l["kind"] != "offer" || l["purpose"] == "" || l["interaction"] != id) {
			return fmt.Errorf("%s is toward %v, and is %v", id, l, i)
		}
		if err := w.guests(id, i); err != nil {
			return err
		}
		n := map[string]int{"waiting": 0, "offered": max(1, len(leases)), "owned": 1, "snoozed": 0}[i["state"]] // the ledger knows whether several may ring
		if len(leases) != n || (i["owner"] != "") != (i["state"] == "owned" || i["state"] == "snoozed") {
			return fmt.Errorf("%s has the leases %v and is %v", id, leases, i)
		}
		if i["state"] == "owned" || i["state"] == "snoozed" {
			continue
		}
		q := i["queue"]
		if !slices.Contains(w.sets["queues"], q) {
			return fmt.Errorf("%s waits in %s, which is no more", id, q)
		}
		if waits[q] == nil {
			waits[q], ages[q] = map[string]float64{}, map[string]float64{}
		}
		ages[q][id] = number(i["since"])
		waits[q][id] = number(i["priority"])*1e13 + number(i["since"])
		if at := w.zsets["wait:"+q][id]; at < 0 { // at the head; who stood there longest is first
			waits[q][id] = number(i["since"]) - 1e13
		}
	}
	slices.Sort(all)
	if err := same("interactions", all, w.sets["ints"]); err != nil {
		return err
	}
	if err := same("who waits where", waits, w.index("wait:")); err != nil {
		return err
	}
	if err := same("index of ages", ages, w.index("age:")); err != nil {
		return err
	}
	return nil
}

// leasesOf are the leases of an interaction, which knows them and, of offers, their agents: nobody is rung twice.
func (w world) leasesOf(id string, i map[string]string) (leases []string, err error) {
	var rung []string
	for lid, l := range w.live() {
		if l["interaction"] == id && l["kind"] != "acw" && l["purpose"] == "" {
			leases = append(leases, lid)
			if l["kind"] == "offer" {
				rung = append(rung, l["agent"])
			}
		}
	}
	for field, want := range map[string][]string{"lease": leases, "rung": rung} {
		got := slices.DeleteFunc(strings.Split(i[field], ","), func(s string) bool { return s == "" })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || len(slices.Compact(want)) < len(got) {
			return nil, fmt.Errorf("%s has as %s %v and is %v", id, field, want, i)
		}
	}
	return leases, nil
}

// timers: everything that ends by itself has its timer, and no timer is left of what is over.
func (w world) timers() error {
	want := map[string]float64{}
	for id, l := range w.of("lease:") {
		switch {
		case l["kind"] == "offer":
			want["offer:"+id] = number(l["deadline"])
		case (l["kind"] == "work" || l["kind"] == "consult") && l["connected"] == "":
			want["audio:"+id] = number(l["deadline"])
		case l["kind"] == "work" && l["reply"] != "" && l["replied"] == "":
			want["reply:"+id] = number(l["reply"])
		case l["kind"] == "acw" && number(l["deadline"]) > 0:
			want["acw:"+id] = number(l["deadline"])
		case l["kind"] == "done":
			want["forget:"+id] = w.zsets["due"]["forget:"+id]
		}
	}
	for id, a := range w.of("agent:") {
		switch a["session"] {
		case "online":
			want["hb:"+id] = w.zsets["due"]["hb:"+id]
		case "lost":
			want["grace:"+id] = w.zsets["due"]["grace:"+id]
		}
		if a["chosen"] == "login_prep" {
			want["prep:"+id] = number(a["prep"])
		}
		if a["logout"] != "" {
			want["out:"+id] = number(a["logout"])
		}
		for _, c := range channels {
			if number(a["cooldown:"+c]) > 0 {
				want["cool:"+c+":"+id] = number(a["cooldown:"+c])
			}
		}
	}
	for id, i := range w.of("int:") {
		if at, ok := w.zsets["due"]["relax:"+id]; ok && i["state"] != "owned" && i["state"] != "snoozed" {
			want["relax:"+id] = at
		}
		if slotOf(i["channel"]) == "voice" && i["state"] == "waiting" {
			want["drain:"+id] = w.zsets["due"]["drain:"+id]
		}
		if at, ok := w.zsets["due"]["wake:"+id]; ok && i["state"] == "snoozed" {
			want["wake:"+id] = at
		}
		if i["tried"] != "" {
			want["round:"+id] = w.zsets["due"]["round:"+id]
		}
	}
	for id, n := range w.of("node:") {
		if at, ok := w.zsets["due"]["bury:"+id]; ok && n["dead"] != "" {
			want["bury:"+id] = at
		}
	}
	for _, q := range w.sets["queues"] {
		if at, ok := w.zsets["due"]["empty:"+q]; ok && len(w.sets["here:"+q]) == 0 && w.hashes["queue:"+q]["join_empty"] == "0" {
			want["empty:"+q] = at
		}
	}
	got := maps.Clone(w.zsets["due"])
	if got == nil {
		got = map[string]float64{}
	}
	if err := same("timers", want, got); err != nil {
		return err
	}
	return nil
}

// dead tells whether a node is; nobody is offered who waits there.
func (w world) dead(node string) bool { return w.hashes["node:"+node]["dead"] != "" }

// nothingOfTheDead: no device rings for a caller whose node is dead, and nobody who comes free is offered them.
func (w world) nothingOfTheDead() error {
	for id, i := range w.of("int:") {
		rings := i["state"] == "offered"
		open := i["state"] == "waiting" || rings && w.hashes["queue:"+i["queue"]]["strategy"] == "ring_all"
		_, asks := w.hashes["asks"][id]
		if dead := slotOf(i["channel"]) == "voice" && w.dead(i["node"]); asks != (open && !dead) || rings && dead {
			return fmt.Errorf("%s asks (%v) and its node is dead (%v): %v", id, asks, dead, i)
		}
	}
	return nil
}

// same is quick when it is true, and speaks when not.
func same(what string, want, got any) error {
	if reflect.DeepEqual(want, got) {
		return nil
	}
	return fmt.Errorf("%s, as it must be (-) and is (+):\n%s", what, cmp.Diff(want, got, cmp.AllowUnexported(world{})))
}

// mustLook is the world now, all of it true.
func mustLook(t *testing.T, s *state.State, after string) world {
	t.Helper()
	w, err := worldOf(t.Context(), s, after)
	if err == nil {
		err = w.check()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}
