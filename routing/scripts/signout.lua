-- agent, the supervisor: the session is over, whatever is in hand
local id, by = ARGV[2], ARGV[3]
local a = agent(id)
if not a then return conflict('unknown_agent') end
if a.session == 'offline' and a.ended_by == by then return {'ok'} end -- told again
if a.session == 'offline' then return conflict('not_online') end
sign_off(id, a.session_id, 'supervisor', by)
recall(id, 'supervisor', true)
return {'ok'}
