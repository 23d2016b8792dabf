-- agent, channel, ok (1 or 0), reason
local id = ARGV[2]
if not agent(id) then return conflict('unknown_agent') end
device_fact(id, ARGV[3], ARGV[4], ARGV[5])
return {'ok'}
