-- agent, session, node
local id, session = ARGV[2], ARGV[3]
local a = agent(id)
if not a or not known(id) then return conflict('unknown_agent') end
if a.session == 'online' and a.session_id ~= session then return {'ok', 'viewer'} end
due('hb:' .. id, NOW + tonumber(a.heartbeat))
if a.session == 'online' then return {'ok', ''} end
undue('grace:' .. id)
set(id, 'node', ARGV[4])
if a.session == 'lost' then
  set(id, 'session', 'online', 'session_id', session, 'since', num(NOW))
  emit('agent.regained', {agent = id, session = session})
else
  set(id, 'session', 'online', 'session_id', session, 'chosen', 'away', 'reason', '', 'system', 'none', 'next', '', 'next_reason', '', 'misses', '0', 'calls', '0',
    'idle', num(NOW), 'since', num(NOW))
  emit('agent.online', {agent = id, session = session})
end
match_agent(id)
return {'ok', ''}
