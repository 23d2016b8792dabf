-- agent, session
local a = agent(ARGV[2])
if a and a.session_id == ARGV[3] then lose(ARGV[2], a, 'socket closed') end
return {'ok'}
