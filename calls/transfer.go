package calls

import (
	"context"
	"slices"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// wish is what an agent wants to become of the talk; the visit grants it once, or refuses.
type wish struct {
	grant  func(context.Context, *visit) error
	answer chan error
}

// wish lets the visit do what the agent who talks wants.
func (c *Call) wish(agent string, turn Turn, grant func(context.Context, *visit) error) error {
	return c.grants(turn, grant, func(f func() error) error { return c.command(agent, f) })
}

// ask is the wish of somebody else.
func (c *Call) ask(turn Turn, grant func(context.Context, *visit) error) error {
	return c.grants(turn, grant, func(f func() error) (err error) {
		if over := c.do(func() { err = f() }); over != nil {
			return over
		}
		return err
	})
}

func (c *Call) grants(turn Turn, grant func(context.Context, *visit) error, post func(func() error) error) error {
	w := wish{grant, make(chan error, 1)}
	err := post(func() error {
		if c.talk.state == Talking || c.talk.state == OnHold {
			select {
			case c.wishes <- w:
				return nil
			default: // another one is being answered
			}
		}
		return &NotNow{Want: turn, State: c.talk.state}
	})
	if err != nil {
		return err
	}
	select {
	case err := <-w.answer:
		return err
	case <-c.done:
		return ErrOver
	}
}

// Transfer lets the customer wait in a queue for somebody else, and ends the agent's part as soon as they stand there. Refused,
// with routing's conflict or with ErrConsulting, the talk goes on as it was.
func (c *Call) Transfer(agent string, to routing.Transfer) error {
	return c.wish(agent, Pass, func(ctx context.Context, v *visit) error { return v.transfer(ctx, to) })
}

func (v *visit) transfer(ctx context.Context, to routing.Transfer) error {
	if v.crowd() {
		return ErrConsulting
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords) // when the customer leaves meanwhile, what came of it is still known
	defer cancel()
	if err := v.c.Router.Transfer(ctx, v.offer.lease, v.offer.agent, to); err != nil {
		v.c.Log.Info("not transferred", "agent", v.offer.agent, "queue", to.Queue, "err", err)
		return err
	}
	v.moves(to.Queue)
	return nil
}

// led: a supervisor has moved a customer who waits to another queue, to which the script goes next; of the age that they have there
// the router knows.
func (v *visit) led(queue string) {
	for _, o := range slices.Clone(v.rings) {
		v.drop(o, Cancelled)
	}
	v.c.Log.Info("moved", "from", v.w.Queue, "queue", queue)
	v.stands(queue, v.since)
}

// moves ends the agent's part: the customer stands in another queue.
func (v *visit) moves(queue string) {
	v.dropToward(Cancelled)
	v.noGuests(Transferred)
	v.released(Transferred)
	v.stands(queue, time.Now())
}

// stands lets the visit be one of another queue, to which the script goes next. Until it is there the customer hears hold music.
func (v *visit) stands(queue string, since time.Time) {
	c := v.c
	*v = visit{c: c, w: Want{Queue: queue}, ticket: v.ticket, since: since, moved: true}
	s := &stay{queue: queue, ticket: v.ticket, since: v.since, moved: true}
	_ = c.do(func() { c.stay, c.changed = s, true })
	_ = c.Music(c.HoldMusic)
}
