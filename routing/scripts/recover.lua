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

for _, i in ipairs(at(node)) do
  if redis.call('SISMEMBER', key('taken', node), i.id) == 1 then
    -- another node is about to go on with it
  elseif not taken[i.id] then
    leave(i.id, 'node_lost')
  elseif i.lease ~= '' and not taken[i.id].talks then
    anew(i)
  else -- the giver has the customer, and nobody's device rings
    call_off(i, 'withdrawn', 'node lost')
  end
end
return {'ok', num(knew)}
