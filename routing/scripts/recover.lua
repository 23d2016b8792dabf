-- node, the interactions that its present life took back (json): ends what other calls a former life of it left; the agents
-- whose pages it served may come back. Returned is whether this Redis knew the node, and what of it is no call, and goes on.
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

local out = {'ok', num(knew)}
for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.node == node and slot(i.channel) ~= 'voice' and not taken[id] then
    local leases = {}
    for l in each(i.lease) do
      local f = redis.call('HMGET', key('lease', l), 'agent', 'reply', 'replied')
      leases[#leases + 1] = l .. ' ' .. f[1]
      i.reply = f[2] and not f[3] and f[2] or '0'
    end
    i.leases = table.concat(leases, ',')
    i.head = tonumber(redis.call('ZSCORE', key('wait', i.queue), id) or '0') < 0 and '1' or ''
    i.till = redis.call('ZSCORE', key('due'), 'wake:' .. id) or '0'
    out[#out + 1] = cjson.encode(i)
  end
end
return out
