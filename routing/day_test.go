package routing

import (
	"slices"
	"testing"
	"time"

	"github.com/callfloor/callfloor/state"
)

// day is a floor whose time stands still until the story moves it: deadlines are seen from both sides, to the
// millisecond. Nothing runs by itself; the story sweeps.
type day struct {
	*clock
	*Router
	last string
	ring map[string]string // of a story in which several are rung: the leases, by agent
}

// dawn opens a floor with the queues sales and support and the agents maria and sam in both.
func dawn(t *testing.T, s *state.State, change func(*Floor)) *day {
	t.Helper()
	f := Floor{Limits: DefaultLimits()}
	for _, name := range []string{"sales", "support"} {
		q := DefaultQueue()
		q.Name = name
		f.Queues = append(f.Queues, q)
	}
	for _, id := range []string{"maria", "sam"} {
		f.Agents = append(f.Agents, Agent{ID: id, Name: id, Queues: []string{"sales", "support"}})
	}
	if change != nil {
		change(&f)
	}
	c := &clock{t: t, s: s}
	c.set(time.UnixMilli(1_800_000_000_000))
	d := &day{clock: c, Router: routerOn(c, "n-1"), last: "0-0"}
	d.ok(d.Configure(t.Context(), f))
	return d
}

func (d *day) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *day) refused(err error, code string) {
	d.t.Helper()
	if !IsConflict(err, code) {
		d.t.Fatalf("got %v, want the conflict %s", err, code)
	}
}

// comes: an agent logs in with session s-NAME and is available from this millisecond on.
func (d *day) comes(agents ...string) {
	d.t.Helper()
	for _, a := range agents {
		_, err := d.Login(d.t.Context(), a, "s-"+a)
		d.ok(err)
		d.ok(d.Device(d.t.Context(), a, "voice", true, ""))
		d.ok(d.Choose(d.t.Context(), a, "s-"+a, Choice{State: "available"}))
		d.pass(time.Millisecond)
	}
}

func (d *day) calls(customer, queue string) {
	d.t.Helper()
	ticket, err := d.Enqueue(d.t.Context(), Interaction{ID: customer, Channel: "voice", Queue: queue})
	d.ok(err)
	ticket.Close()
	d.pass(time.Millisecond)
}

// sweep carries out what is due.
func (d *day) sweep() {
	d.t.Helper()
	d.ok(sweepNow(d.t.Context(), d.Router))
}

// later: time passes and what is due is carried out; who is online goes on sending heartbeats.
func (d *day) later(by time.Duration) {
	d.t.Helper()
	d.pass(by)
	for id, a := range d.world().of("agent:") {
		if a["session"] == "online" {
			d.ok(d.heartbeat(d.t.Context(), id, a["session_id"]))
		}
	}
	d.sweep()
}

// world is what Redis holds now, all of it checked.
func (d *day) world() world {
	d.t.Helper()
	return mustLook(d.t, d.s, "0-0")
}

// offered is the lease of a customer's live offer, which must be this agent's.
func (d *day) offered(customer, agent string) string {
	d.t.Helper()
	w := d.world()
	lease := w.hashes["int:"+customer]["lease"]
	if l := w.hashes["lease:"+lease]; l["kind"] != "offer" || l["agent"] != agent {
		d.t.Fatalf("%s is not offered to %s: %v", customer, agent, l)
	}
	return lease
}

// talks: the customer is offered to the agent, who accepts and is connected.
func (d *day) talks(customer, agent string) string {
	d.t.Helper()
	lease := d.offered(customer, agent)
	d.ok(d.Accept(d.t.Context(), lease, "s-"+agent))
	d.ok(d.Connected(d.t.Context(), lease))
	return lease
}

func (d *day) waits(customer string, place int) {
	d.t.Helper()
	got, _, err := d.Position(d.t.Context(), customer)
	d.ok(err)
	if i := d.world().hashes["int:"+customer]; i["state"] != "waiting" || got != place {
		d.t.Fatalf("%s is at place %d, want %d: %v", customer, got, place, i)
	}
}

// stands: why the agent is not offered calls; "" is free.
func (d *day) stands(agent, why string) {
	d.t.Helper()
	a, err := d.Agent(d.t.Context(), agent)
	d.ok(err)
	if a.Why != why {
		d.t.Fatalf("%s is not offered calls because %q, want %q", agent, a.Why, why)
	}
}

// events are the names of what happened since it was asked last.
func (d *day) events() []string {
	d.t.Helper()
	w := mustLook(d.t, d.s, d.last)
	var names []string
	for _, e := range w.events {
		d.last = e.ID
		names = append(names, e.What)
	}
	return names
}

// happened: exactly these, since it was asked last.
func (d *day) happened(want ...string) {
	d.t.Helper()
	if got := d.events(); !slices.Equal(got, want) {
		d.t.Fatalf("happened %v, want %v", got, want)
	}
}
