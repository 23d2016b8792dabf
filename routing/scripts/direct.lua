-- lease, agent, whom to offer it to, the purpose, a note, a name for this wish: what the agent has in hand is offered to
-- another one, who must be able to take it now; the agent has it until then. Its lease is returned. The client repeats a
-- command whose answer was lost: the same wish is granted once.
local id, l = ARGV[2], hash(key('lease', ARGV[2]))
local i = l.interaction and interaction(l.interaction)
if not i or l.agent ~= ARGV[3] or l.kind ~= 'work' or not l.connected or i.lease ~= id then return conflict('gone') end
if (i.toward or '') ~= '' then
  if redis.call('HGET', key('lease', i.toward), 'wish') == ARGV[7] then return {'ok', i.toward} end
  return conflict('offering')
end
local a, consults, n = agent(ARGV[4]), ARGV[5] == 'consult', 0
for other in each(i.guests) do
  if redis.call('HGET', key('lease', other), 'wish') == ARGV[7] then return {'ok', other} end
  n = n + 1
end
if not a or not known(a.id) or a.id == l.agent then return conflict('unknown_agent') end
if consults and n >= CONSULTS then return conflict('full') end
if held() or absent(a, i.channel) then return conflict('not_available') end
if consults and redis.call('SCARD', key('leases', a.id)) > 0 then return conflict('not_idle') end
if full(a, i.channel) then return conflict('not_available') end
local deadline = rings_until(i)
local offer = lend('o', i, a.id, 'kind', 'offer', 'purpose', ARGV[5], 'giver', l.agent, 'note', ARGV[6], 'wish', ARGV[7], 'deadline', num(deadline))
redis.call('HSET', key('int', i.id), 'toward', offer)
if consults then set(a.id, 'consulted', offer) end
due('offer:' .. offer, deadline)
emit('offer.made', {lease = offer, interaction = i.id, agent = a.id, queue = i.queue, deadline = deadline, node = i.node, purpose = ARGV[5],
  by = l.agent, note = ARGV[6]})
return {'ok', offer}
