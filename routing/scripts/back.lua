-- agent, session
local id = ARGV[2]
local a = agent(id)
if not a then return conflict('unknown_agent') end
local no = writer(a, ARGV[3])
if no then return no end
if a.system ~= 'away_idle' then return {'ok'} end
set(id, 'system', 'none', 'misses', '0', 'digital_misses', '0', 'idle', num(NOW), 'since', num(NOW))
emit('agent.back', {agent = id})
match_agent(id)
return {'ok'}
