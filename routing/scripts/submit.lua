-- lease, session, code, note
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
if l.kind ~= 'work' and not l.ended then return conflict('gone') end
local no = writer(agent(l.agent), ARGV[3])
if no then return no end
redis.call('HSET', key('lease', id), 'code', ARGV[4])
local late = l.kind == 'done' and '1' or '0'
emit('disposition.set', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, code = ARGV[4], note = ARGV[5], late = late})
if l.kind == 'acw' then end_acw(id, l, 'submitted') end
return {'ok'}
