package routing

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/callfloor/callfloor/state"
)

// transferred is the reason for which who is transferred leaves a queue.
const transferred = "transferred"

// Transfer is where an agent wants what they have in hand to wait, and for whom.
type Transfer struct {
	Queue    string
	Priority int            // 0 is as it was
	Add      map[string]int // skills it needs from now on, each with the lowest proficiency; groups put out
	Remove   []string       // skills it needs no more
	Note     string         // for whoever takes it
	Closed   bool           // the queue's hours are over: it is refused
}

// Transfer lets what the agent has in hand wait in a queue, at its age where the queue wants that, and ends their part: their lease
// is given up only when it stands there. Its ticket tells of the new offers. Conflicts: closed, no_transfers (the queue takes
// none), full, no_agents, gone (it is not theirs any more, or the customer has left).
func (r *Router) Transfer(ctx context.Context, lease, agent string, to Transfer) error {
	add, err := json.Marshal(orEmpty(to.Add))
	if err != nil {
		return err
	}
	remove, err := json.Marshal(append([]string{}, to.Remove...))
	if err != nil {
		return err
	}
	return r.do(ctx, "transfer", lease, agent, to.Queue, r.name(), to.Priority, flag(to.Closed), string(add), string(remove), to.Note)
}

// Move lets what waits, or is only offered to somebody, wait in another queue, at its age where that queue wants it: a supervisor says
// so. Its ticket is told that it was Moved. Conflicts: closed, no_transfers (the queue takes none), full, no_agents, there_already,
// talking (an agent has it: Transfer), gone.
func (r *Router) Move(ctx context.Context, interaction, queue, by string) error {
	return r.do(ctx, "move", interaction, queue, r.name(), by)
}

// moves lets the truth be of the queue to which its customer was transferred.
func (x *truth) moves(e state.Event) {
	*x = truth{ID: x.ID, Channel: x.Channel, Queue: e.Get("queue"), Data: e.Get("data"), Wants: e.Get("wants"), Visit: e.Get("visit"), Begin: e.ID, over: x.over}
	x.Priority, _ = strconv.ParseInt(e.Get("priority"), 10, 64)
	x.Since, _ = strconv.ParseInt(e.Get("since"), 10, 64)
	x.Entered, _ = strconv.ParseInt(e.Get("entered"), 10, 64)
}

func orEmpty(skills map[string]int) map[string]int {
	if skills == nil {
		return map[string]int{}
	}
	return skills
}
