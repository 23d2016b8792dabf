-- node, the interactions that its present life took back (json): ends what else a former life of it left; the agents
-- whose pages it served may come back. Returned is whether this Redis knew the node.
local node, taken = ARGV[2], {}
local knew = redis.call('HEXISTS', key('sweeps'), node)
for _, t in ipairs(cjson.decode(ARGV[3])) do taken[t.id] = t end
for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do
  local a = agent(id)
  if a.node == node and a.session ~= 'offline' then
    set(id, 'device', '0', 'device_reason', 'the server was restarted')
    emit('agent.device', {agent = id, channel = 'voice', ok = '0', reason = 'the server was restarted'})
    lose(id, a, 'node lost')
  end
end
devices_gone(node)

-- anew: no device rings any more for one who waits on. Who had an agent already is first in line.
local function anew(id, i)
  for lease in each(i.lease) do
    local l = hash(key('lease', lease))
    if l.kind == 'work' then
      drop(lease, l)
      emit('offer.withdrawn', {lease = lease, interaction = id, agent = l.agent, queue = l.queue, node = l.node, reason = 'node lost', head = '1'})
      set(l.agent, 'idle', num(NOW))
      back(i, true)
      orphan(i)
      if open(i.queue) then match_interaction(id) else leave(id, 'closed') end
      free(l.agent)
    elseif l.kind == 'offer' then
      end_offer(lease, l, 'withdrawn', 'node lost')
    end
  end
end

for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.node == node then
    if not taken[id] then
      leave(id, 'node_lost')
    elseif i.lease ~= '' and not taken[id].talks then
      anew(id, i)
    else -- the giver has the customer, and nobody's device rings
      call_off(i, 'withdrawn', 'node lost')
    end
  end
end
return {'ok', num(knew)}
