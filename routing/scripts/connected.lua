-- lease
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'work' and l.kind ~= 'consult' then return conflict('gone') end
undue('audio:' .. id)
redis.call('HSET', key('lease', id), 'connected', num(NOW), 'deadline', '0')
emit('offer.connected', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, node = l.node, purpose = l.purpose})
return {'ok'}
