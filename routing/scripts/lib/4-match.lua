-- Matching: who is offered what, told at once to whoever becomes free or begins to wait.
-- Two indexes are true of every agent whenever they are read: who is online for a queue, and who could be offered
-- something of a channel there now, the one who comes first by the queue's strategy first.
-- A third index, kept, has those whom only chats keep from a call, who has fewest first.
local CHANNELS = {'voice', 'chat', 'email', 'voicemail'}
local INDEXES = {'voice', 'chat', 'email', 'voicemail', 'kept'}

-- open_to are the channels of which an agent may be offered more.
local function open_to(a)
  local all = {}
  for _, c in ipairs(CHANNELS) do
    if may(a, c) then all[#all + 1] = c end
  end
  return all
end

-- indexes_of are those of the free in which an agent who is online belongs.
local function indexes_of(a)
  local all = open_to(a)
  if kept(a) then all[#all + 1] = 'kept' end
  return all
end

-- A queue has the indexes of calls, and those of another channel once something of it has stood there. has_index is told
-- the channels of which something has, ",chat,email,".
local function has_index(channels, c) return c == 'voice' or c == 'kept' or channels and among(channels, c) end

-- see gives a queue the index of a channel with the first of it that stands there.
local function see(q, channel)
  local c = slot(channel)
  if c == 'voice' then return end
  local seen = redis.call('HGET', key('channels'), q) or ','
  if among(seen, c) then return end
  redis.call('HSET', key('channels'), q, seen .. c .. ',')
  for _, id in ipairs(redis.call('SMEMBERS', key('here', q))) do unsettled[id] = true end
end

-- rank is an agent's place by a strategy, the lowest first; skills are looked at besides. Whoever shares a count is told
-- apart by how long they are idle: counts up to 900 are exact.
local function rank(strategy, q, a, used, place)
  if strategy == 'skills' then return used * 10000000000000 + tonumber(a.idle) end
  if strategy == 'fewest_calls' then return tonumber(a.calls or '0') * 10000000000000 + tonumber(a.idle) end
  if strategy == 'round_robin' then return tonumber(a['turn:' .. q] or '0') + (a['turn:' .. q] and 0 or place / 10000) end
  if strategy == 'linear' then return place end
  return tonumber(a.idle)
end

-- places are an agent's queues, each with its strategy and the agent's place in the list.
local function places(a)
  local all, n = {}, 0
  for q in string.gmatch(a.queues or '', '[^,]+') do all[#all + 1] = {queue = q} end
  for strategy, place in string.gmatch(a.places or '', '([^,/]+)/(%d+)') do
    n = n + 1
    all[n].strategy, all[n].place = strategy, tonumber(place)
  end
  return all
end

-- gone_from starts the grace of a queue whose last agent went, for those who may not wait there alone.
local function gone_from(q)
  if redis.call('SCARD', key('here', q)) > 0 then return end
  local f = redis.call('HMGET', key('queue', q), 'join_empty', 'leave_empty')
  if f[1] == '0' then redis.call('ZADD', key('due'), 'NX', num(NOW + tonumber(f[2])), 'empty:' .. q) end
end

-- settle puts the indexes right of every agent who has changed. Their field indexed tells in which they stand already: there
-- only their places are written again.
local function settle()
  for id in pairs(unsettled) do
    local a = agent(id)
    local here = a and known(id) and a.session == 'online'
    local free = here and indexes_of(a) or {}
    local is, was = here and ',here,' .. table.concat(free, ',') .. ',' or ',', a and a.indexed or ','
    local all, queues = a and (#free > 0 or is ~= was) and places(a) or {}, {}
    for n, p in ipairs(all) do queues[n] = p.queue end
    local channels = #all > 0 and redis.call('HMGET', key('channels'), unpack(queues))
    for n, p in ipairs(all) do
      local q = p.queue
      if here and not among(was, 'here') and redis.call('SADD', key('here', q), id) == 1 then undue('empty:' .. q) end
      if not here and among(was, 'here') and redis.call('SREM', key('here', q), id) == 1 then gone_from(q) end
      for _, c in ipairs(free) do
        if has_index(channels[n], c) then
          local at = c == 'kept' and load(a).chat * 10000000000000 + tonumber(a.idle) or rank(p.strategy, q, a, load(a).all, p.place)
          redis.call('ZADD', key('free', q .. ':' .. c), at, id)
        end
      end
      for c in string.gmatch(was, '[^,]+') do
        if c ~= 'here' and not among(is, c) and has_index(channels[n], c) then redis.call('ZREM', key('free', q .. ':' .. c), id) end
      end
    end
    if a and is ~= was then
      redis.call('HSET', key('agent', id), 'indexed', is)
      a.indexed = is
    end
    if a then keep_day(a) end
  end
  unsettled = {}
end

local function interaction(id)
  local i = hash(key('int', id))
  if not i.queue then return nil end
  i.id = id
  return i
end

-- rings_until is the deadline of an offer that is made now.
local function rings_until(i) return NOW + tonumber(redis.call('HGET', key('queue', i.queue), 'ring:' .. i.channel) or '20000') end

-- offer proposes an interaction to an agent; how tells in brief why to this one. Where everybody's device rings, the
-- interaction has several leases, one for each who is rung.
local function offer(i, a, how)
  local s, deadline = strategy(i.queue), rings_until(i)
  local id, serial = lend('o', i, a, 'kind', 'offer', 'deadline', num(deadline))
  if s == 'round_robin' then set(a, 'turn:' .. i.queue, num(serial)) end
  if i.state == 'offered' then
    i.lease, i.rung = i.lease .. ',' .. id, i.rung .. ',' .. a
  else
    i.state, i.lease, i.rung = 'offered', id, a
  end
  redis.call('HSET', key('int', i.id), 'state', i.state, 'lease', i.lease, 'rung', i.rung)
  pose(i.id)
  due('offer:' .. id, deadline)
  undue('drain:' .. i.id)
  emit('offer.made', {lease = id, interaction = i.id, agent = a, queue = i.queue, deadline = deadline, node = i.node,
    strategy = s, considered = how.considered, by = how.by, proficiency = how.mean, rank = how.rank, needs = i.needs or '', only = i.only or ''})
  return id
end

-- offer_first proposes to an agent what comes first for them; by is who else than the matching wants that.
local function offer_first(i, id, by)
  local needs = needs_of(i.needs or '')
  local _, mean = against(needs, #needs > 0 and redis.call('HGET', key('traits'), id) or '')
  return offer(i, id, {considered = 1, mean = mean or 0, rank = '0', by = by})
end

-- choose looks through the free agents in the order of the strategy: the first who fits, and where skills are asked and
-- the strategy weighs them the one with the best mean. again is the same among those who were tried in this round. With
-- all, nobody is chosen: all who fit and whose device does not ring for it yet are put in there, fresh or again.
-- among_them is another index than that of the free.
local function choose(i, all, among_them)
  local index, needs = key('free', i.queue .. ':' .. (among_them or slot(i.channel))), needs_of(i.needs or '')
  local only, tried = i.only or '', i.tried or ''
  local weigh = needs.skills > 0 and strategy(i.queue) == 'skills'
  local best, again
  local from, seen, size = 0, 0, 20
  while true do
    local page = redis.call('ZRANGE', index, from, from + size - 1, 'WITHSCORES')
    if #page == 0 then break end
    local ids = {}
    for n = 1, #page, 2 do ids[#ids + 1] = page[n] end
    local traits = #needs > 0 and redis.call('HMGET', key('traits'), unpack(ids))
    for n, a in ipairs(ids) do
      seen = seen + 1
      if only == '' or among(only, a) then
        local no, mean = nil, 0
        if traits then no, mean = against(needs, traits[n] or '') end
        if not no then
          local found = {agent = a, mean = mean, rank = page[2 * n], considered = seen}
          local old = tried ~= '' and among(tried, a)
          if old and gave(tried, a) then
            old = nil -- not yet
          elseif all then
            local those = old and all.again or all.fresh
            if i.state == 'waiting' or not among(',' .. i.rung .. ',', a) then those[#those + 1] = found end
          elseif old then
            if not again or weigh and mean > again.mean then again = found end
          elseif not best or mean > best.mean then
            best = found
          end
          if best and (not weigh or best.mean == 100) then
            best.considered = seen
            return best, again
          end
        end
      end
    end
    if #ids < size then break end
    from, size = from + size, 200
  end
  if best then best.considered = seen end
  if again then again.considered = seen end
  return best, again
end

local function new_round(i)
  redis.call('HDEL', key('int', i.id), 'tried')
  undue('round:' .. i.id)
end

-- ring_all offers an interaction to everybody who fits, at once; while it rings, to those who have come since.
local function ring_all(i)
  local all = {fresh = {}, again = {}}
  choose(i, all)
  local whom, last = all.fresh, nil
  if #whom == 0 and #all.again > 0 and i.state == 'waiting' then
    new_round(i)
    whom = all.again
  end
  for _, found in ipairs(whom) do last = offer(i, found.agent, found) end
  return last
end

-- match_interaction offers an interaction to the one who comes first; when everybody who could was tried, a new round.
local function match_interaction(id)
  local i = interaction(id)
  if not i or i.state ~= 'waiting' and i.state ~= 'offered' or held() or mute(i.channel, i.node) then return end
  local everybody = rings_all(i.queue)
  if i.state == 'offered' and not everybody then return end
  settle()
  if everybody then return ring_all(i) end
  local best, again = choose(i)
  if not best and again then
    new_round(i)
    best = again
  end
  if best then return offer(i, best.agent, best) end
end

-- first_for finds what comes first for an agent over all of their queues: priority, then age. again is the first of
-- those that they have tried, join of those that ring for everybody, but not for them. wanted is one channel, or ''; next is
-- true when the agent asks by themselves.
local function first_for(id, a, wanted, next)
  local can, verdicts, traits = {}, {}, nil
  local function verdict(ask)
    local channel, needs, only, tried, rung = string.match(ask, '^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n?(.*)$')
    if can[channel] == nil then can[channel] = (wanted == '' or wanted == channel) and may(a, channel, next) end
    if not can[channel] or only ~= '' and not among(only, id) then return 'no' end
    if needs ~= '' then
      traits = traits or redis.call('HGET', key('traits'), id) or ''
      if against(needs_of(needs), traits) then return 'no' end
    end
    local old = tried ~= '' and among(tried, id)
    if old and gave(tried, id) then return 'no' end
    if rung ~= '' then return not old and not among(rung, id) and 'join' or 'no' end
    return old and 'again' or 'yes'
  end
  local best, later = {}, {again = {}, join = {}}
  for _, p in ipairs(places(a)) do
    local from, size, done = 0, 2, false
    while not done do
      local page = redis.call('ZRANGE', key('wait', p.queue), from, from + size - 1, 'WITHSCORES')
      if #page == 0 or best.score and tonumber(page[2]) >= best.score then break end
      local ids = {}
      for n = 1, #page, 2 do ids[#ids + 1] = page[n] end
      local asks = redis.call('HMGET', key('asks'), unpack(ids))
      for n, ask in ipairs(asks) do
        local score = tonumber(page[2 * n])
        if best.score and score >= best.score then done = true break end
        if ask then
          local said = verdicts[ask] or verdict(ask)
          verdicts[ask] = said
          if said == 'yes' then
            best, done = {id = ids[n], score = score}, true
            break
          elseif later[said] and (not later[said].score or score < later[said].score) then
            later[said] = {id = ids[n], score = score}
          end
        end
      end
      if #ids < size then break end
      from, size = from + size, math.min(size * 10, 200)
    end
  end
  return best.id, later.again.id, later.join.id
end

-- match_agent offers the agent what comes first for them, until they cannot be offered more. With nothing that waits, their
-- device joins those that ring.
local function match_agent(id)
  local a = agent(id)
  if not a or not known(id) or a.session ~= 'online' or #open_to(a) == 0 or held() then return end
  local best, again, join = first_for(id, a, '', false)
  local again_offered = not best and again and match_interaction(again) -- which may have gone to another agent
  if not best and not again_offered then best = join end
  if best then
    offer_first(interaction(best), id)
  elseif not again_offered then
    return
  end
  return match_agent(id)
end

-- watch lets a call that waits for longer than drain_after have somebody kept free for it.
local function watch(i)
  if slot(i.channel) ~= 'voice' then return end
  local ms = tonumber(redis.call('HGET', key('queue', i.queue), 'drain_after') or '20000')
  due('drain:' .. i.id, math.max(NOW + 1, tonumber(i.since) + ms)) -- no sweep makes work for itself
end

-- release gives the one who was kept free for a call their chats back.
local function release(i)
  undue('drain:' .. i.id)
  if not i.drained then return end
  redis.call('HDEL', key('int', i.id), 'drained')
  if redis.call('HGET', key('agent', i.drained), 'drains') ~= i.id then return end
  set(i.drained, 'drains', '')
  emit('agent.drains', {agent = i.drained, interaction = ''})
  match_agent(i.drained)
end

-- drain keeps one of those free whom only chats keep from a call, and looks again later: they may be gone, or another come.
local function drain(i)
  local was = i.drained and agent(i.drained)
  local stays = was and redis.call('SISMEMBER', key('here', i.queue), was.id) == 1 and not absent(was, 'voice') and
    load(was).voice < limits(was, 'voice')
  if not stays then
    release(i)
    settle()
    local best, again
    if not dead(i.node) then best, again = choose(i, nil, 'kept') end
    best = best or again
    if best then
      redis.call('HSET', key('int', i.id), 'drained', best.agent)
      set(best.agent, 'drains', i.id)
      emit('agent.drains', {agent = best.agent, interaction = i.id})
    end
  end
  due('drain:' .. i.id, NOW + math.max(1000, tonumber(redis.call('HGET', key('queue', i.queue), 'drain_after') or '20000')))
end

local sign_off -- with the sessions, below

-- free lets the agent have what waits; or the break they asked for, or the end of their day.
local function free(id)
  local a = agent(id)
  if not a then return end
  if (a.next or '') ~= '' and redis.call('SCARD', key('leases', id)) == 0 then
    if a.next == 'offline' then return sign_off(id, a.session_id, 'after this') end
    set(id, 'chosen', a.next, 'reason', a.next_reason or '', 'chosen_by', '', 'next', '', 'next_reason', '', 'since', num(NOW))
    emit('agent.chosen', {agent = id, chosen = a.next, reason = a.next_reason or ''})
    return
  end
  match_agent(id)
end
