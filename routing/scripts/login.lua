-- agent, session, node
local id, session = ARGV[2], ARGV[3]
local a = agent(id)
if not a or not known(id) then return conflict('unknown_agent') end
if session == a.ended then return conflict('fenced') end
if a.session == 'online' and a.session_id ~= session then return {'ok', 'viewer'} end
due('hb:' .. id, NOW + tonumber(a.heartbeat))
if a.node ~= ARGV[4] then
  set(id, 'node', ARGV[4])
  if a.session == 'online' then emit('agent.moved', {agent = id, node = ARGV[4]}) end -- its former node has died, perhaps
end
if a.session == 'online' then return {'ok', ''} end
undue('grace:' .. id)
if a.session == 'lost' then
  set(id, 'session', 'online', 'session_id', session, 'since', num(NOW))
  emit('agent.regained', {agent = id, session = session})
else
  set(id, 'session', 'online', 'session_id', session, 'chosen', 'away', 'reason', '', 'chosen_by', '', 'next', '', 'next_reason', '', 'calls', '0', 'idle', num(NOW), 'since', num(NOW))
  if a.system ~= 'away_idle' then set(id, 'misses', '0') end -- which only "I'm back" ends
  emit('agent.online', {agent = id, session = session})
end
match_agent(id)
return {'ok', ''}
