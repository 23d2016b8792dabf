-- lease, session ('' when the device itself accepted)
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if not l.kind then return conflict('gone') end
if l.kind == 'work' and l.by == ARGV[3] then return {'ok'} end -- told again
if l.kind == 'work' then return conflict('taken') end
if l.kind ~= 'offer' then return conflict(l.taken and 'taken' or 'gone') end
local a = agent(l.agent)
local no = writer(a, ARGV[3])
if no then return no end
if NOW > tonumber(l.deadline) then
  end_offer(id, l, 'missed', 'deadline')
  return conflict('expired')
end
undue('offer:' .. id)
redis.call('HSET', key('lease', id), 'kind', 'work', 'by', ARGV[3], 'accepted', num(NOW), 'deadline', num(NOW + 5000))
due('audio:' .. id, NOW + 5000)
local others = without(redis.call('HGET', key('int', l.interaction), 'lease'), id)
redis.call('HSET', key('int', l.interaction), 'state', 'owned', 'owner', l.agent, 'lease', id, 'rung', '')
stand_no_more(l.queue, l.interaction)
set(l.agent, 'misses', '0', 'calls', num(tonumber(a.calls or '0') + 1))
emit('offer.accepted', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, deadline = NOW + 5000, node = l.node})
for other in each(others) do -- who were rung with this agent
  redis.call('HSET', key('lease', other), 'taken', '1')
  end_offer(other, hash(key('lease', other)), 'withdrawn', 'taken')
end
return {'ok'}
