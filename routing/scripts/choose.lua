-- agent, session ('' for a supervisor), state (offline is always after this), reason, after this (1 or 0), the supervisor or ''
local id, state, reason = ARGV[2], ARGV[4], ARGV[5]
local a = agent(id)
if not a then return conflict('unknown_agent') end
local no = writer(a, ARGV[3])
if no then return no end
local by = ARGV[7]
if by ~= '' and a.session ~= 'online' then return conflict('not_online') end
if (ARGV[6] == '1' or state == 'offline') and state ~= 'available' and redis.call('SCARD', key('leases', id)) > 0 then
  set(id, 'next', state, 'next_reason', reason)
  emit('agent.next', {agent = id, next = state, reason = reason, by = by})
  return {'ok'}
end
if state == 'offline' then
  sign_off(id, a.session_id, 'after this')
  return {'ok'}
end
set(id, 'chosen', state, 'reason', reason, 'chosen_by', by, 'next', '', 'next_reason', '', 'since', num(NOW))
emit('agent.chosen', {agent = id, chosen = state, reason = reason, by = by})
if state == 'available' then
  if a.chosen ~= 'available' then set(id, 'idle', num(NOW)) end
  match_agent(id)
else
  withdraw(id, 'declined', state)
end
return {'ok'}
