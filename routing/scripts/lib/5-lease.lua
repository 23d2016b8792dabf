-- A lease's life: offer, work, after-call work; and an interaction's: waiting, offered, owned, gone.
-- drop takes a lease from its agent, keeping its memory for a late disposition.
local function drop(id, l)
  redis.call('SREM', key('leases', l.agent), id)
  touch(l.agent)
  redis.call('HSET', key('lease', id), 'kind', 'done')
  undue('offer:' .. id, 'audio:' .. id, 'acw:' .. id)
  due('forget:' .. id, NOW + 86400000)
  l.kind = 'done'
end

local function score(i, head)
  local s = tonumber(i.priority) * 10000000000000 + tonumber(i.since)
  if head then s = tonumber(i.since) - 10000000000000 end
  return num(s)
end

local function stand(i, head)
  see(i.queue, i.channel)
  redis.call('ZADD', key('wait', i.queue), score(i, head), i.id)
  redis.call('ZADD', key('age', i.queue), i.since, i.id)
end

local function stand_no_more(queue, id)
  redis.call('ZREM', key('wait', queue), id)
  redis.call('ZREM', key('age', queue), id)
  redis.call('HDEL', key('asks'), id)
  undue('relax:' .. id)
end

-- back lets an interaction wait again, never younger than it was.
local function back(i, head)
  redis.call('HSET', key('int', i.id), 'state', 'waiting', 'lease', '', 'rung', '', 'owner', '')
  if head or not redis.call('ZSCORE', key('wait', i.queue), i.id) then stand(i, head) end
  watch(i)
  stage(i.id, true)
  pose(i.id)
  gone_from(i.queue)
end

-- cool gives the agent peace from one channel.
local function cool(a, q, channel)
  local c = slot(channel)
  local ms = tonumber(redis.call('HGET', key('queue', q), 'cooldown') or '0')
  if ms > 0 then
    set(a, 'cooldown:' .. c, num(NOW + ms))
    due('cool:' .. c .. ':' .. a, NOW + ms)
  end
end

local function mark_tried(i, a)
  if (i.tried or '') == '' then due('round:' .. i.id, NOW + 60000) end
  redis.call('HSET', key('int', i.id), 'tried', (i.tried or ',') .. a .. ',')
end

local leave

-- rings_on is true of an interaction that an offer's end does not bring back: other devices ring on, or one of them has it.
local function rings_on(i, id, l)
  local rest = without(i.lease, id)
  if rest == '' then return false end
  if i.state == 'offered' then
    redis.call('HSET', key('int', i.id), 'lease', rest, 'rung', without(i.rung, l.agent))
    pose(i.id)
  end
  return true
end

-- end_offer ends a live offer without an accept; how is the event's name.
local function end_offer(id, l, how, reason)
  local accepted = l.kind == 'work'
  drop(id, l)
  local i = interaction(l.interaction)
  if how == 'declined' or how == 'missed' or how == 'device_failed' then
    cool(l.agent, l.queue, l.channel)
    if i then mark_tried(i, l.agent) end
  end
  emit('offer.' .. how, {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, node = l.node, reason = reason or '',
    head = how == 'device_failed' and accepted and '1' or '0'})
  if how == 'missed' then
    local a = agent(l.agent)
    local misses = tonumber(a.misses or '0') + 1
    set(l.agent, 'misses', misses)
    if misses >= tonumber(a.max_misses) then
      set(l.agent, 'system', 'away_idle', 'since', num(NOW))
      emit('agent.away_idle', {agent = l.agent})
    end
  end
  if i and how ~= 'customer_gone' and not rings_on(i, id, l) then
    back(i, how == 'device_failed' and accepted)
    if open(i.queue) then match_interaction(i.id) else leave(i.id, 'closed') end
  end
  free(l.agent)
end

-- accept turns an offer into work. A call must carry sound within 5 s; everything else needs nothing more.
local function accept(id, l, a, by)
  local voice = slot(l.channel) == 'voice'
  local deadline = voice and NOW + 5000 or 0
  undue('offer:' .. id)
  redis.call('HSET', key('lease', id), 'kind', 'work', 'by', by, 'accepted', num(NOW), 'deadline', num(deadline))
  if voice then due('audio:' .. id, deadline) else redis.call('HSET', key('lease', id), 'connected', num(NOW)) end
  local others = without(redis.call('HGET', key('int', l.interaction), 'lease'), id)
  redis.call('HSET', key('int', l.interaction), 'state', 'owned', 'owner', l.agent, 'lease', id, 'rung', '')
  stand_no_more(l.queue, l.interaction)
  set(l.agent, 'misses', '0', 'calls', num(tonumber(a.calls or '0') + 1))
  emit('offer.accepted', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, deadline = deadline, node = l.node})
  for other in each(others) do -- who were rung with this agent
    redis.call('HSET', key('lease', other), 'taken', '1')
    end_offer(other, hash(key('lease', other)), 'withdrawn', 'taken')
  end
  release(interaction(l.interaction))
end

-- end_acw gives the slot back. Where the queue wants to know how it went and the timer was quicker than the agent, the
-- system's code stands until a late word of the agent amends it.
local function end_acw(id, l, by)
  drop(id, l)
  if by == 'timer' and (l.code or '') == '' and redis.call('HGET', key('queue', l.queue), 'codes') == '1' then
    emit('disposition.set', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, code = 'system:timeout', note = '', late = '0'})
  end
  emit('acw.ended', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, by = by})
  set(l.agent, 'idle', num(NOW))
  free(l.agent)
end

-- end_work turns work into after-call work, or gives the slot back; true when it did.
local function end_work(id, l, cause)
  local kind, ms = unpack(redis.call('HMGET', key('queue', l.queue), 'acw_kind', 'acw_ms'))
  local deadline = 0
  kind = kind or 'immediate'
  undue('audio:' .. id)
  redis.call('HSET', key('lease', id), 'ended', num(NOW))
  if kind == 'timed' then deadline = NOW + tonumber(ms) end
  emit('work.ended', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, kind = kind, deadline = deadline, cause = cause})
  if kind == 'immediate' then
    drop(id, l)
    set(l.agent, 'idle', num(NOW))
    return true
  end
  redis.call('HSET', key('lease', id), 'kind', 'acw', 'deadline', num(deadline))
  if kind == 'timed' then due('acw:' .. id, deadline) end
end

-- gone removes an interaction; reason is why it left its queue.
local function gone(id, queue, reason)
  redis.call('DEL', key('int', id))
  redis.call('SREM', key('ints'), id)
  undue('round:' .. id, 'wake:' .. id)
  emit('interaction.left', {interaction = id, queue = queue, reason = reason})
end

-- finish ends work and the interaction with it.
local function finish(id, l, cause)
  local slot_back = end_work(id, l, cause)
  gone(l.interaction, l.queue, 'served')
  if slot_back then free(l.agent) end
end

-- leave ends an interaction for good: what was connected is finished, an offer that was not comes to nothing.
leave = function(id, reason)
  local i = interaction(id)
  if not i then return end
  local l = hash(key('lease', i.lease)) -- of one that rings for several there is none of that name
  if l.connected then return finish(i.lease, l, reason) end
  stand_no_more(i.queue, id)
  gone(id, i.queue, reason)
  release(i)
  for lease in each(i.lease) do
    end_offer(lease, hash(key('lease', lease)), (reason == 'closed' or reason == 'no_agents') and 'withdrawn' or 'customer_gone', reason)
  end
end
