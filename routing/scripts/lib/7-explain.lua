-- Explaining: the first reason against offering an interaction to an agent, in the order in which matching looks.
-- It is a kind for programs and words for people; without one come the mean proficiency and nothing else.
local function objection(i, a, serves)
  if mute(i.channel, i.node) then return 'node', 'waits at a server that is gone' end
  if not serves then return 'queue', 'is not in the queue' end
  if not known(a.id) then return 'presence', 'is not on the floor any more' end
  local no, kind = why(a, i.channel)
  if no then return kind, no end
  if (i.only or '') ~= '' and not among(i.only, a.id) then return 'preferred', 'others come first' end
  local mean
  no, mean, kind = against(needs_of(i.needs or ''), redis.call('HGET', key('traits'), a.id) or '')
  if no then return kind, no end
  if gave(i.tried or '', a.id) then return 'tried', 'transferred it', mean end
  if among(i.tried or '', a.id) then return 'tried', 'was offered it in this round', mean end
  return '', '', mean
end

-- asked is an interaction as every explanation tells it; with is who has it, or for whom it rings.
local function asked(i)
  local next = redis.call('ZSCORE', key('due'), 'relax:' .. i.id)
  return {interaction = i.id, queue = i.queue, channel = i.channel, state = i.state, priority = i.priority, needs = i.needs or '',
    only = i.only or '', data = i.data or '', waited = num(NOW - tonumber(i.since)), relaxes = next and num(math.max(0, tonumber(next) - NOW)) or '',
    with = (i.owner or '') ~= '' and i.owner or i.rung or ''}
end

-- waits_of is true when something waits for an agent, among the first fifty of each queue, of a channel of which they have
-- as much as they may have.
local function waits_of(a, full_of, wanted)
  for _, p in ipairs(places(a)) do
    for _, id in ipairs(redis.call('ZRANGE', key('wait', p.queue), 0, 49)) do
      local i = interaction(id)
      local theirs = i and i.state == 'waiting' and full_of[slot(i.channel)] and (wanted == '' or wanted == i.channel)
      if theirs and not against(needs_of(i.needs or ''), redis.call('HGET', key('traits'), a.id) or '') then return true end
    end
  end
end

-- line calls see with what waits in a queue, the first fifty, and how each is told.
local function line(queue, see)
  for place, id in ipairs(redis.call('ZRANGE', key('wait', queue), 0, 49)) do
    local i = interaction(id)
    if i then
      local told = asked(i)
      told.place = num(place)
      see(i, told)
    end
  end
end
