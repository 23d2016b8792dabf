package calls

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/routing"
)

// phone is a leg with a hook and no wires.
type phone struct {
	party   Party
	mu      sync.Mutex
	signals chan Signal
	over    bool
	bye     Cause
	keys    string
}

func newPhone(p Party) *phone { return &phone{party: p, signals: make(chan Signal, 32)} }

func (p *phone) ID() string             { return p.party.Name }
func (p *phone) Party() Party           { return p.party }
func (p *phone) Signals() <-chan Signal { return p.signals }
func (p *phone) Ring()                  {}
func (p *phone) Save() []byte           { return []byte(p.party.Name) }
func (p *phone) Give() []byte           { return p.Save() }
func (p *phone) Digits(keys string)     { p.keys += keys }

func (p *phone) Answer(context.Context) error {
	p.says(SigAnswered, SigAudio)
	return nil
}

func (p *phone) Hangup(why Cause) { p.leave(why) }

func (p *phone) leave(why Cause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.over, p.bye = true, why
	p.signals <- Signal{Kind: SigGone, Cause: why}
	close(p.signals)
}

func (p *phone) isOver() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over
}

func (p *phone) says(kinds ...SignalKind) {
	for _, k := range kinds {
		p.signals <- Signal{Kind: k}
	}
}

func (p *phone) presses(keys string) {
	for _, k := range keys {
		p.signals <- Signal{Kind: SigDigit, Digit: string(k), Via: "rfc4733"}
	}
}

// desk is what an agent's device does when called.
type desk struct {
	byAnswer bool
	on       func(*phone)
	fails    error
}

// office is the world around one call: the room, the agents' devices, the router, the journal.
type office struct {
	t       *testing.T
	mu      sync.Mutex
	plan    media.Plan
	desks   map[string]desk
	rung    []*phone
	updates chan routing.Update
	did     []string // what the router was told, in order
	facts   []string
	place   int
	kept    []byte
	refuses error         // every transfer
	away    time.Duration // until Redis answers
	crosses func()        // happens while a transfer is asked for
}

func newOffice(t *testing.T) *office {
	return &office{t: t, desks: map[string]desk{}, updates: make(chan routing.Update, 16), place: 1}
}

func (o *office) setup(customer Leg, script Script) Setup {
	return Setup{
		ID: "c-1", Customer: customer, Room: o, Dialer: o, Router: o, Recorder: o, Journal: o, Keeper: o, Script: script,
		Grace: 20 * time.Second, Log: slog.New(slog.DiscardHandler), Facts: map[string]string{"from": "+33100000001"},
	}
}

// offers: routing offers ann's call to an agent.
func (o *office) offers(lease, agent string) {
	o.updates <- routing.Update{Kind: routing.Offered, Lease: lease, Agent: agent}
}

// accepts: the agent has said yes.
func (o *office) accepts(lease, agent string) {
	o.updates <- routing.Update{Kind: routing.Accepted, Lease: lease, Agent: agent}
}

// talks: the agent is offered the call, says yes, and everything that follows has happened.
func (o *office) talks(lease, agent string) {
	o.offers(lease, agent)
	o.accepts(lease, agent)
	synctest.Wait()
}

func (o *office) Set(p media.Plan) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.plan = p
	return nil
}

func (o *office) Close() {}

// hears tells whom a line hears now: a line, "sound" or "".
func (o *office) hears(line string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.plan.Seats {
		if s.Line == line {
			if s.Plays != nil {
				return "sound"
			}
			return s.Hears
		}
	}
	return "no seat"
}

func (o *office) Dial(_ context.Context, r Ring) (Rung, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.desks[r.Agent]
	if d.fails != nil {
		return Rung{}, d.fails
	}
	p := newPhone(Party{Role: Agent, Name: r.Agent + strconv.Itoa(len(o.rung)), Agent: r.Agent})
	o.rung = append(o.rung, p)
	if d.on != nil {
		d.on(p)
	}
	return Rung{Leg: p, AnswerAccepts: d.byAnswer}, nil
}

// Call lets a number outside behave as the desk of that name does.
func (o *office) Call(_ context.Context, to Outside) (Leg, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.desks[to.Number]
	if d.fails != nil {
		return nil, d.fails
	}
	p := newPhone(Party{Role: to.As(), Name: to.Number, Address: to.Number})
	o.rung = append(o.rung, p)
	if d.on != nil {
		d.on(p)
	}
	return p, nil
}

