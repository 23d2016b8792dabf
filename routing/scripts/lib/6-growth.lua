-- Growth: work that an agent gets without an offer, because a supervisor or the customer wants it so. It may be more than
-- they may have, which is written on it; and the ways back, of what is no call.
-- give makes an interaction that nobody has theirs; by is who wants it so.
local function give(i, a, by)
  local n, _, most = load(a)[slot(i.channel)] + 1, limits(a, slot(i.channel))
  local id = string.format('w-%s-%d', num(NOW), redis.call('INCR', key('serial')))
  redis.call('HSET', key('lease', id), 'agent', a.id, 'channel', i.channel, 'interaction', i.id, 'kind', 'work', 'by', by, 'deadline', '0',
    'made', num(NOW), 'connected', num(NOW), 'queue', i.queue, 'node', i.node, 'most', num(most))
  if n > most then redis.call('HSET', key('lease', id), 'over', '1') end
  redis.call('SADD', key('leases', a.id), id)
  touched[a.id] = true
  redis.call('HSET', key('int', i.id), 'state', 'owned', 'owner', a.id, 'lease', id)
  stand_no_more(i.queue, i.id)
  emit('work.given', {lease = id, interaction = i.id, agent = a.id, queue = i.queue, channel = i.channel, by = by, node = i.node,
    over = n > most and '1' or '0'})
  release(i)
  return id
end

-- requeue lets work wait again, never younger than it was; a queue that is no more ends it.
local function requeue(id, l, i, head, reason)
  if not open(i.queue) then
    finish(id, l, reason)
    return conflict('closed')
  end
  redis.call('HSET', key('lease', id), 'requeued', '1')
  drop(id, l)
  redis.call('HDEL', key('int', i.id), 'tried')
  undue('round:' .. i.id)
  back(i, head)
  emit('interaction.requeued', {interaction = i.id, queue = i.queue, priority = i.priority, since = i.since, head = head and '1' or '0', node = i.node,
    lease = id, agent = l.agent, reason = reason})
  set(l.agent, 'idle', num(NOW))
  match_interaction(i.id)
  free(l.agent)
  return {'ok'}
end

-- give_back lets all that an agent has in hand wait again, but for calls: those know of their sound themselves.
local function give_back(agent_id, reason)
  for _, id in ipairs(redis.call('SMEMBERS', key('leases', agent_id))) do
    local l = hash(key('lease', id))
    local i = l.kind == 'work' and slot(l.channel) ~= 'voice' and interaction(l.interaction)
    if i then requeue(id, l, i, false, reason) end
  end
end

-- wake gives what was put aside back to its owner, or, when they are gone, to its queue.
local function wake(i, by)
  undue('wake:' .. i.id)
  local a = agent(i.owner)
  if a and known(a.id) and a.session ~= 'offline' then return give(i, a, by) end
  if not open(i.queue) then return leave(i.id, 'closed') end
  back(i, false)
  emit('interaction.requeued', {interaction = i.id, queue = i.queue, priority = i.priority, since = i.since, head = '0', node = i.node,
    lease = '', agent = i.owner, reason = by})
  match_interaction(i.id)
end
