-- node, an interaction whose call it has taken over from a dead one, its visit, the lease on which it talks ('' is none), those of its
-- guests (json): how it stands. "talks": they are to hear each other; "over": their agent has ended it meanwhile; "waits": it is offered; "gone": it
-- stands nowhere.
local node, id, visit, lease = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local i = interaction(id)
if not i then return {'ok', lease ~= '' and 'over' or 'gone'} end
if i.visit ~= visit then
  leave(id, 'node_lost')
  return {'ok', 'gone'}
end
redis.call('HSET', key('int', id), 'node', node)
for l in each(i.lease) do redis.call('HSET', key('lease', l), 'node', node) end
for l in each(i.guests) do redis.call('HSET', key('lease', l), 'node', node) end
i = interaction(id)
emit('interaction.adopted', {interaction = id, queue = i.queue, node = node, agent = i.owner or ''})
if lease ~= '' and i.state == 'owned' and i.lease == lease then
  undue('audio:' .. lease)
  for _, k in ipairs(cjson.decode(ARGV[6])) do
    if redis.call('HGET', key('lease', k.id), 'kind') ~= k.purpose then -- over meanwhile, of which nobody there was told
      emit(k.purpose .. '.ended', {lease = k.id, interaction = id, agent = k.agent, queue = i.queue, node = node, reason = 'node lost', purpose = k.purpose})
    end
  end
  return {'ok', 'talks'}
end
call_off(i, 'withdrawn', 'node lost')
i = interaction(id)
if i.lease ~= '' then anew(i) end
pose(id)
match_interaction(id)
return {'ok', interaction(id) and 'waits' or 'gone'}