func (o *office) Start(string) (*media.Tap, error) { return media.NewTap(), nil }

func (o *office) Resume(_ string, ran bool, _ time.Time) (*media.Tap, error) {
	o.told("tape again " + strconv.FormatBool(ran))
	return media.NewTap(), nil
}

// Put and Drop are the shelf on which calls are kept.
func (o *office) Put(_ string, kept []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept = kept
}

func (o *office) Drop(string) { o.Put("", nil) }

func (o *office) Fact(_ time.Time, what string, data map[string]string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r := data["role"]; r != "" {
		what += " " + r
	}
	o.facts = append(o.facts, what)
}

func (o *office) told(what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.did = append(o.did, what)
}

// list is what the router was told so far.
func (o *office) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.did)
}

func (o *office) Enqueue(ctx context.Context, i routing.Interaction) (Ticket, error) {
	select {
	case <-time.After(o.away):
	case <-ctx.Done():
		return nil, routing.ErrAway
	}
	o.told("enqueue " + i.Queue)
	return ticket{o}, nil
}

type ticket struct{ o *office }

func (t ticket) Updates() <-chan routing.Update { return t.o.updates }
func (t ticket) Save() []byte                   { return []byte("ticket") }
func (t ticket) Close()                         {}

func (o *office) Position(context.Context, string) (int, int, error) { return o.place, o.place, nil }

func (o *office) Leave(_ context.Context, _, reason string) error {
	o.told("leave " + reason)
	return nil
}

func (o *office) Transfer(ctx context.Context, lease, agent string, to routing.Transfer) error {
	o.told("transfer " + lease + " " + agent + " " + to.Queue)
	if o.crosses != nil {
		o.crosses()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return o.refuses
}

func (o *office) Requeue(_ context.Context, lease string, head bool, reason string) error {
	o.told("requeue " + lease + " " + strconv.FormatBool(head) + " " + reason)
	return o.refuses
}

func (o *office) Accept(_ context.Context, lease, _ string) error {
	o.told("accept " + lease)
	o.updates <- routing.Update{Kind: routing.Accepted, Lease: lease}
	return nil
}

func (o *office) Decline(_ context.Context, lease, _ string) error {
	o.told("decline " + lease)
	return nil
}

func (o *office) Connected(_ context.Context, lease string) error {
	o.told("connected " + lease)
	return nil
}

func (o *office) DeviceFailed(_ context.Context, lease, reason string) error {
	o.told("device_failed " + lease + " " + reason)
	return nil
}

func (o *office) Finish(_ context.Context, lease, cause string) error {
	o.told("finish " + lease + " " + cause)
	return nil
}

func (o *office) Direct(_ context.Context, lease, giver string, d routing.Directed) error {
	o.told("direct " + lease + " " + giver + " " + d.Agent)
	return o.refuses
}

func (o *office) TakeBack(_ context.Context, lease string) error {
	o.told("take back " + lease)
	return o.refuses
}

func (o *office) Part(_ context.Context, lease, cause string) error {
	o.told("part " + lease + " " + cause)
	return o.refuses
}

func (o *office) Handover(_ context.Context, lease, consult string) error {
	o.told("hand over " + lease + " " + consult)
	if o.refuses == nil { // the journal may be quicker than what follows
		o.updates <- routing.Update{Kind: routing.HandedOver, Lease: consult, Agent: "sam", Purpose: routing.ToConsult}
	}
	return o.refuses
}

func (o *office) EndConsult(_ context.Context, lease, reason string) error {
	o.told("end consult " + lease + " " + reason)
	return o.refuses
}

// directs: maria's offer of ann rings at sam's.
func (o *office) directs(lease string) { o.ends(lease, routing.Offered) }

// ends: what routing says of maria's offer to sam. The lease of a consult begins with k.
func (o *office) ends(lease string, kind routing.Kind) {
	purpose := routing.ToTransfer
	if lease[0] == 'k' {
		purpose = routing.ToConsult
	}
	o.updates <- routing.Update{Kind: kind, Lease: lease, Agent: "sam", Purpose: purpose}
	synctest.Wait()
}
