package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/callfloor/callfloor/state"
)

// Interaction is one contact on one channel as it waits.
type Interaction struct {
	ID        string
	Channel   string // voice, callback, chat, email, voicemail
	Queue     string
	Priority  int               // 0 is the queue's
	Since     time.Time         // zero is now, by Redis' clock
	Data      map[string]string // shown with the offer
	Wants     Wants             // beside what the queue wants; groups of skills put out
	Agents    []string          // to nobody else, before AgentsFor is over (0: never)
	AgentsFor time.Duration
	Closed    bool // the queue's hours are over: it is refused, which is on record
}

// Kind is what became of an offer.
type Kind string

// The kinds of updates.
const (
	Offered      Kind = "offered"
	Accepted     Kind = "accepted"
	Declined     Kind = "declined"
	Missed       Kind = "missed"
	Withdrawn    Kind = "withdrawn"
	DeviceFailed Kind = "device_failed"
	Given        Kind = "given"         // it is an agent's without an offer: a supervisor or the customer wants it so
	Replied      Kind = "replied"       // the customer of what is no call has had a first reply
	Snoozed      Kind = "snoozed"       // put aside by the agent, who keeps it
	ConsultEnded Kind = "consult_ended" // an agent is consulted no more; of a lease that the ticket's reader does not know it means nothing
	HandedOver   Kind = "handed_over"   // the agent who was consulted, or the supervisor who has joined, has the customer
	Joined       Kind = "joined"        // a supervisor speaks, too
	JoinEnded    Kind = "join_ended"    // and has left, or all is over; of an unknown lease it means nothing, too
	Recalled     Kind = "recalled"      // the agent of a call is gone for good: the customer is to be given back
	Orphaned     Kind = "orphaned"      // a directed offer is one like any other: its giver is gone, and it waits again
	Moved        Kind = "moved"         // transferred: it waits in another queue, or in the same one anew
	Requeued     Kind = "requeued"      // work waits again, whoever wanted that
	Left         Kind = "left"          // the queue for good; the reason is "closed" when the queue is no more, "no_agents" when its agents are
)

// updates maps events to what a ticket is told.
var updates = map[string]Kind{
	"offer.made": Offered, "offer.accepted": Accepted, "offer.declined": Declined, "offer.missed": Missed,
	"offer.withdrawn": Withdrawn, "offer.device_failed": DeviceFailed, "interaction.left": Left,
	"offer.orphaned": Orphaned, "work.given": Given, "interaction.snoozed": Snoozed, "work.replied": Replied,
	"consult.ended": ConsultEnded, "consult.handed_over": HandedOver, "join.begun": Joined, "join.ended": JoinEnded, "join.handed_over": HandedOver, "work.recalled": Recalled, "interaction.queued": Moved, "interaction.requeued": Requeued,
}

// Update is news of a waiting interaction.
type Update struct {
	Kind                Kind
	Lease, Agent, Queue string
	Deadline            time.Time
	Reason              string
	Purpose             string // of a directed offer: transfer or consult
	position            string
}

// Ticket is an interaction's place in its queue.
type Ticket struct {
	r        *Router
	id       string
	begin    string // its place in the journal: what comes before is of an earlier wait
	mu       sync.Mutex
	backlog  []Update
	news     chan struct{}
	out      chan Update
	done     chan struct{}
	once     sync.Once
	truth    truth
	saying   sync.Mutex                  // held while its end is said
	last     func(context.Context) error // says it; behind saying
	restored bool                        // of a former life
	nobodys  bool                        // nobody reads its news, or closes it
}

// Updates tells what becomes of the interaction's offers, in order. It is never closed.
func (t *Ticket) Updates() <-chan Update { return t.out }

// Close stops the news.
func (t *Ticket) Close() {
	t.once.Do(func() {
		t.r.mu.Lock()
		delete(t.r.tickets, t.id)
		t.r.mu.Unlock()
		close(t.done)
	})
}

// deliver carries the backlog to a reader who may be slow.
func (t *Ticket) deliver() {
	for {
		t.mu.Lock()
		var next Update
		var out chan Update
		for len(t.backlog) > 0 && state.Before(t.backlog[0].position, t.begin) {
			t.backlog = t.backlog[1:]
		}
		if len(t.backlog) > 0 {
			next, out = t.backlog[0], t.out
		}
		t.mu.Unlock()
		select {
		case out <- next:
			t.mu.Lock()
			t.backlog = t.backlog[1:]
			t.mu.Unlock()
		case <-t.news:
		case <-t.done:
			return
		}
	}
}

