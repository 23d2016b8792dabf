-- An agent's devices, wherever they are: which node has their browser or desk phone registered, and what the page has
-- found out about its microphone. Together they say whether the agent's device works.
local function device_fact(id, ok, reason)
  local a = agent(id)
  if a.device == ok and a.device_reason == reason then return end
  set(id, 'device', ok, 'device_reason', reason)
  emit('agent.device', {agent = id, channel = 'voice', ok = ok, reason = reason})
  if ok == '1' then match_agent(id) else withdraw(id, 'withdrawn', reason) end
end

local function weigh(id)
  local d, reason = hash(key('devices', id)), ''
  if not d[d.kind] then
    reason = d.kind == 'browser' and "the browser's phone is not connected" or 'the desk phone is not registered'
  elseif d.kind == 'browser' and d.mic ~= '1' then
    reason = d.reason or 'the microphone was not checked yet'
  end
  device_fact(id, reason == '' and '1' or '0', reason)
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
