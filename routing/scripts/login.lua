-- agent, session, node, the page ('' is none in particular), whether it takes the seat from another one (1 or 0). Each time the
-- seat comes to another one is a turn of its own.
local id, session, page = ARGV[2], ARGV[3], ARGV[5]
local a = agent(id)
if not a or not known(id) then return conflict('unknown_agent') end
if session == a.ended then return conflict('fenced') end
local there = page ~= '' and (a.page or '') ~= '' and a.page ~= page and not dead(a.node or '')
local theirs = a.session_id == session and not there -- of two pages of one session, the one that is elsewhere
if a.session == 'online' and not theirs and ARGV[6] ~= '1' then return {'ok', 'viewer', a.turn or '0'} end
due('hb:' .. id, NOW + tonumber(a.heartbeat))
local was = a
if a.session ~= 'online' or page ~= '' then set(id, 'page', page) end
if a.node ~= ARGV[4] then set(id, 'node', ARGV[4]) end
if a.session ~= 'online' or a.session_id ~= session or agent(id).page ~= was.page or was.node ~= ARGV[4] then
  set(id, 'turn', num(math.max(NOW, tonumber(a.turn or '0') + 1))) -- later than every turn before, whatever Redis has forgotten
end
a = agent(id)
local told = {agent = id, node = ARGV[4], session = session, page = a.page or '', turn = a.turn or '0'}
if was.session == 'online' then
  if not theirs then set(id, 'session_id', session) end
  if not theirs or was.node ~= ARGV[4] then -- whose former node has died, perhaps
    told.was = was.session_id
    emit('agent.moved', told)
  end
  return {'ok', '', told.turn}
end
undue('grace:' .. id)
if was.session == 'lost' then
  set(id, 'session', 'online', 'session_id', session, 'since', num(NOW))
  emit('agent.regained', told)
else
  local prep = tonumber(a.login_prep or '0')
  told.chosen = prep > 0 and 'login_prep' or 'away'
  set(id, 'session', 'online', 'session_id', session, 'chosen', told.chosen, 'reason', '', 'chosen_by', '', 'next', '', 'next_reason', '', 'calls', '0', 'idle', num(NOW), 'since', num(NOW))
  if prep > 0 then
    set(id, 'prep', num(NOW + prep))
    due('prep:' .. id, NOW + prep)
  end
  if a.system ~= 'away_idle' then set(id, 'misses', '0', 'digital_misses', '0') end -- which only "I'm back" ends
  emit('agent.online', told)
end
match_agent(id)
return {'ok', '', told.turn}