func (r *Router) dispatch(e state.Event) {
	kind, ok := updates[e.What]
	if !ok || kind == Moved && e.Get("from") == "" { // whoever begins to wait knows it already
		return
	}
	if kind == Offered && e.Get("node") != r.node { // it was this node's before another one took it over
		return
	}
	r.mu.Lock()
	t := r.tickets[e.Get("interaction")]
	r.mu.Unlock()
	if t == nil {
		return
	}
	deadline, _ := strconv.ParseInt(e.Get("deadline"), 10, 64)
	t.mu.Lock()
	t.truth.take(kind, e)
	if t.nobodys {
		over := t.truth.over
		t.mu.Unlock()
		if over {
			t.Close()
		}
		return
	}
	t.backlog = append(t.backlog, Update{
		Kind: kind, Lease: e.Get("lease"), Agent: e.Get("agent"), Queue: e.Get("queue"),
		Deadline: time.UnixMilli(deadline), Reason: e.Get("reason"), Purpose: e.Get("purpose"), position: e.ID,
	})
	t.mu.Unlock()
	select {
	case t.news <- struct{}{}:
	default:
	}
}

func newTicket(r *Router, id string) *Ticket {
	return &Ticket{r: r, id: id, news: make(chan struct{}, 1), out: make(chan Update), done: make(chan struct{})}
}

// admit lets news find the ticket. Conflict: taken.
func (r *Router) admit(t *Ticket) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.tickets[t.id]; old != nil && (!old.nobodys || !t.restored) {
		return &Conflict{Code: "taken"}
	}
	r.tickets[t.id] = t
	return nil
}

// Enqueue lets an interaction wait, and offers it at once if somebody is free. While Redis is away it insists until ctx ends;
// whoever came meanwhile has waited since. Conflicts: full, closed (there is no such
// queue, or its hours are over), no_agents (nobody is logged in, and the queue wants somebody), and taken while it waits already or its last
// ticket is not closed.
func (r *Router) Enqueue(ctx context.Context, i Interaction) (*Ticket, error) {
	data, err := json.Marshal(i.Data)
	if err != nil {
		return nil, err
	}
	var since int64
	if !i.Since.IsZero() {
		since = i.Since.UnixMilli()
	}
	t := newTicket(r, i.ID)
	t.truth.Channel = i.Channel
	if err := r.admit(t); err != nil { // before the script: its offer must find the ticket
		return nil, err
	}
	visit := r.name()
	wants := i.Wants.script(i.Agents, i.AgentsFor)
	came := time.Now()
	enqueue := func(since int64) []any {
		return []any{i.ID, i.Channel, i.Queue, i.Priority, since, r.node, string(data), visit, wants, flag(i.Closed)}
	}
	out, err := r.run(ctx, "enqueue", enqueue(since)...)
	if absent(err) {
		out, err = r.insist(ctx, "enqueue", enqueue(cmp.Or(since, came.UnixMilli()))...)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	t.begins(truth{ID: i.ID, Channel: i.Channel, Queue: i.Queue, Data: string(data), Wants: wants, Visit: visit}, out)
	go t.deliver()
	return t, nil
}

// name tells a repeated command from a second wish.
func (r *Router) name() string { return r.node + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) }

// Position is the interaction's place (1 is next, 0 is not waiting) and how many wait in its queue.
func (r *Router) Position(ctx context.Context, interaction string) (place, waiting int, err error) {
	out, err := r.run(ctx, "position", interaction)
	if err != nil {
		return 0, 0, err
	}
	place, _ = strconv.Atoi(out[0])
	waiting, _ = strconv.Atoi(out[1])
	return place, waiting, nil
}

// Leave takes an interaction out of its queue for a reason, with its live offer.
func (r *Router) Leave(ctx context.Context, interaction, reason string) error {
	r.mu.Lock()
	t := r.tickets[interaction]
	r.mu.Unlock()
	return t.ends(ctx, func(ctx context.Context) error { return r.do(ctx, "leave", interaction, reason) })
}

// Requeue lets an owned interaction wait again at its original age, or before everybody else. Conflicts: closed when the
// queue is no more (the work is ended), gone.
func (r *Router) Requeue(ctx context.Context, lease string, head bool, reason string) error {
	err := r.do(ctx, "requeue", lease, flag(head), reason)
	if err == nil {
		r.know(lease, func(t *truth) { t.without(lease, head) })
	}
	return err
}

// Assign makes a waiting interaction an agent's because by, a supervisor, says so: beyond what they may have, and from
// whoever has it. A call rings for the agent. Conflicts: not_available (not logged in, or a call and no device), at_max
// (a call, and they have one), talking (a call that is transferred by its agent alone), gone, unknown_agent.
func (r *Router) Assign(ctx context.Context, interaction, agent, by string) (lease string, err error) {
	out, err := r.run(ctx, "assign", interaction, agent, by)
	if err != nil {
		return "", err
	}
	return out[0], nil
}

