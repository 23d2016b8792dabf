package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/ivr"
	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
	"github.com/callfloor/callfloor/prompts"
)

// contact lets a flow talk to a call: prompts become sound, and what the caller pressed is kept for the agent.
type contact struct {
	speaker *prompts.Speaker
	config  *configs.Config // the configuration the call began with
	now     func() *configs.Config
	log     *slog.Logger
	call    *calls.Call
	data    map[string]string // shown with the offer
	open    context.Context   //nolint:containedctx // it ends when the node stops and nobody may stay
	mu      sync.Mutex
	path    []string // "flow/step" and "step=key", in order
	keys    []string
}

// run answers and walks the flow.
func (k *contact) run(ctx context.Context, c *calls.Call, flow string) error {
	if err := c.Answer(ctx); err != nil {
		return err
	}
	return k.walk(ctx, c, func(ctx context.Context) error { return k.config.Flows[flow].Run(ctx, k, k.config.World()) })
}

// resume walks on where a former life of the node was.
func (k *contact) resume(ctx context.Context, c *calls.Call, w way) error {
	k.path, k.keys = w.Path, w.Keys
	return k.walk(ctx, c, func(ctx context.Context) error { return ivr.Resume(ctx, k, k.config.World(), w.Place) })
}

func (k *contact) walk(ctx context.Context, c *calls.Call, flow func(context.Context) error) error {
	k.call = c
	stay, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	defer context.AfterFunc(k.open, func() { leave(calls.Draining) })()
	err := flow(stay)
	if errors.Is(context.Cause(stay), calls.Draining) && ctx.Err() == nil {
		k.parts(ctx)
		return calls.Draining
	}
	if ended := (*ivr.Ended)(nil); errors.As(err, &ended) {
		return calls.Cause{Word: ended.Reason, Code: calls.Normal.Code}
	}
	if err != nil && ctx.Err() == nil { // no flow had words for it: the caller hears at least that it is over
		_ = c.Play(ctx, []*media.Sound{trouble()}, false)
	}
	return err
}

// parts tells the caller why their call ends now.
func (k *contact) parts(ctx context.Context) {
	words, err := k.words(ctx, k.config.DrainWords, nil)
	if err == nil {
		err = k.call.Play(ctx, words, false)
	}
	if err != nil && ctx.Err() == nil {
		k.log.Error("a last word was not said", "call", k.call.ID, "err", err)
	}
}

// way is how far a caller has come: what a next life of the node needs to lead them on.
type way struct {
	Place ivr.Place `json:"place"`
	Path  []string  `json:"path,omitempty"`
	Keys  []string  `json:"keys,omitempty"`
}

// At keeps the way, in case the process ends.
func (k *contact) At(p ivr.Place) {
	k.mu.Lock()
	w := way{Place: p, Path: k.path, Keys: k.keys}
	k.mu.Unlock()
	if b, err := json.Marshal(w); err == nil {
		_ = k.call.At(b) // a call that is over goes nowhere
	}
}

// trouble is the tone that says everywhere that a call cannot go on.
func trouble() *media.Sound {
	var pcm []int16
	for range 3 {
		pcm = append(pcm, audio.Tone(425, 0.3, 250*time.Millisecond)...)
		pcm = append(pcm, make([]int16, audio.Rate/4)...)
	}
	return media.NewSound(pcm)
}

// ringing is the tone that says in most of Europe that it rings: one second in five (ITU-T E.182).
func ringing() *media.Sound {
	return media.NewSound(append(audio.Tone(425, 0.1, time.Second), make([]int16, 4*audio.Rate)...))
}

// Say speaks the prompt to the caller.
func (k *contact) Say(ctx context.Context, p ivr.Prompt, bargeIn bool) error {
	sounds, err := k.speaker.Sounds(ctx, p.Text, p.File)
	if err != nil {
		return err
	}
	return k.call.Play(ctx, sounds, bargeIn)
}

// Keys collects what the caller presses.
func (k *contact) Keys(ctx context.Context, limit int, end string, timeout time.Duration) (string, error) {
	keys, err := k.call.Keys(ctx, limit, end, timeout)
	if errors.Is(err, calls.ErrTimeout) {
		return keys, ivr.ErrTimeout
	}
	return keys, err
}

// Note keeps the caller's way, for the records and for the agent who will ask less.
func (k *contact) Note(flow, step, key string) {
	k.call.Note(flow, step, key)
	k.mu.Lock()
	defer k.mu.Unlock()
	if key != "" {
		k.keys = append(k.keys, step+"="+key)
		return
	}
	k.path = append(k.path, flow+"/"+step)
}

// Queue waits for an agent and returns when the talk is over, or the last one, where agents transfer the customer.
func (k *contact) Queue(ctx context.Context, w ivr.Want) (ivr.Outcome, string, error) {
	for {
		if q := k.call.Stands(); q != "" && q != w.Queue {
			w, k.config = ivr.Want{Queue: q}, k.now() // which may be newer than the call
		}
		q, ok := k.config.Queue(w.Queue)
		if !ok {
			return "", w.Queue, errors.New("queue " + w.Queue + " does not exist")
		}
		want, err := k.want(ctx, w, q)
		if err != nil {
			return "", w.Queue, err
		}
		out, err := k.call.Queue(ctx, want)
		if err != nil || out != calls.Moved {
			return ivr.Outcome(out), w.Queue, err
		}
	}
}

func (k *contact) want(ctx context.Context, w ivr.Want, q configs.Queue) (calls.Want, error) {
	want := calls.Want{
		Queue: w.Queue, Priority: w.Priority, MaxWait: q.MaxWait, Record: q.Recording, Every: q.Announce.Every, Data: k.shown(),
		Wants: k.config.Groups.Expand(w.Wants), Agents: w.Agents, AgentsFor: w.AgentsFor,
		Closed: !k.config.Takes(q, time.Now()),
	}
	var err error
	if q.Music != "" {
		if want.Music, err = k.speaker.File(ctx, q.Music); err != nil {
			k.log.Error("no music", "queue", q.Name, "err", err)
		}
	}
	if want.Welcome, err = k.words(ctx, q.Welcome, nil); err != nil {
		return want, err
	}
	if want.Sorry, err = k.words(ctx, q.Sorry, nil); err != nil {
		return want, err
	}
	if q.Announce.Every > 0 {
		want.Announce = func(ctx context.Context, place, waiting int) []*media.Sound {
			words, err := k.words(ctx, q.Announce.Say, map[string]string{
				"queue.position": strconv.Itoa(place), "queue.waiting": strconv.Itoa(waiting),
			})
			if err != nil {
				k.log.Error("announcement not spoken", "queue", q.Name, "err", err)
			}
			return words
		}
	}
	return want, nil
}

func (k *contact) words(ctx context.Context, p ivr.Prompt, vars map[string]string) ([]*media.Sound, error) {
	if p.Empty() {
		return nil, nil
	}
	p = p.Pick(vars)
	return k.speaker.Sounds(ctx, p.Text, p.File)
}

// shown is what an agent sees while the offer rings.
func (k *contact) shown() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	d := map[string]string{"path": strings.Join(k.path, " "), "pressed": strings.Join(k.keys, " ")}
	for key, v := range k.data {
		d[key] = v
	}
	return d
}
