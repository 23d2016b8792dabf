-- Matching: who is offered what, told at once to whoever becomes free or begins to wait.
-- settle keeps two indexes true of every touched agent: who is online for a queue, and who could be offered something of
-- a channel there now, the one who is idle longest first. Whoever reads the indexes settles first; so does the end of
-- every script.
local CHANNELS = {'voice', 'chat', 'email', 'voicemail', 'callback'}
local function settle()
  for id in pairs(touched) do
    local a = agent(id)
    local on = a and known(id)
    local here, free = on and a.session == 'online', {}
    for _, c in ipairs(CHANNELS) do free[c] = on and a[c] and not why(a, c) end
    for q in string.gmatch(a and a.queues or '', '[^,]+') do
      if here then redis.call('SADD', key('here', q), id) else redis.call('SREM', key('here', q), id) end
      for _, c in ipairs(CHANNELS) do
        if free[c] then redis.call('ZADD', key('free', q .. ':' .. c), a.idle, id) else redis.call('ZREM', key('free', q .. ':' .. c), id) end
      end
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
  local free = key('free', i.queue .. ':' .. i.channel)
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
  if not a or not known(id) or why(a, 'voice') then return end
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
