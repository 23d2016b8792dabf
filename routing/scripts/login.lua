-- agent, session, node, the page ('' is none in particular), whether it takes the seat from another one (1 or 0)
local id, session, page = ARGV[2], ARGV[3], ARGV[5]
local a = agent(id)
if not a or not known(id) then return conflict('unknown_agent') end
if session == a.ended then return conflict('fenced') end
local there = page ~= '' and (a.page or '') ~= '' and a.page ~= page and redis.call('HEXISTS', key('node', a.node), 'dead') == 0
local theirs = a.session_id == session and not there -- of two pages of one session, the one that is elsewhere
if a.session == 'online' and not theirs and ARGV[6] ~= '1' then return {'ok', 'viewer'} end
due('hb:' .. id, NOW + tonumber(a.heartbeat))
if a.session ~= 'online' or page ~= '' then set(id, 'page', page) end
if a.node ~= ARGV[4] then set(id, 'node', ARGV[4]) end
if a.session == 'online' then
  if not theirs then set(id, 'session_id', session) end
  if not theirs or a.node ~= ARGV[4] then -- whose former node has died, perhaps
    emit('agent.moved', {agent = id, node = ARGV[4], session = session, page = page, was = a.session_id})
  end
  return {'ok', ''}
end
undue('grace:' .. id)
if a.session == 'lost' then
  set(id, 'session', 'online', 'session_id', session, 'since', num(NOW))
  emit('agent.regained', {agent = id, session = session})
else
  local prep = tonumber(a.login_prep or '0')
  local chosen = prep > 0 and 'login_prep' or 'away'
  set(id, 'session', 'online', 'session_id', session, 'chosen', chosen, 'reason', '', 'chosen_by', '', 'next', '', 'next_reason', '', 'calls', '0', 'idle', num(NOW), 'since', num(NOW))
  if prep > 0 then
    set(id, 'prep', num(NOW + prep))
    due('prep:' .. id, NOW + prep)
  end
  if a.system ~= 'away_idle' then set(id, 'misses', '0', 'digital_misses', '0') end -- which only "I'm back" ends
  emit('agent.online', {agent = id, session = session, chosen = chosen})
end
match_agent(id)
return {'ok', ''}
