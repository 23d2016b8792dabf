-- An agent's devices, wherever they are: which node has their browser or desk phone registered, and what the page has
-- found out about its microphone. Together they say whether the agent's device works.
local function device_fact(id, channel, ok, reason)
  local a, d = agent(id), device(channel)
  if a[d] == ok and a[d .. '_reason'] == reason then return end
  set(id, d, ok, d .. '_reason', reason)
  emit('agent.device', {agent = id, channel = slot(channel), ok = ok, reason = reason})
  if ok == '1' then match_agent(id) else withdraw(id, 'withdrawn', reason, slot(channel)) end
end

local function weigh(id)
  local d, reason = hash(key('devices', id)), ''
  if not d[d.kind] then
    reason = d.kind == 'browser' and "the browser's phone is not connected" or 'the desk phone is not registered'
  elseif d.kind == 'browser' and d.mic ~= '1' then
    reason = d.reason or 'the microphone was not checked yet'
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
