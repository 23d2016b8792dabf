-- A session's life: online, lost, offline.
-- withdraw ends every live offer of an agent, or those of one channel.
local function withdraw(id, how, reason, channel)
  for _, lid in ipairs(redis.call('SMEMBERS', key('leases', id))) do
    local l = hash(key('lease', lid))
    if l.kind == 'offer' and (not channel or slot(l.channel) == channel) then end_offer(lid, l, how, reason) end
  end
end

-- grace_of is how long a lost agent may come back: chats can wait for longer than a caller who hears nothing, whose call
-- has its own patience.
local function grace_of(a)
  for _, lid in ipairs(redis.call('SMEMBERS', key('leases', a.id))) do
    local f = redis.call('HMGET', key('lease', lid), 'kind', 'channel')
    if f[1] == 'work' and slot(f[2]) ~= 'voice' then return math.max(tonumber(a.grace), tonumber(a.digital_grace or a.grace)) end
  end
  return tonumber(a.grace)
end

local function lose(id, a, why_lost)
  if a.session ~= 'online' then return end
  set(id, 'session', 'lost', 'since', num(NOW))
  undue('hb:' .. id)
  due('grace:' .. id, NOW + grace_of(a))
  emit('agent.lost', {agent = id, session = a.session_id, reason = why_lost})
  withdraw(id, 'withdrawn', 'session lost')
end

-- sign_off ends an agent's session; what still rings for them is declined, or withdrawn where it was not their will. A
-- session that the agent's page did not end, or lose, must not come back when the page looks in again: it is remembered,
-- and so is the supervisor (by) who ended it.
sign_off = function(id, session, reason, by)
  if reason ~= 'logout' and reason ~= 'lost' then set(id, 'ended', session, 'ended_by', by or '') end
  undue('hb:' .. id)
  undue('grace:' .. id)
  set(id, 'session', 'offline', 'session_id', '', 'chosen', 'away', 'reason', '', 'chosen_by', '', 'next', '', 'next_reason', '',
    'since', num(NOW))
  withdraw(id, by and 'withdrawn' or 'declined', reason) -- now that nothing more can be offered
  emit('agent.offline', {agent = id, session = session, reason = reason, by = by or ''})
end

-- leave_for_the_day signs an agent out whose time has come; with work in hand, after this.
local function leave_for_the_day(a)
  local at = evening_of(a)
  local reason = at and at <= NOW and 'logout_at' or 'logout_after'
  if redis.call('SCARD', key('leases', a.id)) == 0 then return sign_off(a.id, a.session_id, reason) end
  set_evening(a, NOW)
  set(a.id, 'evening', a.evening, 'next', 'offline', 'next_reason', '')
  emit('agent.next', {agent = a.id, next = 'offline', reason = '', by = reason})
end

-- give_back lets the interaction of some work wait again, at its age or at the head; false when its queue is no more.
local function give_back(id, l, i, head, reason)
  if not open(i.queue) then
    finish(id, l, reason)
    return false
  end
  redis.call('HSET', key('lease', id), 'requeued', '1')
  drop(id, l)
  new_round(i)
  back(i, head)
  emit('interaction.requeued', {interaction = i.id, queue = i.queue, priority = i.priority, since = i.since, head = head and '1' or '0',
    node = i.node, lease = id, agent = l.agent, reason = reason})
  orphan(i)
  set(l.agent, 'idle', num(NOW))
  match_interaction(i.id)
  free(l.agent)
  return true
end

-- recall takes digital work from an agent who is gone for good: it waits again at its age. With all, after-call work is
-- over, too, and those who talk are parted: only the call itself can, which is told and gives the customer back. Who is
-- gone is nobody's guest.
local function recall(id, reason, all)
  for _, lid in ipairs(redis.call('SMEMBERS', key('leases', id))) do
    local l = hash(key('lease', lid))
    local i = interaction(l.interaction)
    if l.kind == 'acw' and all then
      end_acw(lid, l, reason)
    elseif l.kind == 'consult' or l.kind == 'join' then
      end_guest(lid, l, reason)
    elseif l.kind == 'work' and i and slot(l.channel) == 'voice' then
      if all then
        emit('work.recalled', {lease = lid, interaction = i.id, agent = id, queue = l.queue, node = l.node, reason = reason})
      end
    elseif l.kind == 'work' and i then
      give_back(lid, l, i, false, reason)
    end
  end
end

local function writer(a, session)
  if session == '' then return nil end
  if a.session_id ~= session and a.ended == session then return conflict('fenced') end
  if a.session_id ~= session then return conflict('viewer') end
  if a.session ~= 'online' then return conflict('not_online') end
end

-- no_call is the conflict of an agent who cannot begin a call by themselves now, nil when they can: they may be away.
local function no_call(a, session)
  if not a or not known(a.id) then return conflict('unknown_agent') end
  local no = writer(a, session)
  if no then return no end
  if held() or a.session ~= 'online' or a.device ~= '1' then return conflict('not_available') end
  for _, l in ipairs(redis.call('SMEMBERS', key('leases', a.id))) do
    local f = redis.call('HMGET', key('lease', l), 'channel', 'kind')
    if slot(f[1]) == 'voice' and f[2] ~= 'acw' then return conflict('in_call') end
  end
  if full(a, 'voice', true) then return conflict('full') end
end
