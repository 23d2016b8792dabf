-- the lease of an agent, that of another one whom they consult, or who has joined: it is the other one's from now on, and the agent's part is over.
-- Returned are whether the other one has sound (1 or 0), and what they are shown.
local from, id = ARGV[2], ARGV[3]
local g, l = hash(key('lease', from)), hash(key('lease', id))
local i, sounds = interaction(l.interaction or ''), l.connected and '1' or '0'
if l.handed == from then return {'ok', sounds, i and i.data or ''} end -- told again
if not i or l.kind ~= 'consult' and l.kind ~= 'join' or g.kind ~= 'work' or not g.connected or i.lease ~= from then return conflict('gone') end
call_off(i, 'withdrawn', 'transferred')
local a, data = agent(l.agent), handed(i, g.agent, l.purpose == 'consult' and l.note or '')
unpromise(id, l, i)
redis.call('HDEL', key('lease', id), 'purpose')
redis.call('HSET', key('lease', id), 'kind', 'work', 'handed', from)
redis.call('HSET', key('int', i.id), 'owner', a.id, 'lease', id, 'data', data)
set(a.id, 'calls', num(tonumber(a.calls or '0') + 1))
emit(l.purpose .. '.handed_over', {lease = id, interaction = i.id, agent = a.id, queue = i.queue, node = i.node, deadline = l.deadline, data = data,
  connected = sounds, by = g.agent, purpose = l.purpose})
if end_work(from, g, 'transferred') then free(g.agent) end
return {'ok', sounds, data}
