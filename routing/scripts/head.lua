-- What every script begins with. One script is one verb: read, check, write, append events; nobody comes between.
-- KEYS[1] is the event stream; ARGV[1] the prefix of all keys ("{callfloor}:"); the verb's arguments follow.
local P = ARGV[1]
local t = redis.call('TIME')
local NOW = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)

local function key(a, b) if b then return P .. a .. ':' .. b end return P .. a end
local function num(n) return string.format('%.0f', n) end

local function hash(name)
  local flat, h = redis.call('HGETALL', name), {}
  for i = 1, #flat, 2 do h[flat[i]] = flat[i + 1] end
  return h
end

-- emit writes an event and returns its position.
local function emit(what, fields)
  local args = {'what', what, 'at', num(NOW)}
  for k, v in pairs(fields) do
    args[#args + 1] = k
    args[#args + 1] = type(v) == 'number' and num(v) or v
  end
  return redis.call('XADD', KEYS[1], 'MAXLEN', '~', '1000000', '*', unpack(args))
end

local function due(what, at) redis.call('ZADD', key('due'), num(at), what) end
local function undue(what) redis.call('ZREM', key('due'), what) end
local function conflict(code) return {'conflict', code} end

local function agent(id)
  local a = hash(key('agent', id))
  if not a.name then return nil end
  a.id = id
  return a
end

-- touched are the agents whose places in the indexes may be wrong; settle, below, puts them right.
local touched = {}
local function set(id, ...)
  redis.call('HSET', key('agent', id), ...)
  touched[id] = true
end

-- known is false of an agent whom the floor's configuration no longer has: they keep their work and get no more.
local function known(id) return redis.call('SISMEMBER', key('agents'), id) == 1 end

-- open is false of a queue that the floor's configuration no longer has.
local function open(queue) return redis.call('SISMEMBER', key('queues'), queue) == 1 end

-- load counts live leases of a channel; it is never stored.
local function load(id, channel)
  local n = 0
  for _, l in ipairs(redis.call('SMEMBERS', key('leases', id))) do
    if redis.call('HGET', key('lease', l), 'channel') == channel then n = n + 1 end
  end
  return n
end

-- why is the first reason against offering the agent a call; nil when there is none.
local function why(a)
  if a.session == 'lost' then return 'connection lost' end
  if a.session ~= 'online' then return 'not logged in' end
  if a.system == 'away_idle' then return 'missed an offer' end
  if a.chosen ~= 'available' then
    if (a.reason or '') ~= '' then return a.chosen .. ': ' .. a.reason end
    return a.chosen
  end
  if (a.next or '') ~= '' then return 'a break after this' end
  if a.device ~= '1' then return a.device_reason or 'no device' end
  if load(a.id, 'voice') >= tonumber(a.voice) then return 'busy' end
  local cool = tonumber(a.cooldown or '0') - NOW
  if cool > 0 then return 'cooling down for ' .. math.ceil(cool / 1000) .. ' s' end
  return nil
end

-- settle keeps two indexes true of every touched agent: who is online for a queue, and who could be offered its calls
-- now, the one who is idle longest first. Whoever reads the indexes settles first; so does the end of every script.
local function settle()
  for id in pairs(touched) do
    local a = agent(id)
    local on = a and known(id)
    local here, free = on and a.session == 'online', on and not why(a)
    for q in string.gmatch(a and a.queues or '', '[^,]+') do
      if here then redis.call('SADD', key('here', q), id) else redis.call('SREM', key('here', q), id) end
      if free then redis.call('ZADD', key('free', q), a.idle, id) else redis.call('ZREM', key('free', q), id) end
    end
  end
  touched = {}
end

local function interaction(id)
  local i = hash(key('int', id))
  if not i.queue then return nil end
  i.id = id
  return i
end

local function tried(i, a) return string.find(i.tried or '', ',' .. a .. ',', 1, true) ~= nil end

local function offer(i, a)
  local q = hash(key('queue', i.queue))
  local id = string.format('o-%s-%d', num(NOW), redis.call('INCR', key('serial')))
  local deadline = NOW + tonumber(q.ring)
  redis.call('HSET', key('lease', id), 'agent', a.id, 'channel', i.channel, 'interaction', i.id, 'kind', 'offer',
    'deadline', num(deadline), 'made', num(NOW), 'queue', i.queue, 'node', i.node)
  redis.call('SADD', key('leases', a.id), id)
  touched[a.id] = true
  redis.call('HSET', key('int', i.id), 'state', 'offered', 'lease', id)
  due('offer:' .. id, deadline)
  emit('offer.made', {lease = id, interaction = i.id, agent = a.id, queue = i.queue, deadline = deadline, node = i.node})
  return id
end

-- match_interaction finds the agent who is idle longest among those who may have it.
local function match_interaction(id)
  local i = interaction(id)
  if not i or i.state ~= 'waiting' then return end
  settle()
  local free = key('free', i.queue)
  for from = 0, redis.call('ZCARD', free) - 1, 20 do
    for _, aid in ipairs(redis.call('ZRANGE', free, from, from + 19)) do
      if not tried(i, aid) then return offer(i, agent(aid)) end
    end
  end
  if redis.call('ZCARD', free) > 0 then -- everybody who could was tried: a new round
    redis.call('HDEL', key('int', id), 'tried')
    undue('round:' .. id)
    return match_interaction(id)
  end
end

-- match_agent finds the interactions that come first over all of the agent's queues: priority, then age; among them
-- those the agent has tried only if there is no other. It ends when the agent cannot be offered more.
local function match_agent(id)
  local a = agent(id)
  if not a or not known(id) or why(a) then return end
  local best, bestScore, again, againScore
  for q in string.gmatch(a.queues or '', '[^,]+') do
    local from = 0
    local found = false
    while not found do
      local page = redis.call('ZRANGE', key('wait', q), from, from + 19, 'WITHSCORES')
      if #page == 0 then break end
      for n = 1, #page, 2 do
        local score = tonumber(page[n + 1])
        if bestScore and score >= bestScore then found = true break end
        local i = interaction(page[n])
        if i and i.state == 'waiting' then
          if tried(i, id) then
            if not againScore or score < againScore then again, againScore = i, score end
          else
            best, bestScore, found = i, score, true
            break
          end
        end
      end
      from = from + 20
    end
  end
  if best then
    offer(best, a)
  elseif not again or not match_interaction(again.id) then -- which may have gone to another agent
    return
  end
  return match_agent(id)
end

-- drop takes a lease from its agent, keeping its memory for a late disposition.
local function drop(id, l)
  redis.call('SREM', key('leases', l.agent), id)
  touched[l.agent] = true
  redis.call('HSET', key('lease', id), 'kind', 'done')
  undue('offer:' .. id)
  undue('audio:' .. id)
  undue('acw:' .. id)
  due('forget:' .. id, NOW + 86400000)
  l.kind = 'done'
end

-- free lets the agent have what waits, after their break if one was asked for.
local function free(id)
  local a = agent(id)
  if not a then return end
  if (a.next or '') ~= '' and redis.call('SCARD', key('leases', id)) == 0 then
    set(id, 'chosen', a.next, 'reason', a.next_reason or '', 'next', '', 'next_reason', '', 'since', num(NOW))
    emit('agent.chosen', {agent = id, chosen = a.next, reason = a.next_reason or ''})
    return
  end
  match_agent(id)
end

local function score(i, head)
  local s = tonumber(i.priority) * 10000000000000 + tonumber(i.since)
  if head then s = tonumber(i.since) - 10000000000000 end
  return num(s)
end

local function stand(i, head)
  redis.call('ZADD', key('wait', i.queue), score(i, head), i.id)
  redis.call('ZADD', key('age', i.queue), i.since, i.id)
end

local function stand_no_more(queue, id)
  redis.call('ZREM', key('wait', queue), id)
  redis.call('ZREM', key('age', queue), id)
end

-- back lets an interaction wait again, never younger than it was.
local function back(i, head)
  redis.call('HSET', key('int', i.id), 'state', 'waiting', 'lease', '', 'owner', '')
  if head or not redis.call('ZSCORE', key('wait', i.queue), i.id) then stand(i, head) end
end

local function cool(a, q)
  local ms = tonumber(hash(key('queue', q)).cooldown or '0')
  if ms > 0 then
    set(a, 'cooldown', num(NOW + ms))
    due('cool:' .. a, NOW + ms)
  end
end

local function mark_tried(i, a)
  if (i.tried or '') == '' then due('round:' .. i.id, NOW + 60000) end
  redis.call('HSET', key('int', i.id), 'tried', (i.tried or ',') .. a .. ',')
end

local leave

-- end_offer ends a live offer without an accept; how is the event's name.
local function end_offer(id, l, how, reason)
  local accepted = l.kind == 'work'
  drop(id, l)
  local i = interaction(l.interaction)
  if how == 'declined' or how == 'missed' or how == 'device_failed' then
    cool(l.agent, l.queue)
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
  if i and how ~= 'customer_gone' then
    back(i, how == 'device_failed' and accepted)
    if open(i.queue) then match_interaction(i.id) else leave(i.id, 'closed') end
  end
  free(l.agent)
end

-- withdraw ends every live offer of an agent.
local function withdraw(id, how, reason)
  for _, lid in ipairs(redis.call('SMEMBERS', key('leases', id))) do
    local l = hash(key('lease', lid))
    if l.kind == 'offer' then end_offer(lid, l, how, reason) end
  end
end

local function end_acw(id, l, by)
  drop(id, l)
  emit('acw.ended', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, by = by})
  set(l.agent, 'idle', num(NOW))
  free(l.agent)
end

-- finish turns work into after-call work, or gives the slot back.
local function finish(id, l, cause)
  local q = hash(key('queue', l.queue))
  local kind, deadline = q.acw_kind or 'immediate', 0
  undue('audio:' .. id)
  redis.call('HSET', key('lease', id), 'ended', num(NOW))
  if kind == 'timed' then deadline = NOW + tonumber(q.acw_ms) end
  emit('work.ended', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, kind = kind, deadline = deadline, cause = cause})
  redis.call('DEL', key('int', l.interaction))
  redis.call('SREM', key('ints'), l.interaction)
  undue('round:' .. l.interaction)
  emit('interaction.left', {interaction = l.interaction, queue = l.queue, reason = 'served'})
  if kind == 'immediate' then
    drop(id, l)
    set(l.agent, 'idle', num(NOW))
    free(l.agent)
    return
  end
  redis.call('HSET', key('lease', id), 'kind', 'acw', 'deadline', num(deadline))
  if kind == 'timed' then due('acw:' .. id, deadline) end
