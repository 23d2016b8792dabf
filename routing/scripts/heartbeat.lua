-- agent, session, and so on; the agents whose session it is no longer, each with its conflict
local refused = {'ok'}
if held() or redis.call('EXISTS', key('agents')) == 0 then return refused end -- who is known is not known yet
for n = 2, #ARGV, 2 do
  local id, session = ARGV[n], ARGV[n + 1]
  local a = agent(id)
  local no = (not a or a.session_id ~= session) and (a and a.ended == session and 'fenced' or 'viewer') or
    a.session == 'offline' and 'not_online'
  if no then
    refused[#refused + 1] = id
    refused[#refused + 1] = no
  else
    due('hb:' .. id, NOW + tonumber(a.heartbeat))
    if a.session == 'lost' then
      undue('grace:' .. id)
      set(id, 'session', 'online', 'since', num(NOW))
      emit('agent.regained', {agent = id, session = session})
      match_agent(id)
    end
  end
end
return refused
