-- lease, head (1 or 0), reason
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.requeued then return {'ok'} end -- told again
if l.kind ~= 'work' then return conflict('gone') end
local i = interaction(l.interaction)
if not i then return conflict('gone') end
if not open(i.queue) then
  finish(id, l, ARGV[4])
  return conflict('closed')
end
redis.call('HSET', key('lease', id), 'requeued', '1')
drop(id, l)
redis.call('HDEL', key('int', i.id), 'tried')
undue('round:' .. i.id)
back(i, ARGV[3] == '1')
emit('interaction.requeued', {interaction = i.id, queue = i.queue, priority = i.priority, since = i.since, head = ARGV[3], node = i.node,
  lease = id, agent = l.agent, reason = ARGV[4]})
set(l.agent, 'idle', num(NOW))
match_interaction(i.id)
free(l.agent)
return {'ok'}
