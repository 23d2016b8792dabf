-- agent, session
local id = ARGV[2]
local a = agent(id)
if not a or a.session_id ~= ARGV[3] then return conflict('viewer') end
local open = {'open'}
for _, l in ipairs(redis.call('SMEMBERS', key('leases', id))) do
  if redis.call('HGET', key('lease', l), 'kind') ~= 'offer' then open[#open + 1] = l end
end
if #open > 1 then return open end
undue('hb:' .. id)
undue('grace:' .. id)
set(id, 'session', 'offline', 'session_id', '', 'chosen', 'away', 'reason', '', 'next', '', 'next_reason', '', 'since', num(NOW))
withdraw(id, 'declined', 'logout') -- now that nothing more can be offered
emit('agent.offline', {agent = id, session = ARGV[3], reason = 'logout'})
return {'ok'}
