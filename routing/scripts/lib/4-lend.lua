-- Lending: how a slot is taken and given back, for whatever it is used.
-- lend makes a lease of an agent on an interaction, of which more facts are told; its number makes its name, which begins so.
local function lend(begins, i, a, ...)
  local serial = redis.call('INCR', key('serial'))
  local id = string.format('%s-%s-%d', begins, num(NOW), serial)
  redis.call('HSET', key('lease', id), 'agent', a, 'channel', i.channel, 'interaction', i.id, 'made', num(NOW), 'queue', i.queue, 'node', i.node,
    'most', agent(a)[slot(i.channel) .. '_max'] or '1', ...)
  redis.call('SADD', key('leases', a), id)
  touch(a)
  return id, serial
end

-- begin lets an accepted offer be what it was made for, and tells until when there must be sound: a call must carry it within 5 s.
local function begin(id, l, kind, by)
  local voice = slot(l.channel) == 'voice'
  local deadline = voice and NOW + 5000 or 0
  undue('offer:' .. id)
  redis.call('HSET', key('lease', id), 'kind', kind, 'by', by, 'accepted', num(NOW), 'deadline', num(deadline))
  if voice then due('audio:' .. id, deadline) else redis.call('HSET', key('lease', id), 'connected', num(NOW)) end
  return deadline, voice
end

-- drop takes a lease from its agent, keeping its memory for a late disposition.
local function drop(id, l)
  redis.call('SREM', key('leases', l.agent), id)
  touch(l.agent)
  redis.call('HSET', key('lease', id), 'kind', 'done')
  undue('offer:' .. id, 'audio:' .. id, 'reply:' .. id, 'acw:' .. id)
  due('forget:' .. id, NOW + 86400000)
  l.kind = 'done'
end
