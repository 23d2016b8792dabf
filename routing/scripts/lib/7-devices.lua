-- An agent's devices, wherever they are: which node has their browser or desk phone registered, and what the page has
-- found out about its microphone. Together they say whether the agent's device works.
local LEAVING = 'moves to another server'

local function device_fact(id, channel, ok, reason)
  local a, d = agent(id), device(channel)
  if a[d] == ok and a[d .. '_reason'] == reason then return end
  set(id, d, ok, d .. '_reason', reason)
  emit('agent.device', {agent = id, channel = slot(channel), ok = ok, reason = reason})
  if ok == '1' then match_agent(id) elseif reason ~= LEAVING then withdraw(id, 'withdrawn', reason, slot(channel)) end
end

-- leaving is true of a node that is being drained while another one could have its devices. They get nothing new, for it
-- would keep the node from its end, or end with it; what rings there already may be taken.
local function leaving(node)
  if (redis.call('HGET', key('node', node), 'until') or '0') == '0' then return false end
  for _, other in ipairs(redis.call('ZRANGE', key('nodes'), 0, -1)) do
    local f = hash(key('node', other))
    if f['until'] == '0' and f.address ~= '' and not f.dead then return true end
  end
  return false
end

local function weigh(id)
  local d, reason = hash(key('devices', id)), ''
  if not d[d.kind] then
    reason = d.kind == 'browser' and "the browser's phone is not connected" or 'the desk phone is not registered'
  elseif d.kind == 'browser' and d.mic ~= '1' then
    reason = d.reason or 'the microphone was not checked yet'
  elseif leaving(d[d.kind]) then
    reason = LEAVING
  end
  device_fact(id, 'voice', reason == '' and '1' or '0', reason)
end

-- devices_gone: what was registered at a node is nowhere now.
local function devices_gone(node)
  for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do
    local d, k = hash(key('devices', id)), key('devices', id)
    if d.browser == node then redis.call('HDEL', k, 'browser') end
    if d.phone == node then redis.call('HDEL', k, 'phone') end
    if d.kind and d[d.kind] == node then weigh(id) end
  end
end

-- weigh_leaving looks anew at those whose device is, or was, at a node that is being drained: a node where it could go
-- has come, or is no more.
local function weigh_leaving()
  local drained = {}
  for _, node in ipairs(redis.call('ZRANGE', key('nodes'), 0, -1)) do
    drained[node] = (redis.call('HGET', key('node', node), 'until') or '0') ~= '0'
  end
  for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do
    local d = hash(key('devices', id))
    if d.kind and (drained[d[d.kind] or ''] or redis.call('HGET', key('agent', id), 'device_reason') == LEAVING) then weigh(id) end
  end
end
