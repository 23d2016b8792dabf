-- agent, session
local id = ARGV[2]
local a = agent(id)
if not a or a.session_id ~= ARGV[3] then return conflict('viewer') end
if a.session == 'offline' then return conflict('not_online') end
due('hb:' .. id, NOW + tonumber(a.heartbeat))
if a.session == 'lost' then
  undue('grace:' .. id)
  set(id, 'session', 'online', 'since', num(NOW))
  emit('agent.regained', {agent = id, session = ARGV[3]})
  match_agent(id)
end
return {'ok'}
