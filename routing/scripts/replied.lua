-- lease, session ('' is the channel's own word): the customer has had a first reply
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.replied then return {'ok'} end -- told again, or said more
if l.kind ~= 'work' then return conflict('gone') end
local no = writer(agent(l.agent), ARGV[3])
if no then return no end
redis.call('HSET', key('lease', id), 'replied', num(NOW))
undue('reply:' .. id)
attended(l.agent, l.channel)
emit('work.replied', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue})
return {'ok'}
