-- the floor as configured: [json]
local floor = cjson.decode(ARGV[2])
for _, q in ipairs(redis.call('SMEMBERS', key('queues'))) do
  redis.call('DEL', key('here', q))
  undue('empty:' .. q)
  for _, c in ipairs(INDEXES) do redis.call('DEL', key('free', q .. ':' .. c)) end
end
redis.call('SET', key('configured'), '1')
redis.call('DEL', key('queues'), key('agents'), key('traits'), key('evenings'))
for shown, times in pairs(floor.evenings) do redis.call('HSET', key('evenings'), shown, times) end
local strategies = {}
for _, q in ipairs(floor.queues) do
  strategies[q.name] = q.strategy
  redis.call('SADD', key('queues'), q.name)
  redis.call('HSET', key('queue', q.name), 'name', q.name, 'priority', num(q.priority), 'cooldown', num(q.cooldown),
    'max_waiting', num(q.max_waiting), 'join_empty', q.join_empty and '1' or '0', 'leave_empty', num(q.leave_empty),
    'transfers', q.transfers and '1' or '0', 'keep_age', q.keep_age and '1' or '0',
    'acw_kind', q.acw_kind, 'acw_ms', num(q.acw_ms), 'codes', q.codes and '1' or '0', 'strategy', q.strategy, 'wants', q.wants, 'drain_after', num(q.drain_after),
    'first_reply', num(q.first_reply))
  for channel, ms in pairs(q.rings) do redis.call('HSET', key('queue', q.name), 'ring:' .. channel, num(ms)) end
end
redis.call('HSET', key('queue', ''), 'acw_kind', floor.acw_kind, 'acw_ms', num(floor.acw_ms)) -- of calls that no queue has seen
for place, a in ipairs(floor.agents) do
  local id, at = a.id, {}
  redis.call('SADD', key('agents'), id)
  for q in string.gmatch(a.queues, '[^,]+') do at[#at + 1] = (strategies[q] or 'skills') .. '/' .. num(place) end
  if a.traits ~= '' then redis.call('HSET', key('traits'), id, a.traits) end
  set(id, 'name', a.name, 'queues', a.queues, 'places', table.concat(at, ','), 'max_misses', num(a.max_misses),
    'max_digital_misses', num(a.max_digital_misses), 'digital_grace', num(a.digital_grace),
    'grace', num(a.grace), 'heartbeat', num(a.heartbeat), 'login_prep', num(a.login_prep), 'logout_after', num(a.logout_after), 'logout_at', a.logout_at,
    'indexed', ',')
  for field, v in pairs(a.capacity) do set(id, field, v) end
  for field, v in pairs({session = 'offline', chosen = 'away', system = 'none', idle = '0', device = '0', device_reason = 'the device is not connected', since = num(NOW)}) do
    redis.call('HSETNX', key('agent', id), field, v)
  end
end
settle()
for _, q in ipairs(floor.queues) do gone_from(q.name) end
local homeless = {} -- let go when all others ask for what they do from now on: whoever becomes free looks at them
for _, id in ipairs(redis.call('SMEMBERS', key('ints'))) do
  local i = interaction(id)
  if i and i.state ~= 'owned' and i.state ~= 'snoozed' then
    if open(i.queue) then
      stage(id, true)
      pose(id)
    else
      homeless[#homeless + 1] = id
    end
  end
end
for _, id in ipairs(homeless) do leave(id, 'closed') end
for _, a in ipairs(floor.agents) do match_agent(a.id) end
return {'ok'}