// Snooze puts work that is no call aside until its customer says something (Wake), or for a time; it stays the agent's
// and takes no slot. session "" is nobody's wish. Conflicts: talking (it is a call), gone, viewer, not_online.
func (r *Router) Snooze(ctx context.Context, lease, session string, wake time.Duration) error {
	return r.do(ctx, "snooze", lease, session, wake.Milliseconds())
}

// Wake says that the customer of an interaction said something. What was put aside is its owner's again, beyond what they
// may have; when they are gone it waits in its queue at its original age.
func (r *Router) Wake(ctx context.Context, interaction string) error {
	return r.do(ctx, "wake", interaction)
}

// Accept takes an offer, when Redis is away as soon as it is back. session "" is the agent's own device. Conflicts: expired,
// taken, gone, viewer, not_online.
func (r *Router) Accept(ctx context.Context, lease, session string) error {
	_, err := r.insist(ctx, "accept", lease, session)
	return err
}

// Next gives the agent what waits first for them, of a channel or ("") of any, beyond what they are offered: up to their
// maximum. Conflicts: at_max, nothing_waits, not_available (why not tells Agent), viewer, not_online.
func (r *Router) Next(ctx context.Context, agent, session, channel string) (lease, interaction string, err error) {
	out, err := r.run(ctx, "take", agent, session, channel, r.name())
	if err != nil {
		return "", "", err
	}
	return out[0], out[1], nil
}

// Decline gives an offer back, when Redis is away as soon as it is back: else it would count as missed.
func (r *Router) Decline(ctx context.Context, lease, session string) error {
	_, err := r.insist(ctx, "decline", lease, session)
	return err
}

// Connected says that audio stands; without it an accepted offer fails after 5 s. With ErrAway the two talk all the same, and
// Redis learns of it when it is back.
func (r *Router) Connected(ctx context.Context, lease string) error {
	err := r.do(ctx, "connected", lease)
	if err == nil || errors.Is(err, ErrAway) {
		r.know(lease, func(t *truth) { t.Talks = true })
	}
	return err
}

// DeviceFailed gives an offer back because the agent's device did not work, when Redis is away as soon as it is back; a customer
// who was accepted already goes to the head.
func (r *Router) DeviceFailed(ctx context.Context, lease, reason string) error {
	_, err := r.insist(ctx, "fail", lease, "device_failed", reason)
	return err
}

// Withdraw takes an offer back without a miss.
func (r *Router) Withdraw(ctx context.Context, lease, reason string) error {
	return r.do(ctx, "fail", lease, "withdrawn", reason)
}

// Replied says that the customer of some work that is no call has had a first reply; without one in the queue's time it is a
// miss, and another agent's. While Redis is away it insists until ctx ends. session "" is the channel's own word. Conflicts: gone,
// viewer, not_online.
func (r *Router) Replied(ctx context.Context, lease, session string) error {
	_, err := r.insist(ctx, "replied", lease, session)
	return err
}

// Finish ends the work; after-call work follows as the queue says.
func (r *Router) Finish(ctx context.Context, lease, cause string) error {
	return r.talks(lease).ends(ctx, func(ctx context.Context) error { return r.do(ctx, "finish", lease, cause) })
}

// Outcome is how a contact went.
type Outcome struct{ Code, Note string }

// Submit ends after-call work with its outcome; a late one amends the record.
func (r *Router) Submit(ctx context.Context, lease, session string, o Outcome) error {
	return r.do(ctx, "submit", lease, session, o.Code, o.Note)
}

// Lease tells of one lease; a *Conflict of gone when it is forgotten.
func (r *Router) Lease(ctx context.Context, id string) (Lease, error) {
	out, err := r.run(ctx, "lease", id)
	if err != nil {
		return Lease{}, err
	}
	var f map[string]string
	if err := json.Unmarshal([]byte(out[0]), &f); err != nil {
		return Lease{}, err
	}
	return leaseOf(f), nil
}

// QueueState is a queue at this moment.
type QueueState struct {
	Name         string
	Waiting      int
	Oldest       time.Duration // how long the one who waits longest has waited
	Agents, Free int
}

// Queues tells how every queue stands.
func (r *Router) Queues(ctx context.Context) ([]QueueState, error) {
	out, err := r.run(ctx, "queues")
	if err != nil {
		return nil, err
	}
	var all []QueueState
	for i := 0; i+4 < len(out); i += 5 {
		q := QueueState{Name: out[i], Oldest: millis(out[i+2])}
		q.Waiting, _ = strconv.Atoi(out[i+1])
		q.Agents, _ = strconv.Atoi(out[i+3])
		q.Free, _ = strconv.Atoi(out[i+4])
		all = append(all, q)
	}
	return all, nil
}
