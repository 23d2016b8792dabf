package calls

import (
	"context"
	"time"

	"github.com/callfloor/callfloor/routing"
)

// wish is what an agent wants to become of the talk; the visit answers it once.
type wish struct {
	to     routing.Transfer
	answer chan error
}

// Transfer lets the customer wait in a queue for somebody else, and ends the agent's part as soon as they stand there. Refused,
// with routing's conflict, the talk goes on as it was.
func (c *Call) Transfer(agent string, to routing.Transfer) error {
	w := wish{to, make(chan error, 1)}
	err := c.command(agent, func() error {
		if c.talk.state == Talking || c.talk.state == OnHold {
			select {
			case c.wishes <- w:
				return nil
			default: // another one is being answered
			}
		}
		return &NotNow{Want: Pass, State: c.talk.state}
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

// transfer does what the agent wishes; false when it is refused and the talk goes on.
func (v *visit) transfer(ctx context.Context, w wish) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords) // when the customer leaves meanwhile, what came of it is still known
	defer cancel()
	err := v.c.Router.Transfer(ctx, v.offer.lease, v.offer.agent, w.to)
	if err != nil {
		v.c.Log.Info("not transferred", "agent", v.offer.agent, "queue", w.to.Queue, "err", err)
	} else {
		v.moves(w.to.Queue)
	}
	w.answer <- err
	return err == nil
}

// moves ends the agent's part: the customer stands in another queue, to which the script goes next. Until it is there they
// hear hold music.
func (v *visit) moves(queue string) {
	c := v.c
	v.released(Transferred)
	*v = visit{c: c, w: Want{Queue: queue}, ticket: v.ticket, since: time.Now(), moved: true}
	s := &stay{queue: queue, ticket: v.ticket, since: v.since, moved: true}
	_ = c.do(func() { c.stay, c.changed = s, true })
	_ = c.Music(c.HoldMusic)
}
