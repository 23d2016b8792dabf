-- lease, head (1 or 0), reason
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'work' then return conflict('gone') end
local i = interaction(l.interaction)
if not i then return conflict('gone') end
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
