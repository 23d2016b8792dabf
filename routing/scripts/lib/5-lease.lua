-- A lease's life: offer, work, after-call work; and an interaction's: waiting, offered, owned, gone.
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

-- no_place is why a queue takes nobody now, closed, full or no_agents, nil when it does; and its usual priority. over is true when
-- its hours are.
local function no_place(queue, over)
  if over or not open(queue) then return 'closed' end
  local most, join_empty, usual = unpack(redis.call('HMGET', key('queue', queue), 'max_waiting', 'join_empty', 'priority'))
  if tonumber(most) > 0 and redis.call('ZCARD', key('wait', queue)) >= tonumber(most) then return 'full' end
  if join_empty == '0' and redis.call('SCARD', key('here', queue)) == 0 then return 'no_agents' end
  return nil, usual
end

-- enters lets an interaction whose facts are written wait in its queue, and offers it at once if somebody is free. more is told
-- of it in the journal; its place there is returned.
local function enters(id, more)
  redis.call('SADD', key('ints'), id)
  local i = interaction(id)
  stand(i, false)
  stage(id, false)
  pose(id)
  local told = {interaction = id, queue = i.queue, channel = i.channel, priority = i.priority, since = i.since, node = i.node}
  for k, v in pairs(more) do told[k] = v end
  local begin = emit('interaction.queued', told)
  redis.call('HSET', key('int', id), 'begin', begin)
  if not match_interaction(id) then watch(i) end
  return begin
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

-- A directed offer is made to one agent because the one who has the interaction wants it so; its purpose says what for, and the
-- interaction knows it as toward. It stands in no queue: its giver has the customer until it is accepted, and whoever does
-- not accept it changes nothing. When the giver is gone it is an orphan: an offer like any other, if it is not that of a consult.
local end_offer

-- orphan follows when an interaction waits again, for who had it is gone: whoever was consulted is let go, and the directed
-- offer is an ordinary one.
local function orphan(i)
  disband(i, 'giver gone')
  local id = i.toward or ''
  if id == '' then return end
  local l = hash(key('lease', id))
  if l.purpose == 'consult' then return end_offer(id, l, 'withdrawn', 'giver gone') end
  redis.call('HDEL', key('lease', id), 'purpose')
  redis.call('HSET', key('int', i.id), 'state', 'offered', 'lease', id, 'rung', l.agent, 'toward', '')
  undue('drain:' .. i.id)
  pose(i.id)
  emit('offer.orphaned', {lease = id, interaction = i.id, agent = l.agent, queue = i.queue, deadline = l.deadline, node = l.node})
end

-- end_offer ends a live offer without an accept, or with one of which nothing came; how is the event's name.
end_offer = function(id, l, how, reason)
  if l.dialed then return leave(l.interaction, reason) end -- there is no queue to which the customer would go back
  local accepted = l.kind ~= 'offer'
  drop(id, l)
  local i = interaction(l.interaction)
  if how == 'declined' or how == 'missed' or how == 'device_failed' then
    cool(l.agent, l.queue, l.channel)
    if i then mark_tried(i, l.agent) end
  end
  if l.purpose then unpromise(id, l, i) end
  emit('offer.' .. how, {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, node = l.node, reason = reason or '',
    head = how == 'device_failed' and accepted and '1' or '0', purpose = l.purpose})
  if how == 'missed' then missed(l.agent, l.channel) end
  if i and not l.purpose and how ~= 'customer_gone' and not rings_on(i, id, l) then
    back(i, how == 'device_failed' and accepted)
    orphan(i)
    if open(i.queue) then match_interaction(i.id) else leave(i.id, 'closed') end
  end
  free(l.agent)
end

-- call_off ends the directed offer of an interaction, if there is one.
local function call_off(i, how, reason)
  local id = i and i.toward or ''
  if id ~= '' then end_offer(id, hash(key('lease', id)), how, reason) end
end

-- run_out ends an offer whose time is over: a miss, unless a node was away by which the agent could have answered.
local function run_out(id, l)
  local away = silent(l.node) or silent(redis.call('HGET', key('agent', l.agent), 'node'))
  end_offer(id, l, away and 'withdrawn' or 'missed', away and 'node away' or 'deadline')