end

local function lose(id, a, why_lost)
  if a.session ~= 'online' then return end
  set(id, 'session', 'lost', 'since', num(NOW))
  undue('hb:' .. id)
  due('grace:' .. id, NOW + tonumber(a.grace))
  emit('agent.lost', {agent = id, session = a.session_id, reason = why_lost})
  withdraw(id, 'withdrawn', 'session lost')
end

-- sign_off ends an agent's session; what still rings for them is declined.
local function sign_off(id, session, reason)
  undue('hb:' .. id)
  undue('grace:' .. id)
  set(id, 'session', 'offline', 'session_id', '', 'chosen', 'away', 'reason', '', 'next', '', 'next_reason', '', 'since', num(NOW))
  withdraw(id, 'declined', reason) -- now that nothing more can be offered
  emit('agent.offline', {agent = id, session = session, reason = reason})
end

local function writer(a, session)
  if session == '' then return nil end
  if a.session_id ~= session then return conflict('viewer') end
  if a.session ~= 'online' then return conflict('not_online') end
end

-- leave ends an interaction for good: what was connected is finished, an offer that was not comes to nothing.
leave = function(id, reason)
  local i = interaction(id)
  if not i then return end
  local l = hash(key('lease', i.lease))
  if l.connected then return finish(i.lease, l, reason) end
  stand_no_more(i.queue, id)
  redis.call('DEL', key('int', id))
  redis.call('SREM', key('ints'), id)
  undue('round:' .. id)
  emit('interaction.left', {interaction = id, queue = i.queue, reason = reason})
  if l.kind then end_offer(i.lease, l, reason == 'closed' and 'withdrawn' or 'customer_gone', reason) end
end
