-- id, agent, session ('' is nobody's in particular), node, data (json), visit: the agent calls somebody, from this moment on, though they
-- may be away. The lease, where in the journal it begins, and when it was. The client repeats a command whose answer was lost: the
-- same visit is answered in the same way.
local id, a = ARGV[2], agent(ARGV[3])
local there = interaction(id)
if there and there.visit == ARGV[7] then return {'ok', there.lease, there.begin, there.since} end
if there then return conflict('taken') end
local no = no_call(a, ARGV[4])
if no then return no end
redis.call('HSET', key('int', id), 'channel', 'voice', 'queue', '', 'priority', '5', 'since', num(NOW), 'node', ARGV[5], 'data', ARGV[6],
  'state', 'owned', 'owner', a.id, 'rung', '', 'wants', '', 'entered', num(NOW), 'visit', ARGV[7])
redis.call('SADD', key('ints'), id)
local lease, begin = dials(interaction(id), a)
return {'ok', lease, begin, num(NOW)}