end

-- await_reply lets work that is no call come back when its customer has had no first reply in the queue's time for it, which is
-- returned, nil when that may take as long as it takes.
local function await_reply(id, l)
  local ms = tonumber(redis.call('HGET', key('queue', l.queue), 'first_reply') or '0')
  if ms == 0 then return attended(l.agent, l.channel) end
  redis.call('HSET', key('lease', id), 'reply', num(NOW + ms))
  due('reply:' .. id, NOW + ms)
  return NOW + ms
end

-- begin_work lets an accepted offer be its agent's work, and tells until when there must be sound, or of what is no call a first
-- reply where the queue wants one.
local function begin_work(id, l, a, by)
  local deadline, voice = begin(id, l, 'work', by)
  set(l.agent, 'calls', num(tonumber(a.calls or '0') + 1))
  if not voice then return deadline, await_reply(id, l) end
  attended(l.agent, l.channel)
  return deadline
end

-- accept turns an offer into work.
local function accept(id, l, a, by)
  local others = without(redis.call('HGET', key('int', l.interaction), 'lease'), id)
  redis.call('HSET', key('int', l.interaction), 'state', 'owned', 'owner', l.agent, 'lease', id, 'rung', '')
  stand_no_more(l.queue, l.interaction)
  local deadline, reply = begin_work(id, l, a, by)
  emit('offer.accepted', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, deadline = deadline, node = l.node, reply = reply})
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

-- gone ends an interaction for good; reason is why it left its queue.
local function gone(id, queue, reason)
  redis.call('DEL', key('int', id))
  redis.call('SREM', key('ints'), id)
  undue('round:' .. id, 'wake:' .. id)
  emit('interaction.left', {interaction = id, queue = queue, reason = reason})
end

-- end_work turns work into after-call work, or gives the slot back; true when it did.
local function end_work(id, l, cause)
  local kind, ms = unpack(redis.call('HMGET', key('queue', l.queue), 'acw_kind', 'acw_ms'))
  local deadline = 0
  if not kind or not l.connected and l.dialed then kind = 'immediate' end
  undue('audio:' .. id, 'reply:' .. id)
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

-- handed is what is shown of an interaction once an agent has given it away, with a note.
local function handed(i, by, note)
  local data = cjson.decode(i.data)
  if type(data) ~= 'table' then data = {} end
  data.transferred_by, data.note = by, note
  return cjson.encode(data)
end

-- take_over gives an agent who accepts a directed offer what its giver had; only now is the giver's part over.
local function take_over(id, l, a, by)
  local i = interaction(l.interaction)
  local given = hash(key('lease', i.lease))
  local data = handed(i, given.agent, l.note)
  redis.call('HDEL', key('lease', id), 'purpose')
  redis.call('HSET', key('int', i.id), 'owner', l.agent, 'lease', id, 'toward', '', 'data', data)
  local deadline, reply = begin_work(id, l, a, by)
  emit('offer.accepted', {lease = id, interaction = i.id, agent = l.agent, queue = l.queue, deadline = deadline, node = l.node,
    purpose = l.purpose, data = data, reply = reply})
  if end_work(i.lease, given, 'transferred') then free(given.agent) end
end

-- finish ends work and the interaction with it.
local function finish(id, l, cause)
  local i = interaction(l.interaction)
  call_off(i, 'customer_gone', cause)
  disband(i, cause)
  local slot_back = end_work(id, l, cause)
  gone(l.interaction, l.queue, l.dialed and not l.connected and cause or 'served')
  if slot_back then free(l.agent) end
end

-- leave ends an interaction for good: what was connected, or dialed, is finished, an offer that was not comes to nothing.
leave = function(id, reason)
  local i = interaction(id)
  if not i then return end
  local l = hash(key('lease', i.lease)) -- of one that rings for several there is none of that name
  if l.connected or l.dialed then return finish(i.lease, l, reason) end
  disband(i, reason)
  stand_no_more(i.queue, id)
  gone(id, i.queue, reason)
  release(i)
  for lease in each(i.lease) do
    end_offer(lease, hash(key('lease', lease)), (reason == 'closed' or reason == 'no_agents') and 'withdrawn' or 'customer_gone', reason)
  end
end
