-- agent, session, page, and so on; the agents whose seat it is no longer, each with its conflict
local refused = {'ok'}
if held() or redis.call('EXISTS', key('agents')) == 0 then return refused end -- who is known is not known yet
for n = 2, #ARGV, 3 do
  local id, session, page = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  local a = agent(id)
  local no = (not a or a.session_id ~= session) and (a and a.ended == session and 'fenced' or 'viewer') or
    a.session == 'offline' and 'not_online' or
    page ~= '' and (a.page or '') ~= '' and a.page ~= page and 'viewer'
  if no then
    refused[#refused + 1] = id
    refused[#refused + 1] = no
  else
    due('hb:' .. id, NOW + tonumber(a.heartbeat))
    if a.session == 'lost' then
      undue('grace:' .. id)
      set(id, 'session', 'online', 'since', num(NOW))
      emit('agent.regained', {agent = id, session = session, node = a.node or '', page = a.page or '', turn = a.turn or '0'})
      match_agent(id)
    end
  end
end
return refused
