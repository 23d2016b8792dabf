-- agent, channel, ok (1 or 0), reason
local id = ARGV[2]
local a = agent(id)
if not a then return conflict('unknown_agent') end
if a.device == ARGV[4] and a.device_reason == ARGV[5] then return {'ok'} end
set(id, 'device', ARGV[4], 'device_reason', ARGV[5])
emit('agent.device', {agent = id, channel = ARGV[3], ok = ARGV[4], reason = ARGV[5]})
if ARGV[4] == '1' then match_agent(id) else withdraw(id, 'withdrawn', ARGV[5]) end
return {'ok'}
