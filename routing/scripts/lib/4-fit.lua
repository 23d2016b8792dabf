-- Fitting: what an interaction asks for, and the first reason why an agent does not meet it.
-- What is asked changes while it waits, in stages: needs is a text of skills with their lowest levels, "billing=50,@fr=0,"
-- where a language begins with @; only is whom alone it may go to, ",maria,sam,", or "" for everybody. An agent's traits
-- are a text of the same kind, ",billing=80,@fr=100,".
local parsed = {}
local function needs_of(text)
  local all = parsed[text]
  if not all then
    all = {skills = 0}
    for name, least in string.gmatch(text, '([^,=]+)=(%d+)') do
      local language = string.sub(name, 1, 1) == '@'
      all[#all + 1] = {name = name, find = ',' .. name .. '=', least = tonumber(least), language = language}
      if not language then all.skills = all.skills + 1 end
    end
    parsed[text] = all
  end
  return all
end

-- against is the first reason in words, nil, and its kind; or nil and the mean proficiency over the skills that are needed.
local function against(needs, traits)
  local sum = 0
  for _, n in ipairs(needs) do
    local _, at = string.find(traits, n.find, 1, true)
    if not at then
      if n.language then return 'does not speak ' .. string.sub(n.name, 2), nil, 'language' end
      return 'has no skill ' .. n.name, nil, 'skill'
    end
    local level = tonumber(string.match(traits, '%d+', at + 1))
    if level < n.least then return string.format('skill %s is %d, needs %d', n.name, level, n.least), nil, 'skill' end
    if not n.language then sum = sum + level end
  end
  return nil, needs.skills > 0 and sum / needs.skills or 0
end

local function among(list, id) return string.find(list, ',' .. id .. ',', 1, true) ~= nil end

-- gave is true of who gave an interaction away when nobody else was tried since: it does not come back to them at once. They
-- stand among the tried by a second name, too.
local function gave(tried, id) return tried == string.format(',%s!,%s,', id, id) end

-- strategy is a queue's; read once, for no script changes it after it has asked.
local strategies = {}
local function strategy(queue)
  strategies[queue] = strategies[queue] or redis.call('HGET', key('queue', queue), 'strategy') or ''
  return strategies[queue]
end

-- rings_all is true of a queue that lets everybody's device ring at once.
local function rings_all(queue) return strategy(queue) == 'ring_all' end

-- pose writes what a waiting interaction asks, in one line a field, where matching reads many at once. One that rings, and
-- that more may join, has a line more: for whom it rings.
local function pose(id)
  local i = redis.call('HMGET', key('int', id), 'state', 'channel', 'needs', 'only', 'tried', 'queue', 'rung', 'node')
  local ask = {i[2], i[3] or '', i[4] or '', i[5] or ''}
  if i[1] == 'offered' and rings_all(i[6]) then ask[5] = ',' .. i[7] .. ',' end
  if (i[1] == 'waiting' or ask[5]) and not mute(i[2], i[8]) then
    redis.call('HSET', key('asks'), id, table.concat(ask, '\n'))
  else
    redis.call('HDEL', key('asks'), id)
  end
end

-- demand is what is asked after some time in the queue, by the queue's wishes and the interaction's own; and when that
-- changes next.
local function demand(wishes, waited)
  local levels, only, next = {}, '', nil
  local function later(at) if not next or at < next then next = at end end
  for _, w in ipairs(wishes) do
    for name, level in pairs(w.needs or {}) do levels[name] = math.max(level, levels[name] or 0) end
  end
  for _, w in ipairs(wishes) do
    for _, r in ipairs(w.relax or {}) do
      if r.after > waited then
        later(r.after)
      else
        for _, name in ipairs(r.drop or {}) do
          for has in pairs(levels) do
            if has == name or name == '@' and string.sub(has, 1, 1) == '@' then levels[has] = nil end
          end
        end
        for name, level in pairs(r.lower or {}) do if levels[name] then levels[name] = math.min(levels[name], level) end end
      end
    end
    for _, o in ipairs(w.only or {}) do
      if o.till == 0 or o.till > waited then
        if only == '' then only = ',' .. table.concat(o.agents, ',') .. ',' end
        if o.till > 0 then later(o.till) end
      end
    end
  end
  local names = {}
  for name in pairs(levels) do names[#names + 1] = name end
  table.sort(names)
  local needs = ''
  for _, name in ipairs(names) do needs = needs .. name .. '=' .. num(levels[name]) .. ',' end
  return needs, only, next
end

-- stage writes what an interaction asks at this moment, and the timer of the next change. told is false for the first.
local function stage(id, told)
  local i = redis.call('HMGET', key('int', id), 'queue', 'wants', 'entered', 'needs', 'only', 'node')
  if not i[1] then return end
  local wishes = {}
  for _, text in ipairs({i[2] or '', redis.call('HGET', key('queue', i[1]), 'wants') or ''}) do
    if text ~= '' then wishes[#wishes + 1] = cjson.decode(text) end
  end
  local entered = tonumber(i[3] or '0')
  local needs, only, next = '', '', nil
  if #wishes > 0 then needs, only, next = demand(wishes, NOW - entered) end
  if next then due('relax:' .. id, entered + next) else undue('relax:' .. id) end
  if needs == (i[4] or '') and only == (i[5] or '') then return end
  redis.call('HSET', key('int', id), 'needs', needs, 'only', only)
  if told then emit('interaction.relaxed', {interaction = id, queue = i[1], needs = needs, only = only, node = i[6]}) end
end
