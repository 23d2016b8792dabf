-- postpone gives everybody more time for what they have to do in time; only what is due within the hour is looked at.
local function postpone(ms)
  local all = redis.call('ZRANGEBYSCORE', key('due'), '-inf', num(NOW + 3600000), 'WITHSCORES')
  for n = 1, #all, 2 do
    local kind, id = string.match(all[n], '^(%a+):(.*)$')
    local at = tonumber(all[n + 1]) + ms
    if kind == 'hb' or kind == 'grace' then
      due(all[n], at)
    elseif kind == 'reply' then
      due(all[n], at)
      redis.call('HSET', key('lease', id), 'reply', num(at))
    elseif kind == 'offer' or kind == 'audio' or kind == 'acw' then
      local l = hash(key('lease', id))
      due(all[n], at)
      redis.call('HSET', key('lease', id), 'deadline', num(at))
      emit('lease.postponed', {lease = id, interaction = l.interaction, agent = l.agent, queue = l.queue, node = l.node, deadline = at})
    end
  end
end

-- make_up is what every verb begins with. Where nobody could tell Redis anything for a while, that counts against nobody:
-- deadlines are made up for it, and every node tells what became of its calls before anything is offered.
local function make_up()
  local last = tonumber(redis.call('GET', key('swept')) or NOW)
  if NOW - last <= AWAY then return end
  redis.call('SET', key('swept'), num(NOW))
  postpone(NOW - last)
  for node, text in pairs(hash(key('sweeps'))) do
    if tonumber(string.match(text, '%d+$')) > last - AWAY then doubt('unheard', node) end
  end
end

-- lift ends a hold, for which deadlines are made up, too: whoever waits and whoever is free find each other.
local function lift()
  postpone(NOW - tonumber(redis.call('GET', key('hold'))) + HOLD)
  redis.call('DEL', key('hold'), key('untold'), key('unheard'))
  for _, id in ipairs(redis.call('SMEMBERS', key('agents'))) do match_agent(id) end
end

-- asked is what a node has to tell: all it knows, what its calls are, or nothing.
local function asked_of(node)
  if redis.call('SISMEMBER', key('untold'), node) == 1 then return 'all' end
  return redis.call('SISMEMBER', key('unheard'), node) == 1 and 'calls' or ''
end

-- told: the node has; the last one ends the hold.
local function told(node)
  redis.call('SREM', key('untold'), node)
  redis.call('SREM', key('unheard'), node)
  if held() and redis.call('EXISTS', key('untold'), key('unheard')) == 0 then lift() end
end

-- swept counts a node's sweeps. Redis counts with it: where its number is the lower one, it is another Redis, or one that
-- has gone back in time. Returned are the node's number now and who is alive; a node is, for three seconds after each sweep.
local function swept(node, n, alive)
  local was = string.match(redis.call('HGET', key('sweeps'), node) or '0', '^%d+')
  if tonumber(was) < n then doubt('untold', node .. ',' .. alive) end
  local count = math.max(tonumber(was), n) + 1
  redis.call('SET', key('swept'), num(NOW))
  redis.call('HSET', key('sweeps'), node, num(count) .. ' ' .. num(NOW))
  local all = {}
  for other, text in pairs(hash(key('sweeps'))) do
    local at = tonumber(string.match(text, '%d+$'))
    if at > NOW - 3000 then all[#all + 1] = other elseif at < NOW - 86400000 then redis.call('HDEL', key('sweeps'), other) end
  end
  return num(count), table.concat(all, ',')
end
