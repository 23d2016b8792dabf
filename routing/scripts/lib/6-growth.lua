-- Growth: work that an agent gets without an offer, because a supervisor or the customer wants it so. It may be more than
-- they may have, which is written on it.
-- give makes an interaction that nobody has theirs; by is who wants it so.
local function give(i, a, by)
  local n, _, most = load(a)[slot(i.channel)] + 1, limits(a, slot(i.channel))
  local id = lend('w', i, a.id, 'kind', 'work', 'by', by, 'deadline', '0', 'connected', num(NOW), 'most', num(most))
  local over = n > most or consulted(a)
  if over then redis.call('HSET', key('lease', id), 'over', '1') end
  redis.call('HSET', key('int', i.id), 'state', 'owned', 'owner', a.id, 'lease', id, 'rung', '')
  stand_no_more(i.queue, i.id)
  emit('work.given', {lease = id, interaction = i.id, agent = a.id, queue = i.queue, channel = i.channel, by = by, node = i.node,
    over = over and '1' or '0'})
  release(i)
  return id
end

-- dials makes an interaction that never stood in a queue an agent's: their call takes its slot before anybody hears of it, and rings
-- for as long as calls may, at most. Its lease, and where in the journal it begins.
local DIALING = 60000
local function dials(i, a)
  local deadline = NOW + DIALING
  local id = lend('w', i, a.id, 'kind', 'work', 'by', a.id, 'dialed', '1', 'deadline', num(deadline))
  due('audio:' .. id, deadline)
  local begin = emit('work.dialed', {lease = id, interaction = i.id, agent = a.id, queue = '', channel = i.channel, node = i.node, since = i.since,
    priority = i.priority, deadline = deadline})
  redis.call('HSET', key('int', i.id), 'lease', id, 'begin', begin)
  return id, begin
end

-- wake gives what was put aside back to its owner, or, when they are gone, to its queue.
local function wake(i, by)
  undue('wake:' .. i.id)
  local a = agent(i.owner)
  if a and known(a.id) and a.session ~= 'offline' then return give(i, a, by) end
  if not open(i.queue) then return leave(i.id, 'closed') end
  back(i, false)
  emit('interaction.requeued', {interaction = i.id, queue = i.queue, priority = i.priority, since = i.since, head = '0', node = i.node,
    lease = '', agent = i.owner, reason = by})
  match_interaction(i.id)
end
