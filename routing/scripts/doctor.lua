-- what is wrong with the ledger, in words; nothing is changed. Timers may be a moment late: what is due by less than a
-- minute is no finding.
local found = {'ok'}
local function wrong(...) found[#found + 1] = string.format(...) end
local LATE = 60000
local function scheduled(what) return redis.call('ZSCORE', key('due'), what) end
local function members(name) return redis.call('SMEMBERS', key(name)) end

-- an agent's leases: each is live, theirs, and stands for something; and there are no more than the agent may have.
local function leases(a)
  local held = {}
  if consulted(a) and redis.call('SISMEMBER', key('leases', a.id), a.consulted) == 0 then
    wrong('agent %s is consulted, and has no such lease %s', a.id, a.consulted)
  end
  for _, id in ipairs(redis.call('SMEMBERS', key('leases', a.id))) do
    local l = hash(key('lease', id))
    if not l.kind then
      wrong('agent %s holds lease %s, which does not exist', a.id, id)
    elseif l.agent ~= a.id then
      wrong('agent %s holds lease %s, which is of %s', a.id, id, l.agent)
    elseif l.kind == 'done' then
      wrong('agent %s holds lease %s, which is over', a.id, id)
    else
      local h = held[slot(l.channel)] or {n = 0, most = 0}
      held[slot(l.channel)] = {n = h.n + 1, most = math.max(h.most, tonumber(l.most or '0')), over = h.over or l.over}
      if l.kind ~= 'acw' then
        local i = interaction(l.interaction)
        if not i then
          wrong('agent %s is busy with %s, which is gone (lease %s, %s)', a.id, l.interaction, id, l.kind)
        elseif (l.purpose and i.toward or '') ~= id and not among(',' .. (l.kind == l.purpose and i.guests or i.lease) .. ',', id) then
          wrong('agent %s is busy with %s, which knows nothing of it (lease %s, %s)', a.id, i.id, id, l.kind)
        end
      end
      if l.kind == 'offer' and not scheduled('offer:' .. id) then wrong('offer %s to %s has no deadline', id, a.id) end
      if l.purpose == 'consult' and a.consulted ~= id then wrong('agent %s is consulted (lease %s), and is not known to be', a.id, id) end
      if consulted(a) and a.consulted ~= id and not l.over then wrong('agent %s is consulted, and has lease %s in hand besides', a.id, id) end
      if (l.kind == 'work' or l.kind == 'consult') and not l.connected and not scheduled('audio:' .. id) then
        wrong('%s accepted %s without sound, and no time is set for it (lease %s)', a.id, l.interaction, id)
      end
      if l.kind == 'work' and l.reply and not l.replied and not scheduled('reply:' .. id) then
        wrong('%s is to be answered first by %s, and no time is set for it (lease %s)', l.interaction, a.id, id)
      end
      if l.kind == 'acw' and tonumber(l.deadline or '0') > 0 and not scheduled('acw:' .. id) then
        wrong('after-call work %s of %s never ends', id, a.id)
      end
    end
  end
  for channel, h in pairs(held) do -- what was allowed when it began stays, though the limit is lower now
    local _, most = limits(a, channel)
    most = math.max(most, h.most)
    if h.n > most and not h.over then wrong('agent %s has %d on %s, and may have %d', a.id, h.n, channel, most) end
  end
end

-- an agent is in the indexes if, and only if, they are there or free.
local function indexes(a)
  local on = known(a.id)
  for _, p in ipairs(places(a)) do
    local channels = redis.call('HGET', key('channels'), p.queue)
    local here = on and a.session == 'online'
    if (redis.call('SISMEMBER', key('here', p.queue), a.id) == 1) ~= here then
      wrong('agent %s is %s, and queue %s believes the contrary', a.id, here and 'logged in' or 'not logged in', p.queue)
    end
    local open_to = ',' .. table.concat(here and indexes_of(a) or {}, ',') .. ','
    for _, c in ipairs(INDEXES) do
      local free = among(open_to, c) and has_index(channels, c)
      if (redis.call('ZSCORE', key('free', p.queue .. ':' .. c), a.id) ~= false) ~= free then
        wrong('agent %s %s be offered %s of queue %s, and the index believes the contrary', a.id, free and 'may' or 'may not', c, p.queue)
      end
    end
  end
end

local function of_agent(id)
  local a = agent(id)
  if not a then return wrong('agent %s is configured, and nothing is known of them: reload the configuration', id) end
  if a.session == 'online' and not scheduled('hb:' .. id) then wrong('agent %s is online, and nobody would notice their loss', id) end
  if a.session == 'lost' and not scheduled('grace:' .. id) then wrong('agent %s is lost, and their grace never ends', id) end
  if a.system ~= 'none' and a.system ~= 'away_idle' then wrong('agent %s is %s by the system, which knows no such thing', id, a.system or 'nothing') end
  if a.chosen == 'login_prep' and not scheduled('prep:' .. id) then wrong('agent %s gets ready for ever', id) end
  if (a.logout or '') ~= '' and tonumber(scheduled('out:' .. id) or '0') ~= tonumber(a.logout) then
    wrong('agent %s is to be signed out by the clock, and never is', id)
  end
  for _, c in ipairs(CHANNELS) do
    local till = tonumber(a['cooldown:' .. c] or '0')
    if till > 0 and not scheduled('cool:' .. c .. ':' .. id) then wrong('agent %s has peace from %s, and it never ends', id, c) end
  end
  if (a.drains or '') ~= '' and redis.call('HGET', key('int', a.drains), 'drained') ~= id then
    wrong('agent %s is kept free for interaction %s, which does not wait for them', id, a.drains)
  end
  local d = hash(key('devices', id))
  if a.device == '1' and d.kind and d[d.kind] and leaving(d[d.kind]) then
    wrong('agent %s may be offered calls, and their device is at server %s, which is being drained', id, d[d.kind])
  end
  leases(a)
  indexes(a)
end

-- an interaction stands in its queue at its age until somebody owns it.
local function of_interaction(id)
  local i = interaction(id)
  if not i then return wrong('interaction %s is listed, and nothing is known of it', id) end
  local place, age = redis.call('ZSCORE', key('wait', i.queue), id), redis.call('ZSCORE', key('age', i.queue), id)
  if place and not has_index(redis.call('HGET', key('channels'), i.queue), slot(i.channel)) then
    wrong('interaction %s stands in queue %s, which has no index for %s', id, i.queue, i.channel)
  end
  if i.state == 'owned' or i.state == 'snoozed' then
    if place or age then wrong('interaction %s is with %s, and still stands in queue %s', id, i.owner, i.queue) end
  elseif not place or not age then
    wrong('interaction %s is %s, and does not stand in queue %s', id, i.state, i.queue)
  elseif tonumber(age) ~= tonumber(i.since) then
    wrong('interaction %s has waited since %s, and queue %s believes since %s', id, i.since, i.queue, age)
  end
  local asks, gone = redis.call('HEXISTS', key('asks'), id) == 1, mute(i.channel, i.node)
  local may_ask = not gone and (i.state == 'waiting' or i.state == 'offered' and rings_all(i.queue))
  if asks ~= may_ask and i.state ~= 'lost' then
    wrong('interaction %s %s be offered to whoever comes free, and the index believes the contrary', id, may_ask and 'may' or 'may not')
  end
  if gone and i.state == 'offered' then wrong('interaction %s rings for %s, and its server %s is dead', id, i.rung, i.node) end
  if gone and (tonumber(redis.call('HGET', key('node', i.node), 'dead')) > NOW - BURIED) and not scheduled('bury:' .. i.node) then
    wrong('interaction %s is with the dead server %s, and would be there for ever', id, i.node)
  end
  if i.drained and redis.call('HGET', key('agent', i.drained), 'drains') ~= id then
    wrong('agent %s is kept free for interaction %s, and knows nothing of it', i.drained, id)
  end
  if (i.tried or '') ~= '' and not scheduled('round:' .. id) then wrong('interaction %s is kept from %s for ever', id, i.tried) end
  if (i.toward or '') ~= '' then
    local l = hash(key('lease', i.toward))
    if i.state ~= 'owned' then wrong('interaction %s is %s, and offered to %s by whoever has it (lease %s)', id, i.state, l.agent or 'nobody', i.toward) end
    if l.kind ~= 'offer' or not l.purpose or l.interaction ~= id then wrong('interaction %s is offered by its agent, and the lease %s is %s', id, i.toward, l.kind or 'gone') end
  end
  local many = 0
  for lease in each(i.guests) do
    local l = hash(key('lease', lease))
    if l.kind == 'consult' then many = many + 1 end
    if l.interaction ~= id or not l.purpose or l.kind ~= l.purpose then
      wrong('interaction %s has the guest %s, whose lease is %s', id, lease, l.kind or 'gone')
    elseif i.state ~= 'owned' then
      wrong('interaction %s is %s, and %s is a guest in it (lease %s)', id, i.state, l.agent, lease)
    elseif l.agent == i.owner then
      wrong('interaction %s is with %s, who is a guest in it (lease %s)', id, i.owner, lease)
    end
  end
  if many > CONSULTS then wrong('interaction %s has %d consults, and may have %d', id, many, CONSULTS) end
  if i.state == 'snoozed' then
    if (i.lease or '') ~= '' then wrong('interaction %s was put aside, and has lease %s', id, i.lease) end
    if not agent(i.owner or '') then wrong('interaction %s was put aside by %s, of whom nothing is known', id, i.owner or 'nobody') end
    return
  end
  if i.state == 'waiting' then
    if slot(i.channel) == 'voice' and not scheduled('drain:' .. id) then wrong('call %s waits, and nobody would ever be kept free for it', id) end
    if (i.lease or '') ~= '' then wrong('interaction %s waits, and has lease %s', id, i.lease) end
    return
  end
  local kind, rings = i.state == 'owned' and 'work' or 'offer', {}
  for lease in each(i.lease == '' and 'none' or i.lease) do
    local l = hash(key('lease', lease))
    if i.state ~= 'lost' and (l.kind ~= kind or l.interaction ~= id) then
      wrong('interaction %s is %s, and its lease %s is %s', id, i.state, lease, l.kind or 'gone')
    elseif i.state == 'owned' and l.agent ~= i.owner then
      wrong('interaction %s is with %s, and its lease %s with %s', id, i.owner, lease, l.agent)
    elseif i.state == 'offered' and not among(',' .. i.rung .. ',', l.agent) then
      wrong('interaction %s rings for %s (lease %s), and believes for %s', id, l.agent, lease, i.rung)
    elseif l.agent and rings[l.agent] then
      wrong('interaction %s rings twice for %s (leases %s)', id, l.agent, i.lease)
    end
    rings[l.agent or ''] = true
  end
end

for _, id in ipairs(members('agents')) do of_agent(id) end
for _, id in ipairs(members('ints')) do of_interaction(id) end
for _, q in ipairs(members('queues')) do
  for _, id in ipairs(redis.call('ZRANGE', key('wait', q), 0, -1)) do
    if redis.call('SISMEMBER', key('ints'), id) == 0 then wrong('%s stands in queue %s, and is no interaction', id, q) end
  end
end
local first = redis.call('ZRANGE', key('due'), 0, 0, 'WITHSCORES')
if #first > 0 and NOW - tonumber(first[2]) > LATE then
  wrong('%s was due %d s ago: no server carries out deadlines', first[1], (NOW - tonumber(first[2])) / 1000)
end
return found
