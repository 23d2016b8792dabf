-- agent, session: what was to come after this does not come, nor does the sign-out that they were told of; nothing else changes
local id = ARGV[2]
local a = agent(id)
if not a then return conflict('unknown_agent') end
local no = writer(a, ARGV[3])
if no then return no end
put_off(a)
if (a.next or '') == '' then return {'ok'} end
set(id, 'next', '', 'next_reason', '')
emit('agent.next', {agent = id, next = '', reason = ''})
match_agent(id)
return {'ok'}
