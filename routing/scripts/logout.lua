-- agent, session
local id = ARGV[2]
local a = agent(id)
if not a or a.session_id ~= ARGV[3] then return conflict('viewer') end
withdraw(id, 'declined', 'logout')
local open = redis.call('SMEMBERS', key('leases', id))
if #open > 0 then
  local list = {'open'}
  for _, l in ipairs(open) do list[#list + 1] = l end
  return list
end
undue('hb:' .. id)
undue('grace:' .. id)
set(id, 'session', 'offline', 'session_id', '', 'chosen', 'away', 'reason', '', 'next', '', 'next_reason', '', 'since', num(NOW))
emit('agent.offline', {agent = id, session = ARGV[3], reason = 'logout'})
return {'ok'}
