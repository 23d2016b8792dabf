package routing

import (
	"strings"
	"testing"

	"github.com/callfloor/callfloor/state"
)

// A floor at work is healthy. Then something is damaged by hand, each in its own way, and the doctor says what.
func TestTheDoctorFindsEveryDamage(t *testing.T) {
	onBoth(t, func(t *testing.T, s *state.State) {
		for name, c := range map[string]struct {
			damage string // a script; key() and L, the lease of ann's talk with maria, are known to it
			want   []string
		}{
			"a lease that is nowhere": {`redis.call('DEL', key('lease:' .. L))`, []string{
				"agent maria holds lease L, which does not exist", "interaction ann is owned, and its lease L is gone",
			}},
			"a lease of somebody else": {`redis.call('HSET', key('lease:' .. L), 'agent', 'sam')`, []string{
				"agent maria holds lease L, which is of sam", "interaction ann is with maria, and its lease L with sam",
			}},
			"a lease that is over": {`redis.call('HSET', key('lease:' .. L), 'kind', 'done')`, []string{
				"agent maria holds lease L, which is over", "interaction ann is owned, and its lease L is done",
			}},
			"work of which nothing is left": {`redis.call('DEL', key('int:ann')) redis.call('SREM', key('ints'), 'ann')`, []string{
				"agent maria is busy with ann, which is gone (lease L, work)",
			}},
			"two leases where one may be": {`redis.call('HSET', key('lease:more'), 'agent', 'maria', 'channel', 'voice', 'kind', 'acw', 'interaction', 'x', 'deadline', '0')
				redis.call('SADD', key('leases:maria'), 'more')`, []string{"agent maria has 2 on voice, and may have 1"}},
			"more than was ever allowed, in spite of a limit that was lowered": {`redis.call('HSET', key('agent:maria'), 'voice', '0', 'voice_max', '0')
				redis.call('HSET', key('lease:more'), 'agent', 'maria', 'channel', 'callback', 'kind', 'acw', 'interaction', 'x', 'deadline', '0')
				redis.call('SADD', key('leases:maria'), 'more')`, []string{"agent maria has 2 on voice, and may have 1"}},
			"put aside, and a slot in use": {`redis.call('HSET', key('int:ann'), 'state', 'snoozed')`, []string{
				"interaction ann was put aside, and has lease L",
			}},
			"put aside by nobody": {`redis.call('HSET', key('int:dan'), 'owner', 'ghost')`, []string{
				"interaction dan was put aside by ghost, of whom nothing is known",
			}},
			"put aside, and waiting": {`redis.call('ZADD', key('wait:sales'), 1, 'dan')`, []string{"interaction dan is with maria, and still stands in queue sales"}},
			"away by another word":   {`redis.call('HSET', key('agent:sam'), 'system', 'asleep')`, []string{"agent sam is asleep by the system, which knows no such thing"}},
			"getting ready for ever": {`redis.call('HSET', key('agent:sam'), 'chosen', 'login_prep')`, []string{"agent sam gets ready for ever"}},
			"a first reply without a deadline": {`redis.call('HSET', key('lease:' .. L), 'reply', '5')`, []string{
				"ann is to be answered first by maria, and no time is set for it (lease L)",
			}},
			"signed out by no clock": {`redis.call('HSET', key('agent:sam'), 'logout', '5')`, []string{
				"agent sam is to be signed out by the clock, and never is",
			}},
			"peace for ever": {`redis.call('HSET', key('agent:sam'), 'cooldown:chat', '5')`, []string{
				"agent sam has peace from chat, and it never ends",
			}},
			"kept free for nothing": {`redis.call('HSET', key('agent:sam'), 'drains', 'cid')`, []string{
				"agent sam is kept free for interaction cid, which does not wait for them",
			}},
			"kept free in vain":           {`redis.call('HSET', key('int:cid'), 'drained', 'sam')`, []string{"agent sam is kept free for interaction cid, and knows nothing of it"}},
			"nobody is ever kept free":    {`redis.call('ZREM', key('due'), 'drain:cid')`, []string{"call cid waits, and nobody would ever be kept free for it"}},
			"an index of those who chat":  {`redis.call('ZADD', key('free:sales:kept'), 1, 'maria')`, []string{"agent maria may not be offered kept of queue sales"}},
			"an offer without a deadline": {`redis.call('ZREM', key('due'), 'offer:' .. redis.call('HGET', key('int:bob'), 'lease'))`, []string{"has no deadline"}},
			"nobody watches an agent":     {`redis.call('ZREM', key('due'), 'hb:maria')`, []string{"agent maria is online, and nobody would notice their loss"}},
			"kept from an agent for ever": {`redis.call('HSET', key('int:cid'), 'tried', ',sam,')`, []string{"interaction cid is kept from ,sam, for ever"}},
			"a place that is gone":        {`redis.call('ZREM', key('wait:sales'), 'cid')`, []string{"interaction cid is waiting, and does not stand in queue sales"}},
			"a place of nobody":           {`redis.call('ZADD', key('wait:sales'), 1, 'ghost')`, []string{"ghost stands in queue sales, and is no interaction"}},
			"an age that has changed":     {`redis.call('ZADD', key('age:sales'), 5, 'cid')`, []string{"interaction cid has waited since", "and queue sales believes since 5"}},
			"an index that forgot":        {`redis.call('SREM', key('here:sales'), 'maria')`, []string{"agent maria is logged in, and queue sales believes the contrary"}},
			"an index that dreams": {`redis.call('ZADD', key('free:sales:voice'), 1, 'maria')`, []string{
				"agent maria may not be offered voice of queue sales, and the index believes the contrary",
			}},
			"calls for a server that stops": {`redis.call('HSET', key('devices:sam'), 'kind', 'phone', 'phone', 'n-old')
				redis.call('HSET', key('agent:sam'), 'device', '1')
				redis.call('ZADD', key('nodes'), 1, 'n-old', 1, 'n-new')
				redis.call('HSET', key('node:n-old'), 'until', '5', 'address', 'a')
				redis.call('HSET', key('node:n-new'), 'until', '0', 'address', 'b')`, []string{
				"agent sam may be offered calls, and their device is at server n-old, which is being drained",
			}},
			"a queue that knows nobody for what it holds": {`redis.call('HSET', key('int:cid'), 'channel', 'chat')`, []string{
				"interaction cid stands in queue sales, which has no index for chat",
			}},
			"an agent without facts": {`redis.call('DEL', key('agent:sam'))`, []string{"agent sam is configured, and nothing is known of them"}},
			"time stands still":      {`redis.call('ZADD', key('due'), 1, 'cool:maria')`, []string{"no server carries out deadlines"}},
		} {
			t.Run(name, func(t *testing.T) {
				if err := s.Redis().FlushDB(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
				d := dawn(t, s, nil)
				d.comes("maria")
				d.has("maria", "email", "dan")
				d.ok(d.Snooze(t.Context(), d.lease("dan"), "s-maria", 0))
				d.comes("sam")
				for _, caller := range []string{"ann", "bob", "cid"} {
					d.calls(caller, "sales")
				}
				lease := d.talks("ann", "maria")
				d.offered("bob", "sam")
				findings, err := d.Doctor(t.Context())
				if err != nil || len(findings) > 0 {
					t.Fatalf("a healthy floor: %v, %v", findings, err)
				}
				d.damaged(lease, c.damage, c.want...)
			})
		}
	})
}

// damaged: a script damages the ledger, to which key() and L, a lease, are known; the doctor says this of it.
func (d *day) damaged(lease, damage string, want ...string) {
	d.t.Helper()
	script := "local L = ARGV[1] local function key(k) return ARGV[2] .. k end " + damage
	if err := d.s.Redis().Eval(d.t.Context(), script, []string{d.s.Key("events")}, lease, d.s.Key("")).Err(); err != nil && err.Error() != "redis: nil" {
		d.t.Fatal(err)
	}
	findings, err := d.Doctor(d.t.Context())
	d.ok(err)
	said := strings.ReplaceAll(strings.Join(findings, "\n"), lease, "L")
	for _, w := range want {
		if !strings.Contains(said, w) {
			d.t.Errorf("not found: %s\nbut:\n%s", w, said)
		}
	}
}
