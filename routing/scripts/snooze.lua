-- lease, session ('' is nobody's wish: the customer says nothing), ms (0: until the customer says something): work that is no
-- call is put aside; it stays the agent's, and takes no slot
local id, l, ms = ARGV[2], hash(key('lease', ARGV[2])), tonumber(ARGV[4])
if l.snoozed then return {'ok'} end -- told again
if l.kind ~= 'work' then return conflict('gone') end
if slot(l.channel) == 'voice' then return conflict('talking') end
local no = writer(agent(l.agent), ARGV[3])
if no then return no end
local i = interaction(l.interaction)
call_off(i, 'withdrawn', 'snoozed')
disband(i, 'snoozed')
local till = ms > 0 and NOW + ms or 0
redis.call('HSET', key('lease', id), 'snoozed', '1')
drop(id, l)
redis.call('HSET', key('int', l.interaction), 'state', 'snoozed', 'lease', '')
if till > 0 then due('wake:' .. l.interaction, till) end
emit('interaction.snoozed', {interaction = l.interaction, lease = id, agent = l.agent, queue = l.queue, till = till})
set(l.agent, 'idle', num(NOW))
free(l.agent)
return {'ok'}
